"""A mail that a person sent to a member's own address by mistake, adopted as the person's own
(docs/decisions/adopting.md).

The member forwards it to the service as an attachment, with `#new ADDRESS` above. The original, whole and unchanged,
becomes the first message of the case. It proves nothing: its own authentication counts as none, its secrets join
nothing, and it is acknowledged by nobody but the member who answers. A text that was pasted or quoted is only a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailbot.casework.acting import Acting, CommandError, who
from mailbot.casework.desk import Desk
from mailbot.errors import MessageError
from mailbot.model import Inbound, JournalState, Reading, Verdict
from mailbot.writing import Shown, valid_message_id
from storage import adoptions, cases, journal
from storage.cases import Conversation
from storage.database import Transaction, View
from storage.journal import JournalRow

MAIL = "message/rfc822"
BY_STAFF = "staff command"
"""How the member's mail ended: proved, and with commands for no case."""
HOW = "To adopt the mail that is attached, send this as a new message to the service's own address."
NOT_THERE = "No mail of yours with an attached mail has this id, or it was adopted already."


@dataclass(frozen=True, slots=True)
class Original:
    """The mail that is adopted, and the member's mail that carried it."""

    carrier: JournalRow
    raw: bytes
    reading: Reading


def carries_mail(reading: Reading) -> bool:
    """Whether a message has a mail as an attachment."""
    return any(one.content_type == MAIL for one in reading.attachments)


def offered(line: str, inbound: Inbound) -> str:
    """The command that the offer's link sends: it names the message with the attachment, which the link has not."""
    return f"{line} with {inbound.id}" if carries_mail(inbound.reading) else line


def find(view: View, desk: Desk, acting: Acting, message_id: str, address: str) -> Original:
    """The mail attached to a message of this member. CommandError where it is not clearly one person's, and this
    one's.
    """
    row = journal.find(view, message_id)
    if row is None or row.state is not JournalState.PROCESSED or row.reason != BY_STAFF or row.case_id is not None:
        raise CommandError(NOT_THERE)
    try:
        raw, reading = _attached(desk, acting, journal.raw(view, row.id))
    except MessageError as error:
        raise CommandError("The attached mail could not be read.") from error
    if reading.verdict is not Verdict.PROCESS or len(reading.from_) != 1:
        raise CommandError("The attached mail does not say clearly who wrote it.")
    if reading.from_[0].lower() != address:
        raise CommandError("The attached mail is from another address.", f"#new {reading.from_[0].lower()}")
    _refuse_known(view, reading)
    return Original(row, raw, reading)


def _attached(desk: Desk, acting: Acting, raw: bytes) -> tuple[bytes, Reading]:
    """MessageError where one of the two cannot be read."""
    carrier = desk.read(raw)
    if len(carrier.from_) != 1 or desk.member_at(carrier.from_[0]) != acting.member:
        raise CommandError(NOT_THERE)
    numbers = [number for number, one in enumerate(carrier.attachments, 1) if one.content_type == MAIL]
    if len(numbers) != 1:
        raise CommandError("Attach one mail, so that it is clear which one is meant.")
    _, original = desk.open_file(raw, numbers[0])
    return original, desk.read(original)


def _refuse_known(view: View, reading: Reading) -> None:
    """The person wrote to the service too: that mail has its case and its answer."""
    row = adoptions.same(view, reading.identity)
    if row is not None and row.case_id is not None:
        reference = cases.find_case(view, row.case_id).reference
        raise CommandError("This mail came to the service itself; it has its case.", f"#show {reference}")


def adopt(transaction: Transaction, acting: Acting, original: Original, into: Conversation, now: datetime) -> Shown:
    """Makes it the first message of that conversation; what the member reads of it."""
    adoptions.adopt(
        transaction,
        original.carrier,
        original.raw,
        into,
        attachments=len(original.reading.attachments),
        message_id=valid_message_id(original.reading.message_id or ""),
        who=who(transaction, acting.member),
        cause=acting.inbound.id,
        now=now,
    )
    lines = ("Nothing proves who wrote it.", f"Files: {len(original.reading.attachments) or 'none'}")
    return Shown("The mail that you passed on", lines, original.reading.text)
