"""Caps with a reserve (promise 10): a flood of strangers uses up neither known people's letters nor staff answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from loops.house import BY_DAY

from mailbot.casework import caps
from mailbot.casework.desk import Caps
from mailbot.model import Priority
from mailbot.steps import Step
from storage.database import Database, Transaction


@pytest.mark.parametrize(("cap", "kept"), [(1, 0), (2, 1), (9, 1), (10, 1), (11, 2), (100, 10), (500, 50)])
def test_the_reserve_is_a_tenth_rounded_up_and_never_the_whole(cap: int, kept: int) -> None:
    assert caps.reserve(cap) == kept


def letters(transaction: Transaction, limits: Caps, trusted: bool, most: int = 50) -> int:
    """How many automatic letters leave before the cap."""
    for number in range(most):
        if not caps.room_for_automatic(transaction, limits, trusted, BY_DAY):
            return number
        caps.count_automatic(transaction, trusted, BY_DAY)
    return most


@pytest.mark.parametrize(("limits", "strangers", "known"), [
    (Caps(100, 20, 20), 18, 2), (Caps(100, 20, 5), 5, 15), (Caps(100, 20, 40), 18, 2), (Caps(100, 1, 1), 1, 0),
])  # fmt: skip
def test_strangers_leave_the_reserve_to_known_people(
    database: Database, limits: Caps, strangers: int, known: int
) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        assert letters(transaction, limits, trusted=False) == strangers
        assert letters(transaction, limits, trusted=True) == known
        assert letters(transaction, limits, trusted=False) == 0


def test_known_people_may_use_the_whole_and_take_it_from_strangers(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        assert letters(transaction, Caps(100, 20, 20), trusted=True) == 20
        assert letters(transaction, Caps(100, 20, 20), trusted=False) == 0


@pytest.mark.parametrize("priority", Priority)
def test_staff_answers_and_orders_have_a_reserve_that_nothing_else_uses(database: Database, priority: Priority) -> None:
    limits = Caps(20, 20, 20)
    with database.transaction(Step.OPERATOR) as transaction:
        count = 0
        while caps.room_to_send(transaction, limits, priority, BY_DAY):
            caps.count_send(transaction, priority, BY_DAY)
            count += 1
        assert count == (20 if priority in (Priority.STAFF_ANSWER, Priority.ORDER) else 18)
        assert caps.room_to_send(transaction, limits, Priority.STAFF_ANSWER, BY_DAY) == (count < 20)


def test_an_hour_later_there_is_room_again(database: Database) -> None:
    limits = Caps(1, 1, 1)
    with database.transaction(Step.OPERATOR) as transaction:
        caps.count_send(transaction, Priority.NOTICE, BY_DAY)
        caps.count_automatic(transaction, False, BY_DAY)
        for minutes, room in ((59, False), (60, False), (61, True)):
            later = BY_DAY + timedelta(minutes=minutes)
            assert caps.room_to_send(transaction, limits, Priority.NOTICE, later) is room
            assert caps.room_for_automatic(transaction, limits, False, later) is room


def test_what_never_began_counts_for_nothing_and_leaves_no_credit_behind(database: Database) -> None:
    limits = Caps(1, 1, 1)
    with database.transaction(Step.OPERATOR) as transaction:
        caps.count_send(transaction, Priority.NOTICE, BY_DAY)
        caps.count_automatic(transaction, False, BY_DAY)
        caps.forget_send(transaction, Priority.NOTICE, BY_DAY)
        caps.forget_automatic(transaction, False, BY_DAY)
        for minutes in range(90):
            later = BY_DAY + timedelta(minutes=minutes)
            assert caps.room_to_send(transaction, limits, Priority.NOTICE, later)
            assert caps.room_for_automatic(transaction, limits, False, later)
        assert transaction.connection.exec_driver_sql("SELECT min(count) FROM sent_count").scalar() == 0


def test_staff_answers_take_nothing_from_what_the_others_may_send(database: Database) -> None:
    limits = Caps(20, 20, 20)
    with database.transaction(Step.OPERATOR) as transaction:
        for _ in range(2):
            caps.count_send(transaction, Priority.STAFF_ANSWER, BY_DAY)
        for _ in range(18):
            assert caps.room_to_send(transaction, limits, Priority.NOTICE, BY_DAY)
            caps.count_send(transaction, Priority.NOTICE, BY_DAY)
