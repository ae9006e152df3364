"""Files that old programs write out in letters in the middle of a text: uuencode and yEnc (A41).

Found by what the lines below "begin" are, not by the word alone: what a person writes must not be taken for a file,
and a file whose end was cut off is one all the same.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BEGIN = re.compile(
    r"^[> ]{0,20}(?:begin(?:-base64)? [0-7]{3,4} (?P<uu>[^\n]{1,200})"
    r"|=ybegin [^\n]{0,200}name=(?P<yenc>[^\n]{1,200}))\n",
    re.MULTILINE,
)
_YENC_END = re.compile(r"^=yend[^\n]*\n?", re.MULTILINE)
_QUOTE = re.compile(r"[> ]{0,20}")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\n]*\n", re.MULTILINE)
_END = ("end", "`", "====", "")
_MOST_FILES = 1000


@dataclass(frozen=True, slots=True)
class File:
    """Where a file stands in the text, its name as written, and about how many bytes it has."""

    start: int
    stop: int
    name: str
    size: int


def files(text: str) -> Iterator[File]:
    """Every written-out file of a text, in order, at most a thousand."""
    position = 0
    for _ in range(_MOST_FILES):
        begin = _BEGIN.search(text, position)
        if begin is None:
            return
        if begin["uu"]:
            position, size = _end_of_uu(text, begin.end())
        else:
            end = _YENC_END.search(text, begin.end())
            position = end.end() if end else len(text)
            size = position - begin.end()
        if size:
            yield File(begin.start(), position, begin["uu"] or begin["yenc"], size)


def _end_of_uu(text: str, position: int) -> tuple[int, int]:
    """Where the lines of a file end, and how many bytes they hold."""
    size = 0
    while position < len(text):
        newline = text.find("\n", position)
        stop = len(text) if newline < 0 else newline + 1
        line = text[position:stop].strip("\r\n")
        bare = line if _is_uu(line) else _QUOTE.sub("", line, count=1)
        if bare in _END:
            position = stop
            if bare in ("end", "===="):
                break
            continue
        if not _is_uu(bare):
            break
        size += (ord(bare[0]) - 32) & 63 or len(bare) * 3 // 4
        position = stop
    return position, size


def _is_uu(line: str) -> bool:
    """Whether a line says its own length, as uuencoded ones do; the last letters may be cut, or one more be there."""
    if not 2 <= len(line) <= 90 or not line.isascii() or max(line) > "`" or min(line) < " ":
        return _is_base64(line)
    letters = -(-((ord(line[0]) - 32) & 63) // 3) * 4
    return letters > 0 and letters - 3 <= len(line) - 1 <= letters + 2 or _is_base64(line)


def _is_base64(line: str) -> bool:
    return len(line) in (60, 64, 72, 76) and re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", line) is not None


def decode(data: bytes) -> bytes:
    """The content of the first uuencoded file; damaged lines are left out."""
    begin = _UU_BEGIN.search(data)
    out: list[bytes] = []
    for line in data[begin.end() if begin else 0 :].split(b"\n"):
        if line.strip() in (b"end", b"`"):
            break
        try:
            out.append(binascii.a2b_uu(line.rstrip(b"\r")))
        except binascii.Error:
            continue
    return b"".join(out)
