"""Staff press Reply; the office clock decides when it leaves (RULES 7 and 8). By the mail that arrived."""

from __future__ import annotations

from pathlib import Path

import pytest
from stories.played import ALEX, Story, read
from support.facade import MailServers

WORDS = "Hello Alex,\n\nyou can call us, or stay with mail. You choose."
SECOND = "Hello Alex,\n\nhere is another answer."
FIRST = "Someone is writing to my family about me."
CHRISTMAS = "[hours]\nclosures = [" + ", ".join(f"2026-12-{day}" for day in range(24, 30)) + "]"


def test_an_answer_waits_for_the_opening_the_reply_joins_and_a_second_answer_is_stopped(
    tmp_path: Path, servers: MailServers
) -> None:
    story = Story(tmp_path, servers)
    asked = story.writes(ALEX, FIRST, "2026-11-24 23:10:00")
    story.letters(ALEX, 1)
    notices = {member: story.told(member, FIRST) for member in ("dana", "robin")}

    story.answers("dana", notices["dana"], WORDS, "2026-11-24 23:40:00")
    receipt = read(story.told("dana", "The exact words"))
    assert "Your answer leaves on Wednesday, November 25, 2026, at 8:30 a.m., Pacific time." in receipt
    assert "To the requester of case" in receipt
    assert "\n".join(f"> {line}".rstrip() for line in WORDS.split("\n")) in receipt
    for link in ("Send it now", "Hold it until tomorrow", "Cancel it"):
        assert f"- {link}: mailto:" in receipt
    story.told("robin", "Dana has this case now.")

    story.passes("2026-11-25 08:29:59")
    story.letters(ALEX, 1)
    assert story.held() == ["2026-11-25T08:30:00-07:00"]
    story.passes("2026-11-25 08:30:00")
    answer = story.letters(ALEX, 2)[-1]
    assert (read(answer).strip(), answer["In-Reply-To"]) == (WORDS, asked)
    assert "Dana" not in str(answer["From"])
    assert answer["Date"].datetime.isoformat() == "2026-11-25T08:30:00-07:00"

    story.writes(ALEX, "Thank you. When can I call?", "2026-11-25 09:00:00", answers=answer)
    joined = story.told("dana", "When can I call?")
    assert read(joined).startswith("In a case, from a requester.")
    assert joined["Subject"] == notices["dana"]["Subject"]

    story.answers("robin", notices["robin"], SECOND, "2026-11-25 09:05:00")
    stopped = story.told("robin", "Your answer waits for you: Dana answered first.")
    assert story.held() == [None]
    story.taps("robin", stopped, "Cancel it", "2026-11-25 09:06:00")
    story.told("robin", "The letter is cancelled. It does not leave.")
    story.passes("2026-11-26 08:30:00")
    assert story.held() == []
    story.letters(ALEX, 2)


def test_grace_does_not_turn_into_a_hold_but_half_past_four_is_night(tmp_path: Path, servers: MailServers) -> None:
    """What arrived at 16:29:59 leaves five minutes later, though the office is closed by then. A day long past: no mail
    server takes an arrival from the future.
    """
    story = Story(tmp_path, servers, grace_minutes=5)
    story.writes(ALEX, FIRST, "2026-03-10 10:00:00")
    notice = story.told("dana", FIRST)
    story.answers("dana", notice, WORDS, "2026-03-10 16:29:59", read_at="2026-03-10 16:31:00")
    assert story.held() == ["2026-03-10T16:34:59-07:00"]
    story.answers("dana", notice, SECOND, "2026-03-10 16:30:00", read_at="2026-03-10 16:32:00")
    story.passes("2026-03-10 16:34:58")
    story.letters(ALEX, 1)
    story.passes("2026-03-10 16:34:59")
    assert read(story.letters(ALEX, 2)[-1]).strip() == WORDS
    assert story.held() == ["2026-03-11T08:30:00-07:00"]
    story.passes("2026-03-11 08:30:00")
    assert read(story.letters(ALEX, 3)[-1]).strip() == SECOND


@pytest.mark.parametrize(
    ("wrote", "answered", "waits", "leaves", "more"),
    [
        ("2026-11-27 10:00", "2026-11-27 20:00", ["2026-11-28 08:30", "2026-11-29 12:00"], "2026-11-30 08:30", ""),
        (
            "2026-12-23 10:00",
            "2026-12-23 17:00",
            ["2026-12-24 08:30", "2026-12-29 12:00"],
            "2026-12-30 08:30",
            CHRISTMAS,
        ),
        ("2026-12-30 10:00", "2026-12-31 16:30", ["2027-01-01 08:30", "2027-01-03 12:00"], "2027-01-04 08:30", ""),
    ],
    ids=["a weekend", "closures", "the new year, seven hours behind UTC"],
)
def test_an_answer_waits_over_days_on_which_the_office_stays_closed(
    tmp_path: Path, servers: MailServers, wrote: str, answered: str, waits: list[str], leaves: str, more: str
) -> None:
    story = Story(tmp_path, servers, more=more)
    story.writes(ALEX, FIRST, f"{wrote}:00")
    story.answers("dana", story.told("dana", FIRST), WORDS, f"{answered}:00")
    assert story.held() == [f"{leaves.replace(' ', 'T')}:00-07:00"]
    for at in waits:
        story.passes(f"{at}:00")
    story.passes(f"{leaves.replace('08:30', '08:29')}:59")
    story.letters(ALEX, 1)
    story.passes(f"{leaves}:00")
    assert read(story.letters(ALEX, 2)[-1]).strip() == WORDS


def test_an_answer_sent_now_at_night_ends_with_the_crisis_lines(tmp_path: Path, servers: MailServers) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, FIRST, "2026-11-24 23:10:00")
    story.answers("dana", story.told("dana", FIRST), f"#send now\n\n{WORDS}", "2026-11-24 23:20:00")
    answer = read(story.letters(ALEX, 2)[-1])
    assert answer.startswith(WORDS)
    assert "If someone is in danger now, call 911." in answer
    assert "VictimLinkBC" in answer
    story.told("dana", "The letter leaves now. It is outside office hours, so it ends with crisis lines.")


def test_new_mail_at_night_stops_the_answer_and_a_tap_lets_it_go(tmp_path: Path, servers: MailServers) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, FIRST, "2026-11-24 20:00:00")
    story.answers("dana", story.told("dana", FIRST), WORDS, "2026-11-24 21:00:00")
    (letter,) = story.letters(ALEX, 1)
    story.writes(ALEX, "Please wait. He is here.", "2026-11-25 02:00:00", answers=letter)
    story.passes("2026-11-25 08:30:00")
    story.letters(ALEX, 1)
    assert story.held() == [None]

    notice = story.told("dana", "Please decide: an answer waits.")
    text = read(notice)
    assert text.index("> Please wait. He is here.") < text.index("Dana's answer waits because new mail came")
    assert "> you can call us, or stay with mail. You choose." in text
    story.taps("dana", notice, "Send it now", "2026-11-25 08:45:00")
    assert read(story.letters(ALEX, 2)[-1]).strip() == WORDS
