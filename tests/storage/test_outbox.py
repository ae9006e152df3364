"""The outbox: allowed moves, one answer for one cause, one letter for one slot, sealed bytes that stay the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from loops.house import BY_DAY, House
from sqlalchemy import update

from mailbot.errors import Damaged
from mailbot.model import MOVES, OutboxState, Priority, Role, new_secret
from mailbot.steps import Step
from storage import outbox, schema
from storage.database import Database, Transaction
from storage.outbox import Draft, Envelope, OutboxRow


def draft(**changes: object) -> Draft:
    plain = Draft(
        cause="cause",
        role=Role.REQUESTER,
        letter="ack-day",
        language="en",
        priority=Priority.DAY_LETTER,
        message_id=f"{new_secret()}@service.example",
        envelope=Envelope("alex@example.net", "help+x@service.example", "help+y@service.example", "a@b.example"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def add(transaction: Transaction, **changes: object) -> OutboxRow | None:
    outbox_id = outbox.add(transaction, draft(**changes), BY_DAY)
    return outbox.find(transaction, outbox_id) if outbox_id else None


def add_one(transaction: Transaction, **changes: object) -> OutboxRow:
    row = add(transaction, **changes)
    assert row is not None
    return row


@pytest.mark.parametrize("before", OutboxState)
def test_every_move_of_a_letter_is_allowed_or_is_damage(database: Database, before: OutboxState) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        for after in OutboxState:
            row = add_one(transaction, cause=after)
            transaction.connection.execute(update(schema.outbox).values(state=before))
            row = outbox.find(transaction, row.id)
            if after in MOVES[before]:
                outbox.move(transaction, row, after, BY_DAY)
            else:
                with pytest.raises(Damaged, match=f"{before} may not become {after}"):
                    outbox.move(transaction, row, after, BY_DAY)
            assert outbox.find(transaction, row.id).state is (after if after in MOVES[before] else before)


def test_a_move_by_somebody_who_saw_an_older_state_is_damage(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        row = add_one(transaction)
        outbox.move(transaction, row, OutboxState.CANCELLED, BY_DAY)
        with pytest.raises(Damaged, match="no longer queued"):
            outbox.move(transaction, row, OutboxState.SENDING, BY_DAY)


def test_every_move_is_an_act_with_its_reason_and_code(house: House) -> None:
    with house.database.transaction(Step.OPERATOR) as transaction:
        row = add_one(transaction)
        outbox.claim(transaction, row, BY_DAY)
        row = outbox.find(transaction, row.id)
        outbox.move(transaction, row, OutboxState.FAILED, BY_DAY, last_code=550, reason="5.1.1")
    assert house.acts() == ["outbox.queued", "outbox.moved", "outbox.moved"]
    with house.database.view() as view:
        detail = view.connection.exec_driver_sql("SELECT detail FROM audit WHERE seq = 3").scalar()
    assert detail == '{"code":550,"from":"sending","reason":"5.1.1","to":"failed"}'


def test_one_cause_has_one_letter_of_a_name_for_one_recipient(house: House) -> None:
    other = Envelope("kim@example.net", "")
    with house.database.transaction(Step.OPERATOR) as transaction:
        assert add(transaction)
        assert add(transaction) is None
        assert add(transaction, letter="ack-night")
        assert add(transaction, envelope=other)
        assert add(transaction, cause="another")
    assert len(house.outbox()) == 4
    assert house.acts() == ["outbox.queued"] * 4


def test_one_recipient_has_one_letter_of_a_slot_whatever_the_cause(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        assert add(transaction, slot="night:2026-11-24")
        assert add(transaction, slot="night:2026-11-24", cause="another", letter="ack-oversized") is None
        assert add(transaction, slot="night:2026-11-25", cause="another")
        assert add(transaction, slot="night:2026-11-24", envelope=Envelope("kim@example.net", ""))
        assert add(transaction, slot=None, cause="third")
        assert add(transaction, slot=None, cause="fourth")


def test_a_message_id_is_used_once(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        row = add_one(transaction)
        assert add(transaction, message_id=outbox.message_id_of(transaction, row), cause="another") is None


def test_envelope_and_bytes_come_back_as_they_were_stored(house: House) -> None:
    with house.database.transaction(Step.OPERATOR) as transaction:
        row = add_one(transaction, language="fr")
        assert outbox.envelope(transaction, row) == (draft().envelope, "fr")
        assert outbox.content(transaction, row) is None
        outbox.fix(transaction, row, b"final bytes\r\n")
        assert outbox.content(transaction, row) == b"final bytes\r\n"
        assert outbox.find(transaction, row.id).size == 13


def test_a_letter_is_found_by_its_message_id_in_any_letter_case(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        row = add_one(transaction)
        assert outbox.by_message_id(transaction, outbox.message_id_of(transaction, row).upper()) == row
        assert outbox.by_message_id(transaction, "x" + outbox.message_id_of(transaction, row)) is None


def test_what_is_ready_comes_in_the_order_of_the_rules(database: Database) -> None:
    """Staff answers, orders, night letters, notices, day letters, digest; known before strangers; the oldest first."""
    with database.transaction(Step.OPERATOR) as transaction:
        names = {}
        for priority, known in product(reversed(Priority), (False, True)):
            row = add_one(transaction, cause=f"{priority}{known}", priority=priority, known=known)
            names[row.id] = (int(priority), known)
        waited = add_one(transaction, cause="waited", priority=Priority.DAY_LETTER)
        outbox.postpone(transaction, waited, BY_DAY - timedelta(hours=1))
        later = add_one(transaction, cause="later", priority=Priority.STAFF_ANSWER)
        outbox.postpone(transaction, later, BY_DAY + timedelta(seconds=1))
        ready = [row.id for row in outbox.ready(transaction, BY_DAY, 100)]
    assert later.id not in ready
    assert ready.index(waited.id) == 9
    ready.remove(waited.id)
    assert [names[one] for one in ready] == [(n, known) for n in range(6) for known in (True, False)]


@pytest.mark.parametrize("state", [s for s in OutboxState if s not in ("queued", "retry", "uncertain")])
def test_what_is_in_no_waiting_state_is_never_ready(database: Database, state: OutboxState) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        add_one(transaction)
        transaction.connection.execute(update(schema.outbox).values(state=state))
        assert outbox.ready(transaction, BY_DAY, 10) == []
        assert outbox.next_attempt_after(transaction, BY_DAY - timedelta(days=1)) is None


def test_a_letter_takes_the_name_and_slot_of_another_only_where_that_is_free(house: House) -> None:
    with house.database.transaction(Step.OPERATOR) as transaction:
        row = add_one(transaction, slot="day:1")
        add_one(transaction, cause="another", letter="ack-night", slot="night:2026-11-24")
        assert not outbox.rename(transaction, row, "ack-night", "night:2026-11-24", Priority.NIGHT_LETTER, BY_DAY)
        assert outbox.find(transaction, row.id).slot == "day:1"
        assert outbox.rename(transaction, row, "ack-night", "night:2026-11-25", Priority.NIGHT_LETTER, BY_DAY)
        assert outbox.find(transaction, row.id).letter == "ack-night"
    assert house.acts()[-1] == "outbox.renamed"
