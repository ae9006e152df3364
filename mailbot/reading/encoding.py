"""Transfer encodings (RFC 2045 section 6): bytes of a leaf in, its content out, tolerant of what mail programs really
send.

Base64 is read twice where it matters: the strict way and by runs, because readers disagree about padding in the
middle (A39).
"""

from __future__ import annotations

import binascii
import re

from mailbot.reading import uuencode

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_RUN = re.compile(rb"[A-Za-z0-9+/]+")
_BLANKS = b" \t\r\n\v\f"


def encoding_name(value: bytes | None) -> str:
    """The encoding that a Content-Transfer-Encoding field means: "base64", "quoted-printable", "uuencode" or "" (as
    it is).
    """
    word = (value or b"").split(b";")[0].strip().lower()
    if word in (b"base64", b"quoted-printable"):
        return word.decode("ascii")
    return "uuencode" if word in (b"x-uuencode", b"x-uue", b"uuencode", b"uue") else ""


def decode(data: bytes, encoding: str) -> bytes:
    """The content of a leaf; damaged places are passed over."""
    if encoding == "base64":
        return base64_runs(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding == "uuencode":
        return uuencode.decode(data)
    return data


def base64_runs(data: bytes) -> bytes:
    """Base64 read tolerantly: foreign characters dropped, each padded run decoded for itself."""
    letters = data.translate(None, _BLANKS)
    if len(letters) % 4 == 0:
        try:
            return binascii.a2b_base64(letters, strict_mode=True)
        except binascii.Error:
            pass  # damaged, or several runs: the tolerant way below
    letters = _NOT_BASE64.sub(b"", letters)
    return b"".join(_run(match[0]) for match in _RUN.finditer(letters))


def base64_is_sound(data: bytes) -> bool:
    """Whether the strict reading accepts these bytes; a cut at the end is allowed for, since only heads are looked
    at.
    """
    letters = data.translate(None, _BLANKS)
    if len(letters) % 4 and b"=" not in letters:
        letters = letters[: -(len(letters) % 4)]
    try:
        binascii.a2b_base64(letters, strict_mode=True)
    except binascii.Error:
        return False
    return True


def _run(letters: bytes) -> bytes:
    whole = letters[:-1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def tails(data: bytes, encoding: str) -> list[bytes]:
    """What the last bytes of a leaf may decode to. Base64 is cut in the middle, so it is read from four places."""
    if encoding != "base64":
        return [decode(data, encoding)]
    letters = _NOT_BASE64.sub(b"", data)
    return [base64_runs(letters[shift:]) for shift in range(4)]


def decoded_size(raw: bytes, start: int, end: int, encoding: str) -> int:
    """How many bytes `raw[start:end]` holds once decoded, reckoned without decoding a large base64 leaf."""
    if encoding == "base64":
        letters = end - start - sum(raw.count(blank, start, end) for blank in (b"\n", b"\r", b" "))
        padding = raw.count(b"=", max(start, end - 8), end)
        return max(letters // 4 * 3 - padding, 0)
    if encoding and end - start < 2_000_000:
        return len(decode(raw[start:end], encoding))
    return end - start
