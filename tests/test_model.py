"""The words as types: the table of moves is sound, random values are as random and as readable as they promise."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from mailbot.model import BASE32, MOVES, OutboxState, Priority, new_id, new_reference, new_secret

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
ENDS = {OutboxState.CANCELLED, OutboxState.COMPLAINED}


def reachable(start: OutboxState) -> set[OutboxState]:
    found, left = {start}, [start]
    while left:
        for state in MOVES[left.pop()] - found:
            found.add(state)
            left.append(state)
    return found


def test_every_state_has_a_row_in_the_table_and_no_state_moves_to_itself() -> None:
    assert set(MOVES) == set(OutboxState)
    assert all(state not in MOVES[state] for state in OutboxState)


def test_what_ended_moves_nowhere_and_everything_else_can_end() -> None:
    assert {state for state in OutboxState if not MOVES[state]} == ENDS
    assert all(reachable(state) & (ENDS | {OutboxState.FAILED, OutboxState.SENT}) for state in OutboxState)


def test_what_may_have_left_never_waits_for_its_first_sending_again() -> None:
    """From sent, delivered or bounced no move leads back to the queue: one answer (promise 3)."""
    waiting = {OutboxState.HELD, OutboxState.QUEUED, OutboxState.SENDING, OutboxState.RETRY}
    for state in (OutboxState.SENT, OutboxState.DELIVERED, OutboxState.DELAYED, OutboxState.BOUNCED, *ENDS):
        assert not reachable(state) & waiting


def test_only_sending_makes_a_letter_sent_or_uncertain() -> None:
    before = {state for state, after in MOVES.items() if OutboxState.UNCERTAIN in after}
    assert before == {OutboxState.SENDING}
    assert {state for state, after in MOVES.items() if OutboxState.SENT in after} == {
        OutboxState.SENDING, OutboxState.UNCERTAIN}  # fmt: skip


def test_an_uncertain_letter_never_becomes_one_that_was_surely_not_sent() -> None:
    assert not MOVES[OutboxState.UNCERTAIN] & {OutboxState.HELD, OutboxState.QUEUED, OutboxState.RETRY}


def test_the_order_under_a_limit_is_the_one_of_the_rules() -> None:
    assert [priority.name for priority in sorted(Priority)] == [
        "STAFF_ANSWER", "ORDER", "NIGHT_LETTER", "NOTICE", "DAY_LETTER", "DIGEST"]  # fmt: skip


def test_a_secret_is_128_random_bits_as_26_small_letters() -> None:
    with patch("mailbot.model.secrets.token_bytes", side_effect=lambda size: bytes([255]) * size) as drawn:
        new_secret()
        drawn.assert_called_once_with(16)
    found = {new_secret() for _ in range(500)}
    assert len(found) == 500
    assert all(re.fullmatch(r"[a-z2-7]{26}", one) for one in found)


def test_secrets_use_every_position() -> None:
    """No position is constant but the last, which holds the three bits that are left over."""
    found = [new_secret() for _ in range(500)]
    assert [len({one[place] for one in found}) for place in range(25)] == [32] * 25
    assert len({one[25] for one in found}) == 8


def test_a_reference_has_six_characters_and_none_that_read_like_another() -> None:
    found = {new_reference() for _ in range(3000)}
    assert all(re.fullmatch(r"[2-9A-HJKMNP-TV-Z]{6}", one) for one in found)
    assert set("".join(found)) == set("23456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_ids_lie_in_the_order_of_their_seconds() -> None:
    ids = [new_id(NOW + timedelta(seconds=number)) for number in range(1000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1000


@pytest.mark.parametrize("year", [1970, 2026, 2100, 3058])
def test_an_id_has_sixteen_opaque_characters_in_every_year(year: int) -> None:
    assert re.fullmatch(f"[{BASE32}]{{16}}", new_id(datetime(year, 1, 2, tzinfo=UTC)))


def test_ids_of_one_second_differ() -> None:
    assert len({new_id(NOW) for _ in range(2000)}) == 2000
