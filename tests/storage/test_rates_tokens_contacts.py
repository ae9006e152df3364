"""Counts of the last hour, secrets and what they are good for, and addresses that said STOP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from loops.house import BY_DAY

from mailbot.model import Purpose, Role
from mailbot.steps import Step
from storage import cases, contacts, notices, rates, tokens
from storage.database import Database


@pytest.mark.parametrize(("minutes", "counted"), [(0, 3), (30, 3), (60, 3), (62, 0), (-5, 0)])
def test_a_count_holds_for_sixty_minutes_and_a_little_more(database: Database, minutes: int, counted: int) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        rates.count(transaction, "sends", BY_DAY)
        rates.count(transaction, "sends", BY_DAY, 2)
        rates.count(transaction, "other", BY_DAY)
        assert rates.in_last_hour(transaction, "sends", BY_DAY + timedelta(minutes=minutes)) == counted


def test_within_any_sixty_minutes_nothing_is_forgotten(database: Database) -> None:
    at = BY_DAY.replace(second=59)
    with database.transaction(Step.OPERATOR) as transaction:
        rates.count(transaction, "sends", at)
        assert rates.in_last_hour(transaction, "sends", at + timedelta(minutes=59, seconds=59)) == 1


def test_counts_older_than_a_day_are_thrown_away(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        for days in range(4):
            rates.count(transaction, "sends", BY_DAY + timedelta(days=days))
        assert transaction.connection.exec_driver_sql("SELECT count(*) FROM sent_count").scalar() == 2


def test_a_secret_is_known_in_any_letter_case_and_says_what_it_is_good_for(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        tokens.give(transaction, "abc", Purpose.ANSWER, conversation_id="c", outbox_id="o", member="dana")
        (row,) = tokens.known(transaction, ["ABC", "abd", "ab", ""]).values()
        assert row == tokens.TokenRow(
            Purpose.ANSWER, "c", "o", transaction.keys.hash("member", "dana"), leaked=False, retired_at=None
        )
        assert tokens.known(transaction, []) == {}


def test_the_token_table_holds_no_secret(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        tokens.give(transaction, "thesecretitself", Purpose.CONVERSATION, conversation_id="c")
        stored = transaction.connection.exec_driver_sql("SELECT * FROM token").all()
    assert "thesecretitself" not in str(stored)


def test_leaked_and_retired_are_the_conversations_own_secrets_not_those_of_staff(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        tokens.give(transaction, "person", Purpose.CONVERSATION, conversation_id="c")
        tokens.give(transaction, "other", Purpose.CONVERSATION, conversation_id="d")
        tokens.give(transaction, "staff", Purpose.ANSWER, conversation_id="c", member="dana")
        tokens.mark_leaked(transaction, "c")
        tokens.retire(transaction, "c", BY_DAY)
        found = tokens.known(transaction, ["person", "other", "staff"])
    assert {name: (row.leaked, row.retired_at) for name, row in found.items()} == {
        "person": (True, BY_DAY), "other": (False, None), "staff": (False, None)}  # fmt: skip


def test_a_secret_that_is_replaced_seals_the_new_one_and_says_so(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        case = cases.open_case(transaction, "en", "cause", BY_DAY)
        old = cases.open_conversation(transaction, case.id, Role.REQUESTER, "alex@example.net", "cause", BY_DAY)
        new = cases.replace_token(transaction, old, "cause", BY_DAY)
        assert new.token != old.token
        assert cases.find_conversation(transaction, old.id) == new
        assert cases.conversations_with(transaction, "alex@example.net") == [(old.id, case.id, Role.REQUESTER)]
        assert cases.find_by_reference(transaction, case.reference.lower()) == case


def test_a_reference_that_is_taken_is_drawn_anew(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["AAAAAA", "AAAAAA", "BBBBBB"])
    monkeypatch.setattr(cases, "new_reference", lambda: next(drawn))
    with database.transaction(Step.OPERATOR) as transaction:
        found = [cases.open_case(transaction, "en", "cause", BY_DAY).reference for _ in range(2)]
    assert found == ["AAAAAA", "BBBBBB"]


def test_a_stop_for_ever_is_never_shortened_and_one_for_a_day_ends(database: Database) -> None:
    tomorrow = BY_DAY + timedelta(hours=24)
    with database.transaction(Step.OPERATOR) as transaction:
        contacts.stop(transaction, "alex@example.net", tomorrow, "cause", BY_DAY)
        assert contacts.is_stopped(transaction, "alex@example.net", tomorrow - timedelta(seconds=1))
        assert not contacts.is_stopped(transaction, "alex@example.net", tomorrow)
        assert not contacts.is_stopped(transaction, "kim@example.net", BY_DAY)
        contacts.stop(transaction, "alex@example.net", None, "cause", BY_DAY)
        contacts.stop(transaction, "alex@example.net", tomorrow, "cause", BY_DAY)
        assert contacts.is_stopped(transaction, "alex@example.net", tomorrow + timedelta(days=999))


def test_a_message_waits_once_for_the_summary(database: Database) -> None:
    with database.transaction(Step.OPERATOR) as transaction:
        for _ in range(2):
            notices.defer(transaction, "message", BY_DAY)
        assert transaction.connection.exec_driver_sql("SELECT count(*) FROM pending_notice").scalar() == 1
