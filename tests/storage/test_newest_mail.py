"""Which mail of a conversation is the newest: an answer to the notice of an older one must not leave (RULES 8)."""

from __future__ import annotations

from datetime import datetime, timedelta

from loops.house import BY_DAY
from sqlalchemy import update

from mailbot.model import JournalState, Place, new_id
from mailbot.steps import Step
from storage import journal, schema
from storage.database import Database
from storage.journal import Arrival

CONVERSATION = "2222222222222222"


def newest_uid(database: Database, *looks: list[tuple[int, datetime]]) -> int:
    """The UID of the newest mail, where each look journals these UIDs with their arrival, a minute apart."""
    with database.transaction(Step.OPERATOR) as transaction:
        for number, look in enumerate(looks):
            now = BY_DAY + timedelta(minutes=number)
            found = [Arrival(new_id(now), uid, at, 3, b"raw", False, JournalState.WAITING) for uid, at in look]
            journal.add(transaction, "INBOX", 7, Place.INBOX, found, now)
        transaction.connection.execute(update(schema.journal).values(conversation_id=CONVERSATION))
        row = journal.newest_of_conversation(transaction, CONVERSATION)
        transaction.connection.exec_driver_sql("DELETE FROM journal")
    assert row is not None
    return row.uid


def test_of_two_mails_that_one_look_found_the_later_one_is_the_newest(database: Database) -> None:
    for _ in range(20):
        assert newest_uid(database, [(5, BY_DAY), (6, BY_DAY)]) == 6


def test_of_a_backlog_that_is_journaled_backwards_the_last_to_arrive_is_the_newest(database: Database) -> None:
    hour = timedelta(hours=1)
    assert newest_uid(database, [(9, BY_DAY)], [(1, BY_DAY - 2 * hour), (2, BY_DAY - hour)]) == 9
