"""The tree of MIME parts: offsets into the message, found by a walk of our own that copies nothing (RULES 13).

One walk serves every size, so there are not two readings of one message. It counts as it goes and stops at the
limits, before anything is decoded (A37). Where the message can be read in two ways (A38: doubled Content-Type or
boundary, parts behind the closing line), the other reading's parts are kept as `shadows`: they seal, and are never
shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailbot.reading import encoding, fields
from mailbot.reading.limits import Limits
from mailbot.reading.parameters import parameters

_DESCRIBING = frozenset(("content-transfer-encoding", "content-disposition"))
_TAIL = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
_TYPE = re.compile(rb"[\s\"']*([!#$%&'*+.^_`{|}~0-9A-Za-z-]+)\s?/\s?([!#$%&'*+.^_`{|}~0-9A-Za-z-]+)")
# A delimiter line as it must have been, where the boundary is not named or stands nowhere: fields of a part below it.
_LIKELY_DELIMITER = re.compile(
    rb"(?<=\n)--([^\s-][^\r\n]{0,69}?)[ \t]*\r?\n(?=Content-[A-Za-z-]{2,40}:)", re.IGNORECASE
)
_LIKELY_WITHIN = 64 * 1024


@dataclass(slots=True)
class Part:
    """One entity: `types` and `encodings` hold every claim made for it, the one believed first."""

    block: fields.Block
    end: int
    depth: int
    types: tuple[str, ...]
    parameters: list[tuple[str, str]]
    encodings: tuple[str, ...]
    names: tuple[str, ...]
    """Every name claimed for it, the one shown to people first (RFC 2183 over RFC 2045, RFC 2231 over plain)."""
    children: list[Part] = field(default_factory=list)
    shadows: list[Part] = field(default_factory=list)

    @property
    def type(self) -> str:
        return self.types[0]

    @property
    def start(self) -> int:
        """The offset of the body."""
        return self.block.body

    def parameter(self, name: str) -> str | None:
        return next((value for key, value in self.parameters if key == name), None)

    def disposition(self) -> str:
        """The word of Content-Disposition (RFC 2183), lower-case, or ""."""
        value = self.block.first("content-disposition") or b""
        return value.split(b";")[0].strip().lower().decode("ascii", "replace")

    def walk(self) -> Iterator[Part]:
        """This part and all below it in the order of the message; shadows are left out."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.children))


@dataclass(frozen=True, slots=True)
class Tree:
    """`problem` is the code of the limit that was hit, or None; then the tree is what was read until there."""

    root: Part
    problem: str | None
    defects: frozenset[str]


def read_tree(raw: bytes, limits: Limits) -> Tree:
    """Splits a whole message. Never raises; time grows with size times depth."""
    defects: set[str] = set()
    root = _part(raw, 0, len(raw), 0, "text/plain")
    count = 1
    stack = [root]
    while stack:
        part = stack.pop()
        for child, shadow in _below(raw, part, limits.parts, defects):
            count += 1
            if count > limits.parts:
                return Tree(root, "too-many-parts", frozenset(defects))
            if child.depth > limits.depth:
                return Tree(root, "too-deep", frozenset(defects))
            (part.shadows if shadow else part.children).append(child)
            stack.append(child)
    return Tree(root, None, frozenset(defects))


def _part(raw: bytes, start: int, end: int, depth: int, default: str) -> Part:
    block = fields.read_block(raw, start, end)
    values = block.all("content-type")
    if not values and not block.by_name.keys() & _DESCRIBING:
        return Part(block, end, depth, (default,), [], ("",), ())
    types = tuple([f"{m[1].decode()}/{m[2].decode()}".lower() for value in values if (m := _TYPE.match(value))])
    claimed = [pair for value in values for pair in parameters(value)]
    encodings = tuple([encoding.encoding_name(value) for value in block.all("content-transfer-encoding")])
    fallback = default if not values else "text/plain"
    return Part(block, end, depth, types or (fallback,), claimed, encodings or ("",), _names(block, claimed))


def _names(block: fields.Block, claimed: list[tuple[str, str]]) -> tuple[str, ...]:
    disposed = parameters(block.first("content-disposition") or b"")
    found = [value for key, value in disposed if key == "filename"]
    return (*found, *[value for key, value in claimed if key == "name"])


def _below(raw: bytes, part: Part, most: int, defects: set[str]) -> Iterator[tuple[Part, bool]]:
    """The parts below one part, each with whether it exists in another reading only."""
    if len(set(part.types)) > 1 or len(set(part.encodings)) > 1:
        defects.add("two-readings")
    if any(kind.startswith("multipart/") for kind in part.types):
        yield from _pieces(raw, part, most, defects)
    if any(kind in ("message/rfc822", "message/global", "message/news") for kind in part.types) and not any(
        part.encodings
    ):
        yield _part(raw, part.start, part.end, part.depth + 1, "text/plain"), not part.type.startswith("message/")


def _pieces(raw: bytes, part: Part, most: int, defects: set[str]) -> Iterator[tuple[Part, bool]]:
    marks = _marks(raw, part, defects)
    default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
    for number, mark in enumerate(marks):
        for start, end, late in _between(raw, part.start, part.end, mark, most, defects):
            shadow = late or number > 0 or not part.type.startswith("multipart/")
            yield _part(raw, start, end, part.depth + 1, default), shadow


def _marks(raw: bytes, part: Part, defects: set[str]) -> list[bytes]:
    """The delimiters of a multipart, the one believed first. Where none is named, or none of those named begins a
    line, one that looks like it is taken: else a picture inside would be seen by others and not by us.
    """
    boundaries = dict.fromkeys(value.rstrip() for name, value in part.parameters if name == "boundary" and value)
    marks = [b"--" + one.encode("utf-8", "surrogateescape") for one in boundaries]
    if not marks:
        defects.add("no-boundary")
    if len(marks) > 1:
        defects.add("two-readings")
    if not any(raw.startswith(mark, part.start) or _next_line(raw, part.start, part.end, mark) >= 0 for mark in marks):
        likely = _LIKELY_DELIMITER.search(raw, part.start, min(part.end, part.start + _LIKELY_WITHIN))
        if likely:
            defects.add("no-boundary")
            return [b"--" + likely[1]]
    return marks


def _between(
    raw: bytes, start: int, end: int, mark: bytes, most: int, defects: set[str]
) -> Iterator[tuple[int, int, bool]]:
    """Offsets of what stands between the delimiter lines, and whether it comes after the closing one (RFC 2046
    section 5.1.1).
    """
    begin: int | None = None
    closed = late = False
    for line, after, closing in _delimiters(raw, start, end, mark, most + 1):
        if begin is not None:
            yield begin, _before_line_end(raw, line, begin), late
        late = late or closed
        begin = None if closing else after
        closed = closed or closing
        late = late or closed
    if not closed:
        defects.add("no-closing-boundary")
    if begin is not None:
        yield begin, end, late


def _delimiters(raw: bytes, start: int, end: int, mark: bytes, most: int) -> Iterator[tuple[int, int, bool]]:
    at = start if raw.startswith(mark, start, end) else _next_line(raw, start, end, mark)
    while at >= 0 and most > 0:
        tail = _TAIL.match(raw, at + len(mark), end)
        if tail:
            most -= 1
            yield at, tail.end(), bool(tail[1])
        at = _next_line(raw, tail.end() - 1 if tail else at, end, mark)


def _next_line(raw: bytes, start: int, end: int, mark: bytes) -> int:
    """The next line that begins with the mark. Looked for with its line feed: a body full of "-" and a boundary of one
    would else be searched mark by mark for seconds.
    """
    found = raw.find(b"\n" + mark, start, end)
    return found + 1 if found >= 0 else -1


def _before_line_end(raw: bytes, line: int, begin: int) -> int:
    """The line end before a delimiter belongs to the delimiter."""
    stop = line - 1 if line > begin and raw[line - 1] == 0x0A else line
    return stop - 1 if stop > begin and raw[stop - 1] == 0x0D else max(stop, begin)
