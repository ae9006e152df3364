"""`mailbot demo --serve`: the embedded servers and the real daemon stay up, for a mail program of one's own.

In: nothing. Out: an `Offer` with everything a mail program asks for; then mail is answered on the machine's own clock
until the end. All of it is in a temporary folder and on loopback: another device cannot reach it, and nothing stays.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mailbot.compose import opened
from mailbot.daemon import Daemon
from mailbot.demo.people import SERVICE, STAFF, Person
from mailbot.demo.servers import EmbeddedServers
from mailbot.demo.stage import ACCOUNT, PASSWORD, install
from scheduler import Clock
from scheduler.office import Office

ALEX = Person("Alex", "alex@example.net", "somebody who writes for help")
USUAL_PORTS = (1143, 1025)
MORE = """\
[staff]
grace_minutes = 1
members = [
{members}]
[authentication]
trusted_authserv_ids = ["{border}"]
staff = "none"
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """What runs: two ports on loopback, the mailboxes by (user name, address), one password, the office's hours."""

    host: str
    imap_port: int
    smtp_port: int
    mailboxes: tuple[tuple[str, str], ...]
    password: str
    service: str
    office: Office
    open_now: bool

    def as_json(self) -> dict[str, object]:
        """User names, no addresses: as in the JSON of every command."""
        return {
            "event": "serving",
            "imap": {"host": self.host, "port": self.imap_port},
            "smtp": {"host": self.host, "port": self.smtp_port},
            "user_names": [name for name, _ in self.mailboxes],
            "password": self.password,
            "open": self.open_now,
        }


def serve(ready: Callable[[Offer, Callable[[], None]], None]) -> None:
    """Runs until the function that `ready` is given ends it. Raises OSError where no loopback port can be had."""
    clock = Clock()
    with (
        tempfile.TemporaryDirectory(prefix="mailbot-demo-") as folder,
        _servers() as servers,
        opened(install(Path(folder), servers, clock, MORE)) as house,
    ):
        daemon = Daemon(
            house.database, house.clock, house.watch, house.process, house.tick, house.deliver, house.poll_seconds
        )
        ready(_offer(servers, house.desk.office, clock), daemon.stop)
        house.reader.warm()
        daemon.run()


@contextmanager
def _servers() -> Iterator[EmbeddedServers]:
    """On the usual ports where they are free, so that a mail program set up once finds them again; else on any."""
    accounts = dict.fromkeys((ACCOUNT, *(one.account for one in (ALEX, *STAFF))), PASSWORD)
    addresses = {SERVICE: ACCOUNT} | {one.address: one.account for one in (ALEX, *STAFF)}
    imap, smtp = USUAL_PORTS
    try:
        servers = EmbeddedServers(accounts, addresses, imap_port=imap, smtp_port=smtp).__enter__()
    except OSError:
        servers = EmbeddedServers(accounts, addresses).__enter__()
    try:
        yield servers
    finally:
        servers.__exit__()


def _offer(servers: EmbeddedServers, office: Office, clock: Clock) -> Offer:
    return Offer(
        host=servers.host,
        imap_port=servers.imap_port,
        smtp_port=servers.smtp_port,
        mailboxes=tuple((one.account, one.address) for one in (ALEX, *STAFF)),
        password=PASSWORD,
        service=SERVICE,
        office=office,
        open_now=office.is_open(clock.now()),
    )
