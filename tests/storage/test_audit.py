"""The chain of acts: every change, removal, insertion and cut shows (promise 15)."""

from __future__ import annotations

import pytest
from loops.databases import ON_SQLITE
from loops.house import BY_DAY, House, a_reading, handle

from mailbot.steps import Step
from storage import audit
from storage.database import AuditRow, Database, newest_instant


@pytest.fixture
def five(database: Database) -> Database:
    """A database with five acts in its chain."""
    for number in range(5):
        with database.transaction(Step.OPERATOR) as transaction:
            transaction.record(
                AuditRow(BY_DAY, "test", "tried", f"row{number}", None, {"number": number, "none": None})
            )
    return database


def verified(database: Database) -> audit.Verified:
    with database.view() as view:
        return audit.verify(view)


def tamper(database: Database, statement: str) -> None:
    with database.engine.connect() as connection, connection.begin() as begun:
        connection.exec_driver_sql(statement)
        begun.commit()


def test_an_untouched_chain_holds_to_its_head(five: Database) -> None:
    found = verified(five)
    assert (found.rows, found.broken_at) == (5, None)
    with five.view() as view:
        assert audit.head(view) == found.head


def test_an_empty_chain_holds(database: Database) -> None:
    assert verified(database) == audit.Verified(0, bytes(32).hex(), None)


@pytest.mark.parametrize("change", [
    "at = at + 1", "who = 'somebody'", "act = 'done'", "subject = 'row9'", "cause = 'row1'",
    "detail = '{\"none\":null,\"number\":7}'", "detail = '{\"none\": null,\"number\":2}'", "detail = 'no json'",
    "detail = ''", "hash = (SELECT hash FROM audit WHERE seq = 1)", "at = 9223372036854775807",
])  # fmt: skip
def test_a_changed_row_breaks_the_chain_at_that_row(five: Database, change: str) -> None:
    tamper(five, f"UPDATE audit SET {change} WHERE seq = 3")  # noqa: S608 - a constant of this file
    assert verified(five).broken_at == 3


@ON_SQLITE
def test_a_row_with_a_text_where_a_number_belongs_breaks_the_chain(five: Database) -> None:
    """PostgreSQL refuses it."""
    tamper(five, "UPDATE audit SET at = 'no number' WHERE seq = 3")
    assert verified(five).broken_at == 3


def test_a_removed_row_breaks_the_chain_even_when_the_rest_is_renumbered(five: Database) -> None:
    tamper(five, "DELETE FROM audit WHERE seq = 3")
    assert verified(five).broken_at == 3
    tamper(five, "UPDATE audit SET seq = seq - 1 WHERE seq > 3")
    assert verified(five).broken_at == 3


def test_an_inserted_row_breaks_the_chain(five: Database) -> None:
    tamper(five, "UPDATE audit SET seq = 6 WHERE seq = 5")
    tamper(five, "INSERT INTO audit SELECT 5, at, who, act, 'made up', cause, detail, hash FROM audit WHERE seq = 4")
    assert verified(five).broken_at == 5


def test_two_rows_that_changed_places_break_the_chain(five: Database) -> None:
    tamper(five, "UPDATE audit SET seq = -seq WHERE seq IN (2, 3)")
    tamper(five, "UPDATE audit SET seq = 5 + seq WHERE seq < 0")
    assert verified(five).broken_at == 2


def test_a_cut_tail_holds_in_itself_and_shows_by_a_head_noted_elsewhere(five: Database) -> None:
    noted = verified(five).head
    tamper(five, "DELETE FROM audit WHERE seq > 3")
    found = verified(five)
    assert (found.rows, found.broken_at) == (3, None)
    assert found.head != noted


def test_the_newest_instant_is_found_however_the_clock_was_set(five: Database) -> None:
    with five.view() as view:
        assert newest_instant(view) == BY_DAY


def test_one_first_mail_leaves_an_act_for_each_thing_it_changed(house: House) -> None:
    inbound = handle(house, "requester", a_reading())
    acts = house.acts()
    assert set(acts) == {"case.opened", "conversation.opened", "follow-up.added", "outbox.queued", "message.ended"}
    assert acts.count("outbox.queued") == len(house.outbox()) == 3
    assert acts[-1] == "message.ended"
    with house.database.view() as view:
        assert {row[0] for row in view.connection.exec_driver_sql("SELECT cause FROM audit")} == {inbound.id}
    assert verified(house.database).broken_at is None
