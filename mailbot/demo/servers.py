"""Embedded mail servers for the demo and the tests: IMAP and SMTP on loopback, in memory, in a thread of their own.

In: accounts (name → password) and addresses (address → account). Out: two ports, what SMTP took (`sent`), and what
lies in the folders. What SMTP takes for an address of an account is put into its inbox with the fields an MTA adds
on top; subaddresses (help+token@…) reach the same account. Everything else is recorded only: nothing ever leaves
this process.

    with EmbeddedServers({"help": "secret"}, {"help@service.example": "help"}) as servers:
        servers.append("help", raw)                  # into INBOX, IDLE wakes
        servers.smtp_script = Rules([Rule(Stage.RCPT, Reply("451 4.3.0 later"))])
        servers.wait_sent(1)[0].data

`python -m mailbot.demo.servers --accounts help:secret --addresses help@service.example=help --record FOLDER` starts
them as a process of their own: one JSON line with the ports on stdout, then they run until stdin closes (see
`recording`).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any, TypeVar

from mailbot.demo.imapside import ImapSide
from mailbot.demo.misbehaviour import Script
from mailbot.demo.recording import Recorder
from mailbot.demo.smtpside import Clock, Offers, SmtpSide, Transaction

Result = TypeVar("Result")
SECONDS = 10.0
"""Longest wait for an answer of our own servers."""


class EmbeddedServers:
    """The pair of servers; use it in a `with`. All methods may be called from any thread but the servers' own."""

    host = "127.0.0.1"

    def __init__(
        self,
        accounts: Mapping[str, str],
        addresses: Mapping[str, str],
        *,
        offers: Offers | None = None,
        imap_port: int = 0,
        smtp_port: int = 0,
        on_sent: Callable[[Transaction], None] | None = None,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        """`offers.tls` is for both servers. `on_sent` is called in the servers' thread for each message taken, before
        its 250 leaves; `clock`, also there, tells when it arrived. Port 0 takes a free one; `OSError` from the `with`
        where another is taken."""
        self.accounts = dict(accounts)
        self.addresses = {address.lower(): account for address, account in addresses.items()}
        offers = offers or Offers()
        self._imap = ImapSide(accounts, imap_port, offers.tls)
        self._smtp = SmtpSide(self._take, offers, clock, smtp_port)
        self._on_sent = on_sent
        self._clock = clock
        self._sent: list[Transaction] = []
        self._changed = threading.Condition()
        self._queue_ids = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="embedded-servers", daemon=True)

    def __enter__(self) -> EmbeddedServers:
        self._thread.start()
        try:
            self._run(self._imap.start())
            self._run(self._smtp.start())
        except OSError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._smtp.stop())
        self._run(self._imap.stop())
        self._run(_end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    @property
    def imap_port(self) -> int:
        return self._imap.port

    @property
    def smtp_port(self) -> int:
        return self._smtp.port

    @property
    def imaps_port(self) -> int:
        """TLS from the first byte; 0 without `offers.tls`, as for `smtps_port`."""
        return self._imap.tls_port

    @property
    def smtps_port(self) -> int:
        return self._smtp.tls_port

    @property
    def smtp_script(self) -> Script:
        """What the SMTP side does wrong; see `misbehaviour`. `Rules()` behaves."""
        return self._smtp.script

    @smtp_script.setter
    def smtp_script(self, script: Script) -> None:
        self._smtp.script = script

    @property
    def smtp_connections(self) -> int:
        """How many connections the SMTP side has had since the start."""
        return self._smtp.connections

    @property
    def sent(self) -> list[Transaction]:
        """Every message that SMTP took, in order."""
        return list(self._sent)

    def wait_sent(self, count: int, seconds: float = SECONDS) -> list[Transaction]:
        """`sent`, once there are at least `count`; `TimeoutError` says how many there were."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._sent) >= count, seconds):
                raise TimeoutError(f"{len(self._sent)} messages instead of {count} after {seconds} s")
        return self.sent

    def append(self, account: str, raw: bytes, folder: str = "INBOX", received_at: datetime | None = None) -> None:
        """Puts `raw` into a folder (made if missing). `received_at`, aware, becomes INTERNALDATE; now by the clock."""
        self._run(self._imap.append(account, raw, folder, received_at or self._clock()))

    def mailbox(self, account: str, folder: str = "INBOX") -> list[bytes]:
        """The raw messages of a folder, oldest UID first; empty where there is no such folder."""
        return self._run(self._imap.messages(account, folder))

    def folders(self, account: str) -> list[str]:
        """The names of all folders, with "/" between levels."""
        return self._run(self._imap.folders(account))

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    async def _take(self, taken: Transaction) -> None:
        if self._on_sent is not None:
            self._on_sent(taken)
        for recipient in taken.rcpt_to:
            account = self.addresses.get(without_subaddress(recipient))
            if account is not None:
                raw = self._trace(taken, recipient) + taken.data
                await self._imap.append(account, raw, "INBOX", taken.at)
        with self._changed:
            self._sent.append(taken)
            self._changed.notify_all()

    def _trace(self, taken: Transaction, recipient: str) -> bytes:
        """The fields that Postfix writes at final delivery (RFC 5321 4.4, RFC 9228)."""
        lines = (
            f"Return-Path: <{taken.mail_from}>",
            f"X-Original-To: {recipient}",
            f"Delivered-To: {recipient}",
            f"Received: from {taken.helo} ({taken.helo} [127.0.0.1])",
            f"\tby mx.service.example (embedded) with ESMTP id {next(self._queue_ids):08X}",
            f"\tfor <{recipient}>; {format_datetime(taken.at)}",
        )
        return "".join(f"{line}\r\n" for line in lines).encode(errors="surrogateescape")


def without_subaddress(address: str) -> str:
    """help+token@service.example → help@service.example, in small letters."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


async def _end_tasks() -> None:
    """Cancels what the servers left running, so that the loop can be closed."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _pair(separator: str) -> Callable[[str], tuple[str, str]]:
    """For argparse: splits "a:b", and complains where there is nothing to split."""

    def pair(text: str) -> tuple[str, str]:
        left, found, right = text.partition(separator)
        if not (left and found):
            raise argparse.ArgumentTypeError(f"{text!r} has no {separator!r}")
        return left, right

    return pair


def main(arguments: list[str] | None = None) -> int:
    """Runs the servers until stdin closes."""
    parser = argparse.ArgumentParser(prog="python -m mailbot.demo.servers", description="Embedded mail servers.")
    parser.add_argument("--accounts", nargs="+", type=_pair(":"), required=True, metavar="NAME:PASSWORD")
    parser.add_argument("--addresses", nargs="*", type=_pair("="), default=[], metavar="ADDRESS=NAME")
    parser.add_argument("--record", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--imap-port", type=int, default=0)
    parser.add_argument("--smtp-port", type=int, default=0)
    given = parser.parse_args(arguments)
    recorder = Recorder(given.record)
    ports = {"imap_port": given.imap_port, "smtp_port": given.smtp_port}
    with EmbeddedServers(dict(given.accounts), dict(given.addresses), on_sent=recorder, **ports) as servers:
        print(json.dumps({"imap_port": servers.imap_port, "smtp_port": servers.smtp_port}), flush=True)
        sys.stdin.read()
    recorder.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
