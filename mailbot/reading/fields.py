"""The header block of a message or of a part: bytes in, fields in their order out, with the defects found on the way
(A32).

Lines end with CRLF or LF and never with a bare CR. Where another program could end the block or a line elsewhere, a
defect says so, and `hidden_from` tells whether such a program would find another author. Nothing here raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from mailbot.reading import limits

_NAME = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_ANY_FROM = re.compile(rb"(?:\A|[\r\n])\0*From[\s\0]*:", re.IGNORECASE)


class Field(NamedTuple):
    """One field: its name in lower case, its value unfolded, bytes otherwise as received."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """A header block. `body` is the offset where the body begins, `by_name` the values of each name, topmost first."""

    start: int
    body: int
    fields: tuple[Field, ...]
    by_name: dict[str, list[bytes]]
    defects: frozenset[str]

    def all(self, name: str) -> list[bytes]:
        """The values of every field of that (lower-case) name, topmost first."""
        return self.by_name.get(name, [])

    def first(self, name: str) -> bytes | None:
        """The topmost value of that name."""
        values = self.by_name.get(name)
        return values[0] if values else None


def read_block(raw: bytes, start: int, end: int) -> Block:
    """Reads the header block of `raw[start:end]` (RFC 5322, 2.2, with the obsolete blank before the colon of 4.5).

    A line without a field name ends the block, as it does for Postfix: what our border has judged is what we read.
    """
    found: list[tuple[str, list[bytes]]] = []
    defects: set[str] = set()
    position = _after_mbox_line(raw, start, end)
    if position != start:
        defects.add("mbox-line")
    while position < end:
        newline = raw.find(b"\n", position, end)
        stop = end if newline < 0 else newline + 1
        content = raw[position:end] if newline < 0 else raw[position:newline].removesuffix(b"\r")
        if not content:
            return _block(start, stop, found, defects)
        if b"\r" in content:
            defects.add("bare-cr")
        if content[0] in b" \t":
            _continue_field(found, content, defects)
        elif name := _NAME.match(content):
            found.append((name[1].decode("ascii").lower(), [content[name.end() :]]))
        else:
            defects.add("line-without-colon")
            return _block(start, position, found, defects)
        if stop - start > limits.HEADER_BYTES or len(found) > limits.FIELDS:
            defects.add("header-too-large")
            return _block(start, stop, found, defects)
        position = stop
    return _block(start, end, found, defects)


def hidden_from(raw: bytes, block: Block) -> bool:
    """Whether a program that reads this block in another way would find a From field that we did not (A32)."""
    if not block.defects:
        return False
    empty = _EMPTY_LINE.search(raw, block.start, block.start + limits.HEADER_BYTES)
    end = max(block.body, empty.start() + 1 if empty else min(len(raw), block.start + limits.HEADER_BYTES))
    return len(_ANY_FROM.findall(raw[block.start : end])) > len(block.all("from"))


def _after_mbox_line(raw: bytes, start: int, end: int) -> int:
    if not raw.startswith((b"From ", b">From "), start, end):
        return start
    newline = raw.find(b"\n", start, end)
    return end if newline < 0 else newline + 1


def _continue_field(found: list[tuple[str, list[bytes]]], content: bytes, defects: set[str]) -> None:
    if not content.strip():
        defects.add("blank-continuation")
    if found:
        found[-1][1].append(content)
    else:
        defects.add("continuation-first")


def _block(start: int, body: int, found: list[tuple[str, list[bytes]]], defects: set[str]) -> Block:
    fields = tuple([Field(name, (lines[0] if len(lines) == 1 else b"".join(lines)).strip()) for name, lines in found])
    by_name: dict[str, list[bytes]] = {}
    for field in fields:
        by_name.setdefault(field.name, []).append(field.value)
    return Block(start, body, fields, by_name, frozenset(defects))
