"""A story on a mail server: people write, members press Reply or tap a link, and passes run at exact seconds.

The clock stands still during a pass (a process whose clock is shifted only goes on from there, and cannot show 08:29:59
for as long as a pass takes). All else is real: configuration, database, servers, and the same pass as `run --once`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

from support.clients import reply
from support.facade import MailServers
from support.installation import Installation, office
from support.mails import SERVICE, first_mail, parsed, text_of, to_person
from support.waiting import until

from mailbot.compose import opened
from mailbot.daemon import run_once
from mailbot.demo.virtual_clock import VirtualClock

ALEX, BLAKE = "alex@example.net", "blake@example.org"
MEMBERS = {"dana": "Dana <dana@service.example>", "robin": "Robin <robin@service.example>"}
LINK = r"^- {label}: mailto:(\S+)\?subject=(\S*?)&body=(\S*)$"


class Story:
    """One service; every method that writes takes the office's wall clock as text, and runs a pass at that second."""

    def __init__(self, folder: Path, servers: MailServers, **options: object) -> None:
        self.servers = servers
        self.house = Installation(folder, servers, **options)  # type: ignore[arg-type]
        self._written = 0

    def passes(self, at: str) -> None:
        """Time goes on to this second, and a pass runs; a server out of reach fails the test."""
        with opened(self.house.config, VirtualClock(office(at))) as house:
            assert run_once(house.watch, house.process, house.tick, house.deliver, lambda *_: None)

    def arrives(self, raw: bytes, at: str, *, read_at: str | None = None, folder: str = "INBOX") -> None:
        """A mail comes, and is read in the same second, or at `read_at`."""
        self.servers.append("help", raw, folder, office(at))
        self.passes(read_at or at)

    def writes(
        self, author: str, text: str, at: str, *, answers: EmailMessage | None = None, folder: str = "INBOX"
    ) -> str:
        """A person writes for the first time, or presses Reply on a letter of ours; the Message-ID."""
        message_id = self._message_id(author)
        fields = [f"In-Reply-To: {answers['Message-ID']}"] if answers else []
        to = str(answers["Reply-To"]) if answers else SERVICE
        self.arrives(first_mail(author, text=text, to=to, message_id=message_id, fields=fields), at, folder=folder)
        return f"<{message_id}>"

    def answers(self, member: str, notice: EmailMessage, words: str, at: str, *, read_at: str | None = None) -> None:
        """A member presses Reply in Gmail."""
        raw = reply(
            notice, author=MEMBERS[member], words=words, message_id=self._message_id(f"{member}@service.example")
        )
        self.arrives(raw, at, read_at=read_at)

    def taps(self, member: str, mail: EmailMessage, label: str, at: str) -> None:
        """A member taps a link, and sends the mail that opens: its subject, no reference, the command alone."""
        link = re.search(LINK.format(label=re.escape(label)), read(mail), re.MULTILINE)
        assert link, f"no link {label!r} in: {read(mail)}"
        message_id = self._message_id(f"{member}@service.example")
        raw = first_mail(
            MEMBERS[member].partition("<")[2].strip(">"),
            text=unquote(link[3]),
            to=unquote(link[1]),
            message_id=message_id,
        )
        subject = f"Subject: {unquote(link[2])}\r\n".encode()
        self.arrives(raw.replace(b"Subject: Please help\r\n", subject), at)

    def _message_id(self, author: str) -> str:
        self._written += 1
        return f"mail.{self._written}@{author.partition('@')[2]}"

    # What arrived

    def told(self, member: str, *words: str) -> EmailMessage:
        """The newest mail in a member's inbox that has all these words."""
        return self.all_told(member, *words)[-1]

    def all_told(self, member: str, *words: str) -> list[EmailMessage]:
        """The mails in a member's inbox that have all these words, once there is one."""
        fits: Callable[[EmailMessage], bool] = lambda mail: all(word in read(mail) for word in words)  # noqa: E731
        return until(lambda: [mail for mail in map(parsed, self.servers.mailbox(member)) if fits(mail)], seconds=20)

    def letters(self, address: str, count: int) -> list[EmailMessage]:
        """What a person outside has, once there are at least `count`, and there must not be more."""
        account = self.servers.addresses.get(address)

        def arrived() -> list[EmailMessage]:
            if account is None:
                return to_person(self.servers.sent, address)
            return [parsed(raw) for raw in self.servers.mailbox(account)]

        found = until(arrived, lambda mails: len(mails) >= count, seconds=20)
        assert len(found) == count, [str(one["Subject"]) for one in found]
        return found

    def held(self) -> list[str | None]:
        """When each answer that waits is to leave, as `mailbot outbox` says; None: a person decides."""
        return [row["release_at"] for row in self.house.json("outbox") if row["state"] == "held"]


def read(mail: EmailMessage) -> str:
    """The plain part, as a person reads it."""
    return text_of(bytes(mail)).replace("\r\n", "\n")
