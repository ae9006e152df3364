"""Letting a restored installation go (RULES 2): what leaves, what waits for a person, and who hears of it.

Whoever wrote an answer that may have left reads so, with the links to decide; all members with role staff get one line
on the rest. Both are queued with the word that lets everything go, and leave behind it.
"""

from __future__ import annotations

from datetime import datetime

from mailbot.casework import answers, notices
from mailbot.casework.desk import Desk
from mailbot.model import Hold
from mailbot.writing import Alert
from storage import cases, holds, outbox, restored
from storage.database import Transaction, View
from storage.outbox import OutboxRow

MOST_NAMED = 20


def may_be_let_go(view: View) -> bool:
    """Whether the mailbox was read since the restore: only then it shows what had left."""
    found = restored.standing(view)
    return found is not None and found.reread_at is not None


def listing(view: View, desk: Desk) -> list[dict[str, object]]:
    """Every letter that the restore is about: opaque ids and references, and its fate."""
    return [
        {
            "id": row.id,
            "case": reference,
            "role": row.role,
            "letter": row.letter,
            "state": row.state,
            "release_at": holds.release_at(row, desk.office.zone),
            "created_at": row.created_at.astimezone(desk.office.zone),
            "message_id": outbox.shown_message_id(view, row),
            "fate": fate,
        }
        for row, reference, fate in restored.fates(view)
    ]


def let_go(transaction: Transaction, desk: Desk, who: str, now: datetime) -> None:
    """The word of an operator, and the lines to staff about what waits because of it."""
    found = restored.standing(transaction)
    restored.let_go(transaction, who, now)
    rows = restored.doubtful(transaction)
    for row in rows:
        if row.hold is Hold.STOPPED:
            answers.tell_stopped(transaction, desk, row, restored.MAY_HAVE_LEFT, "restore", now)
    if found is None:
        return
    told = Alert(
        what="mailbot was restored from a backup",
        since=found.copied_at.astimezone(desk.office.zone),
        todo=_todo(transaction, rows),
    )
    notices.alert(transaction, desk, told, f"restore:{int(found.copied_at.timestamp())}", now)


def _todo(view: View, rows: list[OutboxRow]) -> str:
    """One sentence: which cases to look at, since letters about them may have left, or not."""
    ids = dict.fromkeys(row.case_id for row in rows if row.case_id)
    references = [cases.find_case(view, case_id).reference for case_id in list(ids)[:MOST_NAMED]]
    again = "What came since that instant was read again and is told anew; it may have been answered already"
    if not references:
        return again
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    return f"{again}. Letters of these cases may have left, and do not leave again: {', '.join(references)}{more}"
