"""A house of real parts for one test: a SQLite file, the shipped letters, and a clock that stands where it is put.

`House` is the program without servers: what a handler or a decision needs. `with_servers` builds the four loops on top,
by the composition root. `a_reading` and `put` make the messages that tests hand to handlers.
"""

from __future__ import annotations

import base64
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from support.installation import CONFIGURATION
from support.mails import SERVICE
from support.postgresql import Cluster

from mailbot import compose
from mailbot.casework.desk import Desk
from mailbot.config import Config, load
from mailbot.daemon import run_once
from mailbot.deliver import Deliver
from mailbot.model import Inbound, JournalState, Place, Reading, new_id
from mailbot.process import Process
from mailbot.reading import Reader
from mailbot.steps import Step
from mailbot.tick import Tick
from mailbot.transport import Mailbox, Submission
from scheduler import Clock, JumpWatch
from scheduler.zone import zone
from storage import folders, install, journal, outbox
from storage.database import Database, Transaction
from storage.journal import Arrival
from storage.outbox import OutboxRow

VANCOUVER = zone("America/Vancouver")


def office(text: str) -> datetime:
    """An instant on the office's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=VANCOUVER)


BY_DAY = office("2026-11-24 10:00")
AT_NIGHT = office("2026-11-24 23:10")


class StandingClock(Clock):
    """Shows the instant it was put at; boot time goes along with it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at.astimezone(UTC)

    def boottime(self) -> float:
        return self.at.timestamp()

    def on(self, **time: float) -> None:
        """Moves on: `clock.on(minutes=5)`."""
        self.at += timedelta(**time)


def write_installation(
    folder: Path, *, imap_port: int = 1143, smtp_port: int = 1025, inbox: str = "", more: str = ""
) -> Path:
    """Configuration, password and key in a folder; the configuration's path."""
    config = folder / "config.toml"
    config.write_text(CONFIGURATION.format(imap_port=imap_port, smtp_port=smtp_port, inbox=inbox, more=more))
    (folder / "password").write_text("secret\n")
    key = folder / "mailbot.key"
    key.touch(0o600)
    key.write_text("# key of a test\n" + base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    return config


class Template:
    """One empty installation, made once; a test gets a copy, which costs less than running the migrations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        write_installation(folder)
        install.create(self.url(folder), folder / "mailbot.key", office("2026-11-24 07:00"))

    @staticmethod
    def url(folder: Path) -> str:
        """The database of an installation."""
        return load(folder / "config.toml").storage.database

    def copy_to(self, folder: Path, **changes: Any) -> Path:
        config = write_installation(folder, **changes)
        for name in ("mailbot.db", "mailbot.key"):
            shutil.copy(self.folder / name, folder / name)
        return config

    def forget_copies(self) -> None:
        """A test is over; its folder goes with it."""


class ServerTemplate(Template):
    """The same on PostgreSQL: a copy has a database of its own."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.cluster = cluster
        self.folder = folder
        self._name = cluster.database()
        self._copies: list[str] = []
        write_installation(folder, more=self._storage(self._name))
        install.create(self.url(folder), folder / "mailbot.key", office("2026-11-24 07:00"))

    def _storage(self, name: str) -> str:
        return f'\n[storage]\ndatabase = "{self.cluster.url(name)}"\n'

    def copy_to(self, folder: Path, **changes: Any) -> Path:
        self._copies.append(self.cluster.database(self._name))
        more = changes.pop("more", "") + self._storage(self._copies[-1])
        config = write_installation(folder, more=more, **changes)
        shutil.copy(self.folder / "mailbot.key", folder / "mailbot.key")
        return config

    def forget_copies(self) -> None:
        while self._copies:
            self.cluster.drop(self._copies.pop())


_DESKS: dict[str, Desk] = {}


class House:
    """Database, desk and clock of one installation; handlers and decisions are called by the test itself."""

    def __init__(self, config_file: Path, clock: StandingClock) -> None:
        self.config_file = config_file
        self.config: Config = load(config_file)
        self.clock = clock
        self.database: Database = compose.open_database(self.config)

    @cached_property
    def desk(self) -> Desk:
        """Made when it is asked for, and once for every configuration: proving the letters takes a while."""
        key = re.sub(r"port = \d+|database = .*", "", self.config_file.read_text())
        if key not in _DESKS:
            _DESKS[key] = compose.build_desk(self.config)
        return _DESKS[key]

    def close(self) -> None:
        self.database.close()

    def outbox(self) -> list[OutboxRow]:
        """Every outbound message, oldest first."""
        with self.database.view() as view:
            return [row for row, _ in outbox.listing(view, everything=True)]

    def letters(self) -> list[str]:
        """The names of all letters for people outside."""
        return [row.letter for row in self.outbox() if row.role != "staff"]

    def told(self) -> list[str]:
        """The names of all letters to staff."""
        return [row.letter for row in self.outbox() if row.role == "staff"]

    def states(self, role: str = "requester") -> list[str]:
        """The states of all letters to one role."""
        return [str(row.state) for row in self.outbox() if row.role == role]

    def journal(self) -> dict[str, int]:
        """How many messages are in each state, the empty states left out."""
        with self.database.view() as view:
            return {state: number for state, number in journal.counts(view).items() if number}

    def acts(self) -> list[str]:
        """The audit's acts, in their order."""
        with self.database.view() as view:
            return [row[0] for row in view.connection.exec_driver_sql("SELECT act FROM audit ORDER BY seq")]

    def problems(self) -> list[str]:
        """The codes of the open problems."""
        with self.database.view() as view:
            return [row[0] for row in view.connection.exec_driver_sql("SELECT code FROM problem ORDER BY code")]


class Running(House):
    """The four loops on one installation, plugged together by the composition root; timeouts are short."""

    def __init__(self, config_file: Path, clock: StandingClock, reader: Reader) -> None:
        super().__init__(config_file, clock)
        self.mailbox = Mailbox(compose.inbox_account(self.config), timeout=2)
        self.watch = compose._watch(self.config, self.database, clock, self.desk, self.mailbox)
        self.tick = Tick(self.database, clock, replace(self.desk, read=reader.read), JumpWatch(None))
        self.process = Process(self.database, clock, self.desk, reader.read)
        self.submission = Submission(compose.submission_account(self.config), timeout=0.5, dot_timeout=0.5)
        self.deliver = Deliver(self.database, clock, self.desk, self.submission)

    def look(self) -> None:
        """watch, until a round changes nothing."""
        while self.watch.round():
            pass

    def work(self) -> None:
        """process, until nothing waits."""
        while self.process.round():
            pass

    def send(self) -> None:
        """deliver, until nothing is due."""
        while self.deliver.round():
            pass

    def one_pass(self) -> bool:
        """What `run --once` does; False where a server was out of reach."""
        return run_once(self.watch, self.process, self.tick, self.deliver, lambda *_: None)

    def folders(self) -> dict[str, tuple[int, int, int]]:
        """What the last look at each folder showed: (on the server, in the journal, vanished)."""
        with self.database.view() as view:
            rows = folders.all_folders(view)
        return {row.name: (row.on_server, row.in_journal, row.vanished) for row in rows}

    def close(self) -> None:
        self.mailbox.close()
        self.submission.close()
        super().close()


def a_reading(author: str = "alex@example.net", **changes: Any) -> Reading:
    """What reading would say of a plain first mail."""
    plain: dict[str, Any] = {
        "message_id": f"{secrets.token_hex(8)}@mail.example.net",
        "from_": (author,),
        "to": (SERVICE,),
        "recipients": (SERVICE,),
        "text": "I need some help.",
        "reply": "I need some help.",
        "language": "en",
        "identity": secrets.token_hex(16),
    }
    return Reading(**(plain | changes))


def put(
    transaction: Transaction,
    now: datetime,
    reading: Reading,
    *,
    place: Place = Place.INBOX,
    raw: bytes | None = None,
    state: JournalState = JournalState.WAITING,
    oversized: bool = False,
) -> Inbound:
    """Journals a message; what a handler gets to see of it."""
    raw = raw if raw is not None else secrets.token_bytes(40)
    arrival = Arrival(new_id(now), secrets.randbelow(2**31) + 1, now, len(raw), raw, oversized, state)
    journal.add(transaction, "INBOX", 7, place, [arrival], now)
    return Inbound(arrival.id, place, now, now, len(raw), oversized, reading=reading)


def handle(house: House, author: str, reading: Reading, **where: Any) -> Inbound:
    """One message through one handler and its end, in one transaction, at the clock's instant."""
    from mailbot.handlers import HANDLERS, Author

    now = house.clock.now()
    with house.database.transaction(Step.PROCESS_MESSAGE) as transaction:
        inbound = put(transaction, now, reading, **where)
        ending = HANDLERS[Author(author)](transaction, house.desk, inbound, now)
        row = journal.find(transaction, inbound.id)
        assert row is not None
        journal.end(transaction, row, ending, now)
    return inbound


def codes(rows: Iterable[OutboxRow]) -> list[int | None]:
    """The last reply codes of letters."""
    return [row.last_code for row in rows]
