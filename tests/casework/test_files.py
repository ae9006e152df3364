"""What may go to a member by mail (RULES 11): PDF, text and Office, where label and bytes agree."""

from __future__ import annotations

import pytest

from mailbot.casework import files
from mailbot.casework.acting import CommandError
from mailbot.model import Attachment

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def described(kind: str, size: int = 9, *, sealed: bool = False) -> Attachment:
    return Attachment("invoice.pdf.exe", kind, size, sealed)


@pytest.mark.parametrize(
    ("kind", "data", "name", "as_type"),
    [
        ("application/pdf", b"%PDF-1.7 ...", "A-1.pdf", "application/pdf"),
        ("text/plain", "é".encode(), "A-1.txt", "text/plain"),
        ("text/plain", "é".encode("latin-1"), "A-1.txt", "application/octet-stream"),
        (WORD, b"PK\3\4...", "A-1.docx", WORD),
        ("application/vnd.oasis.opendocument.text", b"PK\3\4...", "A-1.odt", "application/vnd.oasis.opendocument.text"),
    ],
)
def test_a_file_goes_byte_for_byte_under_a_name_of_ours(kind: str, data: bytes, name: str, as_type: str) -> None:
    found = files.to_mail(described(kind), data, "A-1")
    assert (found.filename, found.content_type, found.data) == (name, as_type, data)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("application/pdf", b"MZ..."),
        ("application/pdf", b" %PDF-1.7"),
        ("text/plain", b"a\0b"),
        (WORD, b"%PDF-1.7"),
        (WORD, b"words"),
        ("application/vnd.ms-word.document.macroenabled.12", b"PK\3\4..."),
        ("application/msword", b"\xd0\xcf\x11\xe0"),
        ("application/octet-stream", b"%PDF-1.7"),
        ("text/html", b"<p>"),
        ("image/png", b"\x89PNG"),
    ],
)
def test_every_other_kind_and_every_lie_stays(kind: str, data: bytes) -> None:
    with pytest.raises(CommandError):
        files.to_mail(described(kind), data, "A-1")


def test_what_is_too_large_for_mail_stays() -> None:
    files.refuse_kind(described("application/pdf", files.LARGEST))
    with pytest.raises(CommandError, match="10 MB"):
        files.refuse_kind(described("application/pdf", files.LARGEST + 1))


def test_a_file_is_described_without_a_word_of_its_sender() -> None:
    assert files.described(described("application/pdf")) == "PDF, 9 bytes"
    assert files.described(described("image/<b>", sealed=True)) == "a picture, 9 bytes; sealed"
    assert files.described(described("**bold**/[x](y)")) == "another kind of file, 9 bytes"
