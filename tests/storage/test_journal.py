"""The journal: each UID once, bytes whole, the same message known again, the newest batch first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from loops.house import BY_DAY, House, a_reading, handle, put
from sqlalchemy.exc import IntegrityError

from mailbot.model import JournalState, Place, new_id
from mailbot.steps import Step
from storage import folders, journal
from storage.database import Database, Transaction
from storage.folders import FolderRow
from storage.journal import Arrival, End, JournalRow


def arrival(uid: int, raw: bytes = b"raw") -> Arrival:
    return Arrival(new_id(BY_DAY), uid, BY_DAY, len(raw), raw, False, JournalState.WAITING)


def add(transaction: Transaction, *uids: int, folder: str = "INBOX") -> None:
    journal.add(transaction, folder, 7, Place.INBOX, [arrival(uid) for uid in uids], BY_DAY)


def row_of(transaction: Transaction, message_id: str) -> JournalRow:
    row = journal.find(transaction, message_id)
    assert row is not None
    return row


def test_a_message_comes_back_whole(database: Database) -> None:
    raw = bytes(range(256)) * 100
    with database.transaction(Step.OPERATOR) as transaction:
        message = put(transaction, BY_DAY, a_reading(), raw=raw)
    with database.view() as view:
        assert journal.raw(view, message.id) == raw
        with pytest.raises(LookupError):
            journal.raw(view, "no such row")


def test_one_uid_is_journaled_once_in_a_folder_and_uidvalidity(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        add(transaction, 5)
        add(transaction, 5, folder="Junk")
        journal.add(transaction, "INBOX", 8, Place.INBOX, [arrival(5)], BY_DAY)
    with pytest.raises(IntegrityError), database.transaction(Step.OPERATOR) as transaction:
        add(transaction, 5)


def test_unknown_uids_are_those_without_a_row_in_the_order_asked_even_for_thousands(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        add(transaction, 3, 1000, 1999)
        asked = list(range(2000, 0, -1))
        unknown = journal.unknown_uids(transaction, "INBOX", 7, asked)
        assert journal.unknown_uids(transaction, "INBOX", 8, [3]) == [3]
        assert journal.unknown_uids(transaction, "Junk", 7, [3]) == [3]
    assert unknown == [uid for uid in asked if uid not in (3, 1000, 1999)]


def test_the_newest_batch_waits_first_and_in_its_own_order(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        for batch in ((1, 2), (3, 4)):
            journal.add(transaction, "INBOX", 7, Place.INBOX,
                        [Arrival(f"id{uid}", uid, BY_DAY, 3, b"raw", False, JournalState.WAITING) for uid in batch],
                        BY_DAY)  # fmt: skip
        assert [row.uid for row in journal.waiting(transaction, 10)] == [3, 4, 1, 2]
        assert [row.uid for row in journal.waiting(transaction, 1)] == [3]


@pytest.mark.parametrize(("first", "oversized", "twin"), [
    ("processed", False, True), ("seen_before", False, False), ("quarantined", False, False),
    ("imported", False, False), ("waiting", False, False), ("processed", True, True),
])  # fmt: skip
def test_only_what_was_processed_makes_its_copy_seen_before(
    database: Database, first: str, oversized: bool, twin: bool
) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        one = put(transaction, BY_DAY, a_reading(), raw=b"same", oversized=oversized)
        row = row_of(transaction, one.id)
        if first != "waiting":
            journal.end(transaction, row, End(JournalState(first), identity="identity"), BY_DAY)
        for raw, identity in ((b"same", ""), (b"other trace fields", "identity")):
            again = row_of(transaction, put(transaction, BY_DAY, a_reading(), raw=raw).id)
            assert (journal.twin(transaction, again, identity) is not None) == (twin or False)
        stranger = row_of(transaction, put(transaction, BY_DAY, a_reading(), raw=b"other").id)
        assert journal.twin(transaction, stranger, "other") is None


def test_an_oversized_message_that_was_answered_is_seen_before(house: House) -> None:
    handle(house, "requester", a_reading(), raw=b"header", oversized=True)
    with house.database.transaction(Step.OPERATOR) as transaction:
        again = row_of(transaction, put(transaction, BY_DAY, a_reading(), raw=b"header", oversized=True).id)
        assert journal.twin(transaction, again, "") is not None


def test_an_oversized_message_that_lay_in_the_junk_folder_is_new_when_rescued(house: House) -> None:
    handle(house, "junk", a_reading(), raw=b"header", oversized=True, place=Place.JUNK)
    with house.database.transaction(Step.OPERATOR) as transaction:
        again = row_of(transaction, put(transaction, BY_DAY, a_reading(), raw=b"header", oversized=True).id)
        assert journal.twin(transaction, again, "") is None


def test_what_was_imported_is_known_when_it_turns_up_again(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        put(transaction, BY_DAY, a_reading(), raw=b"old", state=JournalState.IMPORTED)
        again = row_of(transaction, put(transaction, BY_DAY, a_reading(), raw=b"old").id)
        assert journal.was_imported(transaction, again)
        new = row_of(transaction, put(transaction, BY_DAY, a_reading(), raw=b"new").id)
        assert not journal.was_imported(transaction, new)


def test_copies_are_filed_until_they_are_and_a_refused_one_is_tried_again(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        one = row_of(transaction, put(transaction, BY_DAY, a_reading()).id)
        journal.end(transaction, one, End(JournalState.PROCESSED, file_to=Place.DONE), BY_DAY)
        assert journal.to_file(transaction, "INBOX", 7, 10) == [(one.id, one.uid, Place.DONE)]
        assert journal.to_file(transaction, "INBOX", 8, 10) == []
        journal.filed(transaction, [one.id], Place.DONE)
        assert journal.to_file(transaction, "INBOX", 7, 10) == []
        assert row_of(transaction, one.id).place is Place.DONE


def test_filing_of_old_uids_is_dropped_when_the_folder_is_renumbered(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        one = row_of(transaction, put(transaction, BY_DAY, a_reading()).id)
        journal.end(transaction, one, End(JournalState.PROCESSED, file_to=Place.DONE), BY_DAY)
        journal.drop_stale_filing(transaction, "INBOX", 8)
        assert journal.to_file(transaction, "INBOX", 7, 10) == []


def test_a_retried_message_waits_again_with_all_its_attempts(house: House) -> None:
    inbound = handle(house, "nobody", a_reading(reason="from-several"))
    with house.database.transaction(Step.OPERATOR) as transaction:
        journal.count_attempt(transaction, inbound.id)
        journal.retry(transaction, row_of(transaction, inbound.id), BY_DAY, "operator")
        row = row_of(transaction, inbound.id)
    assert (row.state, row.reason, row.attempts) == ("waiting", "released", 0)
    assert house.acts()[-1] == "message.retried"


def test_a_discarded_message_ends_and_stays_whole(house: House) -> None:
    inbound = handle(house, "nobody", a_reading(reason="from-several"), raw=b"whole")
    with house.database.transaction(Step.OPERATOR) as transaction:
        journal.discard(transaction, row_of(transaction, inbound.id), BY_DAY, "operator")
        assert journal.raw(transaction, inbound.id) == b"whole"
        assert journal.quarantined(transaction) == []


def test_messages_that_wait_too_long_are_counted_however_many_newer_ones_wait(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        add(transaction, 1)
        journal.add(transaction, "INBOX", 7, Place.INBOX, [arrival(uid) for uid in range(2, 1500)],
                    BY_DAY + timedelta(minutes=20))  # fmt: skip
        assert journal.waiting_since(transaction, BY_DAY + timedelta(minutes=5)) == 1


def test_a_look_at_a_folder_replaces_the_one_before(database: Database) -> None:
    row = FolderRow("INBOX", 7, 9, BY_DAY, 3, 2, 1, BY_DAY)
    with database.transaction(Step.OPERATOR) as transaction:
        assert folders.find(transaction, "INBOX") is None
        folders.save(transaction, FolderRow("INBOX", 7, 5, BY_DAY, 1, 1, 0, None))
        folders.save(transaction, row)
        assert folders.all_folders(transaction) == [row]
