"""Between an answer and its moment: new mail at the last second, a stale notice, a slip and a second one."""

from __future__ import annotations

from pathlib import Path

from stories.played import ALEX, Story, read
from support.facade import MailServers

FIRST = "Someone is writing to my family about me."
WORDS = "Hello Alex, you can call us, or stay with mail."


def test_a_warning_read_in_the_pass_of_the_release_stops_it(tmp_path: Path, servers: MailServers) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, FIRST, "2026-11-24 23:10:00")
    story.answers("dana", story.told("dana", FIRST), WORDS, "2026-11-24 23:40:00")
    story.writes(ALEX, "He reads this. Please do not write here.", "2026-11-25 08:30:00")
    assert story.held() == [None]
    waits = story.told("dana", "It waits because new mail came from the person")
    subjects = [str(letter["Subject"]) for letter in story.letters(ALEX, 2)]
    assert subjects == ["We received your message", "We received your message"], "by night, and by day"
    story.taps("dana", waits, "Send it now", "2026-11-25 09:00:00")
    assert read(story.letters(ALEX, 3)[-1]).strip() == WORDS


def test_an_answer_to_a_notice_older_than_the_newest_mail_waits(tmp_path: Path, servers: MailServers) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, FIRST, "2026-11-25 10:00:00")
    notice = story.told("dana", FIRST)
    letter = story.letters(ALEX, 1)[-1]
    story.writes(ALEX, "Please do not call me, he answers the telephone.", "2026-11-25 10:05:00", answers=letter)
    story.answers("dana", notice, "We will call you at noon.", "2026-11-25 10:06:00")
    story.passes("2026-11-25 11:00:00")
    assert story.held() == [None]
    story.letters(ALEX, 1)
    story.told("dana", "Your answer waits for you")


def test_every_slip_is_explained_however_soon_it_follows_another(tmp_path: Path, servers: MailServers) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, FIRST, "2026-11-25 10:00:00")
    notice = story.told("dana", FIRST)
    story.answers("dana", notice, "#tke", "2026-11-25 10:01:00")
    story.answers("dana", notice, "#hold until tomorow\n\n" + WORDS, "2026-11-25 10:02:00")
    refusals = story.all_told("dana", "Nothing was done")
    assert [line for mail in refusals for line in read(mail).splitlines() if line.startswith("> #")] == [
        "> #tke",
        "> #take",
        "> #hold until tomorow",
        "> #hold until 2026-11-26 08:30",
    ]
    story.passes("2026-11-25 10:30:00")
    story.letters(ALEX, 1)


def test_who_reads_of_new_mail_in_its_notice_gets_no_second_mail_about_the_answer_that_it_stopped(
    tmp_path: Path, servers: MailServers
) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, FIRST, "2026-11-24 23:10:00")
    letter = story.letters(ALEX, 1)[-1]
    story.answers("dana", story.told("dana", FIRST), WORDS, "2026-11-24 23:40:00")
    story.writes(ALEX, "He reads this. Please do not write here.", "2026-11-25 02:00:00", answers=letter)
    assert story.held() == [None]
    notice = story.told("dana", "He reads this.", "Dana's answer waits because new mail came from the person")
    assert len([mail for mail in story.all_told("dana", "new mail came") if "a letter waits" in read(mail)]) == 0
    story.taps("dana", notice, "Send it now", "2026-11-25 09:00:00")
    assert read(story.letters(ALEX, 2)[-1]).strip() == WORDS


def test_an_answer_slept_over_until_night_leaves_with_the_crisis_lines_and_one_in_its_grace_without(
    tmp_path: Path, servers: MailServers
) -> None:
    """RULES 8: 16:29 leaves, grace turns into no hold; but nobody should read it at night without a number to call."""
    story = Story(tmp_path, servers, grace_minutes=5)
    story.writes(ALEX, FIRST, "2026-11-25 10:00:00")
    notice = story.told("dana", FIRST)
    story.answers("dana", notice, WORDS, "2026-11-25 16:29:00")
    story.passes("2026-11-25 16:34:00")
    assert read(story.letters(ALEX, 2)[-1]).strip() == WORDS
    story.answers("dana", notice, "One more thing.", "2026-11-26 16:29:00")
    story.passes("2026-11-26 22:00:00")
    late = read(story.letters(ALEX, 3)[-1])
    assert late.startswith("One more thing.")
    assert "911" in late
