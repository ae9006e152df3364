"""What the promise tests look at: the mail that arrived and what the installed program says.

A `Scene` is one installation on one pair of servers. Everything read back is first settled: what the outbox calls sent
has arrived, so that an absence means something on servers that queue.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from support.facade import MailServers
from support.installation import Installation, office
from support.mails import first_mail, parsed
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers
from mailbot.demo.smtpside import Transaction

DAY, EVENING = office("2026-11-24 10:00"), office("2026-11-24 20:00")
NIGHT = office("2026-11-24 02:00")
STAFF = ("dana", "robin", "sam")
LEFT = {"sent", "delivered", "delayed", "bounced", "complained"}
LIMITS = "[limits]\nautomatic_per_hour = 100000\nsends_per_hour = 100000\n"


class Scene:
    """One installation. `folder` holds every file that it makes, and its standard error."""

    def __init__(self, folder: Path, servers: MailServers, **options: Any) -> None:
        self.servers = servers
        self.house = Installation(folder, servers, **options)
        self.folder = folder
        self.options = options
        self._staff_before = self._staff_mail()

    def write(self, *mails: bytes, folder: str = "INBOX") -> None:
        for raw in mails:
            self.servers.append("help", raw, folder)

    def once(self, at: datetime | None = None, expect: int | None = 0) -> None:
        self.house.once(at, expect)

    def outbox(self) -> list[dict[str, Any]]:
        return self.house.json("outbox", "--all")

    def outside(self, extra: int = 0) -> list[Transaction]:
        """All that left for people outside, once it has arrived. `extra`: arrivals that the outbox does not call
        sent.
        """
        count = extra + self._left(staff=False)
        return until(self._outside, lambda found: len(found) >= count)

    def _left(self, *, staff: bool) -> int:
        """How many messages the outbox calls sent. The embedded servers have delivered before they say 250."""
        if isinstance(self.servers, EmbeddedServers):
            return 0
        return sum(row["state"] in LEFT and (row["role"] == "staff") is staff for row in self.outbox())

    def _outside(self) -> list[Transaction]:
        return [one for one in self.servers.sent if not one.rcpt_to[0].endswith("@service.example")]

    def to(self, address: str, extra: int = 0) -> list[EmailMessage]:
        """What arrived at one address outside."""
        return [parsed(one.data) for one in self.outside(extra) if one.rcpt_to == (address,)]

    def staff(self, member: str | None = None) -> list[EmailMessage]:
        """What arrived in the staff mailboxes, or in one of them."""
        count = self._left(staff=True)
        until(self._staff_mail, lambda found: found - self._staff_before >= count)
        members = STAFF if member is None else (member,)
        return [parsed(raw) for name in members for raw in self.servers.mailbox(name)]

    def _staff_mail(self) -> int:
        return sum(len(self.servers.mailbox(name)) for name in STAFF)

    def journal(self) -> dict[str, int]:
        """The counts of the journal that are not zero."""
        return {state: count for state, count in self.house.status()["journal"].items() if count}

    def cases(self) -> list[dict[str, Any]]:
        return self.house.json("cases")

    def audit(self) -> list[dict[str, Any]]:
        """The rows of the audit, read with a plain SQLite."""
        with self.database() as database:
            return [dict(row) for row in database.execute("SELECT * FROM audit ORDER BY seq")]

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The database as a burglar opens it: a plain SQLite, no key."""
        with closing(sqlite3.connect(self.folder / "mailbot.db")) as connection, connection:
            connection.row_factory = sqlite3.Row
            yield connection

    def files(self) -> dict[str, bytes]:
        """Every file that the program made or wrote."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()
        }

    def files_in(self, account: str) -> dict[str, int]:
        """How many messages of other people lie in each folder of an account."""
        found = {name: self.foreign(account, name) for name in self.servers.folders(account)}
        return {name: len(mails) for name, mails in found.items() if mails}

    def foreign(self, account: str, folder: str) -> list[bytes]:
        """The messages of a folder, but for the installation's own mark."""
        return [raw for raw in self.servers.mailbox(account, folder) if b"X-Mailbot-Installation:" not in raw]


def mail(author: str, **options: Any) -> bytes:
    """A first mail with a Message-ID of its own, so that two of one author are two."""
    return first_mail(
        author, message_id=options.pop("message_id", f"{secrets.token_hex(8)}@mail.example.net"), **options
    )


def reply_address(message: EmailMessage) -> str:
    """Where an answer to a message of ours goes."""
    return str(message["Reply-To"].addresses[0].addr_spec)


def plain(message: EmailMessage) -> str:
    """The plain part of a message that arrived, its line ends and spaces made even."""
    part = message.get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def letters(messages: list[EmailMessage]) -> str:
    """All plain parts, for a search."""
    return "\n".join(plain(one) for one in messages)


def what_a_stranger_sees(message: EmailMessage) -> dict[str, str]:
    """A letter without what differs from letter to letter by its nature: our random values, whom it went to, the
    Message-ID it answers, the trace of servers.
    """
    kept = ("From", "Subject", "MIME-Version", "Content-Language", "Auto-Submitted", "X-Auto-Response-Suppress")
    seen = {name: str(message[name]) for name in kept}
    seen["fields"] = ", ".join(name for name, _ in message.items() if name not in ("Received", "Return-Path"))
    seen["text"] = plain(message)
    page = message.get_body(("html",))
    seen["page"] = str(page.get_content()) if page else ""
    return seen
