"""`mailbot backup`: one private file, proved before it has its name, or no file at all."""

from __future__ import annotations

import base64
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.installation import PROGRAM, Installation
from support.mails import first_mail
from support.processes import program
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers

CANARY = "a very particular canary sentence"


@pytest.fixture
def house(tmp_path: Path, embedded: EmbeddedServers) -> Installation:
    """An installation with one case."""
    found = Installation(tmp_path / "house", embedded, inbox="poll_seconds = 5")
    embedded.append("help", first_mail("kim@example.com", text=CANARY))
    found.once()
    return found


def _names(house: Installation) -> set[str]:
    return {path.name for path in house.folder.iterdir()}


def test_a_backup_is_one_private_file_that_a_plain_sqlite_finds_sound(house: Installation) -> None:
    before = _names(house)
    target = house.folder / "copy.backup"
    (said,) = house.json("backup", str(target))
    assert (said["messages"], said["cases"]) == (1, 1)
    assert oct(target.stat().st_mode & 0o777) == "0o600"
    assert _names(house) - before == {"copy.backup"}
    with closing(sqlite3.connect(f"file:{target}?mode=ro&immutable=1", uri=True)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copy.execute("SELECT count(*) FROM journal_raw").fetchall() == [(1,)]
    (verified,) = house.json("audit", "verify")
    assert said["head"] == verified["head"]
    assert said["acts"] == verified["rows"]


def test_neither_the_key_nor_a_word_of_a_message_is_in_a_backup(house: Installation) -> None:
    target = house.folder / "copy.backup"
    house.run("backup", str(target))
    key = (house.folder / "mailbot.key").read_text().splitlines()[-1]
    data = target.read_bytes()
    for secret in (key.encode(), base64.b64decode(key), CANARY.encode(), b"kim@example.com"):
        assert secret not in data


def test_an_existing_file_is_never_overwritten(house: Installation) -> None:
    target = house.folder / "copy.backup"
    target.write_text("precious")
    house.run("backup", str(target), expect=2)
    assert target.read_text() == "precious"


def test_a_link_that_leads_nowhere_is_not_followed(house: Installation) -> None:
    target = house.folder / "copy.backup"
    target.symlink_to(house.folder / "elsewhere")
    house.run("backup", str(target), expect=2)
    assert not (house.folder / "elsewhere").exists()


def test_a_folder_that_is_missing_is_named(house: Installation) -> None:
    house.run("backup", str(house.folder / "missing" / "copy.backup"), expect=2)


def test_a_full_disk_leaves_no_file_behind(house: Installation) -> None:
    limit = program("prlimit")
    assert limit, "util-linux has prlimit"
    before = _names(house)
    house.run("backup", str(house.folder / "copy.backup"), expect=1, program=[limit, "--fsize=65536", *PROGRAM])
    assert _names(house) == before
    house.run("backup", str(house.folder / "copy.backup"))


def test_a_damaged_database_gives_no_backup(house: Installation) -> None:
    database = house.folder / "mailbot.db"
    with closing(sqlite3.connect(database)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_audit_subject'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 200)
    before = _names(house)
    house.run("backup", str(house.folder / "copy.backup"), expect=1)
    assert _names(house) == before


def test_an_audit_that_was_changed_gives_no_backup(house: Installation) -> None:
    with closing(sqlite3.connect(house.folder / "mailbot.db")) as connection, connection:
        connection.execute("UPDATE audit SET who = 'nobody' WHERE seq = 1")
    house.run("backup", str(house.folder / "copy.backup"), expect=1)
    assert not (house.folder / "copy.backup").exists()


def test_a_backup_works_while_the_daemon_does(house: Installation, embedded: EmbeddedServers) -> None:
    with house.daemon():
        until(lambda: house.status()["ages"]["tick"] is not None, seconds=60)
        for number in range(20):
            embedded.append("help", first_mail(f"person{number}@example.net"))
        taken = []
        while house.status()["journal"]["processed"] < 21:
            target = house.folder / f"{len(taken)}.backup"
            taken += house.json("backup", str(target))
    counts = [(one["messages"], one["acts"]) for one in taken]
    assert counts == sorted(counts)
