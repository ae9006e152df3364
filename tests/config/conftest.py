"""A configuration that is right, and a way to make it wrong in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailbot.config import Config, load

RIGHT = """\
[service]
name = "Support"
address = "help@service.example"
sender_name = "Support Service"
[inbox]
host = "imap.example.org"
username = "help"
[submission]
host = "smtp.example.org"
[staff]
members = [{ name = "Dana", address = "Dana@example.net", aliases = ["d@example.net"] }]
"""


@pytest.fixture
def right() -> str:
    return RIGHT


@pytest.fixture
def loads(tmp_path: Path) -> Callable[..., Config]:
    """Loads RIGHT with `old` replaced by `new`, and `more` behind it."""

    def loaded(old: str = "", new: str = "", more: str = "") -> Config:
        assert old in RIGHT
        path = tmp_path / "config.toml"
        path.write_text(RIGHT.replace(old, new, 1) + more, "utf-8")
        return load(path)

    return loaded
