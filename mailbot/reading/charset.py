"""Bytes to characters, by an allow-list of text codecs (A40), and the cleaning of what people will see (A30).

`labels` knows what a label means. One outside the list, or one that does not fit the bytes, leads to what the bytes
themselves say: UTF-8, ISO-2022-JP by its escapes, then windows-1252. Text is never dropped, and nothing here raises.
"""

from __future__ import annotations

import re

from mailbot.reading import iso2022jp
from mailbot.reading.labels import MULTIBYTE, codecs_of

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
# Western labels that old programs put on whatever their user typed.
_WESTERN = frozenset(("cp1252", "iso8859-15", "cp1254"))


def decode(data: bytes, label: str | None, hint: str | None = None) -> tuple[str, bool]:
    """The text of `data`, and whether the label was right. `hint` is the label of something near, tried where there is
    no label and the bytes are not UTF-8.
    """
    if label is None:
        return _unlabelled(data, hint)
    names = codecs_of(label)
    if not names:
        return _unlabelled(data, None)[0], False
    if names[0] in _WESTERN and not data.isascii() and (text := _strict(data, "utf-8")) is not None:
        return text, False
    for name in names:
        if (text := _strict(data, name)) is not None:
            return text.removeprefix("\ufeff"), True
    return _mended(data, names[0]), False


def _unlabelled(data: bytes, hint: str | None) -> tuple[str, bool]:
    if data.isascii() and b"\x1b" not in data:
        return data.decode("ascii"), True
    if iso2022jp.has_escapes(data) and (text := iso2022jp.decode(data)) is not None:
        return text, False
    if (text := _strict(data, "utf-8")) is not None:
        return text.removeprefix("\ufeff"), True
    for name in codecs_of(hint) if hint else ():
        if name != "utf-8" and (text := _strict(data, name)) is not None:
            return text, False
    return _mended(data, "utf-8"), False


def _strict(data: bytes, name: str) -> str | None:
    if name == iso2022jp.NAME:
        return iso2022jp.decode(data)
    try:
        return data.decode(name)
    except UnicodeError:
        return None  # a false label is the ordinary case for half of the old programs; the next codec reads it


def _mended(data: bytes, name: str) -> str:
    """The text where no codec fits every byte. A damaged character, or one cut in two at the end, costs itself alone:
    windows-1252 for all of it would make every other character unreadable.
    """
    if name != "utf-8" and (text := _strict(data, "utf-8")) is not None:
        return text
    if name not in MULTIBYTE:
        return data.decode(name, "replace")
    text = data.decode("iso2022_jp" if name == iso2022jp.NAME else name, "replace")
    lost = text.count("\ufffd")
    if 2 * lost <= len(text) - sum(map(str.isascii, text)):
        return text
    return data.decode("cp1252", "replace")


def clean(text: str) -> str:
    """The text with line feeds as line ends and control characters replaced by U+FFFD."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("\ufffd", text)


def one_line(text: str, limit: int) -> str:
    """A name or subject as people see it: one line, no control characters, at most `limit` characters."""
    return _SPACES.sub(" ", clean(text[: 4 * limit])).strip()[:limit]
