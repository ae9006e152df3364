"""`mailbot attachment`: one goes into a file of the operator's alone, and is logged; a sealed one asks for a word."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest
from support.installation import Installation, office
from support.mails import SERVICE

from mailbot.demo.servers import EmbeddedServers

PDF, PICTURE = b"%PDF-1.4 canary\n%%EOF", b"\x89PNG\r\n\x1a\n canary in the picture"


def with_files(*files: tuple[str, str, str, bytes]) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = "alex@example.net", SERVICE, "x", "<p@example.net>"
    mail.set_content("See the files.")
    for maintype, subtype, name, data in files:
        mail.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@pytest.fixture
def house(tmp_path: Path, embedded: EmbeddedServers) -> Installation:
    found = Installation(tmp_path, embedded)
    files = ("application", "pdf", "form.pdf", PDF), ("image", "png", "../../secret holiday.png", PICTURE)
    embedded.append("help", with_files(*files))
    found.once(office("2026-11-24 10:00"))
    return found


def reference(house: Installation) -> str:
    (case,) = house.json("cases")
    return str(case["reference"])


def ids(house: Installation) -> list[str]:
    return [one["id"] for one in house.json("attachment", "list", reference(house))]


def acts(house: Installation) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(house.folder / "mailbot.db")) as database:
        return list(database.execute("SELECT who, act, detail FROM audit ORDER BY seq"))


def test_the_list_shows_type_size_and_seal_and_programs_get_no_name(house: Installation) -> None:
    found = house.json("attachment", "list", reference(house))
    assert [(one["content_type"], one["size"], one["sealed"]) for one in found] == [
        ("application/pdf", len(PDF), False),
        ("image/png", len(PICTURE), True),
    ]
    assert {one["id"].rpartition("-")[2] for one in found} == {"1", "2"}
    assert "holiday" not in house.run("attachment", "list", reference(house), "--json")
    assert "secret holiday.png" in house.run("attachment", "list", reference(house))


def test_a_file_is_written_for_the_operator_alone_and_logged_with_who_and_what(
    house: Installation, tmp_path: Path
) -> None:
    first, output = ids(house)[0], tmp_path / "form"
    before = os.umask(0)
    try:
        house.run("attachment", "open", first, "--output", str(output))
    finally:
        os.umask(before)
    assert output.read_bytes() == PDF
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    who, act, detail = acts(house)[-1]
    assert act == "attachment.opened"
    assert who.startswith("operator:")
    assert len(who) > len("operator:")
    assert detail == f'{{"number":1,"sealed":0,"size":{len(PDF)}}}'
    house.run("audit", "verify")


def test_a_sealed_one_opens_only_by_its_word(house: Installation, tmp_path: Path) -> None:
    second, output = ids(house)[1], tmp_path / "picture"
    house.run("attachment", "open", second, "--output", str(output), expect=2)
    assert not output.exists()
    assert acts(house)[-1][1] != "attachment.opened"
    house.run("attachment", "open", second, "--output", str(output), "--sealed")
    assert output.read_bytes() == PICTURE
    assert '"sealed":1' in acts(house)[-1][2]


def test_nothing_is_overwritten_and_nothing_goes_to_a_terminal(house: Installation, tmp_path: Path) -> None:
    first, output = ids(house)[0], tmp_path / "mine"
    output.write_bytes(b"mine")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    for target in (output, link, Path("/dev/stdout"), Path("/dev/null"), tmp_path / "no" / "folder"):
        said = house.run("attachment", "open", first, "--output", str(target), expect=2)
        assert "canary" not in said
    house.run("attachment", "open", first, expect=2)
    assert output.read_bytes() == b"mine"
    assert not (tmp_path / "elsewhere").exists()
    assert all(act != "attachment.opened" for _, act, _ in acts(house))


@pytest.mark.parametrize("number", ["3", "0", "-1", "x", "²", ""])
def test_a_number_that_no_attachment_has_is_an_error_and_opens_nothing(
    house: Installation, tmp_path: Path, number: str
) -> None:
    message_id = ids(house)[0].rpartition("-")[0]
    wrong = ["attachment", "open", "--output", str(tmp_path / "o"), "--", f"{message_id}-{number}"]
    house.run(*wrong, expect=1 if number == "3" else 2 if number in ("0", "x", "²", "") else None)
    assert not (tmp_path / "o").exists()


def test_an_unknown_message_is_an_error(house: Installation, tmp_path: Path) -> None:
    house.run("attachment", "open", "aaaaaaaaaaaaaaaa-1", "--output", str(tmp_path / "o"), expect=1)
    house.run("attachment", "list", "ABCDEF", expect=1)


def test_what_is_written_out_in_a_text_is_listed_as_sealed_and_not_cut_out(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "alex@example.net", SERVICE, "<u@example.net>"
    mail.set_content("See below.\nbegin 644 a.jpg\n#86)C\n`\nend\n")
    embedded.append("help", mail.as_bytes().replace(b"\n", b"\r\n"))
    house = Installation(tmp_path, embedded)
    house.once(office("2026-11-24 10:00"))
    (one,) = house.json("attachment", "list", reference(house))
    assert one["sealed"]
    house.run("attachment", "open", one["id"], "--sealed", "--output", str(tmp_path / "o"), expect=1)
    assert not (tmp_path / "o").exists()


def test_a_message_inside_the_message_is_one_attachment_whole(tmp_path: Path, embedded: EmbeddedServers) -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "other@example.org", "inside"
    inner.set_content("inner words")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "alex@example.net", SERVICE, "<f@example.net>"
    mail.set_content("Forwarded.")
    mail.add_attachment(inner)
    embedded.append("help", mail.as_bytes().replace(b"\n", b"\r\n"))
    house = Installation(tmp_path, embedded)
    house.once(office("2026-11-24 10:00"))
    (one,) = house.json("attachment", "list", reference(house))
    house.run("attachment", "open", one["id"], "--output", str(tmp_path / "o"))
    assert b"Subject: inside" in (tmp_path / "o").read_bytes()
    assert b"inner words" in (tmp_path / "o").read_bytes()
