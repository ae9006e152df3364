"""What is sealed: pictures, films and archives, whatever calls them so (A38–A44)."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest
from reading.build import mail, multipart, read

from mailbot.model import Reading

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(64))
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def part(content: bytes, *fields: str) -> bytes:
    head = "".join(f"{field}\r\n" for field in (*fields, "Content-Transfer-Encoding: base64"))
    return head.encode() + b"\r\n" + base64.encodebytes(content)


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "content")
    return out.getvalue()


def sealed(*parts: bytes | str, kind: str = "mixed") -> list[bool]:
    return [one.sealed for one in read(multipart("\r\nHello", *parts, kind=kind)).attachments]


@pytest.mark.parametrize(
    "content_type",
    [
        "image/jpeg",
        "image/x-unheard-of",
        "video/mp4",
        "application/zip",
        "application/x-rar-compressed",
        "application/ms-tnef",
        "application/x-7z-compressed",
        "application/vnd.android.package-archive",
        "image/svg+xml",
        "IMAGE/PNG",
    ],
)
def test_a_label_seals(content_type: str) -> None:
    assert sealed(part(b"words", f"Content-Type: {content_type}")) == [True]


@pytest.mark.parametrize(
    "name",
    [
        "a.jpg",
        "A.JPG",
        "a.jpg.txt",
        "a.heic ",
        "a.jpeg.",
        "film.mkv",
        "x.zip",
        "x.rar",
        "x.7z",
        "winmail.dat",
        "x.tar.gz",
        "x.svg",
    ],
)
def test_a_name_seals(name: str) -> None:
    assert sealed(part(b"words", f'Content-Type: text/plain; name="{name}"')) == [True]
    assert sealed(
        part(b"words", "Content-Type: text/plain", f'Content-Disposition: attachment; filename="{name}"')
    ) == [True]


@pytest.mark.parametrize(
    "content",
    [
        JPEG,
        b"\x89PNG\r\n\x1a\n\0\0",
        b"GIF89a\x01\0",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic\0",
        b"\0\0\0\x18ftypmp42\0",
        b"II*\0\x08",
        b"BM\x36\0\x0c\0\0\0\0\0",
        b"\x1a\x45\xdf\xa3\0",
        archive("a.txt"),
        b"Rar!\x1a\x07\x01\0",
        b"7z\xbc\xaf\x27\x1c",
        b"\x1f\x8b\x08\0",
        b"\x78\x9f\x3e\x22\0",
        b"BZh91AY",
        b"\xfd7zXZ\0",
        b"MSCF\0\0\0\0",
        b"\0" * 257 + b"ustar",
        b"\n\n" + JPEG,
        b"<?xml version='1.0'?><svg xmlns='x'>",
    ],
)
def test_first_bytes_seal(content: bytes) -> None:
    assert sealed(part(content, "Content-Type: application/octet-stream")) == [True]
    assert sealed(part(content, 'Content-Type: application/pdf; name="letter.pdf"')) == [True]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"%PDF-1.7\n", 'Content-Type: application/pdf; name="letter.pdf"'),
        (b"words", 'Content-Type: text/plain; name="notes.txt"'),
        (b"FUJIFILM is a camera", 'Content-Type: text/plain; name="notes.txt"'),
        (archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"), f'Content-Type: {DOCX}; name="a.docx"'),
    ],
)
def test_papers_stay_open(content: bytes, field: str) -> None:
    assert sealed(part(content, field)) == [False]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (archive("[Content_Types].xml", "holiday.jpg"), f'Content-Type: {DOCX}; name="a.docx"'),
        (archive("[Content_Types].xml", "word/document.xml"), 'Content-Type: application/octet-stream; name="a.docx"'),
        (archive("[Content_Types].xml", "word/document.xml") + JPEG, f'Content-Type: {DOCX}; name="a.docx"'),
        (archive("holiday.jpg") + archive("[Content_Types].xml"), f'Content-Type: {DOCX}; name="a.docx"'),
        (archive("[Content_Types].xml", "word/document.xml"), f'Content-Type: {DOCX}; name="a.zip"'),
        (archive("[Content_Types].xml")[:-4], f'Content-Type: {DOCX}; name="a.docx"'),
    ],
)
def test_an_office_file_needs_label_and_directory_to_agree(content: bytes, field: str) -> None:
    assert sealed(part(content, field)) == [True]


def test_a_picture_is_sealed_at_any_depth() -> None:
    picture = (
        b'Content-Type: multipart/mixed; boundary="low"\r\n\r\n--low\r\n'
        + part(JPEG, "Content-Type: text/plain")
        + b"--low--\r\n"
    )
    forwarded = b"Content-Type: message/rfc822\r\n\r\nFrom: x@example.org\r\n" + picture
    reading = read(multipart("\r\nHello", forwarded))
    assert [(one.content_type, one.sealed) for one in reading.attachments] == [
        ("message/rfc822", True),
        ("text/plain", True),
    ]
    harmless = b"Content-Type: message/rfc822\r\n\r\nFrom: x@example.org\r\n\r\nwords"
    assert sealed(harmless) == [False]


def test_a_picture_that_calls_itself_the_text_is_sealed_and_never_text() -> None:
    reading = read(mail("Content-Type: text/plain", "Content-Transfer-Encoding: base64", body=base64.encodebytes(JPEG)))
    assert [one.sealed for one in reading.attachments] == [True]
    assert "JFIF" not in reading.text


def test_an_encoded_message_inside_is_sealed_unopened() -> None:
    assert sealed(part(b"From: x@example.org\r\n\r\nwords", "Content-Type: message/rfc822")) == [True]


@pytest.mark.parametrize(
    "fields",
    [
        ("Content-Type: text/plain; name=a.txt", "Content-Type: image/jpeg"),
        ("Content-Type: image/jpeg", "Content-Type: text/plain; name=a.txt"),
        ("Content-Type: text/plain; name=a.txt; name=a.jpg",),
        ("Content-Type: text/plain; name=a.txt; name*=utf-8''a%2Ejpg",),
        ("Content-Type: text/plain; name*0=a.j; name*1=pg",),
        ("Content-Type: text/plain; name==?utf-8?q?a=2Ejpg?=",),
        ("Content-Type: text/plain; name=a.txt", "Content-Disposition: attachment; filename=a.jpg"),
    ],
)
def test_any_claim_seals(fields: tuple[str, ...]) -> None:
    assert sealed(part(b"words", *fields)) == [True]


def test_either_of_two_transfer_encodings_seals() -> None:
    content = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: 7bit\r\n"
    assert sealed(content + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(JPEG)) == [True]
    assert sealed(content + b"\r\n%PDF-1.7") == [False]


def test_base64_that_two_readers_decode_differently_is_sealed() -> None:
    paper = base64.b64encode(b"%PDF-1.7 words!")
    assert sealed(b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + paper) == [False]
    broken = paper[:8] + b"==" + paper[8:]
    assert sealed(b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + broken) == [True]


def test_a_second_boundary_hides_no_picture() -> None:
    raw = mail(
        "Content-Type: multipart/mixed; boundary=one; boundary=two",
        body=b"--one\r\n\r\nHello\r\n--one--\r\n--two\r\n" + part(JPEG, "Content-Type: image/jpeg") + b"--two--\r\n",
    )
    reading = read(raw)
    assert (reading.text, [one.sealed for one in reading.attachments]) == ("Hello", [True])
    assert "two-readings" in reading.defects


def test_a_part_behind_the_closing_line_seals_and_is_not_shown() -> None:
    raw = (
        multipart("\r\nHello")
        + b"--edge\r\n"
        + part(JPEG, "Content-Type: image/jpeg")
        + b"--edge\r\n\r\nlate words\r\n--edge--\r\n"
    )
    reading = read(raw)
    assert (reading.text, [one.sealed for one in reading.attachments]) == ("Hello", [True])


@pytest.mark.parametrize(
    "written",
    [
        "begin 644 a.jpg\n#0V%T\n`\nend\n",
        "=ybegin line=128 size=9 name=a.jpg\nxyz\n=yend size=9\n",
        "see data:image/png;base64,iVBORw0KGgo= here\n",
    ],
)
def test_a_picture_written_out_in_the_text_is_taken_out_and_sealed(written: str) -> None:
    reading = read(mail(body=f"before\n{written}after\n"))
    assert [one.sealed for one in reading.attachments] == [True]
    assert "before" in reading.text
    assert "after" in reading.text
    assert not {"0V%T", "xyz", "iVBOR"} & set(reading.text.split())


def test_a_picture_inside_a_page_or_a_text_file_is_sealed() -> None:
    page = "Hello <img src='data:image/png;base64,iVBORw0KGgo='>"
    assert [one.sealed for one in read(mail("Content-Type: text/html", body=page)).attachments] == [True]
    assert sealed(part(page.encode(), "Content-Type: text/html; name=page.html")) == [True]
    assert sealed(part(b"\nbegin 644 a\n#0V%T\nend\n", "Content-Type: text/plain; name=a.txt")) == [True]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\kim\\note.txt", "note.txt"),
        ("a\u202etxt.exe", "a\ufffdtxt.exe"),
        ("a\x07b.txt", "a\ufffdb.txt"),
        ("x" * 500 + ".txt", "x" * 120),
        ("..", None),
    ],
)
def test_a_file_name_is_cleaned_for_people(name: str, shown: str | None) -> None:
    encoded = f"=?utf-8?b?{base64.b64encode(name.encode()).decode()}?="
    reading = read(multipart("\r\nHello", part(b"words", f'Content-Type: application/pdf; name="{encoded}"')))
    assert reading.attachments[0].filename == shown


def test_a_body_elsewhere_is_named_and_nothing_is_joined() -> None:
    def defects(kind: str) -> Reading:
        return read(multipart("\r\nHello", f"Content-Type: {kind}\r\n\r\nContent-Type: text/plain\r\n\r\n"))

    assert "external-body" in defects("message/external-body; access-type=URL; URL=http://example.org/").defects
    assert "partial" in defects("message/partial; id=x; number=1; total=2").defects
    assert not defects("application/pdf").defects


def test_sizes_are_those_of_the_content() -> None:
    reading = read(
        multipart(
            "\r\nHello", part(JPEG * 40, "Content-Type: image/jpeg"), "Content-Type: application/pdf\r\n\r\n12345"
        )
    )
    assert [one.size for one in reading.attachments] == [len(JPEG) * 40, 5]


@pytest.mark.parametrize(
    "name",
    [
        "a\u202egpj.pdf",
        "holiday.jpg:stream.txt",
        "holiday\uff0ejpg",
        "holi\u200bday.j\u200bpg",
        "scan.x3f",
        "letter.pages",
        "old.msg",
        "forwarded.eml",
        "a.HIF",
    ],
)
def test_a_name_that_is_dressed_up_seals(name: str) -> None:
    encoded = f"=?utf-8?b?{base64.b64encode(name.encode()).decode()}?="
    assert sealed(part(b"words", f'Content-Type: application/pdf; name="{encoded}"')) == [True]


@pytest.mark.parametrize(
    "content",
    [
        b"MZ" + bytes(500) + JPEG,
        b"GIMP" + b"\0" * 9 + b"\x89PNG\r\n\x1a\n",
        b"P6 1 1 255\n\0\0\0",
        b"\0" * 128 + b"DICM",
        b"\xff\x0a\0",
        b"qoif\0\0",
        b"FOVb\0",
        b"\x04\x22\x4d\x18\0",
        b"icns\0\0",
        b"%PDF-1.7\n" + archive("a.txt"),
        b"%PDF-1.7\n" + bytes(200_001) + archive("a.txt"),
    ],
)
def test_two_files_in_one_and_rare_pictures_are_sealed(content: bytes) -> None:
    assert sealed(part(content, "Content-Type: application/pdf")) == [True]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n" + JPEG, "application/pdf; name=a.pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + JPEG, "application/msword; name=a.doc"),
        (b"BEGIN:VCARD\r\nFN:Kim\r\n", "text/vcard; name=kim.vcf"),
        (b"words \xe2\x80\xae", "text/plain; name=report.v2.txt"),
    ],
)
def test_papers_that_may_hold_pictures_stay_open(content: bytes, kind: str) -> None:
    assert sealed(part(content, f"Content-Type: {kind}")) == [False]


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: multipart/mixed",
        "Content-Type: multipart/mixed; boundary=other",
        "Content-Type: multipart/mixed;",
    ],
)
def test_parts_are_found_where_the_boundary_is_missing_or_wrong(head: str) -> None:
    body = b"--edge\r\nContent-Type: text/plain\r\n\r\nHello\r\n--edge\r\n" + part(JPEG, "Content-Type: text/plain")
    reading = read(mail(head, body=body + b"--edge--\r\n"))
    assert (reading.text, [one.sealed for one in reading.attachments]) == ("Hello", [True])
    assert "no-boundary" in reading.defects
