"""One migrated database, copied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from loops.house import BY_DAY, House, StandingClock, Template

from storage.database import Database


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(BY_DAY)


@pytest.fixture
def house(template: Template, tmp_path: Path, clock: StandingClock) -> Iterator[House]:
    found = House(template.copy_to(tmp_path), clock)
    yield found
    found.close()


@pytest.fixture
def database(house: House) -> Database:
    return house.database
