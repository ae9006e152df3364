"""A file of everything the SMTP server took, for tests that kill processes: it outlives the program under test and
the servers.

In: transactions, one after the other. Out: `FOLDER/sent.jsonl`, one JSON object a line, written by one write before
the server answers 250: a message answered with 250 is in the file, whoever is killed next (but not after a power
cut: no fsync).
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from mailbot.demo.smtpside import Transaction

NAME = "sent.jsonl"


class Recorder:
    """Appends each transaction to the file of a folder, which is made if it is missing."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(folder / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __call__(self, taken: Transaction) -> None:
        fields = asdict(taken) | {"data": base64.b64encode(taken.data).decode(), "at": taken.at.isoformat()}
        os.write(self._file, json.dumps(fields).encode() + b"\n")

    def close(self) -> None:
        os.close(self._file)


def read_recording(folder: Path) -> list[Transaction]:
    """Every transaction recorded in `folder` so far, oldest first; none where nothing was recorded."""
    if not (folder / NAME).exists():
        return []
    return [_transaction(line) for line in (folder / NAME).read_bytes().splitlines()]


def _transaction(line: bytes) -> Transaction:
    fields = json.loads(line)
    return Transaction(
        mail_from=fields["mail_from"],
        rcpt_to=tuple(fields["rcpt_to"]),
        data=base64.b64decode(fields["data"]),
        mail_options=tuple(fields["mail_options"]),
        rcpt_options=tuple(fields["rcpt_options"]),
        helo=fields["helo"],
        at=datetime.fromisoformat(fields["at"]),
    )
