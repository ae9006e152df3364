"""The journeys of LETTERS.md part 2 that begin with one person's mail: what leaves, to whom, when, and what never does.

J1, J4, J6, J8 (a first contact like any other) and J10. J7 and J9 begin with an order. Young people have a file of
their own, and so have languages and urgent words.
"""

from __future__ import annotations

from pathlib import Path

from stories.played import ALEX, BLAKE, Story, read
from stories.posted import keeps_its_promise, outside, words_to
from support import reviewed
from support.mails import first_mail

from mailbot.demo.servers import EmbeddedServers

THREAT = "He says that he will send my pictures to my family tonight."
HIM, SAFER = "him@attacker.example", "quiet.river@example.com"


def test_j1_an_adult_threatened_at_night_reads_what_is_safe_first_and_plain_words_once_mail_is_safe(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded, grace_minutes=0)
    story.arrives(first_mail(ALEX, text=THREAT, fields=[f"Cc: {HIM}", f"Reply-To: {HIM}"]), "2026-11-24 23:10:00")
    (night,) = story.letters(ALEX, 1)
    for words in (
        "We open on Wednesday, November 25, 2026, at 8:30 a.m., Pacific time.",
        "911",
        "VictimLinkBC",
        "STOP",
    ):
        assert words in read(night)
    for member in ("dana", "robin"):
        first = read(story.told(member, THREAT)).splitlines()[0]
        assert first == (
            "New, from a requester. Mail not recorded safe."
            " First answer due Thursday, November 26, 2026, at 8:30 a.m., Pacific time."
        )
    story.writes(ALEX, "He writes again and again.", "2026-11-25 01:00:00", answers=night)
    story.passes("2026-11-25 08:30:00")
    story.letters(ALEX, 1)

    notice = story.told("dana", "again and again")
    story.answers("dana", notice, "#letter extortion", "2026-11-25 08:35:00")
    story.told("dana", "Mail to this person is not recorded safe, and this letter speaks plainly.")
    story.answers("dana", notice, "#letter safety-check", "2026-11-25 08:40:00")
    asked = story.letters(ALEX, 2)[-1]
    story.writes(ALEX, "Only I read this. I am 34.", "2026-11-25 09:00:00", answers=asked)
    notice = story.told("dana", "Only I read this.")
    story.answers("dana", notice, "#stream adult age 34\n#contact safe\n#letter extortion", "2026-11-25 09:10:00")
    story.answers("dana", notice, "#letter options-adult", "2026-11-25 09:20:00")
    assert outside(story) == [
        ("ack-night", ALEX, "Tue 23:10"),
        ("safety-check", ALEX, "Wed 08:40"),
        ("extortion", ALEX, "Wed 09:10"),
        ("options-adult", ALEX, "Wed 09:20"),
    ]
    assert HIM not in words_to(story)
    keeps_its_promise(story)


def test_j4_a_mailbox_that_somebody_reads_falls_silent_and_a_safer_one_hears_one_harmless_letter(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded, grace_minutes=0)
    story.writes(ALEX, THREAT, "2026-11-24 15:00:00")
    (first,) = story.letters(ALEX, 1)
    notice = story.told("dana", THREAT)
    story.answers("dana", notice, "#contact phone 250-555-0100 weekdays 10 to 12", "2026-11-24 15:10:00")
    story.answers("dana", notice, "You can call us, or stay with mail.", "2026-11-24 16:40:00")
    story.writes(ALEX, "He reads this.", "2026-11-25 02:00:00", answers=first)
    story.told("dana", "He reads this.", "Please decide: an answer waits.")
    story.writes(ALEX, "STOP", "2026-11-25 02:10:00", answers=first)
    for words in ("STOP: do not write to this address", "250-555-0100, weekdays 10 to 12; leave no message"):
        story.told("dana", "The person wrote STOP.", words)
    story.writes(ALEX, "All is well, you can write here again.", "2026-11-25 03:00:00", answers=first)
    story.passes("2026-11-25 08:30:00")
    assert story.held() == [None]

    stopped = story.told("dana", "The person wrote STOP.")
    story.answers("dana", stopped, f"#contact change {SAFER}", "2026-11-25 10:20:00")
    story.taps("dana", story.told("dana", "Nothing has changed yet."), "Yes, do it", "2026-11-25 10:21:00")
    (confirm,) = story.letters(SAFER, 1)
    story.writes(SAFER, "Yes, it is me.", "2026-11-25 10:30:00", answers=confirm)
    joined = story.told("dana", "it is me.")
    assert read(joined).startswith("In a case, from a requester. Mail not recorded safe.")
    story.answers("dana", joined, "#letter safety-check", "2026-11-25 10:40:00")
    story.passes("2026-11-26 08:30:00")
    assert outside(story) == [
        ("ack-day", ALEX, "Tue 15:00"),
        ("ack-night", ALEX, "Wed 02:00"),
        ("contact-confirm", SAFER, "Wed 10:21"),
        ("safety-check", SAFER, "Wed 10:40"),
    ]
    assert ALEX not in words_to(story, SAFER)
    assert SAFER not in words_to(story, ALEX)
    keeps_its_promise(story)


def test_j6_an_image_that_somebody_only_has_gets_support_and_a_later_threat_opens_the_case_again(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    folder = reviewed.folder(tmp_path, french=False, places=True)
    story = Story(tmp_path / "house", embedded, grace_minutes=0, more=f'[templates]\ndir = "{folder}"')
    story.writes(ALEX, "My former partner still has a picture of me.", "2026-11-24 10:00:00")
    notice = story.told("dana", "still has a picture")
    story.answers("dana", notice, "#letter safety-check", "2026-11-24 10:05:00")
    asked = story.letters(ALEX, 2)[-1]
    story.writes(ALEX, "Nobody else reads this.", "2026-11-24 10:30:00", answers=asked)
    notice = story.told("dana", "Nobody else reads this.")
    story.answers("dana", notice, "#contact safe\n#letter possession-only", "2026-11-24 10:40:00")
    story.told("dana", "the facts do not say so")
    story.letters(ALEX, 2)
    story.answers("dana", notice, "#stream adult\n#facts held self\n#contact safe", "2026-11-24 10:45:00")
    story.answers("dana", notice, "#letter possession-only", "2026-11-24 10:50:00")
    story.answers("dana", notice, "#letter resources", "2026-11-24 10:55:00")
    support = story.letters(ALEX, 4)[-2]
    assert read(support).startswith("You can have support from us.")
    for words in ("cannot help", "no case", "not eligible", "unlikely"):
        assert words not in words_to(story)

    story.answers("dana", notice, "#status closed", "2026-11-24 11:00:00")
    story.writes(ALEX, "Now he says that he will share it.", "2026-11-25 10:00:00", answers=support)
    again = story.told("dana", "Now he says")
    assert read(again).startswith("Reopened, from a requester. Mail recorded safe.")
    story.answers("dana", again, "#facts threatened", "2026-11-25 10:05:00")
    story.answers("dana", again, "#letter options-adult", "2026-11-25 10:10:00")
    story.answers("dana", again, "#letter possession-only", "2026-11-25 10:15:00")
    assert outside(story) == [
        ("ack-day", ALEX, "Tue 10:00"),
        ("safety-check", ALEX, "Tue 10:05"),
        ("possession-only", ALEX, "Tue 10:50"),
        ("resources", ALEX, "Tue 10:55"),
        ("options-adult", ALEX, "Wed 10:10"),
    ]
    keeps_its_promise(story)


def test_j8_an_angry_person_from_any_address_is_a_first_contact_like_another_and_reaches_nobody(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    """He knows her address and her reply address; his STOP silences his own mailbox alone."""
    story = Story(tmp_path, embedded, grace_minutes=0)
    story.writes(ALEX, THREAT, "2026-11-24 10:00:00")
    (hers,) = story.letters(ALEX, 1)
    rage = f"Tell {ALEX} that she lies. I know everything."
    story.arrives(
        first_mail(HIM, text=rage, to=str(hers["Reply-To"]), message_id="rage@attacker.example"), "2026-11-24 10:10:00"
    )
    story.writes(BLAKE, THREAT, "2026-11-24 10:10:00")
    (his,), (anybody,) = story.letters(HIM, 1), story.letters(BLAKE, 1)
    assert read(his) == read(anybody)
    assert his["Subject"] == anybody["Subject"]
    assert read(story.told("dana", "she lies")).startswith("New, from a requester.")
    story.writes(HIM, "STOP", "2026-11-24 10:20:00", answers=his)
    story.answers("dana", story.told("dana", THREAT, ALEX), "You can call us.", "2026-11-24 10:30:00")
    assert outside(story) == [
        ("ack-day", ALEX, "Tue 10:00"),
        ("ack-day", HIM, "Tue 10:10"),
        ("ack-day", BLAKE, "Tue 10:10"),
        ("answer", ALEX, "Tue 10:30"),
    ]
    assert "lies" not in words_to(story)
    assert ALEX not in words_to(story, HIM, BLAKE)


def test_j10_a_question_about_the_law_gets_information_and_the_way_to_advice(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    folder = reviewed.folder(tmp_path, french=False, places=True)
    story = Story(tmp_path / "house", embedded, grace_minutes=0, more=f'[templates]\ndir = "{folder}"')
    story.writes(ALEX, "Should I sue? This mailbox is mine alone.", "2026-11-24 10:00:00")
    notice = story.told("dana", "Should I sue?")
    story.answers("dana", notice, "#stream adult\n#contact safe\n#letter boundary-legal", "2026-11-24 10:10:00")
    story.answers("dana", notice, "#letter options-adult", "2026-11-24 10:15:00")
    legal = read(story.letters(ALEX, 3)[1])
    assert "We can give you information, and we cannot give legal advice." in legal
    assert "Legal Aid BC: 1-866-577-2525" in legal
    for words in ("unfortunately", "strong case", "damages", "5,000", "5000"):
        assert words not in words_to(story)
    assert [one[:2] for one in outside(story)] == [
        ("ack-day", ALEX),
        ("boundary-legal", ALEX),
        ("options-adult", ALEX),
    ]
    keeps_its_promise(story)
