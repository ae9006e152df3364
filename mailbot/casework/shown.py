"""A case as a member asked to see it (`#show`): how it stands, what is due, notes, and every conversation's words.

The words are read anew from the journal: nothing that was understood of a message is stored beside it. Of a long case
the newest messages are shown, and it is said that there are more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mailbot.casework import answers, files, safety
from mailbot.casework.desk import Desk
from mailbot.casework.rules import CALL, STAFF
from mailbot.casework.staffmail import owner_of
from mailbot.errors import MessageError
from mailbot.model import OutboxState, Role
from mailbot.writing import Shown
from mailbot.writing.dates import moment
from storage import adoptions, cases, followups, holds, journal, notes, outbox
from storage.cases import Case, Conversation
from storage.database import View
from storage.followups import FollowUp
from storage.journal import JournalRow
from storage.outbox import OutboxRow

MOST_MESSAGES = 20
MOST_LETTERS = 20_000
"""Characters of one message; the whole of it is on the command line."""


@dataclass(frozen=True, slots=True)
class _Message:
    at: datetime
    shown: Shown


def line_of(view: View, desk: Desk, case: Case) -> str:
    """One case in one line: reference, status, whose it is, and since when nothing happened."""
    owner = owner_of(desk, view, case)
    whose = f"with {owner.name}" if owner else "with nobody"
    since = moment(case.updated_at.astimezone(desk.office.zone), "en")
    return f"{case.reference}: {case.status}, {case.stream}, {whose}. Last mail or act: {since}."


def whole_case(view: View, desk: Desk, case: Case, now: datetime) -> tuple[Shown, ...]:
    """Everything staff may know of a case."""
    due = tuple(_due_lines(view, desk, followups.of_case(view, case.id)))
    return (
        Shown(f"Case {case.reference}", tuple(_standing(view, desk, case, now))),
        *((Shown("What is due", due),) if due else ()),
        *(
            Shown(f"Private note, {_when(desk, note.created_at)}", quoted=note.text)
            for note in notes.of_case(view, case.id)
        ),
        *_conversations(view, desk, case),
    )


def _standing(view: View, desk: Desk, case: Case, now: datetime) -> Iterator[str]:
    owner = owner_of(desk, view, case)
    yield f"Status: {case.status}"
    yield f"With: {owner.name if owner else 'nobody'}"
    yield f"Mail: {safety.contact_of_case(view, case, now)}"
    yield f"Stream: {case.stream}"
    yield f"Language: {case.language}"
    yield f"Opened: {_when(desk, case.opened_at)}"


def planned(view: View, desk: Desk, case: Case) -> tuple[str, ...]:
    """What people planned in a case, as its notices show it; what rules have due stands in their first line."""
    rows = [row for row in followups.of_case(view, case.id) if row.kind in (STAFF, CALL)]
    return tuple(_due_lines(view, desk, rows))


def _due_lines(view: View, desk: Desk, rows: Iterable[FollowUp]) -> Iterator[str]:
    for row in rows:
        due = datetime.strptime(row.due_wall, followups.WALL).replace(tzinfo=desk.office.zone)
        rule = desk.rules.named(row.kind)
        what = rule.words if rule else {STAFF: "A follow-up", CALL: "A call"}.get(row.kind, row.kind)
        text = followups.text_of(view, row)
        yield f"{moment(due, 'en')}: {what}{': ' + text if text else ''}"


def _conversations(view: View, desk: Desk, case: Case) -> Iterator[Shown]:
    for conversation in cases.conversations(view, case.id):
        found = sorted(_messages(view, desk, conversation), key=lambda one: one.at)
        more = len(found) - MOST_MESSAGES
        lines = (f"Address: {conversation.address}",)
        yield Shown(
            f"With the {conversation.role}",
            (*lines, f"{more} earlier messages are not shown here.") if more > 0 else lines,
        )
        yield from (one.shown for one in found[-MOST_MESSAGES:])


def _messages(view: View, desk: Desk, conversation: Conversation) -> Iterator[_Message]:
    for row in journal.of_conversation(view, conversation.id)[-MOST_MESSAGES:]:
        came = "Passed on by staff, it came" if row.reason == adoptions.REASON else "Came"
        heading = f"{came} {_when(desk, row.received_at)}, message {row.id}"
        text, carried = _said(view, desk, row)
        yield _Message(row.journaled_at, Shown(heading, carried, _shortened(text)))
    for sent in outbox.of_conversation(view, conversation.id)[-MOST_MESSAGES:]:
        if sent.role is not Role.STAFF and sent.state is not OutboxState.CANCELLED:
            at = sent.ended_at or sent.created_at
            yield _Message(at, Shown(_left(desk, sent, at), quoted=_words(view, sent)))


def _said(view: View, desk: Desk, row: JournalRow) -> tuple[str, tuple[str, ...]]:
    """The words of a message, and its files with the numbers that `#fetch` knows them by."""
    if row.oversized:
        return "(too large to open; it lies whole in the quarantine folder)", ()
    try:
        reading = desk.read(journal.raw(view, row.id))
    except MessageError:
        return "(it could not be read; it is kept whole)", ()
    carried = tuple(f"File {number}: {files.described(one)}" for number, one in enumerate(reading.attachments, 1))
    return reading.reply if reading.reply.strip() else reading.text, carried


def _left(desk: Desk, row: OutboxRow, at: datetime) -> str:
    if row.state is OutboxState.HELD:
        release = holds.release_at(row, desk.office.zone)
        until = f"until {moment(release, 'en')}" if release else "for a decision"
        return f"Waits {until}: {row.letter}, id {row.id}"
    return f"Left {_when(desk, at)} ({row.state}): {row.letter}"


def _words(view: View, row: OutboxRow) -> str | None:
    return answers.words_of(view, row) if answers.is_answer(row) else None


def _when(desk: Desk, instant: datetime) -> str:
    return moment(instant.astimezone(desk.office.zone), "en")


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS] + "\n(cut here; the rest is kept)"
