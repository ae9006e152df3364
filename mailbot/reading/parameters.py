"""Parameters of Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2183, RFC 2231), repeated and broken
ones too (A38, A43).

Every value claimed is kept in its order, because another program may believe another of them. Nothing here raises, and
the time is linear.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from mailbot.reading import charset
from mailbot.reading.encodedword import text_of

# A semicolon before each; where a program forgot it, white space does. The second branch never begins inside white
# space, or a field full of it would be searched anew at each place.
_PARAMETER = re.compile(
    rb'(?:;\s*+|(?<!\s)\s++|(?<="))([^\s=;"()<>,]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"|"[^"]*+\Z|[^;]*+)', re.DOTALL
)
_MOST_BYTES = 16 * 1024
_MOST_PIECES = 1000
_FREE_TEXT = frozenset((b"name", b"filename"))
# RFC 822 comments and what else follows an unquoted value: charset=us-ascii (Plain text), boundary=x charset=y
_AFTER = re.compile(rb"[\s(,]")


def parameters(value: bytes) -> list[tuple[str, str]]:
    """Every parameter in its order, names in lower case. RFC 2231 pieces (`name*0`, `name*1*`) come joined, under the
    plain name, before the plain parameters.
    """
    if b"=" not in value:
        return []
    plain: list[tuple[str, str]] = []
    pieces: dict[bytes, dict[int, tuple[bytes, bool]]] = {}
    for match in _PARAMETER.finditer(value[:_MOST_BYTES]):
        name, content = match[1].lower(), match[2].strip()
        base, star, rest = name.partition(b"*")
        if not star:
            plain.append((name.decode("ascii", "replace"), _value(name, content)))
            continue
        number = rest.removesuffix(b"*")
        index = int(number) if number.isdigit() and len(number) < 4 else 0
        found = pieces.setdefault(base, {})
        if len(found) < _MOST_PIECES:
            found.setdefault(index, (_unquoted(content), rest.endswith(b"*") or not rest))
    extended = [(name.decode("ascii", "replace"), _extended(parts)) for name, parts in pieces.items()]
    return extended + plain


def _value(name: bytes, content: bytes) -> str:
    """Names are for people, in whatever encoding; every other value is a token, byte for byte."""
    if name in _FREE_TEXT:
        return text_of(_unquoted(content))
    if not content.startswith(b'"'):
        content = _AFTER.split(content, maxsplit=1)[0]
    return _unquoted(content).decode("utf-8", "surrogateescape")


def _unquoted(value: bytes) -> bytes:
    for mark in (b'"', b"'"):
        if value.startswith(mark):
            value = value[1:-1] if value.endswith(mark) and len(value) > 1 else value[1:]
            return re.sub(rb"\\(.)", rb"\1", value, flags=re.DOTALL) if b"\\" in value else value
    return value


def _extended(parts: dict[int, tuple[bytes, bool]]) -> str:
    """RFC 2231 section 4: charset'language'percent-encoded, over pieces. Programs that put encoded words there as well
    are understood.
    """
    label = b""
    out: list[bytes] = []
    for number, index in enumerate(sorted(parts)):
        content, encoded = parts[index]
        if encoded and not number and content.count(b"'") >= 2:
            label, _, content = content.split(b"'", 2)
        out.append(unquote_to_bytes(content) if encoded else content)
    joined = b"".join(out)
    if not label and b"=?" in joined:
        return text_of(joined)
    return charset.decode(joined, label.decode("ascii", "replace") or None)[0]
