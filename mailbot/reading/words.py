"""Values of fields: encoded words (RFC 2047), Message-IDs, dates, and parameters (RFC 2045, RFC 2231).

Tolerant, linear, and without exceptions: what cannot be understood stays as it came.
"""

from __future__ import annotations

import binascii
import re
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote_to_bytes

from mailbot.reading import charset, limits

_ENCODED = re.compile(rb"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_IDENTIFIER = re.compile(rb"<([\x21-\x3b\x3d\x3f-\x7e]+)>")
_BARE_IDENTIFIER = re.compile(rb"([\x21-\x3b\x3d\x3f-\x7e]+)\Z")
_PARAMETER = re.compile(rb';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_DATE = re.compile(
    r"(?:[A-Za-z]{2,9},?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]*[\s-]+(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?"
    r"\s*([+-]\d{4}|[A-Za-z]{1,5})?"
)
_PARAMETER_BYTES = 16 * 1024
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}


def text_of(value: bytes) -> str:
    """An unstructured field as text, its encoded words decoded; blanks between two of them vanish (RFC 2047, 6.2).

    Neighbours of one charset are joined before decoding, since programs split characters over two words.
    """
    out: list[str] = []
    pending: list[bytes] = []
    label = b""
    position = 0
    for word in _ENCODED.finditer(value):
        between = value[position : word.start()]
        if pending and (between.strip() or word[1].lower() != label):
            out.append(_characters(pending, label))
        if between.strip() or not position:
            out.append(charset.decode(between, None)[0])
        label = word[1].lower()
        pending.append(_word_bytes(word[2], word[3]))
        position = word.end()
    if pending:
        out.append(_characters(pending, label))
    return "".join(out) + charset.decode(value[position:], None)[0]


def _characters(pending: list[bytes], label: bytes) -> str:
    text, _ = charset.decode(b"".join(pending), label.decode("ascii", "replace"))
    pending.clear()
    return text


def _word_bytes(encoding: bytes, content: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(content.replace(b"_", b" "), header=False)
    try:
        return binascii.a2b_base64(content + b"==")
    except binascii.Error:
        return content


def identifiers(value: bytes) -> tuple[str, ...]:
    """The Message-IDs in a field, without their brackets; the newest twenty where there are more (A35)."""
    found = [one for one in _IDENTIFIER.findall(value) if len(one) <= limits.IDENTIFIER_CHARACTERS]
    return tuple(one.decode("ascii") for one in found[-limits.REFERENCES :])


def identifier(value: bytes | None) -> str | None:
    """The one Message-ID of a Message-ID field; a program that forgot the brackets is understood."""
    if value is None:
        return None
    match = _IDENTIFIER.search(value) or _BARE_IDENTIFIER.match(value.strip())
    return match[1].decode("ascii") if match and len(match[1]) <= limits.IDENTIFIER_CHARACTERS else None


def parameters(value: bytes) -> list[tuple[str, str]]:
    """Every parameter of a Content-Type or Content-Disposition in its order, repeated ones too (A38, A43).

    RFC 2231 pieces (`name*0`, `name*1*`) come joined, under the plain name, before the plain parameters.
    """
    plain: list[tuple[str, str]] = []
    pieces: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for match in _PARAMETER.finditer(value[:_PARAMETER_BYTES]):
        name = match[1].decode("ascii", "replace").lower()
        content = _unquote(match[2].strip())
        base, star, rest = name.partition("*")
        if not star:
            plain.append((name, text_of(content)))
            continue
        number = rest.removesuffix("*")
        index = int(number) if number.isdecimal() and number.isascii() and len(number) < 4 else 0
        pieces.setdefault(base, {})[index] = (content, rest.endswith("*") or not rest)
    return [(name, _extended(parts)) for name, parts in pieces.items()] + plain


def _unquote(value: bytes) -> bytes:
    if value.startswith(b'"'):
        return re.sub(rb"\\(.)", rb"\1", value[1:-1] if value.endswith(b'"') and len(value) > 1 else value[1:])
    return value


def _extended(parts: dict[int, tuple[bytes, bool]]) -> str:
    """RFC 2231 section 4: charset'language'percent-encoded, over pieces."""
    label = b""
    out: list[bytes] = []
    for index in sorted(parts):
        content, encoded = parts[index]
        if encoded and not out and content.count(b"'") >= 2:
            label, _, content = content.split(b"'", 2)
        out.append(unquote_to_bytes(content) if encoded else content)
    return charset.decode(b"".join(out), label.decode("ascii", "replace") or None)[0]


def instant(value: bytes | None) -> str | None:
    """A Date field (RFC 5322 section 3.3, with 4.3's old years and zones) as ISO 8601 with offset; absurd ones are
    None (A36).
    """
    match = _DATE.search(value[:200].decode("ascii", "replace")) if value else None
    if not match or match[2].lower() not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(match[group] or 0) for group in (1, 3, 4, 5, 6))
    if len(match[3]) < 4:
        year += 2000 if year < 50 else 1900
    try:
        zone = _zone(match[7] or "")
        month = _MONTHS.index(match[2].lower()) + 1
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).isoformat()
    except ValueError:
        return None


def _zone(text: str) -> timezone:
    if text[:1] in ("+", "-"):
        offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
        return timezone(-offset if text[0] == "-" else offset)
    hours = _ZONES.get(text.upper())
    return UTC if hours is None else timezone(timedelta(hours=hours))
