"""`#send now`, `#hold until`, `#cancel`: which letter is meant, and what refuses (RULES 8)."""

from __future__ import annotations

import pytest
from commands.desk import UNTIL, Desk
from loops.house import office

from mailbot.casework.acting import who
from mailbot.commands import CommandError


def test_the_only_letter_held_is_meant_without_an_id(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    row = desk.held(about[1], office(UNTIL))
    assert desk.say("#send now", about) == ("The letter leaves now.",)
    assert desk.row(row.id).state == "queued"
    with desk.house.database.view() as view:
        assert desk.acts()[0] == (who(view, desk.dana), "outbox.sent-now")


def test_outside_hours_the_receipt_says_that_crisis_lines_are_added(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.held(about[1], office(UNTIL))
    desk.house.clock.at = office("2026-11-24 20:00")
    assert "crisis lines" in desk.say("#send now", about)[0]


def test_a_letter_waits_until_the_hour_named(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    row = desk.held(about[1], office(UNTIL))
    (sentence,) = desk.say(f"#hold until friday 14:30 {row.id.upper()}", about)
    assert sentence == "The letter waits until Friday, November 27, 2026, at 2:30 p.m., Pacific time."
    assert desk.row(row.id).release_wall == "2026-11-27T14:30:00"


@pytest.mark.parametrize(("typed", "nearest"), [
    ("saturday 10:00", "#hold until 2026-11-30 08:30"),
    ("tomorrow 16:30", "#hold until 2026-11-26 08:30"),
    ("tomorrow 9", "#hold until tomorrow 9:00"),
])  # fmt: skip
def test_a_letter_is_held_until_an_office_hour_alone(desk: Desk, typed: str, nearest: str) -> None:
    about = desk.case_of("alex@example.net")
    row = desk.held(about[1], office(UNTIL))
    with pytest.raises(CommandError) as refused:
        desk.say(f"#hold until {typed}", about)
    assert refused.value.nearest == nearest
    assert desk.row(row.id).release_wall == "2026-11-26T08:30:00"


@pytest.mark.parametrize("words", ["#hold", "#hold friday", "#hold until", "#send", "#send later", "#send now please"])
def test_half_a_sending_command_is_refused(desk: Desk, words: str) -> None:
    with pytest.raises(CommandError):
        desk.say(words, desk.case_of("alex@example.net"))


def test_the_answer_below_is_meant_first_but_not_by_cancel(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    old, new = desk.held(about[1], office(UNTIL)), desk.held(about[1], office(UNTIL))
    desk.say("#send now", about, letter=old.id, below=new.id)
    assert (desk.row(old.id).state, desk.row(new.id).state) == ("held", "queued")
    desk.say("#cancel", about, letter=old.id, below=new.id)
    assert (desk.row(old.id).state, desk.row(new.id).state) == ("cancelled", "queued")


def test_the_letter_of_the_receipt_is_meant_where_several_wait(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    first, second = desk.held(about[1], office(UNTIL)), desk.held(about[1], office(UNTIL))
    with pytest.raises(CommandError, match="Several"):
        desk.say("#cancel", about)
    desk.say("#cancel", about, letter=first.id)
    assert (desk.row(first.id).state, desk.row(second.id).state) == ("cancelled", "held")


def test_a_receipt_whose_letter_left_means_no_other_one(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    gone, waits = desk.held(about[1], office(UNTIL)), desk.held(about[1], office(UNTIL))
    desk.say(f"#send now {gone.id}", about)
    with pytest.raises(CommandError, match="does not wait any more"):
        desk.say("#cancel", about, letter=gone.id)
    assert desk.row(waits.id).state == "held"


def test_an_answer_to_a_notice_means_the_only_letter_held(desk: Desk) -> None:
    """What an answered notice speaks of is the notice itself, which is no letter to a person."""
    about = desk.case_of("alex@example.net")
    row = desk.held(about[1], office(UNTIL))
    notice = next(one for one in desk.house.outbox() if one.role == "staff")
    desk.say("#cancel", about, letter=notice.id)
    assert desk.row(row.id).state == "cancelled"


def test_with_nothing_held_a_sending_command_is_refused(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    for words in ("#send now", "#hold until friday", "#cancel"):
        with pytest.raises(CommandError, match="No letter waits"):
            desk.say(words, about)


def test_an_id_of_another_case_gets_the_same_words_as_one_that_does_not_exist(desk: Desk) -> None:
    about, other = desk.case_of("alex@example.net"), desk.case_of("kim@example.org")
    row = desk.held(other[1], office(UNTIL))
    said = []
    for named in (row.id, "a2abcdefghijklmn"):
        with pytest.raises(CommandError) as refused:
            desk.say(f"#cancel {named}", about)
        said.append((refused.value.reason, refused.value.nearest))
    assert said[0] == said[1]
    assert desk.row(row.id).state == "held"


def test_two_commands_for_one_letter_under_two_names_do_nothing(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    row = desk.held(about[1], office(UNTIL))
    with pytest.raises(CommandError):
        desk.say(f"#cancel\n#send now {row.id}", about)
    assert desk.row(row.id).state == "held"
