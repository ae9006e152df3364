"""The clock is set while the daemon runs, and zone data is old or changes (F33, F34)."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from faults.conftest import MakeFaulty
from faults.house import TEN, FaultyHouse
from support.mails import answer_to
from support.waiting import until

pytestmark = pytest.mark.timeout(300)

SPEED = 30.0
"""The ten minutes that a clock must agree take twenty seconds."""
GRACE = 60


def _held_answer(here: FaultyHouse) -> None:
    """Kim wrote, and Dana answered; the answer waits for an hour."""
    here.write("kim@example.com")
    here.answered("kim@example.com")
    until(lambda: here.servers.mailbox("dana"), seconds=60)
    here.servers.append("help", answer_to(here.servers.mailbox("dana")[0], "We can help you."))
    until(lambda: [row["letter"] for row in here.outbox() if row["state"] == "held"], seconds=60)


@pytest.mark.timeout(300)
def test_f33_a_clock_set_on_by_hours_lets_nothing_out_before_ten_minutes_agreed(faulty: MakeFaulty) -> None:
    here = faulty(grace_minutes=GRACE)
    here.speed = SPEED
    with here.daemon():
        _held_answer(here)
        here.set_clock(hours=3)
        jumped = here.now
        here.named("clock:")
        until(lambda: len(here.letters("kim@example.com")), lambda number: number == 2, seconds=120)
        until(here.problems, lambda found: not any(one.startswith("clock:") for one in found), seconds=60)
    left = here.letters("kim@example.com")[1]["Date"].datetime
    assert left - jumped > timedelta(minutes=9, seconds=30), "the beat that saw the jump may have come a little before"


@pytest.mark.deep
@pytest.mark.timeout(300)
def test_f33_a_clock_set_back_by_a_day_is_named_and_mail_is_read_and_answered_once(faulty: MakeFaulty) -> None:
    here = faulty()
    here.speed = SPEED
    with here.daemon():
        here.write("kim@example.com")
        here.answered("kim@example.com")
        here.set_clock(days=-1)
        here.named("clock:")
        here.write("lee@example.net")
        here.answered("lee@example.net")
        until(here.problems, lambda found: not found, seconds=120)
    assert len(here.letters("kim@example.com")) == 1
    here.house.at = here.now
    here.once(expect=0)
    assert [len(here.letters(one)) for one in ("kim@example.com", "lee@example.net")] == [1, 1]


def test_f33_a_clock_that_stands_before_what_is_stored_keeps_what_is_held(faulty: MakeFaulty) -> None:
    """After a restart with a clock of last week: a letter due by the true clock, and by this one, waits."""
    here = faulty(grace_minutes=5)
    here.write("kim@example.com")
    here.once(TEN)
    here.servers.append("help", answer_to(here.servers.mailbox("dana")[0], "We can help you."))
    here.once(TEN + timedelta(minutes=1))
    here.house.once(TEN - timedelta(days=7), expect=None)
    assert any(problem.startswith("clock:") for problem in here.house.status(expect=1)["problems"])
    assert len(here.letters("kim@example.com")) == 1
    here.once(TEN + timedelta(minutes=7))
    assert len(here.letters("kim@example.com")) == 2


# Zone data


def zone_data(folder: Path, zones: dict[str, str]) -> str:
    """System files of a release newer than the package's, in which each zone has the rules of another."""
    with as_file(files("tzdata")) as package:
        for name, rules in zones.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(package / "zoneinfo" / rules, folder / name)
    (folder / "tzdata.zi").write_text("# version 2099z\n")
    return str(folder)


RIGHT = {"America/Vancouver": "America/Vancouver"}


def test_f34_on_stale_zone_data_nothing_starts_and_check_and_status_say_why(
    faulty: MakeFaulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = faulty()
    here.write("kim@example.com")
    stale = zone_data(tmp_path / "zones", {"America/Vancouver": "America/Los_Angeles"})
    monkeypatch.setenv("PYTHONTZPATH", stale)
    here.once(TEN, expect=2)
    here.house.run("run", expect=2)
    assert "zone" in " ".join(here.house.status(expect=1)["problems"])
    assert here.servers.sent == []
    assert len(here.inbox()) == 1
    assert "19:00 UTC" in here.house.run("check", expect=1)
    monkeypatch.delenv("PYTHONTZPATH")
    here.once(TEN)
    assert len(here.letters("kim@example.com")) == 1


def test_f34_a_hold_is_wall_time_and_is_computed_again_when_the_zone_data_changes(
    faulty: MakeFaulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The office is in Regina; a new release says that Regina has two hours less from now on."""
    here = faulty()
    text = here.house.config.read_text()
    here.house.config.write_text(text.replace("[inbox]\n", 'time_zone = "America/Regina"\n[inbox]\n', 1))
    monkeypatch.setenv("PYTHONTZPATH", zone_data(tmp_path / "old", RIGHT | {"America/Regina": "Etc/GMT+6"}))
    here.write("kim@example.com")
    here.once(TEN)
    answer = answer_to(here.servers.mailbox("dana")[0], "#hold until 2026-11-26 09:00\n\nWe can help you.")
    here.servers.append("help", answer)
    here.once(TEN + timedelta(minutes=1))
    assert _releases(here) == ["2026-11-26T09:00:00-06:00"]
    monkeypatch.setenv("PYTHONTZPATH", zone_data(tmp_path / "new", RIGHT | {"America/Regina": "Etc/GMT+8"}))
    assert _releases(here) == ["2026-11-26T09:00:00-08:00"]
    here.once(datetime.fromisoformat("2026-11-26T09:01:00-06:00"))
    assert len(here.letters("kim@example.com")) == 1, "nine o'clock by the old data is seven by the new"
    here.once(datetime.fromisoformat("2026-11-26T09:01:00-08:00"))
    assert len(here.letters("kim@example.com")) == 2


def _releases(here: FaultyHouse) -> list[str]:
    return [row["release_at"] for row in here.outbox() if row["state"] == "held"]
