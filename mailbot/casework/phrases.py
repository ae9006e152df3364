"""Phrases of a list, looked for in what a person wrote: whole words, without case, accents and punctuation. Pure.

A person in danger writes fast: apostrophes are left out, words stand on two lines, accents are missing. Each text is
compared in two forms, with a blank for an apostrophe ("qu'il me tue" holds "il me tue") and with nothing ("cant" is
"can't").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_APOSTROPHES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'") | {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"}
)
_WORD = re.compile(r"\w+")
_UNSPACED = "\u0e00"
"""From here on scripts are written without blanks between words, or with endings on them: a phrase may stand inside."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """A list in the form in which it is compared, each with the words as the file has them."""

    folded: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, phrases: Iterable[str]) -> Phrases:
        """A list as people write it. A phrase of punctuation alone would be in every text, and is left out."""
        return cls(tuple(dict.fromkeys((_edged(form), one) for one in phrases for form in _forms(one) if form.strip())))

    def found_in(self, text: str) -> str | None:
        """The first phrase of the list that the text holds, as the list has it."""
        forms = _forms(text) if self.folded else ()
        return next((shown for phrase, shown in self.folded if any(phrase in form for form in forms)), None)


def _forms(text: str) -> tuple[str, str]:
    bare = _bare(text)
    return _spaced(bare.replace("'", " ")), _spaced(bare.replace("'", ""))


def _bare(text: str) -> str:
    if text.isascii():
        return text.lower().replace("`", "'")
    decomposed = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    # Hyphens that only a line's end shows, and characters of no width, are no part of a word.
    return "".join(
        one for one in decomposed if not unicodedata.combining(one) and unicodedata.category(one) != "Cf"
    ).casefold()


def _spaced(bare: str) -> str:
    """The words with one blank between them and around them, so that a phrase is found as whole words."""
    return f" {' '.join(_WORD.findall(bare))} "


def _edged(phrase: str) -> str:
    return phrase.strip() if phrase.strip()[-1] >= _UNSPACED else phrase
