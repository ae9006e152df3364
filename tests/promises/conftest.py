"""Fixtures of the promise tests: installations, and strace."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from promises.evidence import Scene
from support import processes
from support.facade import MailServers

MakeScene = Callable[..., Scene]


@pytest.fixture
def scene(tmp_path: Path) -> MakeScene:
    """`scene(servers)` makes an installation; a second one in a folder of its own, by `name`."""

    def make(servers: MailServers, name: str = "house", **options: object) -> Scene:
        return Scene(tmp_path / name, servers, **options)

    return make


@pytest.fixture(scope="session")
def strace() -> str:
    """The path of strace; without it the test is skipped, or fails where live tests must run."""
    found = processes.program("strace")
    lacks = "This test needs strace from Debian: make live-deps."
    if found is None and os.environ.get("MAILBOT_REQUIRE_LIVE") == "1":
        pytest.fail(lacks, pytrace=False)
    if found is None:
        pytest.skip(lacks)
    return found
