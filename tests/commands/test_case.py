"""Commands about a case: whose it is, where it stands, what is noted and what is due."""

from __future__ import annotations

import pytest
from commands.desk import Desk
from loops.house import office

from mailbot.casework.acting import who
from mailbot.commands import CommandError
from storage import audit, followups, notes


def test_who_takes_a_case_owns_it_and_is_named_in_the_audit(desk: Desk) -> None:
    case, conversation = desk.case_of("alex@example.net")
    assert desk.say("#take", (case, conversation)) == (f"{case.reference} is yours.",)
    with desk.house.database.view() as view:
        assert desk.case(case).owner == view.keys.hash("member", "dana@service.example")
        assert desk.acts()[0] == (who(view, desk.dana), "case.owner")
        assert audit.verify(view).broken_at is None


@pytest.mark.parametrize("typed", ["Noor Smith", "noor smith", "noor", "SMITH", "noor smith@service.example"])
def test_a_case_is_given_to_a_colleague_by_name_or_address(desk: Desk, typed: str) -> None:
    case, conversation = desk.case_of("alex@example.net")
    noor = desk.member("Noor Smith")
    assert desk.say(f"#assign {typed}", (case, conversation)) == (f"{case.reference} is Noor Smith's.",)
    with desk.house.database.view() as view:
        assert desk.case(case).owner == view.keys.hash("member", noor.key)


@pytest.mark.parametrize(("typed", "nearest"), [
    ("Dnaa", "#assign Dana"), ("Sam", "#assign Dana"), ("", "#assign NAME"),
])  # fmt: skip
def test_a_name_that_nobody_on_the_staff_has_is_refused(desk: Desk, typed: str, nearest: str) -> None:
    """Sam is a supervisor only."""
    about = desk.case_of("alex@example.net")
    with pytest.raises(CommandError) as refused:
        desk.say(f"#assign {typed}", about)
    assert refused.value.nearest == nearest
    assert desk.case(about[0]).owner is None


def test_a_first_name_that_two_have_is_refused(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.member("Noor Smith")
    desk.member("Noor Jones")
    with pytest.raises(CommandError, match="Several"):
        desk.say("#assign noor", about)


def test_a_note_is_kept_sealed_with_its_author(desk: Desk) -> None:
    case, conversation = desk.case_of("alex@example.net")
    desk.say("#note\nShe is at canary street.\n\nCall first.", (case, conversation))
    with desk.house.database.view() as view:
        (note,) = notes.of_case(view, case.id)
        assert note.text == "She is at canary street.\n\nCall first."
        assert note.who == who(view, desk.dana)
        assert b"canary" not in view.connection.exec_driver_sql("SELECT sealed_text FROM note").scalar_one()
    assert desk.house.letters() == ["ack-day"]


@pytest.mark.parametrize("words", ["#note", "#note   \n \n"])
def test_an_empty_note_is_refused(desk: Desk, words: str) -> None:
    with pytest.raises(CommandError, match="empty"):
        desk.say(words, desk.case_of("alex@example.net"))


@pytest.mark.parametrize("status", ["open", "waiting", "closed"])
def test_a_status_is_set(desk: Desk, status: str) -> None:
    about = desk.case_of("alex@example.net")
    desk.say(f"#status {status.title()}", about)
    assert desk.case(about[0]).status == status


def test_closing_ends_what_a_rule_wants_and_says_what_stays(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#followup friday ask again", about)
    (sentence,) = desk.say("#status closed", about)
    assert "Follow-ups that stay: 1." in sentence
    with desk.house.database.view() as view:
        assert [one.kind for one in followups.of_case(view, about[0].id)] == ["staff"]


@pytest.mark.parametrize(("typed", "nearest"), [("clsoed", "#status closed"), ("", "#status open|waiting|closed")])
def test_an_unknown_status_is_refused(desk: Desk, typed: str, nearest: str) -> None:
    with pytest.raises(CommandError) as refused:
        desk.say(f"#status {typed}", desk.case_of("alex@example.net"))
    assert refused.value.nearest == nearest


def test_a_follow_up_is_wall_time_zone_and_sealed_words(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    (sentence,) = desk.say("#followup friday 14:30 ask about the canary", about)
    assert sentence == f"{about[0].reference} comes up again Friday, November 27, 2026, at 2:30 p.m., Pacific time."
    with desk.house.database.view() as view:
        (found,) = [one for one in followups.of_case(view, about[0].id) if one.kind == "staff"]
        assert (found.due_wall, found.zone, found.urgent) == ("2026-11-27T14:30", "America/Vancouver", False)
        assert found.who == who(view, desk.dana)
        assert followups.text_of(view, found) == "ask about the canary"
        sealed = "SELECT sealed_text FROM follow_up WHERE kind = 'staff'"
        assert b"canary" not in view.connection.exec_driver_sql(sealed).scalar_one()


@pytest.mark.parametrize(("typed", "nearest"), [
    ("friday", "#followup friday TEXT"),
    ("10 call", "#followup tomorrow 9:00 TEXT"),
    ("", "#followup 2026-11-25 08:30 TEXT"),
])  # fmt: skip
def test_a_follow_up_without_a_clear_time_or_words_is_refused(desk: Desk, typed: str, nearest: str) -> None:
    with pytest.raises(CommandError) as refused:
        desk.say(f"#followup {typed}", desk.case_of("alex@example.net"))
    assert refused.value.nearest == nearest


@pytest.mark.parametrize(("typed", "urgent"), [("tomorrow 10:00", False), ("tomorrow 19:00", True)])
def test_a_call_outside_hours_is_urgent(desk: Desk, typed: str, urgent: bool) -> None:
    about = desk.case_of("alex@example.net")
    desk.say(f"#call {typed}", about)
    with desk.house.database.view() as view:
        (found,) = [one for one in followups.of_case(view, about[0].id) if one.kind == "call"]
    assert found.urgent is urgent


def test_one_wrong_line_undoes_the_whole_message(desk: Desk) -> None:
    """The second line is understood and fails only when it is applied."""
    about = desk.case_of("alex@example.net")
    before = desk.acts()
    with pytest.raises(CommandError) as refused:
        desk.say("#take\n#status closed\n#followup friday x\n#assign Nobody", about)
    assert refused.value.line == "#assign Nobody"
    case = desk.case(about[0])
    assert (case.owner, case.status) == (None, "open")
    assert desk.acts() == before


def test_a_command_for_a_case_is_refused_where_there_is_none(desk: Desk) -> None:
    for words in ("#take", "#note x", "#send now", "#contact stop", "#join ABC234"):
        with pytest.raises(CommandError, match="needs a case"):
            desk.say(words, None)


def test_help_says_every_form_and_one_command_alone(desk: Desk) -> None:
    (every,) = desk.say("#help", None)
    assert "#hold until WHEN [ID]: " in every
    assert "#discard ID: " in every
    (one,) = desk.say("#help #hold", None)
    assert "\n#hold until WHEN [ID]: " in one
    assert "#take" not in one
    with pytest.raises(CommandError) as refused:
        desk.say("#help holt", None)
    assert refused.value.nearest == "#help hold"


def test_the_clock_of_the_receipt_is_the_office_s(desk: Desk) -> None:
    desk.house.clock.at = office("2026-11-27 16:45")
    (sentence,) = desk.say("#call monday 8:30", desk.case_of("alex@example.net"))
    assert sentence == "The call is noted for Monday, November 30, 2026, at 8:30 a.m., Pacific time."
