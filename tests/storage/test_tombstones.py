"""The notes of what was erased: durable, private, only added to; what cannot be read is an error, never passed over."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mailbot.errors import ConfigError
from storage.tombstones import Message, Tombstones, note, path_beside, read

A, B = "a" * 16, "b" * 16
FOUND = Tombstones((A,), (Message(B, (bytes(16), bytes([7]) * 16)),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return path_beside(tmp_path / "mailbot.key")


def test_what_is_noted_is_read_again_and_only_once(path: Path) -> None:
    assert read(path) == Tombstones()
    note(path, FOUND)
    note(path, FOUND)
    note(path, Tombstones((B,)))
    assert read(path) == Tombstones((A, B), FOUND.messages)
    assert path.read_text().count(f"case {A}\n") == 1


def test_the_file_lies_beside_the_key_for_its_owner_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        note(path, FOUND)
    finally:
        os.umask(before)
    assert path.name == "mailbot.erased"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("line", ["case x", f"case {A} more", "kase", f"message {B} 00", "case " + "A" * 16, "é"])
def test_a_line_of_another_form_is_named_with_its_number(path: Path, line: str) -> None:
    note(path, FOUND)
    with path.open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(ConfigError, match=r"line 4|cannot be read"):
        read(path)


def test_after_a_line_that_a_crash_cut_off_the_next_one_stands_alone(path: Path) -> None:
    path.write_text(f"case {A}")
    note(path, Tombstones((B,)))
    assert read(path) == Tombstones((A, B))


def test_where_it_cannot_be_written_nothing_is_erased(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing was erased"):
        note(tmp_path / "no" / "mailbot.erased", FOUND)
