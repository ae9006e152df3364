"""A connection lost in COMMIT: whether it was made is not known, and neither answer may lose a message or double one
(F29).

Every COMMIT of a whole pass is cut in turn, once before the server had it and once after, and the same loops go on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from loops.house import BY_DAY, Running, ServerTemplate, StandingClock
from support.cutting import CuttingProxy, Moment
from support.mails import first_mail

from mailbot.demo.servers import EmbeddedServers
from mailbot.errors import DatabaseDown
from mailbot.reading import Reader
from storage import audit

pytestmark = pytest.mark.live

PERSONS = ("alex@example.net", "kim@example.net")
MOST_PASSES = 8
ADDRESSES = {f"{name}@service.example": name for name in ("help", "dana", "robin", "sam")}


@dataclass(frozen=True, slots=True)
class Lines:
    """A new installation's loops and mail servers, with a database behind a network that breaks at a COMMIT."""

    running: Running
    proxy: CuttingProxy
    servers: EmbeddedServers


@contextmanager
def lines(template: ServerTemplate, folder: Path, clock: StandingClock, reader: Reader) -> Iterator[Lines]:
    folder.mkdir()
    port = template.cluster.port
    accounts = dict.fromkeys(ADDRESSES.values(), "secret")
    with EmbeddedServers(accounts, ADDRESSES) as servers, CuttingProxy(port) as proxy:
        config = template.copy_to(folder, imap_port=servers.imap_port, smtp_port=servers.smtp_port)
        config.write_text(config.read_text().replace(f":{port}/", f":{proxy.port}/"))
        running = Running(config, clock, reader)
        try:
            yield Lines(running, proxy, servers)
        finally:
            running.close()
    template.forget_copies()


def live_on(running: Running, clock: StandingClock) -> int:
    """Passes of the same loops, minutes apart, until nothing is left to do; how many met trouble."""
    troubled = 0
    for _ in range(MOST_PASSES):
        try:
            fine = running.one_pass()
        except DatabaseDown:
            fine = False
        troubled += not fine
        if fine and not running.journal().get("waiting") and {str(row.state) for row in running.outbox()} == {"sent"}:
            return troubled
        clock.on(minutes=2)
    raise AssertionError(f"still at it: {running.journal()}, {Counter(str(row.state) for row in running.outbox())}")


def everything_happened_once(found: Lines) -> None:
    assert found.running.journal() == {"processed": len(PERSONS)}
    to = Counter(one.rcpt_to[0] for one in found.servers.sent)
    assert to == dict.fromkeys(PERSONS, 1) | dict.fromkeys(("dana@service.example", "robin@service.example"), 2)
    assert found.servers.mailbox("help") == []
    with found.running.database.view() as view:
        assert audit.verify(view).broken_at is None


STRIDE = 20


@pytest.mark.timeout(300)
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "first", [1, *(pytest.param(number, marks=pytest.mark.deep) for number in range(2, STRIDE + 1))]
)
def test_whichever_commit_is_lost_nothing_is_lost_and_nothing_doubled(
    server_template: ServerTemplate, tmp_path: Path, clock: StandingClock, reader: Reader, moment: Moment, first: int
) -> None:
    """Every twentieth COMMIT of a pass in one test; the others have their turn in the long run."""
    cut = 0
    start = (first + (STRIDE // 2 if moment == "after" else 0) - 1) % STRIDE + 1
    for number in range(start, 1000, STRIDE):
        with lines(server_template, tmp_path / f"house{number}", clock, reader) as found:
            for person in PERSONS:
                found.servers.append("help", first_mail(person), received_at=BY_DAY)
            found.proxy.cut(moment, number)
            troubled = live_on(found.running, clock)
            assert troubled <= found.proxy.cuts, number
            everything_happened_once(found)
            if not found.proxy.cuts:
                break
            cut += 1
    assert cut * STRIDE >= 15, "a pass has that many commits, or the test has lost sight of them"
    print(f"\n{cut} commits lost {moment} the server had them: each person answered once")
