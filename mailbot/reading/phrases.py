"""The phrases of `phrases.toml`, ready to be looked up: what mail programs write around a person's words, by language.

Which language a mail is in does not matter: programs answer in their owner's language, not in the mail's. A text is
compared in the form that `folded` gives it. To teach another language, add its table to the file.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from enum import StrEnum
from importlib import resources
from typing import Final


class Label(StrEnum):
    """What the name of a field above an old message stands for."""

    SENDER = "sender"
    SENT = "sent"
    TO = "to"
    SUBJECT = "subject"
    OTHER = "other"


_INVISIBLE = dict.fromkeys(
    [0xAD, 0x61C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF]
)
_SAME = {0xA0: " ", 0x202F: " ", 0x3000: " ", 0x2019: "'", 0xFF1A: ":", 0xFF1E: ">", 0xFF1C: "<"}
_DIGITS = {first + digit: str(digit) for first in (0x660, 0x6F0, 0x966, 0xA66, 0xE50) for digit in range(10)}
_FOLD = {**_INVISIBLE, **_SAME, **_DIGITS}


def folded(text: str) -> str:
    """A text as phrases are compared: composed, without case, marks of direction and double blanks, digits as 0 to
    9.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFC", text.translate(_FOLD)).casefold().split())


def _read() -> list[dict[str, list[str]]]:
    source = resources.files(__package__ or "mailbot.reading").joinpath("phrases.toml").read_text("utf-8")
    return list(tomllib.loads(source).values())


_TABLES: Final = _read()


def _all(*keys: str) -> tuple[str, ...]:
    """Every phrase under some keys, the longest first, since one may begin with another."""
    found = {folded(phrase) for table in _TABLES for key in keys for phrase in table.get(key, ())}
    return tuple(sorted(found, key=lambda phrase: (-len(phrase), phrase)))


def _is_spaced(phrase: str) -> bool:
    """Whether a phrase is written in words with blanks between them; Thai, Chinese, Japanese and Korean are not."""
    return phrase[-1] < "\u0e00" or "\u1e00" <= phrase[-1] < "\u2000"


def _any_of(*keys: str) -> re.Pattern[str]:
    """Any phrase under some keys, as whole words where its language has words."""
    phrases = _all(*keys)
    spaced = "|".join(re.escape(one) for one in phrases if _is_spaced(one))
    others = "|".join(re.escape(one) for one in phrases if not _is_spaced(one))
    return re.compile(rf"(?<!\w)(?:{spaced})(?!\w)" + (f"|{others}" if others else ""))


def _persons() -> dict[str, frozenset[str]]:
    """For each verb the pronouns of its languages; "on" is a pronoun beside "napsal", and none beside "wrote"."""
    found: dict[str, frozenset[str]] = {}
    for table in _TABLES:
        for verb in map(folded, table["wrote"] + table["writing"]):
            found[verb] = found.get(verb, frozenset()) | frozenset(map(folded, table["persons"]))
    return found


LABELS: Final[dict[str, Label]] = {
    folded(phrase): label for label in reversed(Label) for table in _TABLES for phrase in table[label]
}
OPENINGS: Final = _all("openings")
QUOTING: Final = _all("quoting")
WROTE: Final = _all("wrote")
WRITING: Final = _any_of("writing")
VERB: Final = _any_of("wrote", "writing")
PERSONS: Final = _persons()
OLD: Final = _all("original", "forwarded")
FORWARDED: Final = _all("forwarded")
ABOVE: Final = _all("above")
DEVICES: Final = _all("devices")
