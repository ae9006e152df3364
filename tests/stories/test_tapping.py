"""What one does next is a tap away (RULES 7 and 10): links in notices, threads that hold together."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from stories.played import ALEX, BLAKE, Story, read
from support.facade import MailServers

WORDS = "Hello,\n\nyou can call us, or stay with mail."


def test_a_person_caught_by_the_junk_filter_is_released_by_a_tap(tmp_path: Path, servers: MailServers) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, "I need help with something.", "2026-11-24 10:00:00", folder="Junk")
    aside = story.told("robin", "A message was set aside.")
    assert "something" not in read(aside)
    story.taps("robin", aside, "Have it handled as mail from a person", "2026-11-24 10:05:00")
    story.told("robin", "The message is handled now")
    story.told("dana", "I need help with something.")
    story.letters(ALEX, 1)
    assert story.house.status()["journal"]["quarantined"] == 0


def test_junk_is_discarded_by_a_tap_and_nobody_hears_of_it(tmp_path: Path, servers: MailServers) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, "Buy this.", "2026-11-24 10:00:00", folder="Junk")
    story.taps("robin", story.told("robin", "A message was set aside."), "Discard it", "2026-11-24 10:05:00")
    story.told("robin", "The message is discarded.")
    assert story.house.status()["journal"]["quarantined"] == 0
    story.letters(ALEX, 0)


@pytest.mark.parametrize(
    ("label", "receipt"),
    [
        ("Take it", "is yours."),
        ("Mail is safe for this person", "may speak plainly from now on"),
        ("Stop all mail to this address", "Nothing more goes to this address until it is resumed."),
        ("Write a private note (add your words)", "The note is empty"),
        ("Note a call (add when)", "Nothing was done, and nothing was sent."),
    ],
)
def test_each_link_of_a_notice_acts_or_asks_for_its_words_and_nothing_goes_outside(
    tmp_path: Path, servers: MailServers, label: str, receipt: str
) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, "I need help.", "2026-11-24 10:00:00")
    notice = story.told("dana", "I need help.")
    assert len([line for line in read(notice).split("\n") if line.startswith("- ") and ": mailto:" in line]) == 5
    story.taps("dana", notice, label, "2026-11-24 10:05:00")
    story.told("dana", receipt)
    story.letters(ALEX, 1)


def test_a_known_address_without_its_token_is_joined_by_a_tap(tmp_path: Path, servers: MailServers) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, "I need help.", "2026-11-24 10:00:00")
    first = story.told("dana", "I need help.")
    reference = str(first["Subject"])[1:7]
    story.writes(ALEX, "It is me again.", "2026-11-24 11:00:00")
    story.taps("dana", story.told("dana", "It is me again."), f"Join it to {reference}", "2026-11-24 11:05:00")
    story.told("dana", f"is part of {reference} now.")


def test_two_conversations_of_one_member_are_two_threads(tmp_path: Path, servers: MailServers) -> None:
    """Each mail hangs on mails of its own conversation alone, and has the subject of its thread (Gmail wants both)."""
    story = Story(tmp_path, servers, grace_minutes=0)
    for number, (author, text) in enumerate(((ALEX, "I am Alex."), (BLAKE, "I am Blake."))):
        story.writes(author, text, f"2026-11-24 10:0{number}:00")
    first = {author: story.told("dana", text) for author, text in ((ALEX, "I am Alex."), (BLAKE, "I am Blake."))}
    story.answers("dana", first[BLAKE], f"{WORDS} Blake.", "2026-11-24 10:10:00")
    story.answers("dana", first[ALEX], f"{WORDS} Alex.", "2026-11-24 10:11:00")
    for author, minute in ((ALEX, 12), (BLAKE, 13)):
        story.writes(
            author, f"Back to you, {author}.", f"2026-11-24 10:{minute}:00", answers=story.letters(author, 2)[-1]
        )
        story.taps(
            "dana",
            story.told("dana", f"Back to you, {author}."),
            "Let it wait, there is nothing to answer",
            f"2026-11-24 10:{minute + 5}:00",
        )
        story.told("dana", f"{str(first[author]['Subject'])[1:7]} is waiting.")

    by_case = {author: _thread(story, str(mail["Subject"])) for author, mail in first.items()}
    for author, mails in by_case.items():
        known = {str(mails[0]["Message-ID"])}
        assert len(mails) == 4, author
        for mail in mails[1:]:
            assert str(mail["Subject"]).removeprefix("Re: ") == str(mails[0]["Subject"])
            assert known & set(str(mail["References"]).split()), "a thread is broken"
            known.add(str(mail["Message-ID"]))
    ids = {author: {str(mail["Message-ID"]) for mail in mails} for author, mails in by_case.items()}
    assert not any(set(str(mail["References"]).split()) & ids[BLAKE] for mail in by_case[ALEX])
    assert not any(set(str(mail["References"]).split()) & ids[ALEX] for mail in by_case[BLAKE])


def _thread(story: Story, subject: str) -> list[EmailMessage]:
    """A member's mails of one case, in the order of their arrival."""
    return [mail for mail in story.all_told("dana") if str(mail["Subject"]).removeprefix("Re: ") == subject]


def test_a_mail_too_large_to_open_is_taken_out_of_quarantine_by_a_tap(tmp_path: Path, servers: MailServers) -> None:
    """It has its case already, so that it is not handled again; only the quarantine is to be cleared."""
    story = Story(tmp_path, servers, more="[limits]\nmessage_bytes = 65536")
    story.writes(ALEX, "x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 1000, "2026-11-24 10:00:00")
    notice = story.told("dana", "The message was too large to open.")
    story.taps("dana", notice, "Done, take it out of quarantine", "2026-11-24 10:05:00")
    story.told("dana", "The message is discarded.")
    assert story.house.status()["journal"]["quarantined"] == 0
    assert len(story.house.json("cases")) == 1
