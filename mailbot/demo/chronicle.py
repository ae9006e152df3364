"""The story as a page shows it: rows of time, and in each the mails as cards in their mailboxes.

In: scenes as they went. Out: frozen rows and cards, every card with the one that caused it. Nothing is decided here and
nothing is checked: a card shows the mail itself, and its cause is the row that the database names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr

from mailbot.demo.people import MAILBOXES, MISTYPED, SERVICE, Person
from mailbot.demo.scene import Scene
from mailbot.demo.stage import Left, Waiting, parsed, text_of

TITLES = {
    "ack-night": "Answer of the night",
    "ack-day": "Answer of the day",
    "answer": "A person's answer",
    "alert": "Alert",
    "alert-over": "Alert is over",
    "staff-notice": "Notice",
    "staff-receipt": "Receipt",
    "staff-refusal": "Nothing was done",
    "staff-held": "A letter waits",
    "staff-line": "One line",
    "staff-due": "Something is due",
    "staff-due-list": "Things are due",
    "staff-trouble": "A letter came back",
}
COLUMNS = ("Ana", "Ben", "Chloe", "Max", "Eva", "Service", "Dana", "Robin", "Sam")
"""The mailboxes from left to right: people outside, the service's own, staff."""


@dataclass(frozen=True, slots=True)
class Card:
    """One mail in one mailbox, or a letter that waits for it. `cause` is the key of the card it came from; `waited` the
    card that stood for it while it was held.
    """

    key: str
    column: str
    kind: str
    title: str
    cause: str | None
    waited: str | None = None
    mail: EmailMessage | None = None
    until: datetime | None = None

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """What a mail program shows above the text."""
        if self.mail is None:
            return ()
        return tuple((name, str(self.mail[name])) for name in ("From", "To", "Subject") if self.mail[name])

    @property
    def page(self) -> str | None:
        """The HTML part, as the reader's program draws it."""
        part = self.mail.get_body(("html",)) if self.mail is not None else None
        return None if part is None else str(part.get_content())

    @property
    def text(self) -> str:
        return "" if self.mail is None else text_of(self.mail)

    @property
    def files(self) -> tuple[str, ...]:
        return () if self.mail is None else tuple(str(part.get_filename()) for part in self.mail.iter_attachments())


@dataclass(frozen=True, slots=True)
class Row:
    """One scene on the page. `noted` is what the database wrote down meanwhile, an act and how often."""

    scene: Scene
    cards: tuple[Card, ...]
    noted: tuple[tuple[str, int], ...]

    def in_column(self, column: str) -> list[Card]:
        return [card for card in self.cards if card.column == column]


def chronicle(scenes: Sequence[Scene]) -> tuple[Row, ...]:
    """The rows of the page, oldest first."""
    return tuple(_rows(scenes))


def _rows(scenes: Sequence[Scene]) -> Iterator[Row]:
    seen: set[str] = set()
    waiting: dict[str, Waiting] = {}
    for scene in scenes:
        cards = tuple(_cards(scene, seen, waiting))
        yield Row(scene, cards, tuple(Counter(act.act for act in scene.acts).items()))
        waiting = {one.outbox_id: one for one in scene.waiting}


def _cards(scene: Scene, seen: set[str], waiting: dict[str, Waiting]) -> Iterator[Card]:
    """The mail that came, what left because of it, what waits from now on."""
    if scene.arrived is not None and scene.inbound_id is not None:
        mail = parsed(scene.arrived)
        seen.add(scene.inbound_id)
        yield Card(scene.inbound_id, "Service", "arrived", f"From {_author(mail)}", None, mail=mail)
    for one in (*scene.left, *scene.reminders):
        seen.add(one.outbox_id)
        yield _left(scene, one, seen, waiting.get(one.outbox_id))
    for held in scene.waiting:
        before = waiting.get(held.outbox_id)
        if before != held:
            yield _held(scene, held, seen, before)


def _left(scene: Scene, one: Left, seen: set[str], before: Waiting | None) -> Card:
    """A mail in its mailbox. One that was held came now because of this scene's mail, or because its hour had come."""
    cause = scene.inbound_id if before and scene.inbound_id else _cause(one.cause, seen)
    column = "Eva" if one.to is MISTYPED else one.to.name
    title = TITLES.get(one.letter, one.letter)
    return Card(one.outbox_id, column, "left", title, cause, _waiting_key(before) if before else None, one.mail)


def _held(scene: Scene, held: Waiting, seen: set[str], before: Waiting | None) -> Card:
    title = "Waits" if held.until else "Waits: a person decides"
    cause = scene.inbound_id if before else _cause(held.cause, seen)
    return Card(
        _waiting_key(held),
        held.to.name,
        "waits",
        title,
        cause,
        _waiting_key(before) if before else None,
        until=held.until,
    )


def _waiting_key(held: Waiting) -> str:
    """A letter that is held until an hour, and then for a person to decide, is shown twice."""
    return f"{held.outbox_id}-{'until' if held.until else 'open'}"


def _cause(cause: str, seen: set[str]) -> str | None:
    """The card that a row names as its cause: a mail, or a letter that came back. A follow-up's is the clock."""
    return next((part for part in reversed(cause.split(":")) if part in seen), None)


def _author(mail: EmailMessage) -> str:
    address = parseaddr(str(mail["From"]))[1]
    names = {person.address: person.name for person in (*MAILBOXES, MISTYPED)} | {SERVICE: "the service"}
    return names.get(address, "a mail server")


def person_of(column: str) -> Person | None:
    """Whose mailbox a column is; None for the service's own."""
    return next((person for person in MAILBOXES if person.name == column), None)
