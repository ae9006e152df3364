"""The stage of the demo: mailbot itself, installed in a temporary folder, on embedded servers and a virtual clock.

Nothing of mailbot is replaced but its clock: the configuration is loaded from a file, key and database are made as
`init` makes them, and each scene runs the same pass as `mailbot run --once`. Everything is gone when it closes.
"""

from __future__ import annotations

import email
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from mailbot.casework.health import status_json
from mailbot.casework.overview import case_json
from mailbot.compose import House, opened
from mailbot.config import load
from mailbot.daemon import run_once
from mailbot.demo.people import BORDER, MAILBOXES, MEMBERS, SAM, SERVICE, Person, at_address
from mailbot.demo.servers import EmbeddedServers
from mailbot.demo.smtpside import Transaction
from mailbot.demo.virtual_clock import VirtualClock
from mailbot.errors import MailbotError
from mailbot.model import OutboxState
from scheduler import Clock
from storage import audit, cases, holds, journal, outbox
from storage.database import View
from storage.install import create
from storage.keyfile import write_key

ACCOUNT, PASSWORD = "help", "demo"
REMINDERS = ("staff-due", "staff-due-list")
CONFIGURATION = """\
[service]
name = "Example Support Service"
address = "{service}"
sender_name = "Support Service"
[inbox]
host = "127.0.0.1"
port = {imap_port}
security = "plain"
username = "{account}"
password_file = "password"
since = {since}
[submission]
host = "127.0.0.1"
port = {smtp_port}
security = "plain"
[authentication]
trusted_authserv_ids = ["{border}"]
{more}
[staff]
{staff}
members = [
{members}]
[log]
level = "error"
format = "text"
"""


@dataclass(frozen=True, slots=True)
class Left:
    """One message that left, for one person: which letter it is, because of which row, and what the person reads."""

    to: Person
    letter: str
    outbox_id: str
    cause: str
    mail: EmailMessage
    transaction: Transaction

    @property
    def text(self) -> str:
        return text_of(self.mail)

    @property
    def by_the_clock(self) -> bool:
        """A reminder or an alert: it left since time went by, whatever mail came in the same pass."""
        return self.letter in REMINDERS or self.to is SAM

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"]).strip("<>")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter that is held: for whom, because of which row, and until when; None where a person decides."""

    outbox_id: str
    to: Person
    cause: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Stage:
    """The running demo."""

    servers: EmbeddedServers
    clock: VirtualClock
    house: House
    _left: list[Left] = field(default_factory=list)

    def receive(self, raw: bytes | None) -> list[str]:
        """Puts a mail, if there is one, into the service's inbox and runs one pass. Returns what went wrong with the
        servers.
        """
        troubles: list[str] = []

        def note(loop: str, error: MailbotError | None) -> None:
            if error is not None:
                troubles.append(f"{loop}: {error}")

        if raw is not None:
            self.servers.append(ACCOUNT, raw)
        house = self.house
        run_once(house.watch, house.process, house.tick, house.deliver, note)
        return troubles

    def left(self) -> list[Left]:
        """Everything that left so far, in its order."""
        self._left.extend(self._recognised(one) for one in self.servers.sent[len(self._left) :])
        return list(self._left)

    def _recognised(self, sent: Transaction) -> Left:
        mail = parsed(sent.data)
        with self.house.database.view() as view:
            row = outbox.by_message_id(view, str(mail["Message-ID"]).strip("<>"))
        if row is None:
            return Left(at_address(sent.rcpt_to[0]), "unknown", "", "", mail, sent)
        return Left(at_address(sent.rcpt_to[0]), row.letter, row.id, row.cause, mail, sent)

    def last_to(self, person: Person) -> Left:
        """The last message that left for somebody; IndexError where none did."""
        return [one for one in self.left() if one.to is person][-1]

    def last_notice(self, person: Person, reference: str) -> Left:
        """The last notice about a case that left for somebody; IndexError where none did."""
        notices = [one for one in self.left() if one.to is person and one.letter == "staff-notice"]
        return [one for one in notices if reference in str(one.mail["Subject"])][-1]

    def waiting(self) -> tuple[Waiting, ...]:
        """The letters that are held."""
        with self.house.database.view() as view:
            return tuple(self._waiting(view, row) for row in outbox.in_state(view, OutboxState.HELD))

    def _waiting(self, view: View, row: outbox.OutboxRow) -> Waiting:
        to = at_address(outbox.envelope(view, row)[0].to)
        return Waiting(row.id, to, row.cause, holds.release_at(row, self.house.desk.office.zone))

    def acts(self) -> list[audit.Act]:
        """What was noted in the audit so far."""
        with self.house.database.view() as view:
            return audit.acts(view)

    def cases_json(self) -> list[dict[str, object]]:
        """What `mailbot cases --json` would say at this instant of the story."""
        with self.house.database.view() as view:
            return [case_json(view, self.house.desk.members, case) for case in cases.all_cases(view)]

    def open_now(self) -> bool:
        """Whether the office is open."""
        return self.house.desk.office.is_open(self.clock.now())

    def turns_before(self, until: datetime) -> Iterator[datetime]:
        """When the office opens or closes from now on, before an instant."""
        office, at = self.house.desk.office, self.clock.now()
        while (at := min(office.next_opening(at), office.next_closing(at))) < until:
            yield at.astimezone(until.tzinfo)

    def cases(self) -> int:
        """How many cases there are."""
        with self.house.database.view() as view:
            return sum(cases.counts(view).values())

    def reference(self, person: Person) -> str:
        """The reference of somebody's first case."""
        with self.house.database.view() as view:
            _, case_id, _ = cases.conversations_with(view, person.address)[-1]
            return cases.find_case(view, case_id).reference

    def token(self, person: Person) -> str:
        """The secret that somebody's letters carry from now on."""
        with self.house.database.view() as view:
            conversation_id, _, _ = cases.conversations_with(view, person.address)[-1]
            return cases.find_conversation(view, conversation_id).token

    def endings(self) -> dict[str, int]:
        """How many of the mails that came are in each state of the journal."""
        with self.house.database.view() as view:
            return journal.counts(view)

    def status(self) -> dict[str, object]:
        """What `mailbot status --json` would say at this instant of the story."""
        with self.house.database.view() as view:
            return status_json(view, self.house.desk.office, self.clock.now())

    def mailbox(self, person: Person) -> list[EmailMessage]:
        """What somebody's inbox holds, oldest first."""
        return [parsed(raw) for raw in self.servers.mailbox(person.account)]


@contextmanager
def raised(start: datetime) -> Iterator[Stage]:
    """The stage at an instant, with empty mailboxes. Raises OSError where no loopback port can be had."""
    clock = VirtualClock(start)
    accounts = dict.fromkeys((ACCOUNT, *(person.account for person in MAILBOXES)), PASSWORD)
    addresses = {SERVICE: ACCOUNT} | {person.address: person.account for person in MAILBOXES}
    with (
        tempfile.TemporaryDirectory(prefix="mailbot-demo-") as folder,
        EmbeddedServers(accounts, addresses, clock=clock.now) as servers,
        opened(install(Path(folder), servers, clock), clock) as house,
    ):
        yield Stage(servers, clock, house)


def install(folder: Path, servers: EmbeddedServers, clock: Clock, *, authentication: str = "", staff: str = "") -> Path:
    """Configuration, password, key and database; returns the configuration's file. The rest are lines of its tables."""
    config_file = folder / "config.toml"
    members = (
        f'  {{ name = "{one.name}", address = "{one.address}", roles = ["{one.member_as}"] }},\n' for one in MEMBERS
    )
    text = CONFIGURATION.format(
        service=SERVICE,
        account=ACCOUNT,
        border=BORDER,
        since=clock.now().replace(microsecond=0).isoformat(),  # a mailbox counts in seconds
        more=authentication,
        staff=staff,
        members="".join(members),
        imap_port=servers.imap_port,
        smtp_port=servers.smtp_port,
    )
    config_file.write_text(text, "utf-8")
    (folder / "password").touch(0o600)
    (folder / "password").write_text(PASSWORD, "utf-8")
    config = load(config_file)
    write_key(config.storage.key_file)
    create(config.storage.database, config.storage.key_file, clock.now())
    return config_file


def parsed(raw: bytes) -> EmailMessage:
    """A mail as its reader's program sees it."""
    return email.message_from_bytes(raw, policy=default)


def text_of(mail: EmailMessage) -> str:
    """The plain part."""
    part = mail.get_body(("plain",))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""
