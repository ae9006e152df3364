"""`#disclose TO GROUND`: something was told to somebody without the person's permission; to whom, and on which ground
(LETTERS, G7). The record is the point: nothing is sent by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from mailbot.casework.desk import Desk
from mailbot.commands.command import Acting, Command, CommandError, Moment, who, within
from storage import records
from storage.database import Transaction
from storage.records import Kind

GROUNDS = ("child-protection", "court-order", "danger")
FORM = f"#disclose TO {'|'.join(GROUNDS)}"
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Arguments:
    to: str
    ground: str


def parse(arguments: str, _moment: Moment) -> Arguments:
    words = arguments.split()
    # "child protection" as people type it is one ground, too.
    joined = "-".join(words[-2:]).lower()
    ground, to = (joined, words[:-2]) if joined in GROUNDS else ((words or [""])[-1].lower(), words[:-1])
    if ground not in GROUNDS:
        near = get_close_matches(ground, GROUNDS, 1)
        raise CommandError(
            "The ground is child-protection, court-order or danger.", f"#disclose TO {near[0] if near else 'danger'}"
        )
    if not 0 < len(" ".join(to)) <= LONGEST:
        raise CommandError("To whom?", f"#disclose TO {ground}")
    return Arguments(" ".join(to), ground)


def apply(transaction: Transaction, _desk: Desk, acting: Acting, arguments: Arguments) -> str:
    case, _ = within(acting)
    records.add(
        transaction,
        case.id,
        Kind.DISCLOSURE,
        {"to": arguments.to, "ground": arguments.ground},
        who=who(transaction, acting.member),
        cause=acting.inbound.id,
        now=acting.now,
    )
    return f"Recorded in {case.reference}: told without permission, ground {arguments.ground}. Nothing was sent."


COMMAND = Command(
    "disclose", "Records that something was told without permission, and why.", (FORM,), parse, apply, repeats=True
)
