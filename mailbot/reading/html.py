"""HTML to text (RULES 13): what a reader would see, as lines; hidden text is dropped and said so (A45–A47).

lexbor parses as browsers do; the walk over its tree is a loop, so no depth of nesting matters. Quotes become lines
with `> `, so that one reply cutter serves both forms. No address in a page is ever opened; those of links are written
behind the words as text. What mail programs mark as the message answered to (`pagemarks`) counts as a quote too.
"""

from __future__ import annotations

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailbot.reading.pagemarks import Mark, mark_of

_DROPPED_TAGS = (
    "script style head title meta link template noscript iframe object embed svg math select textarea audio video"
)
_BLOCK_TAGS = (
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6"
    " header hr li"
    " main nav ol p pre section table tr ul"
)
_APART_TAGS = "p h1 h2 h3 h4 h5 h6 ul ol table blockquote pre"
_DROPPED, _BLOCKS, _APART = (frozenset(tags.split()) for tags in (_DROPPED_TAGS, _BLOCK_TAGS, _APART_TAGS))
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)"
    r"|font-size\s*:\s*(?:0(?:\.0+)?[a-z%]*|[01](?:\.\d+)?p[xt])\s*(?:;|!|$)|mso-hide\s*:\s*all"
    r"|max-(?:height|width)\s*:\s*0(?:px)?\s*(?:;|!|$)|text-indent\s*:\s*-\d{3,}|(?:left|top)\s*:\s*-\d{4,}",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ANY_TAG = re.compile(r"<[^<>]*>")
_UNSHOWN = re.compile(r"<(?:style|script)\b[^<]*</(?:style|script)\s*>", re.IGNORECASE)
_NEVER_DEEP_TAGS = (
    "p li td th tr dt dd option br img hr meta link input area base col embed source track wbr body html head"
)
_NEVER_DEEP = frozenset(_NEVER_DEEP_TAGS.split())
_MOST_OPEN = 1000
_MOST_QUOTES = 8


class _Page:
    """The text under construction: lines, how deep quotes are, the next number in each open list (0 where it has none),
    and whether something was hidden.

    `marked` are the open elements that made the quotes deeper. `frame` is an open frame and the quote up to which its
    text is the line above that.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.words: list[str] = []
        self.quotes = 0
        self.marked: list[int] = []
        self.frame: tuple[int, int] | None = None
        self.numbers: list[int] = []
        self.preformatted = 0
        self.hidden = False

    def add(self, text: str) -> None:
        if self.preformatted:
            first, *others = text.replace("\r", "").split("\n")
            self.words.append(first)
            for line in others:
                self.end_line(force=True)
                self.words.append(line)
        else:
            self.words.append(_BLANKS.sub(" ", text))

    def end_line(self, force: bool = False) -> None:
        line = "".join(self.words)
        line = line.rstrip() if self.preformatted else re.sub(" {2,}", " ", line).strip(" ")
        if line or force:
            self.lines.append(("> " * min(self.quotes, _MOST_QUOTES) + line).rstrip(" "))
        self.words.clear()

    def bullet(self) -> str:
        """The mark of the next item of the innermost list."""
        if not self.numbers or not self.numbers[-1]:
            return "- "
        self.numbers[-1] += 1
        return f"{self.numbers[-1] - 1}. "

    def open_quote(self, node: LexborNode) -> None:
        self.quotes += 1
        self.marked.append(node.mem_id)

    def close_quote(self, node: LexborNode) -> None:
        if self.marked and self.marked[-1] == node.mem_id:
            self.marked.pop()
            self.quotes -= 1
        if self.frame and node.mem_id in self.frame:
            self.end_frame()

    def end_frame(self) -> None:
        self.frame = None
        self.quotes -= 1

    def gap(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(("> " * min(self.quotes, _MOST_QUOTES)).rstrip(" "))


def text_of_page(markup: str) -> tuple[str, str | None]:
    """The visible text of a page, and a defect or None: "hidden-text" (left out), "costly-page"."""
    if _nests_too_deep(markup):
        return _without_tags(markup), "costly-page"
    page = _Page()
    tree = LexborHTMLParser(markup)
    node = tree.body or tree.root
    root = node
    while node is not None and root is not None:
        child = node.child if _enter(page, node) else None
        if child is not None:
            node = child
            continue
        node = _onward(page, node, root)
    page.end_line()
    return "\n".join(page.lines).strip("\n"), "hidden-text" if page.hidden else None


def _nests_too_deep(markup: str) -> bool:
    """Whether elements stay open in thousands: lexbor looks at all of them for every next one, as browsers do."""
    depth = 0
    for closing, tag in _TAG.findall(markup):
        if tag.lower() not in _NEVER_DEEP:
            depth += -1 if closing and depth else not closing
            if depth > _MOST_OPEN:
                return True
    return False


def _without_tags(markup: str) -> str:
    """The text of a page made to exhaust a parser: a linear pass that only takes tags out, hidden text stays in."""
    bare = _ANY_TAG.sub(" ", _UNSHOWN.sub(" ", markup))
    return "\n".join(line for line in (_BLANKS.sub(" ", one).strip() for one in unescape(bare).split("\n")) if line)


def _onward(page: _Page, node: LexborNode, root: LexborNode) -> LexborNode | None:
    """Closes elements upwards until one has a neighbour."""
    current: LexborNode | None = node
    # `mem_id`, because selectolax compares nodes by their whole markup: quadratic on a deep page (A47).
    while current is not None and current.mem_id != root.mem_id:
        _leave(page, current)
        if current.next is not None:
            return current.next
        current = current.parent
    return None


def _enter(page: _Page, node: LexborNode) -> bool:
    """Writes what stands at the beginning of a node; False where nothing below it is shown."""
    tag = node.tag or ""
    if tag == "-text":
        page.add(node.text_content or "")
        return False
    if not node.is_element_node or tag in _DROPPED:
        return False
    attributes = node.attributes
    if _is_hidden(attributes):
        page.hidden = page.hidden or bool(node.text().strip())
        return False
    if tag == "br":
        page.end_line(force=True)
    elif tag in ("td", "th"):
        page.words.append(" ")
    elif _is_apart(tag, attributes):
        page.gap()
    elif tag in _BLOCKS:
        page.end_line()
    if tag in ("ol", "ul"):
        page.numbers.append(1 if tag == "ol" else 0)
    elif tag == "li":
        page.words.append(page.bullet())
    _mark(page, node, mark_of(tag, attributes))
    page.preformatted += tag == "pre"
    return True


def _leave(page: _Page, node: LexborNode) -> None:
    tag = node.tag or ""
    if tag != "a" and tag not in _BLOCKS:
        return
    attributes = node.attributes
    if _is_hidden(attributes):
        return
    if tag == "a":
        _write_link(page, node)
        return
    page.end_line()
    page.close_quote(node)
    page.preformatted -= tag == "pre"
    if tag in ("ol", "ul"):
        page.numbers.pop()
    if _is_apart(tag, attributes):
        page.gap()


def _is_apart(tag: str, attributes: dict[str, str | None]) -> bool:
    """Whether an empty line stands around a block. Word writes each line as a paragraph without margins."""
    return tag in _APART and not (tag == "p" and (attributes.get("class") or "").startswith("Mso"))


def _write_link(page: _Page, node: LexborNode) -> None:
    target = (node.attributes.get("href") or "").strip()
    words = "".join(page.words[-20:])
    if (
        target.lower().startswith(("http://", "https://"))
        and target[8:40].rstrip("/") not in words
        and len(target) <= 500
    ):
        page.words.append(f" <{_BLANKS.sub('', target)}>")


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))


def _mark(page: _Page, node: LexborNode, mark: Mark) -> None:
    """Makes quotes deeper where a mail program's mark says so. Looks below a frame that stands in no other, so that
    the work stays linear.
    """
    if page.frame and page.frame[1] == node.mem_id:
        page.end_frame()
    if mark is Mark.QUOTE:
        page.open_quote(node)
    elif mark is Mark.REST:
        page.end_line()
        page.quotes += 1
    elif page.frame or page.quotes:
        return
    elif mark is Mark.CITE and not _forwards(node):
        page.open_quote(node)
    elif mark in (Mark.FRAME, Mark.LOOSE_FRAME):
        _open_frame(page, node, mark)


def _open_frame(page: _Page, node: LexborNode, mark: Mark) -> None:
    quote = node.css_first("blockquote")
    if quote is None and mark is Mark.FRAME:
        page.open_quote(node)
    elif quote is not None and not _forwards(node):
        page.frame = (node.mem_id, quote.mem_id)
        page.quotes += 1


def _forwards(node: LexborNode) -> bool:
    """Whether a mark stands above something passed on ("---------- Forwarded message"), which is no quote."""
    return node.text().lstrip().startswith("-" * 5)
