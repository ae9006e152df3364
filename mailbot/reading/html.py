"""HTML to text (RULES 13): what a reader would see, as lines; hidden text is dropped and said so (A45–A47).

lexbor parses as browsers do; the walk over its tree is a loop, so no depth of nesting matters. Quotes become lines
with `> `, so that one reply cutter serves both forms. No address in a page is ever opened; those of links are written
behind the words as text.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

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
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)|font-size\s*:\s*0"
    r"|mso-hide\s*:\s*all"
    r"|max-(?:height|width)\s*:\s*0(?:px)?\s*(?:;|!|$)|text-indent\s*:\s*-\d{3,}|(?:left|top)\s*:\s*-\d{4,}",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_MOST_QUOTES = 8


class _Page:
    """The text under construction: lines, the quote depth of each, and whether something was hidden."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.words: list[str] = []
        self.quotes = 0
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

    def gap(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(("> " * min(self.quotes, _MOST_QUOTES)).rstrip(" "))


def text_of_page(markup: str) -> tuple[str, bool]:
    """The visible text of a page, and whether anything in it was hidden."""
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
    return "\n".join(page.lines).strip("\n"), page.hidden


def _onward(page: _Page, node: LexborNode, root: LexborNode) -> LexborNode | None:
    """Closes elements upwards until one has a neighbour."""
    current: LexborNode | None = node
    while current is not None and current != root:
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
    if _is_hidden(node):
        page.hidden = page.hidden or bool((node.text_content or "").strip())
        return False
    if tag == "br":
        page.end_line(force=True)
    elif tag in ("td", "th"):
        page.words.append(" ")
    elif tag in _APART:
        page.gap()
    elif tag in _BLOCKS:
        page.end_line()
    if tag == "li":
        page.words.append("- ")
    page.quotes += tag == "blockquote"
    page.preformatted += tag == "pre"
    return True


def _leave(page: _Page, node: LexborNode) -> None:
    tag = node.tag or ""
    if (tag != "a" and tag not in _BLOCKS) or _is_hidden(node):
        return
    if tag == "a":
        _write_link(page, node)
        return
    page.end_line()
    page.quotes -= tag == "blockquote"
    page.preformatted -= tag == "pre"
    if tag in _APART:
        page.gap()


def _write_link(page: _Page, node: LexborNode) -> None:
    target = (node.attributes.get("href") or "").strip()
    words = "".join(page.words[-20:])
    if (
        target.lower().startswith(("http://", "https://"))
        and target[8:40].rstrip("/") not in words
        and len(target) <= 500
    ):
        page.words.append(f" <{_BLANKS.sub('', target)}>")


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))
