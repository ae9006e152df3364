"""Who is away, and whose mails come in summaries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from commands.desk import Desk
from loops.house import a_reading, handle, office

from mailbot.commands import CommandError
from storage import notices


def told_of_a_mail(desk: Desk, author: str, **changes: object) -> list[str]:
    """The members to whom a mail brought something."""
    before = {row.id for row in desk.house.outbox()}
    handle(desk.house, "requester", a_reading(author, **changes))  # type: ignore[arg-type]
    rows = [row for row in desk.house.outbox() if row.role == "staff" and row.id not in before]
    with desk.house.database.view() as view:
        names = {view.keys.hash("address", member.address): member.name for member in desk.house.desk.members}
    return sorted(names[row.recipient_hash] for row in rows)


def test_mail_of_a_case_goes_to_everybody_while_its_owner_is_away(desk: Desk) -> None:
    desk.house.clock.at = office("2026-11-24 10:00")
    everybody = told_of_a_mail(desk, "first@example.net")
    assert "Dana" in everybody
    (said,) = desk.say("#away until tomorrow 9:00", None)
    assert "9:00 a.m." in said
    assert told_of_a_mail(desk, "second@example.net") == [name for name in everybody if name != "Dana"]
    desk.say("#away over", None)
    assert told_of_a_mail(desk, "third@example.net") == everybody


def test_an_absence_ends_by_the_clock(desk: Desk) -> None:
    desk.house.clock.at = office("2026-11-24 10:00")
    desk.say("#away until tomorrow 9:00", None)
    desk.house.clock.at = office("2026-11-25 09:00")
    assert "Dana" in told_of_a_mail(desk, "alex@example.net")


def test_where_all_are_away_all_are_told(desk: Desk) -> None:
    everybody = told_of_a_mail(desk, "first@example.net")
    for member in desk.house.desk.members:
        desk.say("#away until in 2 days", None, by=member)
    assert told_of_a_mail(desk, "second@example.net") == everybody


@pytest.mark.parametrize("typed", ["", "until", "until soon", "tomorrow", "over there"])
def test_an_absence_needs_its_end(desk: Desk, typed: str) -> None:
    with pytest.raises(CommandError):
        desk.say(f"#away {typed}", None)


def test_a_muted_address_is_told_of_in_summaries_for_a_day_and_nobody_else_is(desk: Desk) -> None:
    desk.say("#mute Kim@example.com", None)
    assert told_of_a_mail(desk, "kim@example.com") == []
    with desk.house.database.view() as view:
        assert len(notices.deferred(view)) == 1
    assert "Dana" in told_of_a_mail(desk, "alex@example.net")
    desk.house.clock.at += timedelta(hours=24)
    assert "Dana" in told_of_a_mail(desk, "kim@example.com", subject="again")


def test_muting_ends_by_a_word(desk: Desk) -> None:
    desk.say("#mute kim@example.com", None)
    desk.say("#mute kim@example.com over", None)
    assert "Dana" in told_of_a_mail(desk, "kim@example.com")


@pytest.mark.parametrize("typed", ["", "kim", "dana@service.example", "help@service.example", "kim@example.com please"])
def test_only_an_address_outside_can_be_muted(desk: Desk, typed: str) -> None:
    with pytest.raises(CommandError):
        desk.say(f"#mute {typed}", None)
