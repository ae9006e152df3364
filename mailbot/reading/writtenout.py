"""Files written out in letters inside a text: uuencode, yEnc, `data:` addresses, bare base64 (A41).

A picture must not reach anybody's eyes by way of a text, so these are taken out of it and are sealed. Bare base64 is
taken out only where its first bytes call it picture, film or archive: a key or a token that a person writes stays.
"""

from __future__ import annotations

import re

from mailbot.model import Attachment
from mailbot.reading import encoding, limits, sealing, uuencode
from mailbot.reading.attachments import clean_name

_UNKNOWN = "application/octet-stream"
_DATA_URL = re.compile(
    r"data:(?P<type>[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,100})?(?:;[a-z0-9=._-]{1,60}){0,5},[A-Za-z0-9+/=%_.~:-]*",
    re.IGNORECASE,
)
# Lines of one length under any quote marks, or one long run; possessive, so that a text of nothing else costs one pass.
_BASE64 = re.compile(
    r"(?:^[> \t]{0,20}[A-Za-z0-9+/]{60,100}\n){3,}+"
    r"(?:^[> \t]{0,20}(?:[A-Za-z0-9+/]{0,99}={1,2}|[A-Za-z0-9+/]{20,99})$)?"
    r"|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{300,}+={0,2}",
    re.MULTILINE,
)
_SHORTEST_LINE = 60
_MARGIN = re.compile(r"^[> \t]+|\s", re.MULTILINE)
_HEAD_LETTERS = 4 * limits.HEAD_BYTES // 3


def take_out(text: str) -> tuple[str, list[Attachment]]:
    """Text without what was written out in it, and what was taken out, in no more pieces than a message may have."""
    found: list[Attachment] = []
    if "begin" in text:
        text = _without_files(text, found)
    if "data:" in text.lower():
        text = _DATA_URL.sub(lambda match: _taken(match[0], match["type"], found), text)
    if max(map(len, text.split()), default=0) >= _SHORTEST_LINE:
        text = _BASE64.sub(lambda match: _taken_if_sealed(match[0], found), text)
    return text, found


def _without_files(text: str, found: list[Attachment]) -> str:
    kept: list[str] = []
    position = 0
    for file in uuencode.files(text):
        if len(found) < limits.ATTACHMENTS:
            found.append(Attachment(clean_name(file.name), _UNKNOWN, file.size, True))
        kept.append(text[position : file.start])
        position = file.stop
    return "".join(kept) + text[position:]


def _taken(written: str, kind: str | None, found: list[Attachment]) -> str:
    if kind is None and len(written) < 40:
        return written
    if len(found) < limits.ATTACHMENTS:
        found.append(Attachment(None, (kind or _UNKNOWN).lower(), len(written) * 3 // 4, True))
    return ""


def _taken_if_sealed(written: str, found: list[Attachment]) -> str:
    letters = _MARGIN.sub("", written[: 2 * _HEAD_LETTERS])[:_HEAD_LETTERS]
    head = encoding.decode(letters.encode("ascii", "replace"), "base64")
    return _taken(written, _UNKNOWN, found) if sealing.sealed_by_bytes(head, False) else written
