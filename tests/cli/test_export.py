"""`mailbot export`: what a person may have who asks what is held about them, and nothing of anybody else."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import zipfile
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest
from support.installation import Installation, office
from support.mails import SERVICE, answer_to, first_mail

from mailbot.demo.servers import EmbeddedServers

PERSON, DAY = "kim@example.org", office("2026-11-24 10:00")
PICTURE = b"\x89PNG\r\n\x1a\n canary in the picture"


@pytest.fixture
def house(tmp_path: Path, embedded: EmbeddedServers) -> Installation:
    """A person wrote, Dana answered with a private note, and another answer is held."""
    found = Installation(tmp_path / "house", embedded, grace_minutes=0)
    embedded.append("help", first_mail(PERSON, text="What I wrote."), received_at=DAY)
    found.once(DAY)
    notice = embedded.mailbox("dana")[-1]
    embedded.append("help", answer_to(notice, "What Dana answered."), received_at=DAY)
    embedded.append("help", answer_to(notice, "#note\r\nWhat only staff may read."), received_at=DAY)
    found.once(DAY)
    at_night = office("2026-11-24 22:00")
    embedded.append("help", answer_to(notice, "What never left."), received_at=at_night)
    found.once(at_night)
    return found


def exported(house: Installation, tmp_path: Path, *options: str) -> zipfile.ZipFile:
    (case,) = house.json("cases")
    house.run("export", case["reference"], "--output", str(tmp_path / "out.zip"), *options)
    return zipfile.ZipFile(tmp_path / "out.zip")


def everything(archive: zipfile.ZipFile) -> str:
    return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def test_it_holds_both_directions_whole_and_the_times_of_the_office(house: Installation, tmp_path: Path) -> None:
    archive = exported(house, tmp_path)
    originals = [name for name in archive.namelist() if name.endswith(".eml")]
    assert [name.split("-")[1] for name in originals] == ["in", "out", "out"]
    assert b"What I wrote." in archive.read(originals[0])
    # Each process of a test begins at the same stamp: which of the two left first, the clock does not say.
    assert sum(b"What Dana answered." in archive.read(name) for name in originals[1:]) == 1
    text = archive.read("index.txt").decode()
    assert "2026-11-24 10:00 (UTC-0700)" in text
    assert "What I wrote." in text
    assert "What Dana answered." in text
    assert PERSON in text


def test_words_of_staff_and_letters_that_never_left_are_counted_and_not_shown(
    house: Installation, tmp_path: Path
) -> None:
    archive = exported(house, tmp_path)
    assert "only staff may read" not in everything(archive)
    assert "never left" not in everything(archive)
    assert "dana@service.example" not in everything(archive)
    text = archive.read("index.txt").decode()
    assert "Notes of staff: 1" in text
    assert "Letters that did not leave: 1" in text


def test_its_list_of_hashes_covers_every_other_file(house: Installation, tmp_path: Path) -> None:
    archive = exported(house, tmp_path)
    lines = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines())
    assert set(lines) == set(archive.namelist()) - {"SHA256SUMS"}
    assert all(hashlib.sha256(archive.read(name)).hexdigest() == digest for name, digest in lines.items())


def test_the_file_is_the_operators_alone_and_the_act_is_logged(house: Installation, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        archive = exported(house, tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.zip").stat().st_mode) == 0o600
    assert archive.testzip() is None
    with closing(sqlite3.connect(house.folder / "mailbot.db")) as database:
        who, act = database.execute("SELECT who, act FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    assert (act, who.partition(":")[0]) == ("case.exported", "operator")
    house.run("audit", "verify")


def test_nothing_is_overwritten_and_a_wrong_reference_makes_no_file(house: Installation, tmp_path: Path) -> None:
    (case,) = house.json("cases")
    mine = tmp_path / "mine.zip"
    mine.write_bytes(b"mine")
    house.run("export", case["reference"], "--output", str(mine), expect=2)
    assert mine.read_bytes() == b"mine"
    house.run("export", "ABCDEF", "--output", str(tmp_path / "none.zip"), expect=1)
    assert not (tmp_path / "none.zip").exists()


def test_without_a_name_it_lies_where_one_stands_under_its_reference(
    house: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (case,) = house.json("cases")
    (said,) = house.json("export", case["reference"])
    assert said["file"] == f"{case['reference']}.zip"
    assert said["sha256"] == hashlib.sha256((tmp_path / said["file"]).read_bytes()).hexdigest()
    assert said["messages"] == 3


def test_a_sealed_attachment_stays_out_with_its_message_and_its_hash_is_told(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = PERSON, SERVICE, "<p@example.net>"
    mail.set_content("See the picture.")
    mail.add_attachment(PICTURE, maintype="image", subtype="png", filename="a.png")
    house = Installation(tmp_path / "house", embedded)
    embedded.append("help", mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    house.once(DAY)
    archive = exported(house, tmp_path)
    assert [name.split("-")[1] for name in archive.namelist() if name.endswith(".eml")] == ["out"]
    text = archive.read("index.txt").decode()
    assert "See the picture." in text
    assert hashlib.sha256(PICTURE).hexdigest() in text
    (tmp_path / "out.zip").unlink()
    whole = exported(house, tmp_path, "--sealed")
    assert len([name for name in whole.namelist() if name.endswith(".eml")]) == 2


def test_an_erased_case_has_nothing_left(house: Installation, tmp_path: Path) -> None:
    (case,) = house.json("cases")
    house.run("erase", case["reference"])
    house.run("export", case["reference"], "--output", str(tmp_path / "o.zip"), expect=1)
    assert not (tmp_path / "o.zip").exists()
