"""Which files of a staff answer may leave: PDF and plain text, by label, name and bytes (RULES 8; A38, A41–A43)."""

from __future__ import annotations

import base64

import pytest
from reading.build import mail, multipart

from mailbot.model import File, Files, NotSent
from mailbot.reading import Limits
from mailbot.reading.files import read_files

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n"


def part(content: bytes, *fields: str) -> bytes:
    head = "".join(f"{field}\r\n" for field in (*fields, "Content-Transfer-Encoding: base64"))
    return head.encode() + b"\r\n" + base64.encodebytes(content)


def files(*parts: bytes | str, kind: str = "mixed") -> Files:
    return read_files(multipart("\r\nYes.", *parts, kind=kind), Limits())


def named(kind: str, name: str, disposition: str = "attachment") -> tuple[str, str]:
    return f"Content-Type: {kind}", f'Content-Disposition: {disposition}; filename="{name}"'


def test_a_pdf_and_a_text_leave() -> None:
    text = part("Zoë\r\nsecond".encode("cp1252"), *named("text/plain; charset=windows-1252", "b.txt"))
    found = files(part(PDF, *named("application/pdf", "a.pdf", "inline")), text)
    assert found == Files(
        (File("a.pdf", "application/pdf", PDF), File("b.txt", "text/plain", "Zoë\nsecond".encode())),
    )


@pytest.mark.parametrize(
    ("content", "fields", "reason"),
    [
        (PNG, named("image/png", "a.png"), "kind"),
        (PDF, named("application/octet-stream", "a.pdf"), "kind"),
        (PDF, named("application/pdf", "a.pdf.zip"), "kind"),
        (b"word", named("text/html", "a.html"), "kind"),
        (b"word", named("text/calendar", "a.ics"), "kind"),
        (PNG, named("application/pdf", "a.pdf"), "content"),
        (b"\n" + PDF, named("application/pdf", "a.pdf"), "content"),
        (PDF + b"PK\5\6" + bytes(18), named("application/pdf", "a.pdf"), "content"),
        (PNG, named("text/plain", "a.txt"), "content"),
        (b"a\0b", named("text/plain", "a.txt"), "content"),
        (b"\xff\xfe\xfd", named("text/plain; charset=utf-8", "a.txt"), "content"),
        (b"begin 644 a.jpg\nM\nend\n", named("text/plain", "a.txt"), "content"),
        (b"x" * (10 * 1024 * 1024 + 1), named("text/plain", "a.txt"), "size"),
    ],
)
def test_every_other_file_is_named_and_stays(content: bytes, fields: tuple[str, str], reason: str) -> None:
    name = fields[1].split('"')[1]
    assert files(part(content, *fields)) == Files((), (NotSent(name, reason),))


def test_a_file_of_two_readings_stays() -> None:
    doubled = part(PDF, "Content-Type: application/pdf; name=a.pdf", "Content-Type: text/plain")
    assert files(doubled).refused == (NotSent("a.pdf", "content"),)
    broken = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBE==Ri0xLjc="
    assert files(broken).refused == (NotSent("a.pdf", "content"),)


def test_files_together_have_a_limit() -> None:
    large = part(b"%PDF-1.7\n" + b"x" * (9 * 1024 * 1024), *named("application/pdf", "a.pdf"))
    found = files(large, large, large)
    assert (len(found.allowed), found.refused) == (2, (NotSent("a.pdf", "many"),))


def test_what_a_page_shows_inside_itself_is_no_file() -> None:
    logo = part(PNG, "Content-Type: image/png; name=logo.png", "Content-ID: <a@b>", "Content-Disposition: inline")
    assert files(logo, kind="related") == Files()
    assert files(logo) == Files((), (NotSent("logo.png", "kind"),))
    pdf = part(PDF, *named("application/pdf", "a.pdf"))
    assert files(pdf, kind="related").allowed == (File("a.pdf", "application/pdf", PDF),)


def test_a_signature_of_the_mail_program_is_no_file() -> None:
    assert files(part(b"x", "Content-Type: application/pkcs7-signature; name=smime.p7s"), kind="signed") == Files()


def test_nothing_of_a_message_inside_leaves() -> None:
    inside = b"Content-Type: message/rfc822; name=old.eml\r\n\r\n" + multipart(
        "\r\nold", part(PDF, *named("application/pdf", "a.pdf"))
    ).replace(b"edge", b"inner")
    assert files(inside) == Files((), (NotSent("old.eml", "kind"),))


def test_names_are_cleaned_and_made_up() -> None:
    tricky = part(
        PDF, "Content-Type: application/pdf", 'Content-Disposition: attachment; filename="../x/a\u202efdp.pdf"'
    )
    assert files(tricky).allowed[0].filename == "a\ufffdfdp.pdf"
    assert files(part(PDF, "Content-Type: application/pdf")).allowed[0].filename == "document.pdf"


def test_a_message_over_the_limits_has_no_files() -> None:
    raw = multipart("\r\nYes.", *[part(PDF, *named("application/pdf", "a.pdf"))] * 5)
    assert read_files(raw, Limits(parts=3)).allowed == ()
    assert read_files(b"", Limits()) == read_files(mail(), Limits()) == Files()
