"""A telephone number as a member records it: safe hours and voicemail with it, since a call at the wrong hour or a
message left behind is read by whoever is near (LETTERS, G2).
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from mailbot.casework.acting import Acting, CommandError, who
from mailbot.casework.typed import plain
from storage import records
from storage.database import Transaction
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
    leave = "a message may be left" if phone.voicemail == "yes" else "leave no message"
    return f"Calls: {phone.number}, {phone.hours}; {leave}."
