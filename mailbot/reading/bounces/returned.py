"""The copy of the returned message: in a part of its own, or below a line of the notice ("--- Below this line …").

It gives the Message-ID by which a letter of ours is known again, and, where a host's notice names nobody, whom the
message was for.
"""

from __future__ import annotations

import re

from mailbot.reading import limits, words
from mailbot.reading.bounces import recipient
from mailbot.reading.fields import Block

_HEADER = re.compile(
    r"[ \t>|]{0,8}(?:received|return-path|from|to|cc|subject|date|message-id|mime-version|content-[a-z-]+"
    r"|x-[a-z0-9-]+"
    r"|reply-to|sender|references|in-reply-to|dkim-signature|delivered-to|envelope-to|authentication-results):",
    re.IGNORECASE,
)
_TRACE = re.compile(r"[ \t>|]{0,8}(?:received|return-path):", re.IGNORECASE)
# A line that announces the copy: marked off by signs, or ended by a colon or "follows".
_ANNOUNCED = re.compile(
    r"(?:original (?:message|mail|headers?)|copy of (?:the|your)|(?:message|mail) headers?|header of the"
    r"|(?:returned|unsent|undelivered|undeliverable|failed|rejected) (?:message|mail)|message (?:text|follows)"
    r"|begin message|message d.origine|urspr[üu]ngliche nachricht|mensaje original|messaggio originale|元のメ"
    r"|送信されたメ)",
)
# One of these stands in every announcement; asked first, since the pattern is slow on all the other lines.
_ANNOUNCING = ("message", "mail", "header", "copy of", "nachricht", "mensaje", "messaggio", "元のメ", "送信されたメ")
_MARKED_OFF = re.compile(
    r"^\s*[-=_*#+]{2,}|[-=_*#+]{2,}\s*$|:\s*$|\b(?:follows?|below|attached)\.?\s*$|following\.", re.IGNORECASE
)
_RULE = re.compile(r"[-=_*#+\s.]{2,}$")
_IDENTIFIER = re.compile(
    r"^[ \t>|]{0,8}Message-I[Dd]:[ \t]*(<[^<>\s]{3,995}>|[^<>\s]{3,995}@[^<>\s]{1,250})", re.MULTILINE
)
_TO = re.compile(r"^[ \t>|]{0,8}(?:To|X-Original-To|Envelope-To|X-Failed-Recipients):[ \t]*(.{3,500})$", re.MULTILINE)


def begins_at(lines: list[str]) -> int:
    """The line where the copy begins, or the number of lines where there is none."""
    for index, line in enumerate(lines):
        if _TRACE.match(line) and sum(_HEADER.match(one) is not None for one in lines[index : index + 30]) >= 3:
            return index
        if _is_announcement(line[:200]) and _MARKED_OFF.search(line[:200]) and _is_copy(lines, index + 1):
            return index
    return len(lines)


def _is_announcement(line: str) -> bool:
    lowered = line.lower()
    return any(word in lowered for word in _ANNOUNCING) and _ANNOUNCED.search(lowered) is not None


def _is_copy(lines: list[str], index: int) -> bool:
    """Whether headers, or nothing at all, stand below an announcement (an empty copy is announced all the same)."""
    near = [line for line in lines[index : index + 8] if line.strip() and not _RULE.match(line)]
    return not near or _HEADER.match(near[0]) is not None or near[0].startswith(("From ", ">From "))


def identifiers(text: str) -> list[str]:
    """The Message-IDs written as header lines in a text."""
    found = [match.strip("<>") for match in _IDENTIFIER.findall(text)]
    return [one for one in found if one.isascii()][: limits.REFERENCES]


def identifier(block: Block) -> str | None:
    return words.identifier(block.first("message-id"))


def addressees(text: str) -> list[str]:
    """Whom the copy in a text is for: the first field that names anybody, in the order of trust."""
    fields = sorted(_TO.findall(text[:64_000])[:20], key=lambda value: value.count("@"), reverse=False)
    return next((found for value in fields if (found := recipient.every_in(value))), [])
