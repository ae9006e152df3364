"""Bytes to characters, by an allow-list of text codecs (A40), and the cleaning of what people will see (A30).

A label outside the list, or one that does not fit the bytes, leads to UTF-8 and then to windows-1252: text is never
dropped.
"""

from __future__ import annotations

import codecs
import re

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}\Z")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACES = re.compile(r"\s+")

# UTF-7 and every codec that is no character set (zlib, rot13, idna, unicode_escape, …) are absent on purpose.
_NAMES = (
    "utf-8 utf-8-sig utf-16 utf-16-le utf-16-be ascii iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5"
    " iso8859-6 iso8859-7"
    " iso8859-8 iso8859-9 iso8859-10 iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp1250 cp1251 cp1252"
    " cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp437 cp850 cp852 cp866 cp874 cp932 cp949 cp950 koi8-r koi8-u mac-roman"
    " tis-620 shift_jis euc_jp iso2022_jp iso2022_jp_1 iso2022_jp_2 euc_kr iso2022_kr johab gb2312 gbk gb18030"
    " hz big5 big5hkscs"
)
_ALLOWED = frozenset(_NAMES.split())
# What the label says is a subset of what mail programs send under it (WHATWG Encoding, section 4.2).
_WIDER = {
    "ascii": "utf-8",
    "utf-8-sig": "utf-8",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}


def codec(label: str) -> str | None:
    """The codec for a charset label, or None where the label is not on the list."""
    if not _LABEL.match(label):
        return None
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    return _WIDER.get(name, name) if name in _ALLOWED else None


def decode(data: bytes, label: str | None) -> tuple[str, bool]:
    """The text of `data`, and whether the label was right. Without a label: UTF-8, else windows-1252."""
    wanted = codec(label) if label else "utf-8"
    if wanted:
        try:
            return data.decode(wanted).removeprefix("\ufeff"), True
        except UnicodeError:
            pass  # a false label is the ordinary case for half of the old programs; the fallback below reads it
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), False


def clean(text: str) -> str:
    """The text with line feeds as line ends and control characters replaced by U+FFFD."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int) -> str:
    """A name or subject as people see it: one line, no control characters, at most `limit` characters."""
    return _SPACES.sub(" ", clean(text[: 4 * limit])).strip()[:limit]
