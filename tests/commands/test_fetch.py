"""`#fetch MESSAGE N`: a file of a message, to one member, after it was said that it may hold pictures (RULES 11)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest
from commands.desk import Desk
from loops.house import House, a_reading, handle
from support.mails import parsed

from mailbot import compose
from mailbot.commands import CommandError
from storage import cases, journal, outbox
from storage.cases import Case, Conversation

PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\nnot a picture of anybody"


@pytest.fixture
def reading_house(house: House) -> Iterator[House]:
    with compose.build_reader(house.config) as reader:
        house.desk = replace(house.desk, read=reader.read, open_file=reader.attachment)
        yield house


@pytest.fixture
def desk(reading_house: House) -> Desk:
    return Desk(reading_house)


def with_files(desk: Desk, *files: tuple[bytes, str, str]) -> tuple[tuple[Case, Conversation], str]:
    """A person wrote, with these files; their case and the message's id."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "alex@example.net", "help@service.example", "Please help"
    mail.set_content("See the files.")
    for data, kind, name in files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(data, main, sub, filename=name)
    inbound = handle(desk.house, "requester", a_reading("alex@example.net"), raw=mail.as_bytes())
    with desk.house.database.view() as view:
        row = journal.find(view, inbound.id)
        assert row is not None
        about = cases.find_case(view, str(row.case_id)), cases.find_conversation(view, str(row.conversation_id))
    return about, inbound.id


def tap(desk: Desk, about: tuple[Case, Conversation], line: str) -> str:
    (said,) = desk.say(line, about)
    found = re.search(rf"^{line} [A-Z2-7]{{16}}$", said, re.MULTILINE)
    assert found, said
    return found[0]


def mailed(desk: Desk) -> list[EmailMessage]:
    rows = [row for row in desk.house.outbox() if row.letter == "staff-file"]
    with desk.house.database.view() as view:
        return [parsed(outbox.content(view, row) or b"") for row in rows]


def test_a_pdf_is_mailed_to_the_member_who_asked_twice_and_to_nobody_else(desk: Desk) -> None:
    about, message = with_files(desk, (PDF, "application/pdf", "claim.pdf.exe"))
    (said,) = desk.say(f"#fetch {message} 1", about)
    assert "may hold pictures" in said
    assert "claim.pdf.exe" in said
    assert mailed(desk) == []
    desk.say(tap(desk, about, f"#fetch {message} 1"), about)
    (mail,) = mailed(desk)
    assert mail["To"] == "dana@service.example"
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_payload(decode=True)) == (f"{about[0].reference}-{message}-1.pdf", PDF)
    assert "attachment.fetched" in [act for _, act in desk.acts()]


def test_a_code_is_good_once_for_one_file_and_one_member(desk: Desk) -> None:
    about, message = with_files(desk, (PDF, "application/pdf", "a.pdf"), (PDF, "application/pdf", "b.pdf"))
    line = tap(desk, about, f"#fetch {message} 1")
    for wrong, member in ((line.replace(" 1 ", " 2 "), desk.dana), (line, desk.member("Noor"))):
        with pytest.raises(CommandError, match="code"):
            desk.say(wrong, about, by=member)
    desk.say(line, about)
    with pytest.raises(CommandError, match="code"):
        desk.say(line, about)
    assert len(mailed(desk)) == 1


def test_a_sealed_file_is_never_mailed_and_the_supervisors_read_which_one_is_wanted(desk: Desk) -> None:
    about, message = with_files(desk, (PNG, "application/pdf", "claim.pdf"))
    (said,) = desk.say(f"#fetch {message} 1", about)
    assert "It is not mailed." in said
    assert not re.search(r"[A-Z2-7]{16}", said)
    assert mailed(desk) == []
    (alert,) = [row for row in desk.house.outbox() if row.letter == "alert"]
    with desk.house.database.view() as view:
        assert alert.recipient_hash == view.keys.hash("address", "sam@service.example")
        assert f"{message}-1" in (outbox.content(view, alert) or b"").decode().replace("=\r\n", "")
    assert "attachment.wanted" in [act for _, act in desk.acts()]


def test_other_kinds_other_messages_and_other_numbers_are_refused(desk: Desk) -> None:
    about, message = with_files(desk, (b"<p>", "text/html", "page.html"))
    other, elsewhere = with_files(desk, (PDF, "application/pdf", "a.pdf"))
    for line in (f"#fetch {message} 1", f"#fetch {message} 2", f"#fetch {elsewhere} 1"):
        with pytest.raises(CommandError):
            desk.say(line, about)
    tap(desk, other, f"#fetch {elsewhere} 1")
    assert mailed(desk) == []


def test_a_case_shown_numbers_the_files_of_each_message(desk: Desk) -> None:
    about, message = with_files(desk, (PDF, "application/pdf", "a.pdf"), (PNG, "image/png", "b.png"))
    (said,) = desk.say("#show", about)
    assert f"message {message}" in said
    assert "File 1: PDF, 17 bytes\nFile 2: a picture, 32 bytes; sealed" in said


@pytest.mark.parametrize("typed", ["", "1", "a2bcdefghijklmno", "a2bcdefghijklmno x", "a2bcdefghijklmno 0"])
def test_a_line_without_message_and_number_is_refused(desk: Desk, typed: str) -> None:
    with pytest.raises(CommandError) as refused:
        desk.say(f"#fetch {typed}", None)
    assert refused.value.nearest.startswith("#fetch ")
