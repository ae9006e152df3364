"""Passwords are read when they are needed, from a file or the environment, and an error names the key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailbot.config import Config
from mailbot.errors import ConfigError

Loads = Callable[..., Config]

USER = 'username = "help"'
FROM_FILE = f'{USER}\npassword_file = "secret"'
FROM_ENV = f'{USER}\npassword_env = "MAILBOT_TEST_PASSWORD"'


@pytest.mark.parametrize(
    ("stored", "password"),
    [("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"), ("hunter2", "hunter2"), (" h u \n", " h u "), ("ü\n", "ü")],
)
def test_a_password_file_holds_the_password_and_a_line_end(
    loads: Loads, tmp_path: Path, stored: str, password: str
) -> None:
    config = loads(USER, FROM_FILE)
    (tmp_path / "secret").write_bytes(stored.encode())
    assert config.inbox.password() == password


def test_a_password_in_the_environment_is_read_late(loads: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    config = loads(USER, FROM_ENV)
    monkeypatch.setenv("MAILBOT_TEST_PASSWORD", "hunter2")
    assert config.inbox.password() == "hunter2"


def test_a_missing_file_is_named_with_its_key(loads: Loads, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f'inbox.password_file = "{tmp_path}/secret": .* No such file'):
        loads(USER, FROM_FILE).inbox.password()


def test_a_file_that_is_no_text_is_refused_without_showing_it(loads: Loads, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"hunter2\xff")
    with pytest.raises(ConfigError, match=r"inbox.password_file .* not UTF-8") as caught:
        loads(USER, FROM_FILE).inbox.password()
    assert "hunter2" not in str(caught.value)


def test_an_empty_password_is_refused(loads: Loads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("\n")
    with pytest.raises(ConfigError, match="inbox.password_file"):
        loads(USER, FROM_FILE).inbox.password()
    monkeypatch.delenv("MAILBOT_TEST_PASSWORD", raising=False)
    with pytest.raises(ConfigError, match='inbox.password_env = "MAILBOT_TEST_PASSWORD"'):
        loads(USER, FROM_ENV).inbox.password()


def test_a_password_of_two_lines_is_refused_without_showing_it(loads: Loads, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\nhunter3\n")
    with pytest.raises(ConfigError, match="on one line") as caught:
        loads(USER, FROM_FILE).inbox.password()
    assert "hunter" not in str(caught.value)


def test_no_password_at_all_is_missed_when_it_is_needed(loads: Loads) -> None:
    with pytest.raises(ConfigError, match="submission.password_file is missing"):
        loads().submission.password()
