"""Mistakes are mended by mail: a message in the wrong case, one case too many, a file, a mail that went to a member."""

from __future__ import annotations

import re
from email.message import EmailMessage
from pathlib import Path

from stories.played import ALEX, BLAKE, Story, read
from support.facade import MailServers
from support.mails import SERVICE

PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\nnobody"
THREAT = "Somebody threatens me."


def mail(author: str, text: str, name: str, *, to: str = SERVICE) -> EmailMessage:
    """A mail that can carry files and other mails."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = author, to, "Please help"
    made["Date"], made["Message-ID"] = "Tue, 24 Nov 2026 10:00:00 -0700", f"<{name}@mail.example.net>"
    made.set_content(text)
    return made


def bytes_of(made: EmailMessage) -> bytes:
    return made.as_bytes(policy=made.policy.clone(linesep="\r\n"))


def case_of(notice: EmailMessage) -> str:
    found = re.search(r"\[([2-9A-HJKMNP-Z]{6})\]", str(notice["Subject"]))
    assert found
    return found[1]


def came(story: Story, reference: str) -> int:
    """How many messages came in the conversations of a case."""
    (case,) = story.house.json("case", reference)
    return sum(one["direction"] == "in" for talk in case["conversations"] for one in talk["messages"])


def test_a_message_that_opened_a_second_case_is_moved_into_the_first(tmp_path: Path, servers: MailServers) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, "I need help.", "2026-11-24 10:00:00")
    first = case_of(story.told("dana", "I need help."))
    story.writes(ALEX, THREAT, "2026-11-24 10:05:00")
    second = story.told("dana", THREAT)
    story.answers("dana", second, "#show", "2026-11-24 10:06:00")
    shown = read(story.told("dana", "Came Tuesday", "message "))
    message = re.search(r"message ([a-z2-7]{16})", shown)
    assert message
    story.answers("dana", second, f"#move {message[1]} {first}", "2026-11-24 10:07:00")
    story.told("robin", "A message was moved into this case by Dana.")
    door = story.told("dana", f"Reply to this mail to write to the requester of case {first}.")
    story.answers("dana", door, "Hello Alex, you can call us.", "2026-11-24 10:10:00")
    story.passes("2026-11-24 10:20:00")
    assert "you can call us" in read(story.letters(ALEX, 2)[-1])
    assert (came(story, first), came(story, case_of(second))) == (2, 0)


def test_two_cases_are_made_one_by_two_taps_and_apart_again_by_a_third(tmp_path: Path, servers: MailServers) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, "I need help.", "2026-11-24 10:00:00")
    first = case_of(story.told("dana", "I need help."))
    story.writes(BLAKE, "It is me, from another address.", "2026-11-24 10:05:00")
    notice = story.told("dana", "It is me")
    second = case_of(notice)
    story.answers("dana", notice, f"#merge {first}", "2026-11-24 10:06:00")
    asked = story.told("dana", "Nothing has changed yet.")
    assert [one["status"] for one in story.house.json("cases")] == ["open", "open"]
    story.taps("dana", asked, "Yes, do it", "2026-11-24 10:07:00")
    receipt = story.told("dana", f"{second} is part of {first} now")
    assert (came(story, first), came(story, second)) == (2, 0)
    assert sorted(one["status"] for one in story.house.json("cases")) == ["closed", "open"]
    story.taps("dana", receipt, "Take them apart again", "2026-11-24 10:08:00")
    story.told("dana", f"{second} is a case of its own again")
    assert (came(story, first), came(story, second)) == (1, 1)
    story.letters(ALEX, 1)
    story.letters(BLAKE, 1)


def test_a_pdf_is_fetched_by_two_taps_and_a_picture_is_for_the_operators(tmp_path: Path, servers: MailServers) -> None:
    story = Story(tmp_path, servers)
    asked = mail(ALEX, "My order is here.", "files.1")
    asked.add_attachment(PDF, "application", "pdf", filename="order.pdf")
    asked.add_attachment(PNG, "image", "png", filename="proof.png")
    story.arrives(bytes_of(asked), "2026-11-24 10:00:00")
    notice = story.told("dana", "My order is here.")
    story.answers("dana", notice, "#show", "2026-11-24 10:01:00")
    message = re.search(r"message ([a-z2-7]{16})", read(story.told("dana", "File 2: a picture")))
    assert message
    story.answers("dana", notice, f"#fetch {message[1]} 1", "2026-11-24 10:02:00")
    warned = story.told("dana", "The file may hold pictures")
    story.taps("dana", warned, "Mail it to me all the same", "2026-11-24 10:03:00")
    (file,) = story.told("dana", "The file you asked for is attached.").iter_attachments()
    assert file.get_payload(decode=True) == PDF
    story.answers("dana", notice, f"#fetch {message[1]} 2", "2026-11-24 10:04:00")
    story.told("dana", "It is not mailed.")
    assert f"{message[1]}-2" in read(story.told("sam", "asks for a sealed file"))
    files = story.house.json("attachment", "list", case_of(notice))
    assert [one["wanted"] for one in files] == [False, True]
    story.house.run("attachment", "open", files[1]["id"], "--sealed", "--output", str(tmp_path / "opened"))
    assert not any(one["wanted"] for one in story.house.json("attachment", "list", case_of(notice)))
    story.letters(ALEX, 1)


def test_a_mail_that_went_to_a_member_is_adopted_by_a_tap_and_answered(tmp_path: Path, servers: MailServers) -> None:
    story = Story(tmp_path, servers)
    passed_on = mail("dana@service.example", f"#new {BLAKE}\n", "fwd.1")
    passed_on.add_attachment(mail(BLAKE, THREAT, "blake.1", to="dana@service.example"))
    story.arrives(bytes_of(passed_on), "2026-11-24 10:00:00")
    story.taps("dana", story.told("dana", "Nothing was done yet."), "Yes, do it", "2026-11-24 10:01:00")
    story.told("dana", "Nothing proves who wrote it.", THREAT)
    story.letters(BLAKE, 0)
    door = story.told("dana", "Reply to this mail to write to the requester")
    story.answers("dana", door, "Hello, you reached me. Write to us here.", "2026-11-24 10:05:00")
    story.passes("2026-11-24 10:15:00")
    (answer,) = story.letters(BLAKE, 1)
    assert answer["In-Reply-To"] == "<blake.1@mail.example.net>"
    story.writes(BLAKE, "Thank you.", "2026-11-24 10:20:00", answers=answer)
    assert read(story.told("dana", "Thank you.")).startswith("In a case, from a requester.")
