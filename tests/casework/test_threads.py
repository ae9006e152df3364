"""Old mail as threads: by the headers, within one correspondent, whatever the order it is met in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from mailbot.casework.threads import Old, Thread, together

BEGAN = datetime(2025, 11, 3, 16, tzinfo=UTC)


def old(name: str, *named: str, address: str = "kim@example.org", hours: int = 0, alone: bool = False) -> Old:
    return Old(f"row-{name}", address, BEGAN + timedelta(hours=hours), name, named, alone)


def groups(*messages: Old) -> list[list[str | None]]:
    return [[one.own for one in thread.messages] for thread in together(messages, {})]


def test_an_answer_belongs_to_what_it_names_however_the_messages_are_met() -> None:
    messages = old("a"), old("b", "a", hours=1), old("c", "b", hours=2)
    assert {str(groups(*order)) for order in permutations(messages)} == {str([["a", "b", "c"]])}


def test_two_that_name_the_same_missing_letter_of_ours_belong_together() -> None:
    assert groups(old("b", "ours"), old("c", "ours", hours=1)) == [["b", "c"]]


def test_a_message_that_names_two_threads_makes_them_one() -> None:
    assert groups(old("a"), old("b", hours=1), old("c", "a", "b", hours=2)) == [["a", "b", "c"]]


def test_without_a_name_in_common_messages_stand_apart_oldest_first() -> None:
    assert groups(old("b", hours=2), old("a")) == [["a"], ["b"]]


def test_nobody_joins_another_persons_thread() -> None:
    assert groups(old("a"), old("b", "a", address="lee@example.org", hours=1)) == [["a"], ["b"]]


def test_what_failed_its_proof_stands_alone_and_draws_nobody_in() -> None:
    assert groups(old("a"), old("b", "a", hours=1, alone=True), old("c", "b", hours=2)) == [["a"], ["b"], ["c"]]


def test_messages_without_an_id_of_their_own_are_not_taken_for_each_other() -> None:
    nameless = [Old(str(number), "kim@example.org", BEGAN, None, ()) for number in range(3)]
    assert len(together(nameless, {})) == 3


@pytest.mark.parametrize("known", ["a", "b", "missing"])
def test_a_thread_goes_on_in_the_conversation_that_holds_a_part_of_it(known: str) -> None:
    messages = (old("b", "a", "missing"),)
    assert together(messages, {("kim@example.org", known): "conversation"}) == [Thread(messages, "conversation")]
    assert together(messages, {("lee@example.org", known): "conversation"}) == [Thread(messages, None)]


def test_a_thousand_names_do_not_join_what_the_first_twenty_do_not() -> None:
    greedy = old("greedy", *(f"m{number}" for number in range(1000)), hours=1)
    assert len(together([old("m999"), greedy], {})) == 2
    assert len(together([old("m19"), greedy], {})) == 1
