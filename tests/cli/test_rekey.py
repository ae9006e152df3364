"""`mailbot rekey`: another key for everything, and at every instant exactly one file that opens the database."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.installation import PROGRAM, Installation
from support.mails import first_mail
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers
from mailbot.steps import Step

KILLER = [sys.executable, str(Path(__file__).parent.parent / "history" / "killer.py")]


@pytest.fixture
def house(tmp_path: Path, embedded: EmbeddedServers) -> Installation:
    """An installation with two cases."""
    found = Installation(tmp_path / "house", embedded)
    for name in ("kim", "lee"):
        embedded.append("help", first_mail(f"{name}@example.com"))
    found.once()
    return found


def _key(house: Installation) -> str:
    return (house.folder / "mailbot.key").read_text()


def _opens_with(house: Installation, key: str) -> bool:
    """Whether this key file alone opens the database."""
    there = _key(house)
    (house.folder / "mailbot.key").write_text(key)
    done = subprocess.run([*PROGRAM, "cases"], env=house.environment(), capture_output=True)
    (house.folder / "mailbot.key").write_text(there)
    assert done.returncode in (0, 2), done.stderr
    return done.returncode == 0


def test_everything_is_readable_with_the_new_key_and_the_old_one_is_kept(house: Installation) -> None:
    old = _key(house)
    references = [case["reference"] for case in house.json("cases")]
    (said,) = house.json("rekey")
    assert said["cases"] == 2
    assert _key(house) != old
    assert Path(said["old_key"]).read_text() == old
    assert oct(Path(said["old_key"]).stat().st_mode & 0o777) == "0o600"
    assert not _opens_with(house, old)
    for reference in references:
        house.run("case", reference, "--text")
    house.run("audit", "verify")


def test_a_second_mail_of_a_person_is_recognised_after_it(house: Installation, embedded: EmbeddedServers) -> None:
    house.run("rekey")
    embedded.append("help", first_mail("kim@example.com", text="More of it.", message_id="second@example.com"))
    house.once()
    told = [raw for raw in embedded.mailbox("dana") if b"kim@example.com" in raw]
    assert b"erhaps" in told[-1], "the notice names the case that the same address opened"
    assert len([one for one in embedded.sent if one.rcpt_to == ("kim@example.com",)]) == 1


def test_a_backup_of_before_needs_the_old_key_and_the_refusal_names_its_file(house: Installation) -> None:
    house.run("backup", str(house.folder / "copy.backup"))
    (said,) = house.json("rekey")
    for path in house.folder.glob("mailbot.db*"):
        path.unlink()
    done = subprocess.run(
        [*PROGRAM, "restore", str(house.folder / "copy.backup")],
        env=house.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert said["old_key"] in done.stderr
    shutil.copy(said["old_key"], house.folder / "mailbot.key")
    house.run("restore", str(house.folder / "copy.backup"))
    assert len(house.json("cases")) == 2


def test_a_mailbox_at_work_keeps_its_key(house: Installation) -> None:
    old = _key(house)
    with house.daemon():
        until(lambda: (house.status()["ages"]["tick"] or 99) < 60, seconds=60)
        house.run("rekey", expect=1)
        assert _key(house) == old
        assert not (house.folder / "mailbot.key.new").exists()


@pytest.mark.parametrize(("moment", "committed"), [("before", False), ("after", True)])
def test_killed_at_its_commit_exactly_one_key_opens_and_the_next_call_finishes(
    house: Installation, moment: str, committed: bool
) -> None:
    old = _key(house)
    log = house.folder / "steps.log"
    done = subprocess.run([*KILLER, str(log), f"{moment}:{Step.REKEY}:1", "--", "rekey"], env=house.environment())
    assert done.returncode == -9
    new = (house.folder / "mailbot.key.new").read_text()
    assert (_opens_with(house, old), _opens_with(house, new)) == (not committed, committed)
    if committed:
        refused = subprocess.run([*PROGRAM, "cases"], env=house.environment(), capture_output=True, text=True)
        assert "mailbot.key.new holds that key" in refused.stderr
        assert "`mailbot rekey`" in refused.stderr
    house.run("rekey")
    assert not (house.folder / "mailbot.key.new").exists()
    assert (_key(house) == new) is committed
    assert len(house.json("cases")) == 2


def test_half_a_new_key_left_by_a_kill_is_in_nobodys_way(house: Installation) -> None:
    (house.folder / "mailbot.key.new").write_text("# mailbot key")
    old = _key(house)
    house.run("rekey")
    assert _key(house) != old
    assert len(house.json("cases")) == 2
