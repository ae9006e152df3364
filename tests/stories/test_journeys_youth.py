"""The journeys of LETTERS.md part 2 that are about a young person (J2, J3, J5): what leaves, to whom, when, and what
never does. The letter agency-referral comes with claims and orders; here staff write to the Centre in their own words.
"""

from __future__ import annotations

from pathlib import Path

from stories.played import ALEX, Story, read
from stories.posted import keeps_its_promise, outside, words_to
from stories.test_house_in_order import case_of
from support.mails import first_mail

from mailbot.demo.servers import EmbeddedServers

SCHOOL, TEACHER, PRIVATE = "kim@oakschool.example", "teacher@oakschool.example", "quiet.river@example.com"
CENTRE, PARENT, CHILD = "intake@c3p.example", "parent@example.org", "child@example.com"
CENTRE_NAMES = ("Child Protection", "C3P", "NeedHelpNow")


def test_j2_a_young_person_at_a_school_address_is_met_elsewhere_and_the_centre_hears_after_a_yes(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded, grace_minutes=0)
    asks = first_mail(SCHOOL, text="I am 16. Somebody shares a picture of me.", fields=[f"Cc: {TEACHER}"])
    story.arrives(asks, "2026-11-24 10:00:00")
    notice = story.told("dana", "I am 16.")
    assert "The address looks like a school's: others there may read what you send." in read(notice)
    story.answers("dana", notice, "#letter safe-way", "2026-11-24 10:10:00")
    way = story.letters(SCHOOL, 2)[-1]
    story.writes(SCHOOL, f"{PRIVATE} is mine alone.", "2026-11-24 11:00:00", answers=way)
    story.answers("dana", story.told("dana", "is mine alone"), f"#contact change {PRIVATE}", "2026-11-24 11:05:00")
    story.taps("dana", story.told("dana", "Nothing has changed yet."), "Yes, do it", "2026-11-24 11:06:00")
    (confirm,) = story.letters(PRIVATE, 1)
    story.writes(SCHOOL, "Did you get my new address?", "2026-11-24 11:10:00", answers=way)

    story.writes(PRIVATE, "It is me. Nobody else reads this.", "2026-11-24 12:00:00", answers=confirm)
    notice = story.told("dana", "Nobody else reads this.")
    words = "#stream youth age 16\n#contact safe\n#letter referral-youth"
    story.answers("dana", notice, words, "2026-11-24 12:05:00")
    story.answers("dana", notice, "#letter options-youth", "2026-11-24 12:10:00")
    story.answers("dana", notice, "#letter guardian-talk", "2026-11-24 12:15:00")
    referral, options, _ = story.letters(PRIVATE, 4)[1:]
    for sentence in (
        "You are not in trouble with us.",
        "We can also contact it for you, if you say yes.",
        "We only speak with your parents or guardian if you say yes. Without them, some things may not be possible.",
        "Please do not copy, keep or send the image.",
        "NeedHelpNow.ca",
        "Kids Help Phone",
    ):
        assert sentence in read(referral)
    assert "From age 14 you can apply on your own, and from 12 another person can apply for you." in read(options)

    story.answers("dana", notice, f"#talk agency {CENTRE}", "2026-11-24 12:20:00")
    story.told("dana", "The person's consent to agency is not on record.")
    story.writes(PRIVATE, "Yes, please tell the Centre.", "2026-11-24 13:00:00", answers=referral)
    notice = story.told("dana", "please tell the Centre")
    story.answers("dana", notice, f"#consent yes C3P\n#talk agency {CENTRE}", "2026-11-24 13:05:00")
    receipt = read(story.told("dana", "The person consents to c3p."))
    assert "Said in the message that came Tuesday, November 24, 2026, at 1:00 p.m., Pacific time." in receipt
    story.letters(CENTRE, 0)
    door = story.told("dana", "Reply to this mail to write to the agency")
    story.answers("dana", door, "A young person would like your help. May we call you?", "2026-11-24 13:10:00")
    story.passes("2026-11-25 08:30:00")
    assert outside(story) == [
        ("ack-day", SCHOOL, "Tue 10:00"),
        ("safe-way", SCHOOL, "Tue 10:10"),
        ("contact-confirm", PRIVATE, "Tue 11:06"),
        ("referral-youth", PRIVATE, "Tue 12:05"),
        ("options-youth", PRIVATE, "Tue 12:10"),
        ("guardian-talk", PRIVATE, "Tue 12:15"),
        ("answer", CENTRE, "Tue 13:10"),
    ]
    for word in (*CENTRE_NAMES, "image", "tribunal", PRIVATE):
        assert word not in words_to(story, SCHOOL)
    for word in (SCHOOL, PRIVATE, "Kim"):
        assert word not in words_to(story, CENTRE)
    keeps_its_promise(story)


def test_j3_at_18_a_person_decides_alone_and_the_age_in_the_image_chooses_the_tool(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded, grace_minutes=0)
    story.writes(ALEX, "I am 18. Somebody shares a picture of me.", "2026-11-24 10:00:00")
    story.answers("dana", story.told("dana", "I am 18."), "#letter safety-check", "2026-11-24 10:05:00")
    asked = story.letters(ALEX, 2)[-1]
    story.writes(ALEX, "This mailbox is mine alone.", "2026-11-24 10:10:00", answers=asked)
    notice = story.told("dana", "mine alone")
    words = "#stream youth age 18\n#facts shared self image minor no\n#contact safe\n#letter referral-18"
    story.answers("dana", notice, words, "2026-11-24 10:20:00")
    story.answers("dana", notice, "#letter hash-tools", "2026-11-24 10:25:00")
    for minute, refused in enumerate(("referral-youth", "guardian-talk", "guardian-limits")):
        story.answers("dana", notice, f"#letter {refused}", f"2026-11-24 10:3{minute}:00")
    referral, tools = map(read, story.letters(ALEX, 4)[2:])
    assert "At 18, you do not need a parent or guardian for this." in referral
    assert "It is called StopNCII." in tools
    for word in (*CENTRE_NAMES, "your parents", "Take It Down"):
        assert word not in words_to(story, ALEX)

    story.answers("dana", notice, "#facts image minor yes", "2026-11-24 10:40:00")
    story.answers("dana", notice, "#letter referral-18", "2026-11-24 10:41:00")
    story.answers("dana", notice, "#letter hash-tools", "2026-11-24 10:42:00")
    referral, tools = map(read, story.letters(ALEX, 6)[4:])
    assert "So the Canadian Centre for Child Protection can help, too." in referral
    assert "It is called Take It Down." in tools
    assert [one[0] for one in outside(story)] == [
        "ack-day",
        "safety-check",
        "referral-18",
        "hash-tools",
        "referral-18",
        "hash-tools",
    ]
    assert {one[1] for one in outside(story)} == {ALEX}
    keeps_its_promise(story)


def test_j5_a_guardian_and_a_child_who_both_write_are_two_cases_and_neither_hears_of_the_other(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded, grace_minutes=0)
    story.writes(PARENT, "My daughter is 12. Somebody shares a picture.", "2026-11-24 10:00:00")
    story.writes(CHILD, "I am 12. Please do not tell my family.", "2026-11-24 10:02:00")
    parents, childs = story.told("dana", "My daughter is 12."), story.told("dana", "I am 12.")
    story.answers("dana", parents, "#facts child\n#stream youth age 12\n#letter safety-check", "2026-11-24 10:10:00")
    asked = story.letters(PARENT, 2)[-1]
    story.writes(PARENT, "Only I read this.", "2026-11-24 10:20:00", answers=asked)
    parents = story.told("dana", "Only I read this.")
    story.answers("dana", parents, "#contact safe\n#letter guardian-first", "2026-11-24 10:25:00")
    first = read(story.letters(PARENT, 3)[-1])
    for sentence in (
        "We cannot say whether anyone has contacted us.",
        "Tell them that they are not at fault.",
        "Please do not ask to see the image.",
        "Canadian Centre for Child Protection",
    ):
        assert sentence in first
    story.answers("dana", parents, "#letter guardian-info", "2026-11-24 10:30:00")
    story.told("dana", "The young person's permission to tell this guardian anything is not on record")

    story.answers("dana", childs, "#stream youth age 12", "2026-11-24 10:35:00")
    for minute, (notice, other) in enumerate(((parents, childs), (childs, parents))):
        for second, command in enumerate(("#join", "#merge")):
            at = f"2026-11-24 10:4{minute}:0{second}"
            story.answers("dana", notice, f"{command} {case_of(other)}", at)
    assert len(story.all_told("dana", "A child's case and a guardian's stay two.")) == 4
    assert len(story.house.json("cases")) == 2
    assert all(one["status"] != "closed" for one in story.house.json("cases"))
    assert outside(story) == [
        ("ack-day", PARENT, "Tue 10:00"),
        ("ack-day", CHILD, "Tue 10:02"),
        ("safety-check", PARENT, "Tue 10:10"),
        ("guardian-first", PARENT, "Tue 10:25"),
    ]

    (hers,) = story.letters(CHILD, 1)
    story.writes(CHILD, "You can tell my mum that help exists.", "2026-11-24 11:00:00", answers=hers)
    childs = story.told("dana", "You can tell my mum")
    story.answers("dana", childs, f"#guardian permit {PARENT} that you can call us", "2026-11-24 11:05:00")
    door = story.told("dana", "Reply to this mail to write to the guardian")
    story.answers("dana", door, "#contact safe\n#letter guardian-info", "2026-11-24 11:10:00")
    assert outside(story)[4:] == [("guardian-info", PARENT, "Tue 11:10")]
    info = read(story.letters(PARENT, 4)[-1])
    for sentence in ("- that you can call us", "Canadian Centre for Child Protection", "do not look for it"):
        assert sentence in info
    for word in ("child@", "picture of", "Please do not tell", "send us the image"):
        assert word not in words_to(story, PARENT)
    for word in ("parent@", "daughter", "mum", "guardian"):
        assert word not in words_to(story, CHILD)
    keeps_its_promise(story)
