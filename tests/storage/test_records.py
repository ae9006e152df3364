"""What staff recorded of a case: the newest holds, an ended one does not, and nothing of it can be read in the file."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from loops.house import BY_DAY

from mailbot.model import new_id
from mailbot.steps import Step
from storage import cases, records
from storage.database import Database, Transaction
from storage.records import Kind


@pytest.fixture
def case_id(database: Database) -> str:
    with database.transaction(Step.OPERATOR) as transaction:
        return cases.open_case(transaction, "en", new_id(BY_DAY), BY_DAY).id


def _consent(
    transaction: Transaction, case_id: str, answer: str, about: str, now: datetime, until: datetime | None = None
) -> None:
    value = {"answer": answer}
    records.add(transaction, case_id, Kind.CONSENT, value, who="dana", cause="m1", now=now, about=about, until=until)


def test_the_newest_record_about_a_thing_holds_and_the_earlier_ones_stay(database: Database, case_id: str) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        _consent(transaction, case_id, "yes", "c3p", BY_DAY)
        _consent(transaction, case_id, "yes", "police", BY_DAY)
        _consent(transaction, case_id, "no", "c3p", BY_DAY + timedelta(minutes=1))
        held = records.latest(transaction, case_id, Kind.CONSENT, BY_DAY, about="c3p")
        assert held is not None
        assert held.value == {"answer": "no"}
        assert [one.value["answer"] for one in records.of_case(transaction, case_id)] == ["yes", "yes", "no"]


def test_a_record_that_ended_holds_no_longer_and_does_not_wake_an_earlier_one(database: Database, case_id: str) -> None:
    end = BY_DAY + timedelta(days=2)
    with database.transaction(Step.OPERATOR) as transaction:
        _consent(transaction, case_id, "yes", "c3p", BY_DAY)
        _consent(transaction, case_id, "yes", "c3p", BY_DAY + timedelta(minutes=1), until=end)
        second = timedelta(seconds=1)
        assert records.latest(transaction, case_id, Kind.CONSENT, end - second, about="c3p") is not None
        assert records.latest(transaction, case_id, Kind.CONSENT, end, about="c3p") is None


def test_records_of_one_case_or_kind_are_no_others(database: Database, case_id: str) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        other = cases.open_case(transaction, "en", new_id(BY_DAY), BY_DAY).id
        _consent(transaction, case_id, "yes", "c3p", BY_DAY)
        assert records.of_case(transaction, other) == []
        assert records.of_case(transaction, case_id, Kind.PHONE) == []
        assert records.latest(transaction, other, Kind.CONSENT, BY_DAY) is None


def test_neither_a_value_nor_what_it_is_about_can_be_read_in_the_file(database: Database, case_id: str) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        _consent(transaction, case_id, "canary words", "canary@example.net", BY_DAY)
    folder = Path(str(database.engine.url.database)).parent
    assert not [path for path in folder.iterdir() if path.is_file() and b"canary" in path.read_bytes()]
