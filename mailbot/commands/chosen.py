"""Which waiting letter `#send`, `#hold` and `#cancel` mean (RULES 8), and what refuses them.

An id counts in the member's case alone. One that is elsewhere, has left or never was gets the same answer, so that ids
cannot be tried out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mailbot.commands.command import Acting, CommandError, within
from mailbot.model import OutboxState, Role
from storage import cases, contacts, holds, outbox
from storage.database import View
from storage.outbox import OutboxRow


def chosen(view: View, acting: Acting, named: str | None, *, below: bool) -> OutboxRow:
    """The letter named; else the answer below, where that counts; else the receipt's; else the only one held."""
    if named:
        return _named(view, acting, named)
    if below and acting.below:
        return outbox.find(view, acting.below)
    return _of_receipt(view, acting) or _only_one(view, acting)


def refuse_stopped(view: View, acting: Acting, row: OutboxRow) -> None:
    """Nothing leaves to a stopped address until a person resumes it (RULES 4)."""
    if contacts.is_stopped_hash(view, row.recipient_hash, acting.now):
        raise CommandError("This address is stopped: nothing leaves to it until it is resumed.", "#contact resume")


@contextmanager
def changed() -> Iterator[None]:
    """Storage's word that the letter is no longer as it was seen."""
    try:
        yield
    except LookupError as error:
        raise CommandError("That letter does not wait any more.") from error


def _named(view: View, acting: Acting, named: str) -> OutboxRow:
    case, _ = within(acting)
    for conversation in cases.conversations(view, case.id):
        for row in holds.held_in(view, conversation.id):
            if row.id == named:
                return row
    raise CommandError("No letter with this id waits in this case.")


def _of_receipt(view: View, acting: Acting) -> OutboxRow | None:
    """The letter that the answered mail speaks of. Where it has left, no other is meant in its stead."""
    row = outbox.find(view, acting.letter) if acting.letter else None
    if row is None or row.role is Role.STAFF:
        return None
    if row.state is not OutboxState.HELD:
        raise CommandError(f"That letter does not wait any more: it is {row.state}.")
    return row


def _only_one(view: View, acting: Acting) -> OutboxRow:
    _, conversation = within(acting)
    rows = holds.held_in(view, conversation.id)
    if not rows:
        raise CommandError("No letter waits in this conversation.")
    if len(rows) > 1:
        raise CommandError("Several letters wait in this conversation: name one by its id.", rows[-1].id)
    return rows[0]
