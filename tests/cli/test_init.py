"""`mailbot init`: a folder that loads as it is, private, and never a second key."""

from __future__ import annotations

import base64
import json
import os
import pty
import stat
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailbot.cli.init import MARK, QUESTIONS, written
from mailbot.config import load, parse
from scheduler import Clock
from scheduler.zone import zone

NOW = datetime(2026, 11, 24, 22, 15, 30, 123456, tzinfo=zone("America/Vancouver"))


def init(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "MAILBOT_CONFIG"}
    return subprocess.run(
        [sys.executable, "-m", "mailbot", "init", str(folder), *more],
        capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "mailbot"
    done = init(folder)
    assert done.returncode == 0, done.stderr
    assert f"mailbot check --config {folder / 'config.toml'}" in done.stdout
    assert "second copy" in done.stdout
    return folder


def test_it_makes_three_private_files_in_a_private_folder(made: Path) -> None:
    assert {"config.toml", "mailbot.key", "mailbot.db"} <= {path.name for path in made.iterdir()}
    assert mode(made) == 0o700
    assert {mode(path) for path in made.iterdir()} == {0o600}


def test_the_configuration_loads_as_it_is_and_since_is_the_instant_of_init(made: Path) -> None:
    config = load(made / "config.toml")
    assert config.storage.key_file == made / "mailbot.key"
    assert config.inbox.since
    assert config.inbox.since.utcoffset() == timedelta(hours=-7)
    assert abs(config.inbox.since - Clock().now()) < timedelta(minutes=5)


def test_the_key_is_a_comment_and_32_bytes(made: Path) -> None:
    comment, line = (made / "mailbot.key").read_text("ascii").splitlines()
    assert comment.startswith("# mailbot key: keep a second copy in another place")
    assert len(base64.b64decode(line, validate=True)) == 32


def test_what_must_be_edited_is_marked(made: Path) -> None:
    marked = [line.split()[0] for line in (made / "config.toml").read_text().splitlines() if line.endswith(MARK)]
    assert marked == ["name", "address", "sender_name", "host", "username", "password_file"] + [
        "host", "username", "password_file", "{",
    ]  # fmt: skip


def test_a_second_init_is_refused_and_touches_nothing(made: Path) -> None:
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    done = init(made)
    assert done.returncode == 2
    assert str(made) in done.stderr
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before


@pytest.mark.parametrize("name", ["mailbot.key", "notes.txt"])
def test_a_folder_with_anything_in_it_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    done = init(tmp_path)
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    done = init(tmp_path / "file")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_an_empty_folder_is_taken_and_programs_get_paths(tmp_path: Path) -> None:
    done = init(tmp_path, "--json", "--config", "absent.toml")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "config": str(tmp_path / "config.toml"),
        "key": str(tmp_path / "mailbot.key"),
        "database": str(tmp_path / "mailbot.db"),
    }


def test_answers_take_the_examples_places_and_their_marks_go() -> None:
    answers = dict(
        zip(QUESTIONS, ['The "Café"', "Désk", "h@a.test", "i.test", "s.test", "Ann", "a@b.test"], strict=True)
    )
    text = written(answers, since=NOW)
    config = parse(text.encode(), Path("config.toml"))
    assert (config.service.name, config.service.sender_name, config.service.address) == (
        'The "Café"',
        "Désk",
        "h@a.test",
    )
    assert (config.inbox.host, config.submission.host, config.inbox.username) == ("i.test", "s.test", "h@a.test")
    assert (config.staff.members[0].name, config.staff.members[0].address) == ("Ann", "a@b.test")
    assert config.inbox.since == NOW.replace(microsecond=0)
    assert [line.split()[0] for line in text.splitlines() if line.endswith(MARK)] == ["password_file"] * 2


def test_on_a_terminal_it_asks_and_a_wrong_answer_makes_nothing(tmp_path: Path) -> None:
    parent, child = pty.openpty()
    os.write(parent, b"Our Service\n\nnot an address\n\n\n\n\n")
    run = [sys.executable, "-m", "mailbot", "init", str(tmp_path / "data")]
    done = subprocess.run(run, stdin=child, stdout=child, stderr=subprocess.PIPE, text=True)
    os.close(child)
    os.close(parent)
    assert done.returncode == 2
    assert 'service.address = "not an address": expected an address' in done.stderr
    assert not (tmp_path / "data").exists()
