"""One service, its letters, and an operator's folder in which every French letter is reviewed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from support.reviewed import folder

from mailbot.writing import Letters, ServiceWords

VANCOUVER = ZoneInfo("America/Vancouver")
SERVICE = ServiceWords(
    name="Secret Office For Pictures",
    address="help@service.example",
    sender_name="Support Service",
    telephone="250-555-0199",
    opens=time(8, 30),
    closes=time(16, 30),
)


Clock = Callable[[str, str, str], dict[str, datetime]]


@pytest.fixture(scope="session")
def service() -> ServiceWords:
    return SERVICE


@pytest.fixture(scope="session")
def clock() -> Clock:
    """Makes the fields of an acknowledgement from office wall times: at, next opening, next closing."""
    return _clock


@pytest.fixture(scope="session")
def night() -> dict[str, datetime]:
    return _clock("2026-11-24 23:10:00", "2026-11-25 08:30", "2026-11-25 16:30")


@pytest.fixture(scope="session")
def day() -> dict[str, datetime]:
    return _clock("2026-11-24 10:00:00", "2026-11-25 08:30", "2026-11-24 16:30")


def _clock(*walls: str) -> dict[str, datetime]:
    names = ("at", "next_opening", "next_closing")
    instants = (datetime.fromisoformat(wall).replace(tzinfo=VANCOUVER) for wall in walls)
    return dict(zip(names, instants, strict=True))


@pytest.fixture(scope="session")
def letters() -> Letters:
    return Letters.load(None, service=SERVICE)


@pytest.fixture
def reviewed(tmp_path: Path) -> Path:
    """A folder in which a second reader has passed the French letters."""
    return folder(tmp_path)
