"""Posting the mails to ourselves and finding them again, wherever the host or a daemon at work has put them.

Waiting ends at a deadline. What was found and no daemon has journaled is filed away from here, so that the inbox is as
it was; what comes later is known again by the daemon (`casework/selfmail`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from mailbot.config.accounts import Inbox
from mailbot.errors import CommandRefused
from mailbot.reading.fields import read_block
from mailbot.selfproof.probes import Probe, ProbeMail
from mailbot.transport import Answer, Mailbox, Submission
from storage import journal
from storage.database import View

PAUSE = 0.5
MOST_BYTES = 1024 * 1024
"""Of a mail of ours with what servers write on top; more is somebody else's."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One of the mails as it lies in the mailbox."""

    folder: str
    uidvalidity: int
    uid: int
    raw: bytes


def send(submission: Submission, mails: Iterable[ProbeMail]) -> dict[Probe, Answer]:
    """Sends each once, by the way that letters take. Raises PeerError where the server takes nothing from us."""
    return {
        one.probe: submission.send(mail_from=one.mail_from, to=one.to, data=one.data, begin=lambda: None)
        for one in mails
    }


def collect(
    mailbox: Mailbox, inbox: Inbox, secret: str, wanted: Collection[Probe], seconds: float
) -> dict[Probe, Arrived]:
    """Looks into all four folders until every wanted mail is there or the time is up."""
    found: dict[Probe, Arrived] = {}
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while True:
        for folder in (inbox.folder, inbox.junk_folder, inbox.done_folder, inbox.quarantine_folder):
            found = _in(mailbox, folder, secret) | found
        left = deadline - time.monotonic()
        if found.keys() >= set(wanted) or left <= 0:
            return found
        pause.wait(min(PAUSE, left))


def _in(mailbox: Mailbox, folder: str, secret: str) -> dict[Probe, Arrived]:
    view = mailbox.select(folder, again=True)
    uids = mailbox.find_header("Subject", secret) if view is not None else []
    if view is None or not uids:
        return {}
    raws = mailbox.fetch(uids, limit=MOST_BYTES)
    return {
        probe: Arrived(folder, view.uidvalidity, uid, raw) for uid, raw in raws.items() if (probe := _probe_of(raw))
    }


def _probe_of(raw: bytes) -> Probe | None:
    words = (read_block(raw, 0, len(raw)).first("subject") or b"").decode("ascii", "replace").split()
    return Probe(words[-1]) if words and words[-1] in set(Probe) else None


def tidy(mailbox: Mailbox, inbox: Inbox, view: View, arrived: Mapping[Probe, Arrived]) -> None:
    """Files away what no daemon has seen. A mailbox that refuses keeps it where it is, and nothing is lost by that."""
    for folder in (inbox.folder, inbox.junk_folder):
        mine = [one for one in arrived.values() if one.folder == folder]
        uids = journal.unknown_uids(view, folder, mine[0].uidvalidity, [one.uid for one in mine]) if mine else []
        if uids and mailbox.select(folder) is not None:
            with suppress(CommandRefused):
                if not mailbox.exists(inbox.done_folder):
                    mailbox.create(inbox.done_folder)
                mailbox.file_away(uids, inbox.done_folder)
