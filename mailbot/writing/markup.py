"""The few marks a letter is written with, and the blocks from which both its parts are made, so that both say the
same words.

`# ` and `## ` headings, `- ` list items, `> ` lines shown exactly as they are, `| ` lines that are a person's own
words and stand unmarked, `**bold**`, `[label](tel:… or mailto:…)`, `[foreign name]{en}`; everything else is a
paragraph, ended by an empty line; empty lines between list items do not end a list. `escape` takes every mark out of
a value, so that nothing a person wrote can become a heading, a link or a second paragraph (A57).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from mailbot.writing.visible import visible_name, visible_text

Kind = Literal["h1", "h2", "list", "quote", "typed", "p"]
_EXACT: dict[str, Kind] = {"> ": "quote", "| ": "typed"}
_PREFIXES: tuple[tuple[str, Kind], ...] = (("# ", "h1"), ("## ", "h2"), ("- ", "list"))
_TOKEN = re.compile(
    r"\\(?P<plain>.)"
    r"|(?P<bold>\*\*)"
    r"|\[(?P<label>(?:[^\]\\]|\\.)*)\](?:\((?P<href>(?:[^)\\]|\\.)*)\)|\{(?P<lang>[a-z]{2,3})\})"
)
_SPECIAL = str.maketrans({mark: "\\" + mark for mark in "\\*[]()#->|"})
_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_HALVES = re.compile(r"[\ud800-\udfff]")
_LINKS = ("tel:", "mailto:")


class Marked(str):
    """A string that is markup already: made by a filter of ours, never by a caller."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text with one look."""

    text: str
    bold: bool = False
    href: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph (one line), a list, a quote or typed words (a line each)."""

    kind: Kind
    lines: tuple[tuple[Span, ...], ...]
    lang: str | None = None

    @property
    def text(self) -> str:
        """The words of all lines, without any look."""
        return "\n".join("".join(span.text for span in line) for line in self.lines)

    @property
    def paragraphs(self) -> tuple[tuple[str, ...], ...]:
        """Typed words as a page shows them: an empty line ends a paragraph, its own line breaks stay."""
        groups = groupby(self.text.split("\n"), key=lambda line: bool(line.strip()))
        return tuple(tuple(lines) for full, lines in groups if full)


def escape(value: object) -> str:
    """A value as one line of plain words without any mark."""
    return visible_name(" ".join(str(value).split("\n"))).translate(_SPECIAL)


def quoted(value: str) -> Marked:
    """Received text, every line of it shown exactly as it is."""
    return Marked("\n".join(f"> {line}" for line in visible_text(value).split("\n")))


def typed(value: str) -> Marked:
    """A staff member's own words, which leave as they were written; `as_sent` says what that means."""
    return Marked("\n".join(f"| {line}" for line in as_sent(value).split("\n")))


def as_sent(words: str) -> str:
    """Words without empty lines around them, line ends as LF, without control characters: no mail can carry those.

    Everything else stays, signs that steer direction too: Persian and Arabic need them, and here staff wrote them.
    Raises ValueError where no word is left.
    """
    words = _HALVES.sub("\ufffd", _CONTROLS.sub("", _LINE_ENDS.sub("\n", words))).rstrip()
    if not words:
        raise ValueError("an answer has no words")
    indent = len(words) - len(words.lstrip())
    return words[words.rfind("\n", 0, indent) + 1 :]


def parse(markup: str) -> tuple[Block, ...]:
    """The blocks of a rendered letter.

    Raises ValueError for a link that is neither tel: nor mailto:, and for bold that is not closed.
    """
    blocks: list[Block] = []
    for kind, lines in groupby((_kind(line) for line in markup.split("\n")), key=lambda pair: pair[0]):
        words = [line for _, line in lines]
        match kind:
            case None:
                continue
            case "quote" | "typed":
                blocks.append(Block(kind, tuple((Span(line),) for line in words)))
            case "list":
                before = blocks.pop().lines if blocks and blocks[-1].kind == "list" else ()
                blocks.append(Block("list", before + tuple(_spans(line) for line in words)))
            case "p":
                blocks.append(Block("p", (_spans(" ".join(words)),)))
            case _:
                blocks.extend(Block(kind, (_spans(line),)) for line in words)
    return tuple(blocks)


def plain(blocks: tuple[Block, ...]) -> str:
    """The plain part: one line a paragraph, lines ended by LF, no rulers and no capital headings."""
    return "\n\n".join(map(_drawn, blocks)) + "\n"


def _drawn(block: Block) -> str:
    if block.kind == "typed":
        return block.text
    mark = {"list": "- ", "quote": "> "}.get(block.kind, "")
    return "\n".join((mark + _words(line)).rstrip() for line in block.lines)


def _kind(line: str) -> tuple[Kind | None, str]:
    if line[:2] in _EXACT:
        return _EXACT[line[:2]], line[2:]
    line = line.strip(" \t")
    for prefix, kind in _PREFIXES:
        if line.startswith(prefix):
            return kind, line[len(prefix) :].strip()
    return ("p", line) if line else (None, "")


def _spans(line: str) -> tuple[Span, ...]:
    spans = tuple(_merged(_runs(line)))
    if not spans:
        raise ValueError("a heading or list item is empty")
    return spans


def _runs(line: str) -> Iterator[Span]:
    bold, end = False, 0
    for token in _TOKEN.finditer(line):
        yield Span(line[end : token.start()], bold)
        end = token.end()
        if token["bold"]:
            bold = not bold
        elif token["plain"] is not None:
            yield Span(token["plain"], bold)
        else:
            yield Span(_bare(token["label"]), bold, _link(token["href"]), token["lang"])
    if bold:
        raise ValueError("bold is opened and not closed")
    yield Span(line[end:], bold)


def _merged(runs: Iterator[Span]) -> Iterator[Span]:
    for (bold, href, lang), same in groupby(runs, key=lambda run: (run.bold, run.href, run.lang)):
        text = "".join(run.text for run in same)
        if text:
            yield Span(text, bold, href, lang)


def _link(href: str | None) -> str | None:
    if href is None:
        return None
    href = _bare(href)
    if not href.startswith(_LINKS):
        raise ValueError("a link is neither tel: nor mailto:")
    return href


def _bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _words(line: tuple[Span, ...]) -> str:
    """A number needs no address beside it; a mailto link does, for whoever reads the plain part."""
    return "".join(
        f"{span.text}: {span.href}" if span.href and span.href.startswith("mailto:") else span.text for span in line
    )
