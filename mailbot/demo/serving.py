"""`mailbot demo --serve`: the embedded servers and the real daemon stay up, for a mail program of one's own.

In: nothing. Out: an `Offer` with everything a mail program asks for; then mail is answered on the machine's own clock
until the end. All of it is in a temporary folder and on loopback: another device cannot reach it, and nothing stays.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mailbot.compose import opened
from mailbot.daemon import Daemon
from mailbot.demo.people import MEMBERS, SERVICE, Person
from mailbot.demo.servers import EmbeddedServers
from mailbot.demo.stage import ACCOUNT, PASSWORD, install
from scheduler import Clock
from scheduler.office import Office

ALEX = Person("Alex", "alex@example.net", "somebody who writes for help")
USUAL_PORTS = (1143, 1025)
WITHOUT_BORDER = 'staff = "none"'
"""Nobody proves a sender here: whoever can reach loopback may be anybody. Addresses and tokens count all the same."""


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
        opened(_install(Path(folder), servers, clock)) as house,
    ):
        daemon = Daemon(
            house.database, house.clock, house.watch, house.process, house.tick, house.deliver, house.poll_seconds
        )
        ready(_offer(servers, house.desk.office, clock), daemon.stop)
        house.reader.warm()
        daemon.run()


def _install(folder: Path, servers: EmbeddedServers, clock: Clock) -> Path:
    return install(folder, servers, clock, authentication=WITHOUT_BORDER, staff="grace_minutes = 1")


@contextmanager
def _servers() -> Iterator[EmbeddedServers]:
    """On the usual ports where they are free, so that a mail program set up once finds them again; else on any."""
    accounts = dict.fromkeys((ACCOUNT, *(one.account for one in (ALEX, *MEMBERS))), PASSWORD)
    addresses = {SERVICE: ACCOUNT} | {one.address: one.account for one in (ALEX, *MEMBERS)}
    imap, smtp = USUAL_PORTS
    with ExitStack() as stack:
        try:
            servers = stack.enter_context(EmbeddedServers(accounts, addresses, imap_port=imap, smtp_port=smtp))
        except OSError:
            servers = stack.enter_context(EmbeddedServers(accounts, addresses))
        yield servers


def _offer(servers: EmbeddedServers, office: Office, clock: Clock) -> Offer:
    return Offer(
        host=servers.host,
        imap_port=servers.imap_port,
        smtp_port=servers.smtp_port,
        mailboxes=tuple((one.account, one.address) for one in (ALEX, *MEMBERS)),
        password=PASSWORD,
        service=SERVICE,
        office=office,
        open_now=office.is_open(clock.now()),
    )
