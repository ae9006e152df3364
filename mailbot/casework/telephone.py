"""A telephone number as a member records it: safe hours and voicemail with it, since a call at the wrong hour or a
message left behind is read by whoever is near (LETTERS, G2).
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime

from mailbot.casework.acting import Acting, CommandError, who
from mailbot.casework.typed import plain
from storage import records
from storage.database import Transaction, View
from storage.records import Kind

FORM = "#contact phone NUMBER HOURS [voicemail yes|no]"
LONGEST = 60
_NUMBER = re.compile(r"\+?[0-9(][0-9() .-]{5,20}[0-9]")
_VOICEMAIL = re.compile(r"\s*\bvoicemail (yes|no)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phone:
    """`voicemail` no unless it was said: silence is no permission."""

    number: str
    hours: str
    voicemail: str = "no"


def parse(words: str) -> Phone:
    """What stands behind `#contact phone`. CommandError where number or hours are missing."""
    typed = plain(words)
    voicemail = _VOICEMAIL.search(typed)
    rest = typed[: voicemail.start()] if voicemail else typed
    number = _NUMBER.match(rest)
    if number is None:
        raise CommandError("Which number?", FORM)
    hours = rest[number.end() :].strip()
    if not hours:
        raise CommandError(
            "When is a call safe? A call at another hour may be heard.", f"#contact phone {number[0]} weekdays 10 to 12"
        )
    if len(hours) > LONGEST:
        raise CommandError("The hours, in a few words.", FORM)
    return Phone(number[0].strip(), hours, voicemail[1].lower() if voicemail else "no")


OUTCOMES = {
    "reached": "the person was reached",
    "missed": "nobody answered, and no message was left",
    "message": "a message was left",
}
"""How a call went, and the words for it."""
TAPS = (
    ("The person was reached", "#call reached"),
    ("Nobody answered", "#call missed"),
    ("A message was left", "#call message"),
    ("Write a private note (add your words)", "#note "),
)
"""What one does next when a call is due."""


def of_case(view: View, case_id: str, now: datetime) -> Phone | None:
    """The number that holds now."""
    found = records.latest(view, case_id, Kind.PHONE, now)
    return Phone(**found.value) if found else None


def record(transaction: Transaction, acting: Acting, case_id: str, phone: Phone) -> str:
    """Keeps it with the case; the sentence for the receipt."""
    records.add(
        transaction,
        case_id,
        Kind.PHONE,
        asdict(phone),
        who=who(transaction, acting.member),
        cause=acting.inbound.id,
        now=acting.now,
    )
    return f"Calls: {_in_words(phone)}."


def recorded(view: View, case_id: str, now: datetime) -> str:
    """The number that is recorded in a case, with its hours, in a few words; "" where none is."""
    phone = of_case(view, case_id, now)
    return _in_words(phone) if phone else ""


def _in_words(phone: Phone) -> str:
    leave = "a message may be left" if phone.voicemail == "yes" else "leave no message"
    return f"{phone.number}, {phone.hours}; {leave}"
