"""Mail servers for every test: `embedded` in this process, `live` from Debian's packages, `servers` each in turn.

Both have the accounts and addresses below, empty mailboxes for every test, and the face of support/facade.py. A test
that uses `live` carries `@pytest.mark.live` itself; `servers` marks its live half. MAILBOT_REQUIRE_LIVE=1 turns their
skipping into a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from support.facade import MailServers
from support.live import LiveServers, require
from support.postgresql import Cluster
from support.postgresql import require as require_postgresql

from mailbot.demo.faults import Fault
from mailbot.demo.proxy import Protocol, Proxy
from mailbot.demo.servers import EmbeddedServers

PASSWORD = "secret"
ADDRESSES = {
    "help@service.example": "help",
    "dana@service.example": "dana",
    "robin@service.example": "robin",
    "sam@service.example": "sam",
    "alex@example.net": "alex",
}
ACCOUNTS = dict.fromkeys(ADDRESSES.values(), PASSWORD)

MakeProxy = Callable[..., Proxy]


@pytest.fixture
def embedded() -> Iterator[EmbeddedServers]:
    """Fresh embedded servers."""
    with EmbeddedServers(ACCOUNTS, ADDRESSES) as servers:
        yield servers


@pytest.fixture(scope="session")
def live_for_all() -> Iterator[LiveServers]:
    """Dovecot and Postfix, started once; use `live`."""
    require()
    with LiveServers(ACCOUNTS, ADDRESSES, "service.example") as servers:
        yield servers


@pytest.fixture
def live(live_for_all: LiveServers) -> LiveServers:
    """Dovecot and Postfix with empty mailboxes."""
    live_for_all.fresh()
    return live_for_all


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A private PostgreSQL, started once; `cluster.database()` makes a database in it."""
    require_postgresql()
    with Cluster() as found:
        yield found


@pytest.fixture(params=["embedded", pytest.param("live", marks=pytest.mark.live)])
def servers(request: pytest.FixtureRequest) -> MailServers:
    """The embedded servers, then the real ones: a test that uses this runs on both."""
    found: MailServers = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def proxy() -> Iterator[MakeProxy]:
    """`proxy(port, *faults)` puts a misbehaving proxy in front of a server of this test; clients then use its
    `.port`.
    """
    with ExitStack() as stack:

        def make(port: int, *faults: Fault, protocol: Protocol = "imap") -> Proxy:
            return stack.enter_context(Proxy(port, faults, protocol))

        yield make
