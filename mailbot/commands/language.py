"""`#language CODE`: the language of a case's letters. One whose letters are not reviewed gets English with one reviewed
line (RULES 6).
"""

from __future__ import annotations

import re

from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, who, within
from storage import cases
from storage.database import Transaction

FORM = "#language CODE"
CODES = {
    "english": "en",
    "french": "fr",
    "français": "fr",
    "punjabi": "pa",
    "chinese": "zh",
    "mandarin": "zh",
    "farsi": "fa",
    "persian": "fa",
    "tagalog": "tl",
    "korean": "ko",
    "spanish": "es",
    "arabic": "ar",
    "vietnamese": "vi",
    "hindi": "hi",
    "german": "de",
    "japanese": "ja",
    "russian": "ru",
    "ukrainian": "uk",
    "portuguese": "pt",
    "urdu": "ur",
}
_CODE = re.compile(r"[a-z]{2,3}")


def parse(arguments: str, _moment: Moment) -> str:
    typed = arguments.lower()
    if not _CODE.fullmatch(typed):
        raise CommandError("A language is a code of two or three letters.", f"#language {CODES.get(typed, 'fr')}")
    return typed


def apply(transaction: Transaction, desk: Desk, acting: Acting, code: str) -> str:
    case, _ = within(acting)
    cases.set_language(transaction, case.id, code, who(transaction, acting.member), acting.inbound.id, acting.now)
    written = desk.letters.library.sendable("ack-day", code) is not None
    how = "" if written else " Its letters are not reviewed: English goes, with the line about interpreters."
    return f"{case.reference} is in language {code} now.{how}"


COMMAND = Command("language", "Says in which language the letters of this case are.", (FORM,), parse, apply)
