"""A member presses Reply on the newest mail they have of a case, and what is then in the outbox; no servers."""

from __future__ import annotations

import json
from datetime import datetime
from email.message import EmailMessage

from loops.house import House, a_reading, handle
from support.mails import parsed, text_of

from mailbot.casework import letter_by_hand, letters
from mailbot.steps import Step
from storage import outbox
from storage.outbox import OutboxRow

ALEX = "alex@example.net"


class Pressing:
    """A person who wrote, and Dana, who answers."""

    def __init__(self, house: House, author: str = ALEX) -> None:
        self.house = house
        self.writes(author)

    def writes(self, author: str = ALEX) -> None:
        """Mail from a person comes; Dana has a notice of it."""
        handle(self.house, "requester", a_reading(author))
        self.notice = self.told("staff-notice")

    def says(self, words: str, to: EmailMessage | None = None) -> EmailMessage:
        """Dana answers a mail of ours, the notice if nothing else is said; the receipt or the refusal comes back."""
        self.house.clock.on(seconds=1)
        address = str((to or self.notice)["Reply-To"])
        reading = a_reading(
            "dana@service.example",
            to=(address,),
            recipients=(address,),
            text=words,
            reply=words,
            plain_reply=words,
            page_reply=None,
        )
        handle(self.house, "staff", reading)
        return self.told("staff-receipt", "staff-refusal")

    def told(self, *letters_to_staff: str) -> EmailMessage:
        """The newest mail to Dana of these kinds."""
        with self.house.database.view() as view:
            rows = [row for row in self.house.outbox() if row.letter in letters_to_staff]
            found = [parsed(outbox.content(view, row) or b"") for row in rows]
        return [one for one in found if "dana@" in str(one["To"])][-1]

    def letter(self) -> OutboxRow:
        """The one letter for a person that a member sent, but for those cancelled."""
        (row,) = [row for row in self.rows() if row.state != "cancelled"]
        return row

    def rows(self) -> list[OutboxRow]:
        """All letters and answers of members."""
        return [row for row in self.house.outbox() if row.role != "staff" and not row.letter.startswith("ack-")]

    def leaving(self, row: OutboxRow | None = None) -> EmailMessage:
        """The bytes that would leave now."""
        with self.house.database.transaction(Step.OPERATOR) as transaction:
            data = letters.final_bytes(transaction, self.house.desk, row or self.letter(), self.house.clock.now())
        return parsed(data)

    def kept_back(self, at: datetime | None = None) -> bool:
        """Whether deliver would keep the letter back."""
        now = at or self.house.clock.now()
        with self.house.database.transaction(Step.OPERATOR) as transaction:
            return letter_by_hand.keep_back(transaction, self.house.desk, self.letter(), now)

    def words(self) -> str:
        """What was stored for the letter, as its receipt shows it."""
        with self.house.database.view() as view:
            return str(json.loads(outbox.written(view, self.letter()) or b"{}")["words"])


def said(mail: EmailMessage) -> str:
    """The plain part, one space between words."""
    return " ".join(text_of(bytes(mail)).split())
