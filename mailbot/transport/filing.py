"""How messages get from one folder to another: MOVE; or COPY and UID EXPUNGE of just these; or COPY and a mark.

Never a plain EXPUNGE, which removes what other people have marked too (F5). A crash between COPY and the mark leaves a
second copy of one batch after the repeat; what carries the mark is not copied again. Where a server takes neither
UIDPLUS nor keywords only \\Seen tells, which a person may have set: there the caller must remember what it has filed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from mailbot.errors import CommandRefused
from mailbot.transport.imap_values import Filed, How

if TYPE_CHECKING:
    from mailbot.transport.imap import Mailbox

DONE_FLAG = "$MailbotDone"
"""Keyword on a message that lies in its new folder already and cannot be removed from the old one."""


def together(filed: Iterable[Filed]) -> Filed:
    """Several batches as one: the worst way, and all that remain."""
    batches = list(filed)
    worst = max((one.how for one in batches), key=list(How).index, default=How.MOVED)
    return Filed(worst, tuple(uid for one in batches for uid in one.remaining))


def file_batch(mailbox: Mailbox, uids: Sequence[int], to: str) -> Filed:
    """Files one batch of the open folder away; a refusal leaves what is still there where it was."""
    try:
        return _file(mailbox, uids, to)
    except CommandRefused:
        pass
    try:
        if mailbox.exists(to):
            return _refused(mailbox, uids)
        mailbox.create(to)
        return _file(mailbox, uids, to)
    except CommandRefused:
        return _refused(mailbox, uids)


def _file(mailbox: Mailbox, uids: Sequence[int], to: str) -> Filed:
    if mailbox.can_move:
        mailbox.move(uids, to)
        return Filed(How.MOVED)
    _copy_once(mailbox, uids, to)
    if not mailbox.can_uidplus:
        return Filed(How.COPIED_MARKED, tuple(mailbox.flags(uids)))
    mailbox.mark(uids, "\\Deleted")
    mailbox.expunge(uids)
    return Filed(How.COPIED_EXPUNGED)


def _copy_once(mailbox: Mailbox, uids: Sequence[int], to: str) -> None:
    flags = mailbox.flags(uids)
    fresh = [uid for uid in uids if DONE_FLAG not in flags.get(uid, ())]
    if not fresh:
        return
    mailbox.copy(fresh, to)
    with suppress(CommandRefused):
        mailbox.mark(fresh, DONE_FLAG if mailbox.keeps_keywords else "\\Seen")


def _refused(mailbox: Mailbox, uids: Sequence[int]) -> Filed:
    return Filed(How.REFUSED, tuple(sorted(mailbox.flags(uids))))
