"""A whole service under attack: the four loops, mail servers, a clock that stands, and everything that can be seen.

`Service` receives mails and tells what left, for whom, and what the database holds of a case. Attack and control differ
in one thing alone, so both are written by `mail`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from loops.house import Running, StandingClock, Template
from support.mails import SERVICE, parsed

from mailbot.compose import opened
from mailbot.daemon import run_once
from mailbot.demo.servers import EmbeddedServers
from mailbot.process import Process
from mailbot.reading import Limits, Reader

ALEX, KIM, EVIL = "alex@example.net", "kim@example.org", "evil@attacker.example"
DANA, ROBIN, SAM = "dana@service.example", "robin@service.example", "sam@service.example"
STAFF = (DANA, ROBIN, SAM)
INTERNAL = ("X-Host-AuthAs", "Internal")
PASS = "Authentication-Results: mx.service.example; dmarc=pass header.from=service.example"
FAIL = PASS.replace("pass", "fail")
RECEIVED = "Received: from mail.service.example by mx.service.example; Tue, 24 Nov 2026 10:00:00 -0700"
BORDER = {"dmarc": [PASS], "internal": [": ".join(INTERNAL)], "none": []}
"""What the border says of a member's mail, by the way in which it is configured to say it."""
OF_A_CASE = {
    "case": "id", "conversation": "case_id", "outbox": "case_id", "follow_up": "case_id", "note": "case_id",
}  # fmt: skip
ELSEWHERE = ("contact", "confirmation")


def mail(
    author: str,
    words: str,
    *,
    to: str = SERVICE,
    fields: Iterable[str] = (),
    subject: str = "Please help",
    message_id: str | None = None,
    kind: str = "text/plain; charset=utf-8",
) -> bytes:
    """A mail as bytes; `author` is the whole value of From, `fields` go on top as they are."""
    lines = [
        *fields,
        f"From: {author}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Message-ID: <{message_id or secrets.token_hex(8) + '@mail.example.net'}>",
        "Date: Tue, 24 Nov 2026 10:00:00 -0700",
        "MIME-Version: 1.0",
        f"Content-Type: {kind}",
        "",
        words,
        "",
    ]
    return "\r\n".join(line.replace("\r\n", "\n").replace("\n", "\r\n") for line in lines).encode()


def parts(*pieces: tuple[str, str], kind: str = "multipart/alternative") -> tuple[str, str]:
    """The body and the Content-Type of a mail in several parts, each a type and its text."""
    body = "".join(f"--cut\nContent-Type: {one}; charset=utf-8\n\n{text}\n" for one, text in pieces)
    return f"{body}--cut--\n", f'{kind}; boundary="cut"'


def reply_to(message: EmailMessage) -> str:
    return str(message["Reply-To"].addresses[0].addr_spec)


def words_of(message: EmailMessage) -> str:
    """The plain part as a person reads it."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


class Service(Running):
    """One installation before servers of its own."""

    def __init__(self, config_file: Path, clock: StandingClock, reader: Reader, servers: EmbeddedServers) -> None:
        super().__init__(config_file, clock, reader)
        self.reader, self.servers = reader, servers
        self._read: list[tuple[str, EmailMessage]] = []
        self.process = Process(self.database, clock, self.desk, reader.read, reader.files)
        self.proof = self.config.authentication.staff

    def receive(self, *mails: bytes, folder: str = "INBOX") -> None:
        """Mails come and are handled; a second goes by."""
        for raw in mails:
            self.servers.append("help", raw, folder, self.clock.now())
        troubles: dict[str, object] = {}
        run_once(self.watch, self.process, self.tick, self.deliver, troubles.__setitem__)
        assert not any(troubles.values()), troubles
        self.clock.on(seconds=1)

    def again(self, configuration: str) -> Service:
        """The same installation, started with another configuration; the caller closes it."""
        self.config_file.write_text(configuration)
        with opened(self.config_file, self.clock):
            pass
        return Service(self.config_file, self.clock, self.reader, self.servers)

    # What people see

    def to(self, address: str) -> list[EmailMessage]:
        """What left for one address, oldest first."""
        return [message for recipient, message in self.sent() if recipient == address]

    def sent(self) -> list[tuple[str, EmailMessage]]:
        """Everything that left, by recipient; each is parsed once."""
        self._read += [(one.rcpt_to[0], parsed(one.data)) for one in self.servers.sent[len(self._read) :]]
        return self._read

    def answers(self, address: str) -> list[str]:
        """The words of the staff answers that left for a person."""
        return [words_of(one).strip() for one in self.to(address) if "Auto-Submitted" not in one]

    def left(self) -> list[str]:
        """Whom messages left for, staff apart."""
        return [recipient for recipient, _ in self.sent() if recipient not in STAFF]

    def told(self, member: str) -> str:
        """All that a member was told so far."""
        return "\n".join(f"{one['Subject']}\n{words_of(one)}" for one in self.to(member))

    def notice(self, member: str, words: str) -> EmailMessage:
        """The newest notice of a person's mail that contains these words."""
        return [one for one in self.to(member) if words in words_of(one) and ", under the name" in words_of(one)][-1]

    def told_of(self, member: str, words: str) -> EmailMessage:
        """The newest mail of any kind to a member that contains these words."""
        return [one for one in self.to(member) if words in words_of(one)][-1]

    # What people do

    def writes(self, author: str, words: str, **options: Any) -> None:
        """A person writes, or replies with `to` and `fields`."""
        self.receive(mail(f"Someone <{author}>", words, **options))

    def staff_mail(self, words: str, *, author: str = f"Dana <{DANA}>", **options: Any) -> bytes:
        """A member's mail as the border lets it in."""
        fields = [*BORDER[self.proof], *options.pop("fields", ())]
        return mail(author, words, fields=fields, subject=options.pop("subject", "Re: New message to read"), **options)

    def answer(self, notice: EmailMessage, words: str, **options: Any) -> bytes:
        """A member presses Reply on a notice."""
        fields = [f"In-Reply-To: {notice['Message-ID']}", *options.pop("fields", ())]
        return self.staff_mail(words, **({"to": reply_to(notice)} | options), fields=fields)

    def tap(self, notice: EmailMessage, label: str, **options: Any) -> bytes:
        """The mail that opens when a member taps a link of a notice."""
        link = re.search(rf"^- {label}: mailto:(\S+)\?subject=(\S*?)&body=(\S*)$", words_of(notice), re.MULTILINE)
        assert link, f"no link {label!r}"
        return self.staff_mail(unquote(link[3]), to=unquote(link[1]), subject=unquote(link[2]), **options)

    # What is stored

    def reference(self, address: str) -> str:
        """The reference of a person's newest case, as staff read it in the subject of its notice."""
        found = [one for one in self.to(DANA) + self.to(ROBIN) if f"{address}, under the name" in words_of(one)]
        return str(found[-1]["Subject"]).partition("[")[2].partition("]")[0]

    def rows(self, table: str, where: str = "", *values: object) -> list[tuple[object, ...]]:
        """Rows of a table, as stored."""
        statement = f'SELECT * FROM "{table}" {where} ORDER BY 1'  # noqa: S608
        with self.database.view() as view:
            return [tuple(row) for row in view.connection.exec_driver_sql(statement, values)]

    def case(self, reference: str) -> dict[str, object]:
        """A case as it is stored, by column."""
        with self.database.view() as view:
            found = view.connection.exec_driver_sql('SELECT * FROM "case" WHERE reference = ?', (reference,))
            return dict(found.one()._mapping)

    def stored(self, reference: str) -> dict[str, list[tuple[object, ...]]]:
        """All that an attack on a case could change: its rows, whom we may not write to, and codes. Mail to staff
        apart.
        """
        case_id = self.case(reference)["id"]
        found = {table: self.rows(table, f"WHERE {column} = ?", case_id) for table, column in OF_A_CASE.items()}
        found["outbox"] = self.rows("outbox", "WHERE case_id = ? AND role != 'staff'", case_id)
        return found | {table: self.rows(table) for table in ELSEWHERE}


def configured(template: Template, folder: Path, servers: EmbeddedServers, proof: str, staff: str = "") -> Path:
    """The configuration of a service whose members prove themselves in this way; answers leave without grace."""
    more = ""
    if proof == "internal":
        more = f'internal_header = {{ name = "{INTERNAL[0]}", value = "{INTERNAL[1]}" }}\n'
    folder.mkdir()
    config = template.copy_to(folder, imap_port=servers.imap_port, smtp_port=servers.smtp_port, more=more)
    text = config.read_text().replace('staff = "none"', f'staff = "{proof}"')
    config.write_text(text.replace("[staff]\n", f"[staff]\n{staff or 'grace_minutes = 0'}\n"))
    return config


def a_reader() -> Reader:
    """A reading child that believes our border, by its results and by its own header."""
    return Reader(("mx.service.example",), Limits(), INTERNAL)
