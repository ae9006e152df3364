"""Files written out in a text, and files inside files: told of, sealed, never shown (A41, promise 12)."""

from __future__ import annotations

import base64
import struct

import pytest
from reading.build import multipart, read
from reading.test_files import JPEG, part
from tnefparse import TNEF

from mailbot.reading import tnef
from mailbot.reading.writtenout import take_out

UU = "begin 644 a.jpg\n#0V%T\n`\nend\n"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"before\n{UU}after", "before\nafter"),
        ("before\nbegin 644 a.jpg\n#0V%T\nafter the cut", "before\nafter the cut"),
        ("before\n> begin 644 a.jpg\n> #0V%T\n> `\n> end\nafter", "before\nafter"),
        (f"{UU}{UU}", ""),
        ("=ybegin line=128 size=9 name=a.jpg\nxyz\n=yend size=9\nafter", "after"),
        ("see data:image/png;base64,iVBORw0KGgo= here", "see  here"),
    ],
)
def test_a_file_in_a_text_is_taken_out_and_nothing_else(text: str, left: str) -> None:
    found, files = take_out(text)
    assert found == left
    assert files
    assert all(file.sealed for file in files)


@pytest.mark.parametrize(
    "text",
    [
        "begin 100 things\nwhich I have to do\nend",
        "I will begin 644 times\nand never\nend",
        "data: none, really",
        "my key\n" + base64.encodebytes(b"nothing to see " * 30).decode() + "that was it",
        "https://example.org/" + "a" * 400,
    ],
)
def test_the_words_of_a_person_stay(text: str) -> None:
    assert take_out(text) == (text, [])


@pytest.mark.parametrize("mark", ["", "> "])
def test_a_picture_in_bare_base64_is_taken_out(mark: str) -> None:
    lines = base64.encodebytes(JPEG * 6).decode().splitlines()
    text = "before\n" + "".join(f"{mark}{line}\n" for line in lines) + "word"
    found, files = take_out(text)
    assert found.split() == ["before", "word"]
    assert [file.sealed for file in files] == [True]
    assert [file.sealed for file in take_out("x " + "".join(lines) + " y")[1]] == [True]


def _object(name: int, data: bytes, level: int = 2) -> bytes:
    return struct.pack("<BHHI", level, name, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _property(kind: int, key: int, data: bytes) -> bytes:
    return struct.pack("<HHII", kind, key, 1, len(data)) + data + bytes(-len(data) % 4)


def _file(title: bytes, data: bytes, *properties: bytes) -> bytes:
    listed = _object(0x9005, struct.pack("<I", len(properties)) + b"".join(properties)) if properties else b""
    return _object(0x9002, bytes(14)) + _object(0x8010, title + b"\0") + _object(0x800F, data) + listed


def winmail(*objects: bytes, text: bytes = b"") -> bytes:
    head = tnef.SIGNATURE + b"\1\0" + _object(0x9006, struct.pack("<I", 0x10000), 1)
    head += _object(0x9007, struct.pack("<II", 1252, 0), 1)
    return head + (_object(0x800C, text + b"\0", 1) if text else b"") + b"".join(objects)


def carrying(data: bytes, body: str = "Hello") -> bytes:
    return multipart(
        f"\r\n{body}",
        part(data, "Content-Type: application/ms-tnef", "Content-Disposition: attachment; filename=winmail.dat"),
    )


LONG_NAME = _property(0x1F, 0x3707, "Müll holiday.jpg\0".encode("utf-16-le"))
WHOLE = winmail(_file(b"MLLHOL~1.JPG", b"words", LONG_NAME), _file(b"letter.pdf", b"%PDF-1.7"), _file(b"x.pdf", JPEG))


def test_the_files_in_a_winmail_dat_are_told_of_and_sealed_by_the_same_rules() -> None:
    first, *inside = read(carrying(WHOLE)).attachments
    assert (first.filename, first.size, first.sealed) == ("winmail.dat", len(WHOLE), True)
    assert [(one.filename, one.size, one.sealed) for one in inside] == [
        ("Müll holiday.jpg", 5, True),
        ("letter.pdf", 8, False),
        ("x.pdf", len(JPEG), True),
    ]


def test_the_library_finds_the_same_files() -> None:
    ours = [(file.name, file.size) for file in tnef.read(WHOLE).files]
    assert ours == [(one.long_filename(), len(one.data)) for one in TNEF(WHOLE).attachments]


def test_the_text_inside_is_a_hint_where_there_is_no_other() -> None:
    data = winmail(text=b"Hello caf\xe9")
    assert read(carrying(data, body="")).text == "Hello café"
    assert read(carrying(data, body="")).reply == ""
    assert read(carrying(data, body="Other words")).text == "Other words"


@pytest.mark.parametrize(
    "data",
    [
        WHOLE[:200],
        winmail(_object(0x9003, struct.pack("<IHHI", 2**32 - 1, 3, 1, 7), 1)),
        winmail(_object(0x9003, struct.pack("<IHHI", 2**32 - 1, 0x1001, 1, 2**32 - 1), 1)),
        winmail(_object(0x9003, struct.pack("<IHHI", 1, 0x1E, 1, 2**32 - 1), 1)),
        winmail(_object(0x9002, b"", 1) * 5000),
        tnef.SIGNATURE,
    ],
)
def test_a_winmail_dat_that_lies_ends_with_its_bytes_and_a_defect(data: bytes) -> None:
    assert "tnef" in read(carrying(data)).defects or data == tnef.SIGNATURE


def test_a_message_inside_a_message_is_followed_to_a_limit() -> None:
    data = winmail(_file(b"holiday.jpg", JPEG))
    for _ in range(20):
        inner = b"\7\3\2\0\0\0\0\0\xc0\0\0\0\0\0\0F" + data
        data = winmail(
            _object(0x9002, bytes(14)) + _object(0x9005, struct.pack("<I", 1) + _property(13, 0x3701, inner))
        )
    inside = read(carrying(data)).attachments[1:]
    assert 2 <= len(inside) <= 10
    assert all(one.sealed for one in inside)
