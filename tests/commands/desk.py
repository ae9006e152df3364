"""A member at a desk: one case of one person, and messages of commands that act on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from loops.house import House, a_reading, handle, put

from mailbot.casework.acting import Acting, CommandError, Told
from mailbot.commands import Moment
from mailbot.commands.lines import apply_all, parse_all, split
from mailbot.model import Hold, Inbound, Member, Priority, Purpose, Role, new_id, new_secret
from mailbot.steps import Step
from storage import cases, holds, journal, outbox
from storage.cases import Case, Conversation
from storage.database import Transaction
from storage.outbox import Draft, Envelope, OutboxRow

UNTIL = "2026-11-26 08:30"


class Desk:
    """What a test asks for: cases, held letters, and `say`, which acts as the staff handler will."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.dana = next(member for member in house.desk.members if member.name == "Dana")

    def case_of(self, author: str, **changes: object) -> tuple[Case, Conversation]:
        """A person wrote; their case and conversation."""
        inbound = handle(self.house, "requester", a_reading(author, **changes))
        with self.house.database.view() as view:
            row = journal.find(view, inbound.id)
            assert row is not None
            return cases.find_case(view, str(row.case_id)), cases.find_conversation(view, str(row.conversation_id))

    def held(self, conversation: Conversation, until: datetime) -> OutboxRow:
        """An answer that waits, made a second after what is there already."""
        self.house.clock.on(seconds=1)
        now = self.house.clock.now()
        draft = Draft(
            id=new_id(now),
            cause=new_id(now),
            role=conversation.role,
            letter="answer",
            language="en",
            priority=Priority.STAFF_ANSWER,
            message_id=self.house.desk.address.message_id(new_secret()),
            envelope=Envelope(to=conversation.address, mail_from=""),
            case_id=conversation.case_id,
            conversation_id=conversation.id,
        )
        with self.house.database.transaction(Step.OPERATOR) as transaction:
            outbox_id = outbox.add(transaction, draft, now)
            assert outbox_id
            row = outbox.find(transaction, outbox_id)
            holds.hold_until(transaction, row, until, "mailbot", row.cause, now, Hold.UNTIL)
        return self.row(outbox_id)

    def row(self, outbox_id: str) -> OutboxRow:
        with self.house.database.view() as view:
            return outbox.find(view, outbox_id)

    def case(self, case: Case) -> Case:
        """The case as it is now."""
        with self.house.database.view() as view:
            return cases.find_case(view, case.id)

    def say(
        self,
        words: str,
        about: tuple[Case, Conversation] | None,
        *,
        by: Member | None = None,
        letter: str | None = None,
        below: str | None = None,
    ) -> tuple[str, ...]:
        """Has a message act; the receipt's sentences. CommandError where it is refused, after a commit: the message is
        handled then, and only what its commands did is undone.
        """
        now = self.house.clock.now()
        with self.house.database.transaction(Step.PROCESS_MESSAGE) as transaction:
            inbound = put(transaction, now, a_reading("dana@service.example"))
            acting = self._acting(transaction, inbound, about, by or self.dana, letter, below)
            try:
                found = parse_all(split(words), Moment(now, self.house.desk.office))
                done = apply_all(transaction, self.house.desk, acting, found)
                return tuple(_as_read(told) for told in done)
            except CommandError as error:
                refused = error
        raise refused

    def _acting(
        self,
        transaction: Transaction,
        inbound: Inbound,
        about: tuple[Case, Conversation] | None,
        member: Member,
        letter: str | None,
        below: str | None,
    ) -> Acting:
        case, conversation = about or (None, None)
        if case is not None and conversation is not None:
            conversation = cases.find_conversation(transaction, conversation.id)
            case = cases.find_case(transaction, case.id)
        return Acting(member, inbound, Purpose.ANSWER, case, conversation, letter, below, self.house.clock.now())

    def acts(self) -> list[tuple[str, str]]:
        """The audit from newest to oldest: who and what."""
        with self.house.database.view() as view:
            found = view.connection.exec_driver_sql("SELECT who, act FROM audit ORDER BY seq DESC")
            return [(row[0], row[1]) for row in found]

    def member(self, name: str) -> Member:
        """Another member of staff, who joins the desk."""
        address = f"{name.lower()}@service.example"
        found = Member(address, name, address, roles=frozenset({Role.STAFF}))
        self.house.desk = replace(self.house.desk, members=(*self.house.desk.members, found))
        return found


def _as_read(told: Told) -> str:
    """What a member reads of one command: the sentence, what is shown, and what its links would send."""
    shown = (f"{one.heading}\n" + "\n".join((*one.lines, one.quoted or "")) for one in told.shown)
    return "\n".join((told.sentence, *shown, *(command for _, command in told.links)))
