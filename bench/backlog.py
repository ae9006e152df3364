"""How fast a backlog leaves: first mails in an inbox, until every acknowledgement is taken; beside a bare loop, in one
run.

usage (as root, after `make live-deps`): PYTHONPATH=tests .venv/bin/python bench/backlog.py [--messages 500] [--rounds
3]

The bare loop fetches the same mails from the same Dovecot and hands one letter each to the same sink, with the same two
libraries: no journal, no encryption, no cases, no staff mail. Quote the ratio; the machine's speed drifts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

import aiosmtplib
from imapclient import IMAPClient
from support import processes
from support.installation import Installation
from support.live import LiveServers
from support.mails import first_mail

LIMITS = "[limits]\nautomatic_per_hour = 1000000\nsends_per_hour = 1000000\n"


def fill(servers: LiveServers, count: int, batch: int) -> None:
    with IMAPClient(servers.host, servers.imap_port, ssl=False) as client:
        client.login("help", servers.password)
        for number in range(count):
            person = f"person{batch}x{number}@example.net"
            client.append("INBOX", first_mail(person, text="I need help, please write. " * 80))


def bare(servers: LiveServers, port: int) -> float:
    """Fetches, answers, deletes."""
    started = time.monotonic()
    with IMAPClient(servers.host, servers.imap_port, ssl=False) as client:
        client.login("help", servers.password)
        client.select_folder("INBOX")
        uids = client.search("ALL")
        fetched = [
            got
            for start in range(0, len(uids), 100)
            for got in client.fetch(uids[start : start + 100], ["BODY.PEEK[]"])
        ]
        asyncio.run(_answer(port, len(fetched)))
        client.delete_messages(uids)
        client.uid_expunge(uids)
    return time.monotonic() - started


async def _answer(port: int, count: int) -> None:
    letter = b"Subject: We received your message\r\n\r\n" + b"A person on our team will read it.\r\n" * 60
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
        for number in range(count):
            await smtp.sendmail("help@service.example", [f"person{number}@example.net"], letter)


def product(house: Installation) -> float:
    """One pass of the installed program, start-up included."""
    started = time.monotonic()
    house.once(expect=None)
    return time.monotonic() - started


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--messages", type=int, default=500)
    options.add_argument("--rounds", type=int, default=3)
    found = options.parse_args()
    port = processes.free_port()
    who = ["-u", "nobody"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder:
        sink = processes.Server(
            [str(processes.program("smtp-sink")), *who, f"127.0.0.1:{port}", "1000"], port, Path(folder) / "sink.log"
        )
        try:
            _rounds(Path(folder), port, found.messages, found.rounds)
        finally:
            sink.end()


def _rounds(folder: Path, port: int, messages: int, rounds: int) -> None:
    ratios = []
    accounts = {"help": "secret"}
    with LiveServers(accounts, {"help@service.example": "help"}, "service.example") as servers:
        house = Installation(folder / "house", servers, more=LIMITS, smtp_port=port)
        for number in range(rounds):
            fill(servers, messages, 2 * number)
            ours = product(house)
            fill(servers, messages, 2 * number + 1)
            theirs = bare(servers, port)
            ratios.append(theirs / ours)
            speeds = f"mailbot {messages / ours:.0f} /s, bare loop {messages / theirs:.0f} /s"
            print(f"round {number + 1}: {speeds}, ratio {ratios[-1]:.3f}")
    print(f"median ratio {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")


if __name__ == "__main__":
    main()
