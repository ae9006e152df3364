"""`#facts …`: closed facts about the matter (LETTERS, G5), never a free word. What is not named stays as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, who, within
from storage import records
from storage.database import Transaction
from storage.records import Kind

FORM = "#facts shared|threatened|held|unsure [self|child|other] [image minor yes|no|unknown] [bc yes|no]"
SITUATIONS = ("shared", "threatened", "held", "unsure")
PERSONS = ("self", "child", "other")
_IMAGE = re.compile(r"image minor (yes|no|unknown)\b", re.ASCII)
_PLACE = re.compile(r"bc (yes|no)\b", re.ASCII)
NAMES = {
    "situation": "what happened",
    "person": "about",
    "image_minor": "image from before age 18",
    "bc": "in British Columbia",
}


def parse(arguments: str, _moment: Moment) -> Mapping[str, str]:
    typed = " ".join(arguments.lower().split())
    found = dict(_phrases(typed))
    for word in _PLACE.sub("", _IMAGE.sub("", typed)).split():
        name = "situation" if word in SITUATIONS else "person" if word in PERSONS else ""
        if not name:
            raise CommandError("These facts have a closed list of words.", _nearest(word))
        if name in found:
            raise CommandError("Two of these words contradict each other.", FORM)
        found[name] = word
    if not found:
        raise CommandError("Which facts?", FORM)
    return found


def _phrases(typed: str) -> Iterator[tuple[str, str]]:
    for name, phrase in (("image_minor", _IMAGE), ("bc", _PLACE)):
        answers = phrase.findall(typed)
        if len(answers) > 1:
            raise CommandError("The same fact stands there twice.", FORM)
        yield from ((name, answer) for answer in answers)


def _nearest(word: str) -> str:
    near = get_close_matches(word, (*SITUATIONS, *PERSONS), 1)
    return f"#facts {near[0]}" if near else FORM


def apply(transaction: Transaction, _desk: Desk, acting: Acting, named: Mapping[str, str]) -> str:
    case, _ = within(acting)
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    before = records.latest(transaction, case.id, Kind.FACTS, now)
    facts = {**(before.value if before else {}), **named}
    records.add(transaction, case.id, Kind.FACTS, facts, who=name, cause=cause, now=now)
    known = ", ".join(f"{words}: {facts[key]}" for key, words in NAMES.items() if key in facts)
    return f"{case.reference} has these facts now: {known}."


COMMAND = Command("facts", "Records what kind of matter it is, in closed words.", (FORM,), parse, apply)
