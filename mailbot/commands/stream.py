"""`#stream adult|youth|unknown [age N]`: which services a person is for (FACTS, "Age: three boundaries").

19 and over is adult, 18 and under youth. The age decides which letters may go; unknown means written for a child.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, who, within
from mailbot.model import Stream
from storage import cases, records
from storage.database import Transaction
from storage.records import Kind

FORM = "#stream adult|youth|unknown [age N]"
ADULT_FROM = 19
_TYPED = re.compile(r"([a-z]+)(?: age ([0-9]{1,3}))?")
_AGES = range(1, 121)


@dataclass(frozen=True, slots=True)
class Arguments:
    stream: Stream
    age: int | None


def parse(arguments: str, _moment: Moment) -> Arguments:
    found = _TYPED.fullmatch(arguments.lower())
    word = found[1] if found else arguments.lower().partition(" ")[0]
    if word not in list(Stream):
        near = get_close_matches(word, list(Stream), 1)
        raise CommandError("A stream is adult, youth or unknown.", f"#stream {near[0] if near else 'unknown'}")
    if found is None:
        raise CommandError("Behind the stream stands nothing, or an age in years.", f"#stream {word} age 17")
    age = int(found[2]) if found[2] else None
    return Arguments(Stream(word), _fitting(Stream(word), age))


def _fitting(stream: Stream, age: int | None) -> int | None:
    if age is None:
        return None
    right = Stream.ADULT if age >= ADULT_FROM else Stream.YOUTH
    if age not in _AGES:
        raise CommandError("That is no age.", FORM)
    if stream is not right:
        raise CommandError("19 and over is adult, 18 and under is youth.", f"#stream {right} age {age}")
    return age


def apply(transaction: Transaction, _desk: Desk, acting: Acting, arguments: Arguments) -> str:
    case, _ = within(acting)
    name, cause, now = who(transaction, acting.member), acting.inbound.id, acting.now
    cases.set_stream(transaction, case.id, arguments.stream, name, cause, now)
    # Also without an age: one recorded for another stream must not go on to decide letters.
    records.add(transaction, case.id, Kind.AGE, {"age": arguments.age}, who=name, cause=cause, now=now)
    age = "no age recorded" if arguments.age is None else f"age {arguments.age}"
    return f"{case.reference}: stream {arguments.stream}, {age}."


COMMAND = Command("stream", "Says which services the person is for, by age.", (FORM,), parse, apply)
