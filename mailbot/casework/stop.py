"""STOP: a person's one word that silences us (RULES 4, LETTERS rule 27). Judged on the newly written words alone."""

from __future__ import annotations

import re
import unicodedata

from mailbot.model import Dmarc, Reading

WORDS = frozenset({"stop", "arret", "arrêt"})


def says_stop(reading: Reading) -> bool:
    """Whether STOP, ARRET or ARRÊT is all that the person newly wrote; never on a failed authentication."""
    if reading.dmarc is Dmarc.FAIL or reading.automated is not None:
        return False
    # Apple's programs may send Ê as E and a combining mark, which is no letter.
    words = re.findall(r"\w+", unicodedata.normalize("NFC", _own_words(reading)).casefold())
    return len(words) == 1 and words[0] in WORDS


def _own_words(reading: Reading) -> str:
    """Without the quotes that `reply` shows beside answers."""
    return reading.reply if reading.several_texts else reading.plain_reply or reading.page_reply or reading.reply
