"""Erasing reaches every column of the schema that can hold something of a person, and leaves the rest as it was."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from loops.house import BY_DAY, House
from sqlalchemy import LargeBinary, select
from support.postgresql import Cluster

from mailbot.model import Contact, Hold, JournalState, OutboxState, Place, Priority, Purpose, Role, new_id, new_secret
from mailbot.steps import Step
from storage import (
    cases,
    contacts,
    erasure,
    followups,
    journal,
    notes,
    outbox,
    pauses,
    records,
    reerasure,
    scrubbing,
    tokens,
)
from storage.cases import Case
from storage.database import AuditRow, Transaction
from storage.journal import Arrival, End
from storage.outbox import Draft, Envelope
from storage.pauses import Pause
from storage.records import Kind
from storage.schema import metadata
from storage.tombstones import Tombstones, note, path_beside

ADDRESS = "kim@example.org"
# A STOP protects the person; fingerprints and codes say nothing without the very words; the rest are our own keys.
STAYS = {
    ("contact", "address_hash"),
    ("erased_message", "hash"),
    ("confirmation", "hash"),
    ("audit", "hash"),
    ("journal", "content_hash"),
    ("installation", "wrapped_intake_key"),
    ("installation", "wrapped_lookup_key"),
    ("installation", "wrapped_audit_key"),
}


def filled(transaction: Transaction, address: str = ADDRESS) -> Case:
    """A case with a row in every table that a case can have one in."""
    case = cases.open_case(transaction, "en", "cause", BY_DAY)
    conversation = cases.open_conversation(transaction, case.id, Role.REQUESTER, address, "cause", BY_DAY)
    tokens.give(transaction, conversation.token, Purpose.CONVERSATION, conversation_id=conversation.id)
    tokens.give(transaction, new_secret(), Purpose.ANSWER, conversation_id=conversation.id, member="dana")
    arrival = Arrival(
        new_id(BY_DAY), secrets.randbelow(2**31), BY_DAY, 9, secrets.token_bytes(9), False, JournalState.WAITING
    )
    journal.add(transaction, "INBOX", 7, Place.INBOX, [arrival], BY_DAY)
    row = journal.find(transaction, arrival.id)
    assert row is not None
    ending = End(JournalState.PROCESSED, None, case.id, conversation.id, Role.REQUESTER, 0, arrival.id, "a@example.org")
    journal.end(transaction, row, ending, BY_DAY)
    for state in (OutboxState.SENT, OutboxState.HELD, OutboxState.FAILED):
        a_letter(transaction, case, conversation.id, address, state, arrival.id)
    followups.add(transaction, case.id, "followup", BY_DAY, "America/Vancouver", "cause", BY_DAY, text="words")
    notes.add(transaction, case.id, "words", "staff", "cause", BY_DAY)
    records.add(transaction, case.id, Kind.CONSENT, {"what": "x"}, who="s", cause="c", now=BY_DAY, about="x")
    contacts.stop(transaction, address, None, arrival.id, BY_DAY)
    pauses.begin(transaction, Pause.MUTED, address, BY_DAY + timedelta(hours=24), "s", "c", BY_DAY)
    cases.set_contact(transaction, case.id, Contact.STOPPED, "s", "c", BY_DAY)
    cases.set_owner(transaction, case.id, bytes(16), "s", "c", BY_DAY)
    return case


def a_letter(
    transaction: Transaction, case: Case, conversation_id: str, address: str, state: OutboxState, answers: str
) -> None:
    draft = Draft(
        cause=new_id(BY_DAY),
        role=Role.REQUESTER,
        letter="answer",
        language="en",
        priority=Priority.STAFF_ANSWER,
        message_id=f"{new_secret()}@service.example",
        envelope=Envelope(address, "back@service.example"),
        case_id=case.id,
        conversation_id=conversation_id,
        slot=f"day:{new_secret()}"[:40],
        content=b"bytes",
        written=b"words",
        answers=answers,
        author_hash=bytes(16),
    )
    outbox_id = outbox.add(transaction, draft, BY_DAY)
    values = {"state": state, "hold": Hold.STOPPED if state is OutboxState.HELD else None}
    transaction.connection.execute(
        metadata.tables["outbox"].update().values(**values).where(metadata.tables["outbox"].c.id == outbox_id)
    )
    tokens.give(transaction, new_secret(), Purpose.RETURN, outbox_id=outbox_id)


def erased(house: House, case: Case) -> erasure.Erased:
    with house.database.transaction(Step.OPERATOR) as transaction:
        return erasure.erase(transaction, case.id, (), (), "operator:x", BY_DAY + timedelta(hours=1))


@pytest.fixture
def case(house: House) -> Case:
    with house.database.transaction(Step.OPERATOR) as transaction:
        return filled(transaction)


def secret_values(house: House) -> dict[tuple[str, str], set[bytes]]:
    """Every binary value of the database, by table and column."""
    with house.database.view() as view:
        return {
            (table.name, column.name): {bytes(one) for one in view.connection.execute(select(column)).scalars() if one}
            for table in metadata.tables.values()
            for column in table.columns
            if isinstance(column.type, LargeBinary)
        }


def test_of_every_sealed_value_wrap_and_hash_nothing_is_left_that_was_there(house: House, case: Case) -> None:
    before = secret_values(house)
    assert {name for name, values in before.items() if not values} <= {
        ("confirmation", "hash"),
        ("erased_message", "hash"),
    }
    erased(house, case)
    after = secret_values(house)
    left = {name for name in before if before[name] & after[name]} - STAYS
    assert left == set()


def test_the_fingerprints_leave_the_journal_and_know_a_copy(house: House, case: Case) -> None:
    before = secret_values(house)
    erased(house, case)
    after = secret_values(house)
    assert not before["journal", "content_hash"] & after["journal", "content_hash"]
    assert after["erased_message", "hash"] == before["journal", "content_hash"] | before["journal", "identity_hash"]


def test_no_row_that_is_left_names_conversation_or_person(house: House, case: Case) -> None:
    erased(house, case)
    with house.database.view() as view:
        for name in ("conversation", "note", "record", "token", "journal_raw"):
            assert view.connection.execute(select(metadata.tables[name])).all() == [], name
        for name in ("journal", "outbox"):
            assert set(view.connection.execute(select(metadata.tables[name].c.conversation_id)).scalars()) == {None}
        assert set(view.connection.execute(select(metadata.tables["outbox"].c.slot)).scalars()) == {None}
        assert contacts.is_stopped(view, ADDRESS, BY_DAY), "a STOP outlives the case"


def test_what_had_not_left_is_cancelled_and_the_numbers_say_so(house: House, case: Case) -> None:
    done = erased(house, case)
    assert (done.messages, done.letters, done.cancelled, done.notes, done.records) == (1, 3, 2, 1, 1)
    assert sorted(house.states()) == ["cancelled", "cancelled", "sent"]
    assert done.follow_ups == 1
    assert house.acts().count("outbox.cancelled") == 2


def test_another_case_keeps_everything(house: House, case: Case) -> None:
    with house.database.transaction(Step.OPERATOR) as transaction:
        other = filled(transaction, "lee@example.org")
    erased(house, case)
    with house.database.view() as view:
        (conversation,) = cases.conversations(view, other.id)
        assert conversation.address == "lee@example.org"
        assert [one.text for one in notes.of_case(view, other.id)] == ["words"]
        (row,) = journal.of_case(view, other.id)
        assert len(journal.raw(view, row.id)) == 9
        assert [outbox.content(view, one) for one in outbox.of_conversation(view, conversation.id)] == [b"bytes"] * 3


def test_erasing_twice_is_one_act(house: House, case: Case) -> None:
    erased(house, case)
    assert erased(house, case).messages == 0
    assert house.acts().count("case.erased") == 1


def test_the_key_of_an_erased_case_cannot_be_asked_for(house: House, case: Case) -> None:
    erased(house, case)
    with house.database.view() as view:
        assert erasure.is_erased(view, case.id)
        with pytest.raises(LookupError):
            cases.case_key(view, case.id)


def test_a_case_that_was_joined_to_it_is_found_with_it(house: House, case: Case) -> None:
    with house.database.transaction(Step.OPERATOR) as transaction:
        for source, target in (("s" * 16, case.id), ("r" * 16, "s" * 16), ("q" * 16, "z" * 16)):
            transaction.record(AuditRow(BY_DAY, "s", "case.joined", source, "c", {"into": target}))
    with house.database.view() as view:
        assert erasure.with_sources(view, case.id) == [case.id, "s" * 16, "r" * 16]


def test_a_start_destroys_again_what_the_notes_name_and_writes_nothing_else(house: House, case: Case) -> None:
    with house.database.view() as view:
        found = erasure.tombstones_of(view, [case.id], [])
    assert [len(one.prints) for one in found.messages] == [2]
    key_file = house.config.storage.key_file
    assert reerasure.reapply_noted(house.database, key_file, BY_DAY) == 0
    note(path_beside(key_file), Tombstones(("z" * 16, *found.cases), found.messages))
    before = len(house.acts())
    assert reerasure.reapply_noted(house.database, key_file, BY_DAY) == 1
    assert house.acts()[before:].count("case.erased") == 1
    after = len(house.acts())
    assert reerasure.reapply_noted(house.database, key_file, BY_DAY) == 0
    assert len(house.acts()) == after


def test_a_message_that_the_backup_did_not_yet_know_is_known_by_its_fingerprint(house: House, case: Case) -> None:
    with house.database.view() as view:
        found = erasure.tombstones_of(view, [case.id], [])
        (row,) = journal.of_case(view, case.id)
        raw = journal.raw(view, row.id)
    house.database.close()
    with house.database.transaction(Step.OPERATOR) as transaction:
        erasure.erase(transaction, case.id, (), (), "operator:x", BY_DAY)
        transaction.connection.execute(metadata.tables["erased_message"].delete())
        reerasure.reapply(transaction, found, BY_DAY)
        again = Arrival(new_id(BY_DAY), 1, BY_DAY, len(raw), raw, False, JournalState.WAITING)
        journal.add(transaction, "INBOX", 8, Place.INBOX, [again], BY_DAY)
        assert erasure.was_erased(transaction, again.id, "")
        other = Arrival(new_id(BY_DAY), 2, BY_DAY, 5, b"other", False, JournalState.WAITING)
        journal.add(transaction, "INBOX", 8, Place.INBOX, [other], BY_DAY)
        assert not erasure.was_erased(transaction, other.id, "")
        assert erasure.was_erased(transaction, other.id, row.id), "by its identity"


def test_after_scrubbing_no_file_of_the_database_has_a_destroyed_key(
    house: House, case: Case, request: pytest.FixtureRequest
) -> None:
    folder = house.config_file.parent
    server = house.config.storage.database.startswith("postgresql")
    if server:
        cluster: Cluster = request.getfixturevalue("cluster")
        folder = cluster.data / "base"
    wraps = secret_values(house)["case", "wrapped_key"]
    assert found_in(house, folder, wraps, server) == wraps
    erased(house, case)
    assert scrubbing.scrub(house.database)
    assert found_in(house, folder, wraps, server) == set()


def found_in(house: House, folder: Path, values: set[bytes], server: bool) -> set[bytes]:
    """Which of these values stand in the database's files. PostgreSQL writes its pages at a checkpoint."""
    if server:
        connection = house.database.engine.raw_connection()
        connection.driver_connection.autocommit = True  # type: ignore[union-attr]
        connection.cursor().execute("CHECKPOINT")
        connection.driver_connection.autocommit = False  # type: ignore[union-attr]
        connection.close()
    files = [path.read_bytes() for path in folder.rglob("*" if server else "mailbot.db*") if path.is_file()]
    return {value for value in values if any(value in file for file in files)}


def test_where_others_hold_the_database_scrubbing_says_so_and_is_done_later(
    house: House, case: Case, request: pytest.FixtureRequest
) -> None:
    server = house.config.storage.database.startswith("postgresql")
    erased(house, case)
    with house.database.view() as view:
        view.connection.execute(select(metadata.tables["case"])).first()
        if server:
            impatient = house.database.engine.raw_connection()
            impatient.cursor().execute("SELECT set_config('lock_timeout', '50ms', false)")
            impatient.commit()
            impatient.close()
        assert not scrubbing.scrub(house.database)
    assert scrubbing.scrub(house.database)
