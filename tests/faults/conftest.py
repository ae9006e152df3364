"""Fixtures of the fault tests: `faulty(...)` makes an installation behind two proxies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from faults.house import FaultyHouse

from mailbot.demo.proxy import Proxy
from mailbot.demo.servers import EmbeddedServers

MakeFaulty = Callable[..., FaultyHouse]


@pytest.fixture
def faulty(tmp_path: Path, embedded: EmbeddedServers) -> Iterator[MakeFaulty]:
    """`faulty(**options)`: options are those of `Installation`."""
    with ExitStack() as stack:

        def make(name: str = "house", **options: object) -> FaultyHouse:
            imap = stack.enter_context(Proxy(embedded.imap_port))
            smtp = stack.enter_context(Proxy(embedded.smtp_port, protocol="smtp"))
            return FaultyHouse(tmp_path / name, embedded, imap, smtp, **options)

        yield make
