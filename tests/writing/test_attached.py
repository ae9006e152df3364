"""Files that leave with a staff answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.mails import parsed

from mailbot.model import File
from mailbot.writing import Answer, Letters, build_message

NAMES = ["order.pdf", "Schéma n° 2.pdf", 'a"; x=y\r\nBcc: eve@example.net\r\n.pdf', "名前.pdf"]


def _built(letters: Letters, *files: File) -> bytes:
    return build_message(
        letters.render("answer", "en", {"answer": Answer("Here it is.")}),
        sender_name="Support Service",
        sender_address="help@service.example",
        to="alex@example.net",
        reply_to=None,
        message_id="abc@service.example",
        date=datetime(2026, 11, 24, tzinfo=UTC),
        files=files,
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_file_arrives_whole_under_its_name_and_nothing_in_the_name_makes_a_field(letters: Letters, name: str) -> None:
    data = b"%PDF-1.7\n" + bytes(range(256)) * 40
    mail = parsed(_built(letters, File(name, "application/pdf", data)))
    (attached,) = list(mail.iter_attachments())
    assert (attached.get_content_type(), attached.get_content(), attached.get_filename()) == (
        "application/pdf",
        data,
        name,
    )
    assert mail["Bcc"] is None


def test_words_and_several_files_arrive_together(letters: Letters) -> None:
    files = (File("a.pdf", "application/pdf", b"%PDF-1"), File("b.txt", "text/plain", "é\n".encode()))
    mail = parsed(_built(letters, *files))
    assert [part.get_filename() for part in mail.iter_attachments()] == ["a.pdf", "b.txt"]
    words = mail.get_body(("plain",))
    assert words is not None
    assert words.get_content().strip() == "Here it is."


def test_a_file_of_another_kind_never_claims_to_be_a_page(letters: Letters) -> None:
    mail = parsed(_built(letters, File("x.html", "text/html", b"<script>")))
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["application/octet-stream"]
