"""A call that was agreed, and how it went (LETTERS, G2)."""

from __future__ import annotations

import re

import pytest
from commands.desk import Desk
from loops.house import office
from support.mails import text_of

from mailbot.casework import due
from mailbot.commands import CommandError
from mailbot.steps import Step
from storage import followups, outbox, records
from storage.cases import Case
from storage.records import Kind


def planned(desk: Desk, case: Case) -> list[str]:
    with desk.house.database.view() as view:
        return [row.due_wall for row in followups.of_case(view, case.id) if row.kind == "call"]


def outcomes(desk: Desk, case: Case) -> list[str]:
    with desk.house.database.view() as view:
        return [one.value["outcome"] for one in records.of_case(view, case.id, Kind.CALL)]


@pytest.mark.parametrize("outcome", ["reached", "missed", "message"])
def test_how_a_call_went_ends_the_calls_of_the_day_and_leaves_the_others(desk: Desk, outcome: str) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#call today 14:00\n#call friday 10:00", about)
    assert planned(desk, about[0]) == ["2026-11-24T14:00", "2026-11-27T10:00"]
    (said,) = desk.say(f"#call {outcome.title()}", about)
    assert "Calls that are still planned: 1." in said
    assert planned(desk, about[0]) == ["2026-11-27T10:00"]
    assert outcomes(desk, about[0]) == [outcome]


def test_a_missed_call_offers_another_one(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    (said,) = desk.say("#call missed", about)
    assert said.endswith("#call tomorrow 10:00")
    (said,) = desk.say("#call reached", about)
    assert "#call" not in said


@pytest.mark.parametrize(("phone", "warned"), [("", True), ("voicemail no", True), ("voicemail yes", False)])
def test_a_message_left_where_none_may_be_left_is_recorded_and_said(desk: Desk, phone: str, warned: bool) -> None:
    about = desk.case_of("alex@example.net")
    desk.say(f"#contact phone 250-555-0100 weekdays 10 to 12 {phone}", about)
    (said,) = desk.say("#call message", about)
    assert ("think about who may hear it" in said) is warned
    assert outcomes(desk, about[0]) == ["message"]


def test_when_a_call_is_due_its_mail_has_number_safe_hours_and_the_outcomes_to_tap(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#take\n#contact phone 250-555-0100 weekdays 10 to 12\n#call today 14:00", about)
    desk.house.clock.at = office("2026-11-24 14:00")
    with desk.house.database.transaction(Step.OPERATOR) as transaction:
        due.tell_due(transaction, desk.house.desk, desk.house.clock.now())
    with desk.house.database.view() as view:
        mails = [outbox.content(view, row) or b"" for row in desk.house.outbox() if row.letter == "staff-due"]
    (text,) = {one for one in map(_plain, mails) if "A call is due" in one}
    assert "Call: 250-555-0100, weekdays 10 to 12; leave no message." in text
    for tap in ("reached", "missed", "message"):
        assert f"%23call%20{tap}" in text


def _plain(mail: bytes) -> str:
    return text_of(mail).split("mailto:", 1)[0] + "".join(re.findall(r"body=\S+", text_of(mail)))


@pytest.mark.parametrize("typed", ["", "reachd", "reached friday", "maybe"])
def test_what_is_neither_an_instant_nor_an_outcome_is_refused(desk: Desk, typed: str) -> None:
    with pytest.raises(CommandError) as refused:
        desk.say(f"#call {typed}", desk.case_of("alex@example.net"))
    assert refused.value.nearest.startswith("#call ")
