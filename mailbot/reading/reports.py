"""What delivery reports and complaints say: a walk over RFC 3464 and RFC 5965 parts.

`bounced` are recipients with status, whatever was reported of them (a status of class 2 is a delivery); `ids` are the
Message-IDs in the returned part and the envelope id. All of it is a stranger's claim: it counts only where one of
`ids` is ours (RULES 14).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailbot.model import Automated, Bounced
from mailbot.reading import address, encoding, limits, words
from mailbot.reading.fields import Block, read_block
from mailbot.reading.parts import Part

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_RETURNED_ID = re.compile(rb"^[ \t>]*Message-I[Dd]:\s*<([\x21-\x3b\x3d\x3f-\x7e]{3,995})>", re.MULTILINE)
_RETURNED = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
)
_MOST_RECIPIENTS = 100


@dataclass(frozen=True, slots=True)
class Report:
    """`kind` is sharper than the report's label: a delay where every recipient is delayed, a receipt where all were
    reached.
    """

    kind: Automated
    bounced: tuple[Bounced, ...] = ()
    ids: tuple[str, ...] = ()


def read_report(raw: bytes, root: Part, kind: Automated) -> Report:
    """Reads a report of any kind; a bounce that has no machine-readable part gives only the ids found in its text."""
    bounced: list[Bounced] = []
    actions: set[str] = set()
    ids: list[str] = []
    for part in root.walk():
        if part.type in ("message/delivery-status", "message/global-delivery-status"):
            _read_status(_content(raw, part), bounced, actions, ids)
        elif part.type == "message/feedback-report":
            _read_feedback(_content(raw, part), bounced)
        elif part.type in _RETURNED:
            _read_returned(raw, part, kind, bounced, ids)
    if not ids and kind in (Automated.BOUNCE, Automated.DELAY):
        ids += [
            one.decode("ascii")
            for one in _RETURNED_ID.findall(raw, root.start, min(root.end, root.start + limits.TEXT_BYTES))
        ]
    return Report(
        _sharper(kind, actions), tuple(bounced[:_MOST_RECIPIENTS]), tuple(dict.fromkeys(ids))[: limits.REFERENCES]
    )


def _sharper(kind: Automated, actions: set[str]) -> Automated:
    if kind is not Automated.BOUNCE or not actions:
        return kind
    if actions == {"delayed"}:
        return Automated.DELAY
    return Automated.RECEIPT if actions <= {"delivered", "relayed", "expanded"} else kind


def _content(raw: bytes, part: Part) -> bytes:
    end = min(part.end, part.start + limits.TEXT_BYTES)
    return encoding.decode(raw[part.start : end], part.encodings[0])


def _groups(data: bytes) -> list[Block]:
    """The blocks of fields in a report part, between empty lines (RFC 3464 section 2.1)."""
    blocks: list[Block] = []
    position = 0
    while position < len(data) and len(blocks) <= _MOST_RECIPIENTS:
        block = read_block(data, position, len(data))
        position = max(block.body, position + 1)
        if block.fields:
            blocks.append(block)
    return blocks


def _read_status(data: bytes, bounced: list[Bounced], actions: set[str], ids: list[str]) -> None:
    for block in _groups(data):
        if envelope := block.first("original-envelope-id"):
            ids.append(envelope.decode("ascii", "replace")[: limits.IDENTIFIER_CHARACTERS].strip("<>"))
        recipient = _typed_address(block, "original-recipient") or _typed_address(block, "final-recipient")
        if not recipient:
            continue
        action = (block.first("action") or b"").decode("ascii", "replace").lower().split(" ")[0].strip("();,")
        status = _status(block)
        actions.add(action)
        bounced.append(Bounced(recipient, status, action == "delayed" or status.startswith("4")))


def _status(block: Block) -> str:
    """Status, or the first enhanced code of Diagnostic-Code where a host wrote only a class like 5.0.0 (RFC 3463)."""
    texts = [(block.first(name) or b"").decode("ascii", "replace") for name in ("status", "diagnostic-code")]
    found = [match[1] for text in texts if (match := _STATUS.search(text))]
    sharp = [status for status in found if not status.endswith(".0.0")]
    return next(iter(sharp + found), "")


def _typed_address(block: Block, name: str) -> str | None:
    """`rfc822; address` (RFC 3464 section 2.3.1); Exchange leaves blanks and brackets around it, some hosts leave the
    type out.
    """
    value = block.first(name)
    if value is None:
        return None
    _, semicolon, rest = value.partition(b";")
    found = address.addresses([rest if semicolon else value], 1)
    return found[0].address if found else None


def _read_feedback(data: bytes, bounced: list[Bounced]) -> None:
    for block in _groups(data):
        values = block.all("original-rcpt-to") or block.all("removal-recipient")
        bounced += [Bounced(mailbox.address, "", False) for mailbox in address.addresses(values, _MOST_RECIPIENTS)]


def _read_returned(raw: bytes, part: Part, kind: Automated, bounced: list[Bounced], ids: list[str]) -> None:
    data = _content(raw, part)
    block = read_block(data, 0, len(data))
    if identifier := words.identifier(block.first("message-id")):
        ids.append(identifier)
    if kind is Automated.FEEDBACK_REPORT and not bounced:
        bounced += [
            Bounced(mailbox.address, "", False) for mailbox in address.addresses(block.all("to"), _MOST_RECIPIENTS)
        ]
