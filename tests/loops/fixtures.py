"""Fixtures of the tests that need parts of the house: `house` without servers, `running` with the four loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loops.house import BY_DAY, House, Running, ServerTemplate, StandingClock, Template
from support.postgresql import Cluster

from mailbot.demo.servers import EmbeddedServers
from mailbot.reading import Reader
from storage.database import Database

MakeRunning = Callable[..., Running]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def server_template(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> ServerTemplate:
    """The same on PostgreSQL."""
    return ServerTemplate(tmp_path_factory.mktemp("template"), cluster)


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    """One reading child for all tests of a folder."""
    with Reader(("mx.service.example",)) as found:
        yield found


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


@pytest.fixture
def make_running(
    template: Template, tmp_path: Path, clock: StandingClock, embedded: EmbeddedServers, reader: Reader
) -> Iterator[MakeRunning]:
    """`make_running(imap_port=…, smtp_port=…, inbox="…", more="…")`: the loops, before these servers or others."""
    made: list[Running] = []

    def make(**changes: object) -> Running:
        ports = {"imap_port": embedded.imap_port, "smtp_port": embedded.smtp_port}
        folder = tmp_path / f"house{len(made)}"
        folder.mkdir()
        made.append(Running(template.copy_to(folder, **(ports | changes)), clock, reader))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def running(make_running: MakeRunning) -> Running:
    return make_running()


@pytest.fixture(params=["file_template", pytest.param("server_template", marks=pytest.mark.live)])
def both_templates(request: pytest.FixtureRequest) -> Iterator[Template]:
    """Each database in turn, as `template`; loops/databases.py has the marks of tests that are about one."""
    found: Template = request.getfixturevalue(request.param)
    yield found
    found.forget_copies()
