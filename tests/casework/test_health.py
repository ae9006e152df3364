"""`status` names what is wrong, each thing by its own sentence, and says nothing where nothing is (promise 2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from loops.house import BY_DAY, House, a_reading, handle, put

from mailbot.casework import health
from mailbot.model import JournalState, OutboxState, Place, Role
from mailbot.steps import Step
from storage import cases, folders, followups, journal, notices, outbox, pulse
from storage.database import Transaction
from storage.folders import FolderRow
from storage.journal import Arrival

LATE = BY_DAY + timedelta(minutes=16)
Act = Callable[[Transaction], object]


def status(house: House) -> dict[str, object]:
    with house.database.view() as view:
        return health.status_json(view, house.desk.office, house.clock.now())


def problems(house: House, *acts: Act, at: datetime = LATE) -> list[str]:
    """What is wrong at an instant, after `acts`, in a house whose tick has just been at work."""
    with house.database.transaction(Step.OPERATOR) as transaction:
        pulse.beat(transaction, "tick", at)
        for act in acts:
            act(transaction)
    house.clock.at = at
    found = status(house)
    assert found["ok"] == (not found["problems"])
    return [str(one) for one in found["problems"]]  # type: ignore[attr-defined]


def beats(transaction: Transaction) -> None:
    for name in health.LOOPS:
        pulse.beat(transaction, name, LATE)


def arrives(transaction: Transaction) -> None:
    journal.add(
        transaction, "INBOX", 7, Place.INBOX, [Arrival("id", 1, BY_DAY, 3, b"raw", False, JournalState.WAITING)], BY_DAY
    )


def looks(behind: bool) -> Act:
    row = FolderRow("INBOX", 7, 9, LATE, 3, 1 if behind else 3, 0, BY_DAY if behind else None)
    return lambda transaction: folders.save(transaction, row)


def fails(state: OutboxState, role: Role) -> Act:
    def act(transaction: Transaction) -> None:
        transaction.connection.exec_driver_sql(
            "UPDATE outbox SET state = ?, next_attempt_at = 200000000000000000 WHERE role = ?", (state, role)
        )

    return act


def test_an_installation_at_work_has_no_problem(house: House) -> None:
    assert problems(house, beats, looks(False)) == []


def test_a_database_on_which_nothing_ever_ran_is_not_well(house: House) -> None:
    assert status(house)["problems"] == ["daemon: mailbot has never run on this database; start `mailbot run`"]
    assert status(house)["ages"] == {"watch": None, "deliver": None, "tick": None}


def test_where_no_loop_works_any_more_one_line_asks_for_the_daemon(house: House) -> None:
    found = problems(house, *(lambda t, name=name: pulse.beat(t, name, BY_DAY) for name in health.LOOPS))  # type: ignore[misc]
    assert found == ["daemon: no loop has finished a round for 16 minutes; does `mailbot run` run?"]


def test_a_clock_that_stands_before_the_last_rounds_is_a_problem_of_its_own(house: House) -> None:
    assert problems(house, beats, at=LATE - timedelta(minutes=2)) == []
    (one,) = problems(house, beats, at=LATE - timedelta(minutes=3))
    assert one.startswith("clock: ")
    with house.database.transaction(Step.OPERATOR) as transaction:
        pulse.raise_problem(transaction, "clock", "the clock jumped", BY_DAY)
    assert [one.partition(":")[0] for one in status(house)["problems"]] == ["clock", "clock"]  # type: ignore[attr-defined]


def test_what_is_wrong_with_the_machine_is_said_too(house: House) -> None:
    with house.database.transaction(Step.OPERATOR) as transaction:
        beats(transaction)
    house.clock.at = LATE
    with house.database.view() as view:
        found = health.status_json(view, house.desk.office, LATE, ["disk: 3 MB are left"])
    assert found["ok"] is False
    assert found["problems"] == ["disk: 3 MB are left"]


@pytest.mark.parametrize(
    ("acts", "word"),
    [
        ([lambda t: pulse.beat(t, "watch", BY_DAY)], "watch: the loop has not finished a round for 16 minutes"),
        ([lambda t: pulse.beat(t, "deliver", BY_DAY)], "deliver: the loop has not finished"),
        ([lambda t: pulse.beat(t, "tick", BY_DAY)], "tick: the loop has not finished"),
        (
            [lambda t: pulse.raise_problem(t, "loop:watch", "login refused", BY_DAY)],
            "loop:watch: login refused (since ",
        ),
        ([arrives], "process: 1 messages wait for over 15 minutes"),
        ([looks(True)], "watch: 2 messages of INBOX are not journaled"),
        ([arrives, lambda t: notices.defer(t, "id", BY_DAY)], "tick: 1 messages wait to be told to staff"),
    ],
)
def test_each_thing_that_is_wrong_has_its_sentence(house: House, acts: list[Act], word: str) -> None:
    assert any(one.startswith(word) for one in problems(house, *acts))


@pytest.mark.parametrize(
    "acts",
    [
        [lambda t: pulse.beat(t, "watch", BY_DAY)],
        [arrives],
        [looks(True)],
        [arrives, lambda t: notices.defer(t, "id", BY_DAY)],
    ],
    ids=["loop", "message", "folder", "summary"],
)
def test_within_fifteen_minutes_it_is_no_problem_yet(house: House, acts: list[Act]) -> None:
    assert problems(house, *acts, at=BY_DAY + timedelta(minutes=15)) == []


def test_a_problem_keeps_its_beginning_and_is_gone_when_it_is_over(house: House) -> None:
    (one,) = problems(house, lambda t: pulse.raise_problem(t, "clock", "jumped", BY_DAY))
    (same,) = problems(house, lambda t: pulse.raise_problem(t, "clock", "jumped", LATE))
    assert one == same
    assert problems(house, lambda t: pulse.end_problem(t, "clock")) == []


@pytest.mark.parametrize("state", [OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.BOUNCED])
def test_a_letter_to_staff_that_did_not_arrive_is_a_problem_since_no_letter_can_tell_of_it(
    house: House, state: OutboxState
) -> None:
    handle(house, "requester", a_reading())
    found = problems(house, fails(state, Role.STAFF), fails(OutboxState.SENT, Role.REQUESTER))
    assert found == ["outbox: 2 messages to staff did not arrive"]


def test_letters_that_wait_to_be_sent_are_a_problem_after_fifteen_minutes(house: House) -> None:
    handle(house, "requester", a_reading())
    assert problems(house, at=BY_DAY + timedelta(minutes=15)) == []
    assert problems(house) == ["deliver: 3 messages could not be sent for over 15 minutes"]


def test_a_damaged_database_is_a_problem(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "damage", lambda _: "quick_check")
    assert problems(house)[0].startswith("database: it is damaged")


def test_the_numbers_agree_with_the_journal_the_outbox_and_the_looks(house: House) -> None:
    handle(house, "requester", a_reading())
    handle(house, "nobody", a_reading(reason="from-several"))
    with house.database.transaction(Step.OPERATOR) as transaction:
        put(transaction, BY_DAY, a_reading())
        looks(False)(transaction)
        folders.save(transaction, FolderRow("Junk", 7, 9, BY_DAY, 2, 1, 4, None))
        pulse.beat(transaction, "watch", BY_DAY - timedelta(seconds=5))
    found = status(house)
    assert found["journal"] == {"waiting": 1, "processed": 1, "quarantined": 1, "seen_before": 0, "imported": 0}
    assert found["reconciled"] == {"at": LATE.astimezone(), "on_server": 5, "in_journal": 4, "vanished": 4}
    assert found["cases"] == {"open": 1, "waiting": 0, "closed": 0}
    assert found["ages"] == {"watch": 5.0, "deliver": None, "tick": None}
    assert found["outbox"] == dict.fromkeys(map(str, OutboxState), 0) | {"queued": 5}
    with house.database.view() as view:
        assert sum(outbox.counts(view).values()) == 5


def test_follow_ups_are_counted_when_they_are_due_on_the_offices_clock(house: House) -> None:
    handle(house, "requester", a_reading())
    assert status(house)["followups_due"] == 0
    house.clock.at = BY_DAY + timedelta(days=7)
    with house.database.view() as view:
        (case,) = cases.all_cases(view)
        assert status(house)["followups_due"] == len(followups.of_case(view, case.id)) > 0
