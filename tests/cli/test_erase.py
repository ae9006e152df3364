"""`mailbot erase` as an operator meets it: asked on a terminal, told what is beyond reach, and never half done."""

from __future__ import annotations

import os
import pty
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from support.installation import PROGRAM, Installation, office
from support.mails import first_mail

from mailbot.demo.servers import EmbeddedServers

DAY = office("2026-11-24 10:00")


@pytest.fixture
def house(tmp_path: Path, embedded: EmbeddedServers) -> Installation:
    found = Installation(tmp_path, embedded)
    embedded.append("help", first_mail("kim@example.org"))
    found.once(DAY)
    return found


def reference(house: Installation) -> str:
    (case,) = house.json("cases")
    return str(case["reference"])


def on_a_terminal(house: Installation, typed: str, *arguments: str) -> tuple[int, str]:
    """The command with a terminal at both ends; its exit code and all that the terminal showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *arguments], env=house.environment(), stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    os.write(ours, f"{typed}\n".encode())
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(timeout=60), shown.decode()


def test_on_a_terminal_it_asks_for_the_reference_and_another_word_erases_nothing(house: Installation) -> None:
    case = reference(house)
    code, shown = on_a_terminal(house, "yes", "erase", case)
    assert code == 1
    assert "nothing was erased" in shown
    assert house.json("case", case)[0]["conversations"] != []
    code, shown = on_a_terminal(house, case, "erase", case)
    assert code == 0
    assert house.json("case", case)[0]["conversations"] == []


def test_it_says_what_it_cannot_reach(house: Installation) -> None:
    said = house.run("erase", reference(house))
    assert "Mailbot/Done" in said
    assert "backups" in said
    assert "mailbot.erased" in said
    assert "mailboxes of staff" in said


def test_erasing_again_changes_nothing_and_an_unknown_case_is_an_error(house: Installation) -> None:
    case = reference(house)
    house.run("erase", case)
    notes = (house.folder / "mailbot.erased").read_text()
    assert "erased before" in house.run("erase", case)
    assert (house.folder / "mailbot.erased").read_text() == notes
    house.run("erase", "ABCDEF", expect=1)
    house.run("erase", expect=2)


def test_an_erased_case_can_be_looked_at_and_shows_its_skeleton(house: Installation) -> None:
    case = reference(house)
    house.run("erase", case)
    (shown,) = house.json("case", case, "--text")
    assert (shown["status"], shown["conversations"], shown["followups"], shown["text"]) == ("closed", [], [], [])
    house.run("case", case)
    house.run("outbox", "--all")
    house.run("status", expect=None)


def test_where_somebody_reads_the_database_it_says_so_and_finishes_when_called_again(house: Installation) -> None:
    case = reference(house)
    with closing(sqlite3.connect(house.folder / "mailbot.db", isolation_level=None)) as reading:
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM journal").fetchone()
        (done,) = house.json("erase", case, expect=1)
        assert (done["erased"], done["files_clean"]) == (True, False)
        reading.execute("COMMIT")
    (again,) = house.json("erase", case)
    assert again["files_clean"] is True


def test_where_the_note_cannot_be_written_nothing_is_erased(house: Installation) -> None:
    case = reference(house)
    (house.folder / "mailbot.erased").mkdir()
    house.run("erase", case, expect=2)
    assert house.json("case", case)[0]["conversations"] != []
