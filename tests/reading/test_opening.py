"""One attachment cut out of a message: the number means what the list means, and the content is decoded whole."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest

from mailbot.errors import MessageError, ReaderDied
from mailbot.reading import Limits, Reader, answer, read_message
from mailbot.reading.opening import open_part

PDF, PICTURE, NOTE = b"%PDF-1.4 \x00\xff canary", b"\x89PNG\r\n\x1a\n\x00\xff canary", b"caf\xe9 = 100 %\r\n"


def several() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "alex@example.net", "help@service.example"
    mail.set_content("See the files.")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    mail.add_attachment(PICTURE, maintype="image", subtype="png", filename="b.png")
    mail.add_attachment(NOTE, maintype="application", subtype="x-note", filename="c", cte="quoted-printable")
    inner = EmailMessage()
    inner["Subject"] = "inside"
    inner.add_attachment(PDF, maintype="application", subtype="pdf", filename="d.pdf")
    mail.add_attachment(inner)
    return mail.as_bytes()


def test_each_number_is_the_attachment_that_reading_lists_there() -> None:
    listed = read_message(several(), trusted_ids=(), limits=Limits()).attachments
    assert [one.filename for one in listed] == ["a.pdf", "b.png", "c", None, "d.pdf"]
    opened = [open_part(several(), Limits(), number) for number in range(1, 6)]
    assert tuple(found for found, _ in opened) == listed
    assert [data for _, data in opened[:3]] == [PDF, PICTURE, NOTE]
    assert b"Subject: inside" in opened[3][1]
    assert opened[4][1] == PDF


def test_an_encoding_that_breaks_off_gives_what_is_there() -> None:
    cut = base64.encodebytes(PDF * 20)[:-9]
    head = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    _, data = open_part(head + cut, Limits(), 1)
    assert (PDF * 20).startswith(data)
    assert len(data) > len(PDF) * 19


@pytest.mark.parametrize("number", [-1, 0, 6, 10**9])
def test_a_number_beyond_the_list_is_an_error(number: int) -> None:
    with pytest.raises(MessageError):
        open_part(several(), Limits(), number)


def test_through_the_child_comes_the_same_and_an_error_stays_the_messages() -> None:
    with Reader() as reader:
        assert reader.attachment(several(), 2) == open_part(several(), Limits(), 2)
        with pytest.raises(MessageError) as refused:
            reader.attachment(several(), 9)
        assert not isinstance(refused.value, ReaderDied)
        assert reader.read(several()).attachments, "the child is still there"


@pytest.mark.parametrize("nonsense", [b"", b"\0\0\0\7", b"\0\0\0\2{}", b"\xff\xff\xff\xff", b"{}", b"\0\0\0\2[]data"])
def test_nonsense_from_the_child_is_no_attachment(nonsense: bytes) -> None:
    with pytest.raises(ReaderDied):
        answer.part_from(nonsense)
