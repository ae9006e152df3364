"""The kinds of faults of the matrix: how each is switched on under a running daemon, and off again.

In: a cell's house. Out: a house in which something is broken. `names` is what `status` must say while it lasts; None
where it is over before anybody need know.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass

from faults.disks import SmallDisk, can_mount
from faults.house import FaultyHouse
from support.processes import free_port

from mailbot.demo.faults import CutAfter, Fault, LiteralSays, Refuse, Silence
from mailbot.demo.misbehaviour import Act, Drop, Reply, Rule, Rules, Stage, Stall

ALWAYS = 10**6
FAST, FASTER = 10.0, 30.0


@dataclass(slots=True)
class Place:
    """One cell while it runs."""

    here: FaultyHouse
    kill: Callable[[], None]
    disk: SmallDisk | None


Break = Callable[[Place], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`breaks` is entered when the fault begins and left when it ends. `speed`: the daemon's clocks run that much
    faster, for faults that are named after a quarter of an hour. `at_gate`: it begins before the held step goes on.
    """

    name: str
    breaks: Break
    names: str | None
    speed: float = 1.0
    at_gate: bool = True
    on_small_disk: bool = False


def _unplugged(which: str) -> Break:
    @contextmanager
    def breaks(place: Place) -> Iterator[None]:
        proxy = getattr(place.here, which)
        before, proxy.upstream = proxy.upstream, free_port()
        proxy.cut()
        yield
        proxy.upstream = before

    return breaks


def _through_proxy(which: str, *faults: Fault, cut: bool = False) -> Break:
    """`cut`: connections that are open are broken at the beginning, so that what the fault is about is said again."""

    @contextmanager
    def breaks(place: Place) -> Iterator[None]:
        proxy = getattr(place.here, which)
        proxy.faults = faults
        if cut:
            proxy.cut()
        yield
        proxy.faults = ()
        proxy.cut()

    return breaks


def _by_script(stage: Stage, act: Act, times: int = ALWAYS) -> Break:
    @contextmanager
    def breaks(place: Place) -> Iterator[None]:
        place.here.servers.smtp_script = Rules([Rule(stage, act, times)])
        yield
        place.here.servers.smtp_script = Rules()
        place.here.smtp.cut()

    return breaks


@contextmanager
def _full(place: Place) -> Iterator[None]:
    assert place.disk is not None
    place.disk.fill()
    yield
    place.disk.free()


@contextmanager
def _locked(place: Place) -> Iterator[None]:
    with closing(sqlite3.connect(place.here.database, timeout=60, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def _killed(place: Place) -> Iterator[None]:
    place.kill()
    yield


def _set(**change: float) -> Break:
    """And set right again: what is held waits for its wall time, which a clock left a day behind reaches a day late."""

    @contextmanager
    def breaks(place: Place) -> Iterator[None]:
        place.here.set_clock(**change)
        yield
        place.here.set_clock(**{unit: -number for unit, number in change.items()})

    return breaks


REFUSED = (Refuse("AUTHENTICATE", "NO [AUTHENTICATIONFAILED] no"), Refuse("LOGIN", "NO [AUTHENTICATIONFAILED] no"))
LATE, PUT_OFF = "could not be sent for over 15 minutes", "put off by the mail server for over 15 minutes"

KINDS = (
    Kind("Mailbox out of reach", _unplugged("imap"), "loop:watch"),
    Kind("Mailbox silent, the line half-open", _through_proxy("imap", Silence()), "loop:watch"),
    Kind("Mailbox cuts three connections in an answer", _through_proxy("imap", CutAfter(900, times=3), cut=True), None),
    Kind("Mailbox lies about the size of mail", _through_proxy("imap", LiteralSays()), "loop:watch"),
    Kind("Mailbox refuses the password", _through_proxy("imap", *REFUSED, cut=True), "login refused"),
    Kind("Submission server out of reach", _unplugged("smtp"), "loop:deliver"),
    Kind("Submission server silent after the final dot", _by_script(Stage.END, Stall()), LATE, speed=FAST),
    Kind("Submission server silent from its greeting on", _by_script(Stage.CONNECT, Stall()), "loop:deliver"),
    Kind(
        "Submission server says 451 to every recipient",
        _by_script(Stage.RCPT, Reply("451 4.3.0 later")),
        PUT_OFF,
        speed=FAST,
    ),
    Kind("Submission server says 550 to us", _by_script(Stage.MAIL, Reply("550 5.7.1 blocked")), "loop:deliver"),
    Kind("Answer lost after the final dot, once", _by_script(Stage.END, Drop(taken=True), 1), None, speed=FAST),
    Kind("Line cut inside DATA, once", _by_script(Stage.END, Drop(), 1), None, speed=FAST),
    Kind("Disk full", _full, "disk:", on_small_disk=True),
    Kind("Database locked by another process", _locked, "no loop has finished", speed=FAST, at_gate=False),
    Kind("Killed, and started again", _killed, None),
    Kind("Clock set on by three hours, then right", _set(hours=3), "clock:", speed=FASTER),
    Kind("Clock set back by a day, then right", _set(days=-1), "clock:", speed=FASTER),
)


def kinds() -> tuple[Kind, ...]:
    """Those that this machine can have: a full disk needs the right to mount one."""
    return tuple(kind for kind in KINDS if not kind.on_small_disk or can_mount())
