"""Whether a letter may go to this person now (LETTERS, classes and gates). Pure: a letter and what is recorded in,
None or the reason out, with what to do about it.

Asked when a member writes `#letter`, and again whenever the letter is about to leave: what was true on Friday evening
may not be true on Monday morning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from mailbot.model import Contact, Role, Stream
from mailbot.writing.catalogue import Class, Letter
from mailbot.writing.rows import Audience, Gate

EIGHTEEN = 18
SIBLINGS = {
    "options-adult": "options-youth",
    "takedown-self-help": "takedown-youth",
    "referral-adult": "referral-youth",
    "options-youth": "options-adult",
    "takedown-youth": "takedown-self-help",
    "referral-youth": "referral-18",
    "referral-18": "referral-youth",
    "guardian-talk": "options-adult",
    "guardian-limits": "options-adult",
}
"""The letter for the other stream, or age."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a gate may depend on. `contact` is as it counts now, `lapsed`: it was safe, over thirty days ago.
    `permitted`: a young person's permission for this very address holds now. `facts` are those of `#facts`.
    """

    role: Role = Role.REQUESTER
    contact: Contact = Contact.UNASKED
    lapsed: bool = False
    stopped: bool = False
    permitted: bool = False
    stream: Stream = Stream.UNKNOWN
    age: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def audience(self) -> Audience:
        """Whom a letter speaks to; an age that nobody recorded is written for a child."""
        if self.stream is Stream.ADULT:
            return Audience.ADULT
        if self.stream is Stream.YOUTH and self.age is not None:
            return Audience.EIGHTEEN if self.age >= EIGHTEEN else Audience.MINOR
        return Audience.UNKNOWN


@dataclass(frozen=True, slots=True)
class Refused:
    """Why not, as a sentence, and the nearest right command."""

    reason: str
    nearest: str


def refusal(letter: Letter, situation: Situation) -> Refused | None:
    """None where the letter may go; else the first reason, the gravest first."""
    return next(_reasons(letter, situation), None)


def _reasons(letter: Letter, situation: Situation) -> Iterator[Refused]:
    if situation.stopped:
        yield Refused("Nothing may be sent to this address: it is stopped.", "#contact resume")
    yield from _reader(letter, situation)
    yield from _contact(letter, situation)
    for gate in letter.gates:
        if found := GATES[gate](letter, situation):
            yield found


def _reader(letter: Letter, situation: Situation) -> Iterator[Refused]:
    """Letters of these classes are for the person; a guardian beside them gets what the young person permits."""
    if situation.role not in (Role.REQUESTER, Role.GUARDIAN):
        yield Refused("This letter is for the person: answer a mail of theirs.", "#letter")
    if situation.role is Role.GUARDIAN and letter.letter_class is Class.SAFE:
        yield Refused("This letter is for the young person, and this mail is a guardian's.", "#letter guardian-info")
    if situation.role is Role.GUARDIAN and letter.letter_class is Class.ANYONE and not situation.permitted:
        yield Refused(
            "The young person's permission to write to this guardian is not on record.", "#letter guardian-first"
        )


def _contact(letter: Letter, situation: Situation) -> Iterator[Refused]:
    """Letters that speak plainly need a mailbox that is recorded safe (G6)."""
    if letter.letter_class is Class.ANYONE or situation.contact is Contact.SAFE:
        return
    if situation.contact is Contact.DISCREET:
        yield Refused(
            "Contact with this person is discreet: only a letter that says little may go.", "#letter safety-check"
        )
    if situation.lapsed:
        yield Refused(
            "Mail to this person was recorded safe over 30 days ago. Ask again: #letter safety-check.", "#contact safe"
        )
    yield Refused(
        "Mail to this person is not recorded safe, and this letter speaks plainly. Ask first: #letter safety-check.",
        "#contact safe",
    )


def _adult(letter: Letter, situation: Situation) -> Refused | None:
    if situation.stream is not Stream.YOUTH:
        return None
    return Refused("This letter is for adults, and the stream is youth.", _sibling(letter))


def _youth(letter: Letter, situation: Situation) -> Refused | None:
    if situation.stream is not Stream.ADULT:
        return None
    return Refused("This letter is for people of 18 or under, and the stream is adult.", _sibling(letter))


def _with_guardian(letter: Letter, situation: Situation) -> Refused | None:
    if situation.audience is Audience.EIGHTEEN:
        return Refused("At 18 no guardian is needed.", "#letter referral-18")
    return _youth(letter, situation)


def _eighteen(letter: Letter, situation: Situation) -> Refused | None:
    if situation.audience is Audience.EIGHTEEN:
        return None
    if situation.audience is Audience.MINOR:
        return Refused("This letter is for people of 18, and the age on record is less.", _sibling(letter))
    return Refused("This letter is for people of 18, and that age is not on record.", "#stream youth age 18")


def _minor(letter: Letter, situation: Situation) -> Refused | None:
    if situation.audience is Audience.MINOR:
        return None
    if situation.audience is Audience.EIGHTEEN:
        return Refused("This letter is for people of 17 or under, and the age on record is 18.", _sibling(letter))
    if situation.audience is Audience.ADULT:
        return Refused("This letter is for people of 17 or under, and the stream is adult.", "#letter referral-adult")
    return Refused("This letter is for people of 17 or under, and no age is on record.", "#stream youth age N")


def _held(_letter: Letter, situation: Situation) -> Refused | None:
    if situation.facts.get("situation") == "held":
        return None
    return Refused("This letter is for an image that somebody only has; the facts do not say so.", "#facts held")


def _guardian(_letter: Letter, situation: Situation) -> Refused | None:
    """A guardian has a conversation of their own, or wrote for a child and is the case's requester."""
    if situation.role is Role.GUARDIAN or situation.facts.get("person") == "child":
        return None
    return Refused("This letter is for a guardian; nothing says that this person writes for a child.", "#facts child")


def _permission(_letter: Letter, situation: Situation) -> Refused | None:
    if situation.permitted:
        return None
    return Refused(
        "The young person's permission to tell this guardian anything is not on record, or has ended.",
        "#guardian permit ADDRESS WHAT",
    )


def _sibling(letter: Letter) -> str:
    return f"#letter {SIBLINGS[letter.name]}"


GATES: Mapping[Gate, Callable[[Letter, Situation], Refused | None]] = {
    Gate.ADULT: _adult,
    Gate.YOUTH: _youth,
    Gate.YOUTH_WITH_GUARDIAN: _with_guardian,
    Gate.EIGHTEEN: _eighteen,
    Gate.MINOR: _minor,
    Gate.HELD: _held,
    Gate.WROTE_AS_GUARDIAN: _guardian,
    Gate.PERMISSION: _permission,
}
