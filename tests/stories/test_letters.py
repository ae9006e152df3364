"""Staff send a letter of the house with `#letter`: what leaves, when, and what never does. By the mail that arrived."""

from __future__ import annotations

from pathlib import Path

from stories.played import ALEX, BLAKE, Story, read

from mailbot.demo.servers import EmbeddedServers

FIRST = "Someone is writing to my family about me."
WORDS = "Hello Alex,\n\nyou can call us, or stay with mail. You choose."
CHECK = "Before we write more, we would like to know how best to reach you."


def test_a_letter_leaves_below_the_member_s_words_at_the_opening_as_its_receipt_showed_it(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded, grace_minutes=0)
    asked = story.writes(ALEX, FIRST, "2026-11-24 23:10:00")
    notice = story.told("dana", FIRST)
    story.answers("dana", notice, f"#letter safety-check\n\n{WORDS}", "2026-11-24 23:40:00")
    receipt = read(story.told("dana", "The exact words"))
    assert "Your answer leaves on Wednesday, November 25, 2026, at 8:30 a.m., Pacific time." in receipt
    assert "The letter safety-check goes out below your words." in receipt

    story.passes("2026-11-25 08:29:59")
    story.letters(ALEX, 1)
    story.passes("2026-11-25 08:30:00")
    letter = story.letters(ALEX, 2)[-1]
    text = read(letter)
    assert text.startswith(f"{WORDS}\n\n{CHECK}")
    assert "\n".join(f"> {line}".rstrip() for line in text.rstrip().split("\n")) in receipt
    assert letter["Subject"] == "Reply to your message"
    assert letter["In-Reply-To"] == asked
    assert letter["Auto-Submitted"] is None


def test_a_plain_letter_leaves_in_office_hours_once_mail_is_recorded_safe_and_never_before(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded, grace_minutes=0)
    story.writes(ALEX, FIRST, "2026-11-24 10:00:00")
    notice = story.told("dana", FIRST)
    story.answers("dana", notice, f"#letter options-adult\n\n{WORDS}", "2026-11-24 10:10:00")
    refusal = read(story.told("dana", "Nothing was done, and nothing was sent."))
    assert "Mail to this person is not recorded safe, and this letter speaks plainly." in refusal
    assert "> #contact safe" in refusal
    story.passes("2026-11-25 08:30:00")
    story.letters(ALEX, 1)

    story.taps("dana", notice, "Mail is safe for this person", "2026-11-25 16:40:00")
    story.answers("dana", notice, "#letter options-adult", "2026-11-25 16:45:00")
    receipt = read(story.told("dana", "The letter options-adult goes out."))
    assert story.held() == ["2026-11-26T08:30:00-07:00"]
    story.passes("2026-11-26 08:29:59")
    story.letters(ALEX, 1)
    story.passes("2026-11-26 08:30:00")
    letter = story.letters(ALEX, 2)[-1]
    text = read(letter)
    assert text.startswith("You can choose what happens next. There is no right or wrong choice here")
    for word in ("**", "A site.", "The tribunal.", "The police.", "Nothing for now."):
        assert (word in text) is (word != "**")
    assert text.rstrip().endswith("Our hours are 8:30 a.m. to 4:30 p.m., Pacific time.")
    assert "\n".join(f"> {line}".rstrip() for line in text.rstrip().split("\n")) in receipt
    assert (letter["Subject"], letter["Auto-Submitted"]) == ("Reply to your message", None)


def test_new_mail_at_night_stops_a_letter_and_discreet_keeps_it_from_ever_leaving(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded, grace_minutes=0)
    story.writes(ALEX, FIRST, "2026-11-24 20:00:00")
    notice = story.told("dana", FIRST)
    story.answers("dana", notice, "#contact safe\n#letter extortion", "2026-11-24 21:00:00")
    (acknowledgement,) = story.letters(ALEX, 1)
    story.writes(ALEX, "He reads this.", "2026-11-25 02:00:00", answers=acknowledgement)
    assert story.held() == [None]
    again = story.told("dana", "He reads this.")
    story.answers("dana", again, "#contact discreet", "2026-11-25 08:40:00")
    assert "Please decide: an answer waits." in read(again)
    story.taps("dana", again, "Send it now", "2026-11-25 08:45:00")
    story.told("dana", "Contact with this person is discreet: only a letter that says little may go.")
    story.passes("2026-11-26 08:30:00")
    story.letters(ALEX, 1)
    assert story.held() == [None]


def test_what_is_recorded_between_the_act_and_the_opening_stops_the_letter(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    """A letter for 17 and under waits; then the age turns out to be 18."""
    story = Story(tmp_path, embedded, grace_minutes=0)
    story.writes(ALEX, FIRST, "2026-11-24 20:00:00")
    notice = story.told("dana", FIRST)
    words = "#contact safe\n#stream youth age 17\n#letter referral-youth"
    story.answers("dana", notice, words, "2026-11-24 21:00:00")
    assert story.held() == ["2026-11-25T08:30:00-07:00"]
    story.answers("dana", notice, "#stream youth age 18", "2026-11-24 21:30:00")
    story.passes("2026-11-25 08:30:00")
    story.letters(ALEX, 1)
    assert story.held() == [None]
    held = read(story.told("dana", "It waits because what is on record has changed."))
    assert "This letter is for people of 17 or under, and the age on record is 18." in held
    story.answers("dana", notice, "#letter referral-18", "2026-11-25 09:00:00")
    letter = read(story.letters(ALEX, 2)[-1])
    assert "You decide who helps you, and who knows." in letter
    assert "Child Protection" not in letter


def test_a_guardian_reads_what_the_young_person_allows_and_no_more(tmp_path: Path, embedded: EmbeddedServers) -> None:
    story = Story(tmp_path, embedded, grace_minutes=0)
    story.writes(ALEX, FIRST, "2026-11-24 10:00:00")
    notice = story.told("dana", FIRST)
    story.answers("dana", notice, f"#guardian permit {BLAKE} that you can call us", "2026-11-24 10:10:00")
    door = story.told("dana", "guardian", BLAKE)
    story.answers("dana", door, "#letter guardian-info", "2026-11-24 10:20:00")
    story.told("dana", "Mail to this person is not recorded safe, and this letter speaks plainly.")
    story.letters(BLAKE, 0)
    story.answers("dana", door, "#contact safe\n#letter guardian-info", "2026-11-24 10:30:00")
    text = read(story.letters(BLAKE, 1)[-1])
    assert text.startswith("A young person said that we may write to you.")
    assert "- that you can call us" in text
    story.answers("dana", notice, f"#guardian refuse {BLAKE}", "2026-11-24 10:40:00")
    story.answers("dana", door, "#letter guardian-info", "2026-11-24 10:50:00")
    story.told("dana", "permission to tell this guardian anything is not on record")
    story.letters(BLAKE, 1)
