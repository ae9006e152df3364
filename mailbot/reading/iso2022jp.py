"""ISO-2022-JP as Japanese mail programs really write it (RFC 1468 and what grew beside it).

Under the label of 7-bit JIS come circled digits, company signs and half-width kana of code page 932, which Python's
codec of that name refuses; so each run between two escapes is turned into Shift JIS, whose Microsoft table has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

NAME = "iso2022_jp"
_ESCAPE = re.compile(rb"\x1b(\$[@AB]|\$\([CDOPQ]|\([BJHI]|\.[AF]|\$B|&@)")
_DOUBLE, _KANA = (b"$B", b"$@"), b"(I"
_PLAIN = (b"(B", b"(J", b"(H")
_OTHERS = ("iso2022_jp_2004", "iso2022_jp_2", "iso2022_jp_ext")


def has_escapes(data: bytes) -> bool:
    """Whether bytes without a label are this: 7-bit, and with an escape into two-byte characters."""
    return b"\x1b$" in data and data.isascii() and _ESCAPE.search(data) is not None


def decode(data: bytes) -> str | None:
    """The text, or None where it is not sound."""
    try:
        return "".join(_runs(data))
    except UnicodeError:
        pass  # JIS X 0212, JIS X 0213, Korean and Chinese runs: the codecs that have those sets
    for name in _OTHERS:
        try:
            return data.decode(name)
        except UnicodeError:
            continue
    return None


def _runs(data: bytes) -> Iterator[str]:
    pieces = _ESCAPE.split(data)
    yield pieces[0].decode("ascii")
    for escape, run in zip_longest(pieces[1::2], pieces[2::2], fillvalue=b""):
        if escape in _DOUBLE:
            # A program that forgets to go back to ASCII at the end of the line is read as if it had (RFC 1468).
            for number, line in enumerate(run.split(b"\n")):
                yield "\n" * bool(number) + (_double(line) if not number else line.decode("ascii"))
        elif escape == _KANA:
            yield bytes(one | 0x80 if one > 0x20 else one for one in run).decode("cp932")
        else:
            yield run.decode("ascii" if escape in _PLAIN else "undefined")


def _double(run: bytes) -> str:
    """Pairs of JIS X 0208 as characters, by way of Shift JIS."""
    out = bytearray()
    pairs = iter(run.rstrip(b"\r"))
    for first in pairs:
        if first <= 0x20:
            out.append(first)
            continue
        second = next(pairs, 0)
        if not (0x21 <= first <= 0x7E and 0x21 <= second <= 0x7E):
            raise UnicodeError
        row = first - 0x21
        out.append((row >> 1) + (0x81 if row < 62 else 0xC1))
        out.append(second + 0x7E if row & 1 else second + (0x1F if second < 0x60 else 0x20))
    return out.decode("cp932")
