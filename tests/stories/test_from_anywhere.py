"""Commands sent to the service's own address (RULES 9): looking is answered, changing wants one more tap."""

from __future__ import annotations

from pathlib import Path

from stories.played import ALEX, BLAKE, Story, read
from support.mails import first_mail

from mailbot.demo.servers import EmbeddedServers


def commands(story: Story, member: str, words: str, at: str) -> None:
    """A member writes to the service's own address, from a telephone, without a notice at hand."""
    author = f"{member}@service.example"
    story.arrives(first_mail(author, text=words, message_id=f"{at.replace(' ', '.').replace(':', '')}@phone.test"), at)


def test_staff_list_find_and_see_cases_by_mail_and_it_is_noted_who_looked(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded)
    story.writes(ALEX, "Someone has my pictures.", "2026-11-24 10:00:00")
    story.answers("dana", story.told("dana", "pictures"), "#note\nCall first.\n", "2026-11-24 10:01:00")
    (case,) = story.house.json("cases")
    commands(story, "dana", "#list mine", "2026-11-24 10:02:00")
    listed = story.told("dana", "Your cases: 1.")
    story.taps("dana", listed, f"Show {case['reference']}", "2026-11-24 10:03:00")
    assert "Someone has my pictures." in read(story.told("dana", "Private note", "Call first."))
    commands(story, "robin", f"#find {ALEX}", "2026-11-24 10:04:00")
    story.told("robin", f"As requester: {case['reference']}")
    acts = story.house.run("audit", "verify")
    assert acts
    story.letters(ALEX, 1)


def test_a_case_is_opened_after_a_call_and_the_person_hears_only_what_staff_write(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded)
    commands(story, "dana", f"#new {BLAKE}", "2026-11-24 10:00:00")
    offer = story.told("dana", "Nothing was done yet.")
    assert story.house.json("cases") == []
    story.taps("dana", offer, "Yes, do it", "2026-11-24 10:01:00")
    story.taps("dana", offer, "Yes, do it", "2026-11-24 10:02:00")
    assert len(story.house.json("cases")) == 1
    story.letters(BLAKE, 0)
    door = story.told("dana", "Reply to this mail to write to the requester")
    story.answers("dana", door, "Thank you for your call.", "2026-11-24 10:05:00")
    story.passes("2026-11-24 10:15:00")
    (letter,) = story.letters(BLAKE, 1)
    story.writes(BLAKE, "Here I am.", "2026-11-24 10:20:00", answers=letter)
    story.told("dana", "Here I am.")
    assert len(story.house.json("cases")) == 1


def test_who_is_away_is_told_of_nothing_and_a_flood_comes_in_summaries(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded)
    commands(story, "robin", "#away until tomorrow 9:00", "2026-11-24 10:00:00")
    story.taps("robin", story.told("robin", "Nothing was done yet."), "Yes, do it", "2026-11-24 10:01:00")
    story.told("robin", "9:00 a.m.")
    commands(story, "dana", f"#mute {BLAKE}", "2026-11-24 10:02:00")
    story.taps("dana", story.told("dana", "Nothing was done yet."), "Yes, do it", "2026-11-24 10:03:00")
    story.told("dana", "Mails from there come in summaries until")
    story.writes(ALEX, "I need help.", "2026-11-24 10:05:00")
    story.writes(BLAKE, "Again and again.", "2026-11-24 10:06:00")
    story.passes("2026-11-24 10:25:00")
    story.told("dana", "I need help.")
    assert str(story.told("dana", "single notices")["Subject"]) == "[summary] Many messages came"
    for member, words in (("robin", "I need help."), ("dana", "Again and again."), ("robin", "Again and again.")):
        assert not any(words.encode() in raw for raw in embedded.mailbox(member))
    story.letters(BLAKE, 1)
