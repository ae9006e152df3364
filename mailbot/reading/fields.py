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

_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?")
_CONTINUATIONS = re.compile(rb"(?:[ \t][^\n]*+(?:\n|\Z))++")
_BLANK_LINE = re.compile(rb"\n[ \t\v\f\r]+(?:\n|\Z)")
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
    found: list[Field] = []
    defects: set[str] = set()
    position = _after_mbox_line(raw, start, end)
    if position != start:
        defects.add("mbox-line")
    limit = min(end, start + limits.HEADER_BYTES + 1)
    while position < end:
        match = _FIELD.match(raw, position, limit)
        if match:
            stop = match.end()
            found.append(Field(match[1].decode("ascii").lower(), _unfolded(raw[match.start(2) : stop], defects)))
        elif first := _CONTINUATIONS.match(raw, position, limit):
            stop = first.end()
            defects.add("continuation-first")
            _name_defects(b"\n" + first[0], defects)
        else:
            return _end_of_block(raw, (start, position, end), found, defects)
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


def _end_of_block(raw: bytes, at: tuple[int, int, int], found: list[Field], defects: set[str]) -> Block:
    """The block ends with an empty line, or before a line that is no field."""
    start, position, end = at
    newline = raw.find(b"\n", position, end)
    stop = end if newline < 0 else newline + 1
    if raw[position:stop] in (b"\r\n", b"\n"):
        return _block(start, stop, found, defects)
    _name_defects(raw[position : min(stop, start + limits.HEADER_BYTES)], defects)
    defects.add("line-without-colon")
    return _block(start, position, found, defects)


def _unfolded(lines: bytes, defects: set[str]) -> bytes:
    """A value as one line (RFC 5322 section 2.2.3). `lines` ends with its line end."""
    if lines.endswith(b"\n") and lines.find(b"\n", 0, -1) < 0 and lines.find(b"\r", 0, -2) < 0:
        return lines.strip()
    _name_defects(lines, defects)
    return lines.replace(b"\r\n", b"").replace(b"\n", b"").strip()


def _name_defects(lines: bytes, defects: set[str]) -> None:
    if lines.count(b"\r") > lines.count(b"\r\n"):
        defects.add("bare-cr")
    if _BLANK_LINE.search(lines):
        defects.add("blank-continuation")


def _after_mbox_line(raw: bytes, start: int, end: int) -> int:
    if not raw.startswith((b"From ", b">From "), start, end):
        return start
    newline = raw.find(b"\n", start, end)
    return end if newline < 0 else newline + 1


def _block(start: int, body: int, found: list[Field], defects: set[str]) -> Block:
    by_name: dict[str, list[bytes]] = {}
    for field in found:
        by_name.setdefault(field.name, []).append(field.value)
    return Block(start, body, tuple(found), by_name, frozenset(defects))
