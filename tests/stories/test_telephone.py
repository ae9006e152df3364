"""A call by mail: the number with its safe hours, the reminder when it is due, and how it went (LETTERS, G2)."""

from __future__ import annotations

from pathlib import Path

from stories.played import ALEX, Story, read

from mailbot.demo.servers import EmbeddedServers


def test_a_call_is_planned_reminded_with_its_number_and_ended_by_a_tap(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded)
    story.writes(ALEX, "Please call me.", "2026-11-24 10:00:00")
    notice = story.told("dana", "Please call me.")
    words = "#contact phone 250-555-0100 weekdays 10 to 12 voicemail no\n#call tomorrow 10:00"
    story.answers("dana", notice, words, "2026-11-24 10:05:00")
    story.told("dana", "The call is noted for Wednesday, November 25, 2026, at 10:00 a.m., Pacific time.")
    story.passes("2026-11-25 09:59:00")
    story.passes("2026-11-25 10:00:00")
    due = story.told("dana", "A call is due.")
    assert "Call: 250-555-0100, weekdays 10 to 12; leave no message." in read(due)
    story.taps("dana", due, "Nobody answered", "2026-11-25 10:03:00")
    missed = story.told("dana", "nobody answered, and no message was left")
    story.taps("dana", missed, "Plan another call", "2026-11-25 10:04:00")
    story.told("dana", "The call is noted for Thursday, November 26, 2026, at 10:00 a.m.")
    story.answers("dana", notice, "#call reached", "2026-11-26 09:50:00")
    story.passes("2026-11-26 10:00:00")
    assert len(story.all_told("dana", "A call is due.")) == 1
    story.letters(ALEX, 1)
