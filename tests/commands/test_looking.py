"""Commands that look: lists, an address, one case whole. They change nothing, and it is noted who looked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from commands.desk import Desk
from loops.house import office

from mailbot.commands import CommandError


def test_a_list_names_what_stands_so_and_nothing_else(desk: Desk) -> None:
    mine, about = desk.case_of("alex@example.net")
    other, _ = desk.case_of("kim@example.com")
    desk.say("#take", (mine, about))
    desk.say("#status waiting", (mine, about))
    (found,) = desk.say("#list mine", None)
    assert found.startswith("Your cases: 1.")
    assert f"{mine.reference}: waiting, unknown, with Dana." in found
    assert f"#show {mine.reference}" in found
    assert other.reference not in found
    (found,) = desk.say("#list open", None)
    assert f"{other.reference}: open, unknown, with nobody." in found
    assert mine.reference not in found


def test_overdue_is_an_open_case_in_which_nothing_happened_for_a_business_day(desk: Desk) -> None:
    desk.house.clock.at = office("2026-11-27 10:00")  # a Friday
    case, _ = desk.case_of("alex@example.net")
    desk.house.clock.at = office("2026-11-30 09:59")
    assert desk.say("#list overdue", None) == ("Open cases in which nothing happened for a business day: none.",)
    desk.house.clock.at = office("2026-11-30 10:00")
    (found,) = desk.say("#list overdue", None)
    assert case.reference in found


@pytest.mark.parametrize(("typed", "nearest"), [("opne", "#list open"), ("", "#list mine"), ("everything", "#list")])
def test_another_list_is_refused_with_the_nearest(desk: Desk, typed: str, nearest: str) -> None:
    with pytest.raises(CommandError) as refused:
        desk.say(f"#list {typed}", None)
    assert refused.value.nearest.startswith(nearest)


def test_an_address_is_found_in_the_cases_that_know_it_and_it_is_noted_who_looked(desk: Desk) -> None:
    case, _ = desk.case_of("alex@example.net")
    (found,) = desk.say("#find <Alex@example.net>", None)
    assert f"As requester: {case.reference}: open" in found
    assert desk.acts()[0][1] == "address.looked-up"
    assert desk.say("#find alexx@example.net", None) == ("No case has a conversation with this address.",)
    with desk.house.database.view() as view:
        noted = str(view.connection.exec_driver_sql("SELECT * FROM audit").all())
    assert "alex@example.net" not in noted


def test_a_case_is_shown_whole_with_what_waits_and_what_is_noted(desk: Desk) -> None:
    case, conversation = desk.case_of("alex@example.net")
    desk.say("#note\nCall her sister first.", (case, conversation))
    desk.say("#followup tomorrow 9:00 ask about the form", (case, conversation))
    held = desk.held(conversation, desk.house.clock.now() + timedelta(hours=12))
    for about, typed in ((None, f"#show {case.reference}"), ((case, conversation), "#show")):
        (found,) = desk.say(typed, about)
        assert "Call her sister first." in found
        assert "ask about the form" in found
        assert f"id {held.id}" in found
        assert "Address: alex@example.net" in found
        assert desk.acts()[0][1] == "case.shown"


@pytest.mark.parametrize("typed", ["#show", "#show 222222", "#show alex"])
def test_no_case_or_no_reference_is_refused(desk: Desk, typed: str) -> None:
    desk.case_of("alex@example.net")
    with pytest.raises(CommandError):
        desk.say(typed, None)


def test_the_list_of_open_cases_begins_with_those_whose_words_may_mean_danger(desk: Desk) -> None:
    old, _ = desk.case_of("alex@example.net")
    desk.house.clock.on(hours=1)
    urgent, about = desk.case_of("kim@example.com", text="I want to die.", reply="I want to die.")
    (found,) = desk.say("#list open", None)
    first, _, rest = found.partition("The longest untouched first")
    assert urgent.reference in first.partition("Read these first")[2]
    assert f"{old.reference}: open" not in first.partition("Read these first")[2]
    assert rest.index(old.reference) < rest.index(urgent.reference)
    desk.say("#status waiting", (urgent, about))
    (found,) = desk.say("#list open", None)
    assert "Read these first" not in found
