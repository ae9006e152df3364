"""The mark in the mailbox: one message of ours in the done folder carries the installation's id (RULES 1, F32).

Two databases on one mailbox would answer everybody twice. The mark counts only with the \\Draft flag, which APPEND
sets and no sender of mail can: a received message that imitates it, filed away into the same folder, is nothing but
mail (A20).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from email.utils import format_datetime

from mailbot.errors import CommandRefused, ForeignMailbox
from mailbot.model import new_secret
from mailbot.transport import Mailbox

FIELD = "X-Mailbot-Installation"
FLAG = "\\Draft"


def check_marker(mailbox: Mailbox, folder: str, address: str, installation_id: str, now: datetime) -> bool:
    """Finds our mark or leaves it; False where the server takes none (full, read-only). Raises ForeignMailbox where
    another installation's is there; then nothing was touched.
    """
    found = _marks(mailbox, folder)
    if any(mark != installation_id for mark in found):
        raise ForeignMailbox(
            f"inbox: the folder {folder} carries the mark of another mailbot database; nothing was touched"
        )
    if found:
        return True
    try:
        mailbox.append(_mark(address, installation_id, now), folder, [FLAG, "\\Seen"])
    except CommandRefused:
        return False
    return True


def _marks(mailbox: Mailbox, folder: str) -> list[str]:
    if mailbox.select(folder, again=True) is None:
        return []
    uids = mailbox.find_header(FIELD, "")
    drafts = [uid for uid, flags in mailbox.flags(uids).items() if FLAG.lower() in {flag.lower() for flag in flags}]
    return [mark for uid in drafts if (mark := _value(mailbox.header(uid) or b""))]


def is_mark(flags: Collection[str], header: bytes) -> bool:
    """Whether a message is a mark of ours, and no mail."""
    return FLAG.lower() in {flag.lower() for flag in flags} and _value(header) is not None


def _value(header: bytes) -> str | None:
    for line in header.splitlines():
        name, _, value = line.partition(b":")
        if name.strip().lower() == FIELD.lower().encode():
            return value.strip().decode("ascii", "replace")
    return None


def _mark(address: str, installation_id: str, now: datetime) -> bytes:
    lines = (
        f"From: <{address}>",
        "Subject: mailbot: please leave this message here",
        f"Date: {format_datetime(now)}",
        f"Message-ID: <{new_secret()}@{address.rpartition('@')[2]}>",
        f"{FIELD}: {installation_id}",
        "Auto-Submitted: auto-generated",
        "",
        "This message tells mailbot that the mailbox belongs to its database. It is not sent to anybody.",
        "",
    )
    return "\r\n".join(lines).encode("ascii")
