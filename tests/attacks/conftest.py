"""Services under attack: `make_service(proof)` for each way in which members prove themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attacks.service import Service, a_reader, configured
from loops.fixtures import clock, template
from loops.house import StandingClock, Template

from mailbot.demo.servers import EmbeddedServers
from mailbot.reading import Reader

__all__ = ["clock", "template"]

MakeService = Callable[..., Service]


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    with a_reader() as found:
        yield found


@pytest.fixture
def make_service(
    template: Template, tmp_path: Path, clock: StandingClock, embedded: EmbeddedServers, reader: Reader
) -> Iterator[MakeService]:
    made: list[Service] = []

    def make(proof: str = "none", staff: str = "") -> Service:
        config = configured(template, tmp_path / f"house{len(made)}", embedded, proof, staff)
        made.append(Service(config, clock, reader, embedded))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def service(make_service: MakeService) -> Service:
    """The service whose border states DMARC results."""
    return make_service("dmarc")
