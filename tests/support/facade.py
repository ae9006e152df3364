"""What the embedded and the real servers have in common: what a test may use of the fixture `servers`."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from mailbot.demo.smtpside import Transaction


class MailServers(Protocol):
    """An IMAP and an SMTP server on loopback, without TLS, with the accounts and addresses of tests/conftest.py."""

    host: str
    accounts: dict[str, str]
    addresses: dict[str, str]

    @property
    def imap_port(self) -> int: ...
    @property
    def smtp_port(self) -> int: ...
    @property
    def sent(self) -> list[Transaction]:
        """What SMTP took; of real servers only what went to addresses outside, with the Received field they add."""

    def wait_sent(self, count: int, seconds: float = ...) -> list[Transaction]: ...
    def append(self, account: str, raw: bytes, folder: str = ..., received_at: datetime | None = ...) -> None: ...
    def mailbox(self, account: str, folder: str = ...) -> list[bytes]: ...
    def folders(self, account: str) -> list[str]: ...
