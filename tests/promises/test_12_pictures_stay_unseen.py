"""Promise 12: what label, name or first bytes call picture, film or archive is sealed; nothing of it goes anywhere."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from pathlib import Path

import pytest
from support.facade import MailServers
from support.installation import Installation, office
from support.mails import SERVICE, parsed, text_of

CANARY = b"\x00canary in the picture\x00" * 40
KINDS = {
    "by its label": ("image", "png", "a.dat", b"no picture at all" + CANARY),
    "by its name": ("application", "octet-stream", "holiday.jpg", CANARY),
    "by its first bytes": ("text", "x-note", "note.txt", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + CANARY),
    "an archive": ("application", "pdf", "form.pdf", b"PK\x03\x04" + CANARY),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_named_as_sealed_and_its_bytes_leave_in_no_form(
    tmp_path: Path, embedded: MailServers, kind: str
) -> None:
    maintype, subtype, name, data = KINDS[kind]
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = "alex@example.net", SERVICE, "x", "<p@example.net>"
    mail.set_content("See the file.")
    mail.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    house = Installation(tmp_path, embedded)
    embedded.append("help", mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    house.once(office("2026-11-25 10:00"))
    notice = text_of(embedded.mailbox("dana")[-1])
    assert "sealed, nobody has looked" in notice
    sent = b"".join(one.data + bytes(parsed(one.data)) for one in embedded.sent)
    bodies = b"".join(part.get_payload(decode=True) or b"" for one in embedded.sent for part in parsed(one.data).walk())
    for form in (CANARY[1:20], base64.b64encode(CANARY)[8:40], base64.b64encode(data)[:40]):
        assert form not in sent + bodies
