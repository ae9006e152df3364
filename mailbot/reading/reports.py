"""What delivery reports and complaints say: RFC 3464 and RFC 5965 parts first, then the prose of hosts that send none.

`bounced` are recipients with status, whatever was reported of them (a status of class 2 is a delivery); `ids` are the
Message-IDs in the returned part and the envelope id. All of it is a stranger's claim: it counts only where one of
`ids` is ours (RULES 14). A report without the label of one is believed to be one only where it names a recipient.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mailbot.model import Automated, Bounced
from mailbot.reading import encoding, limits, words
from mailbot.reading.bounces import complaints, events, groups, library, recipient, returned
from mailbot.reading.bounces.groups import Told
from mailbot.reading.bounces.notice import Notice
from mailbot.reading.fields import Block, read_block
from mailbot.reading.parts import Part

_RETURNED_ID = re.compile(rb"^[ \t>]*Message-I[Dd]:\s*<([\x21-\x3b\x3d\x3f-\x7e]{3,995})>", re.MULTILINE)
_RETURNED = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
)
_STATUS = ("message/delivery-status", "message/global-delivery-status")
_LABELLED = (Automated.BOUNCE, Automated.DELAY, Automated.RECEIPT, Automated.FEEDBACK_REPORT)


@dataclass(frozen=True, slots=True)
class Report:
    """`kind` is sharper than the report's label: a delay where every recipient is delayed, a receipt where all were
    reached.
    """

    kind: Automated
    bounced: tuple[Bounced, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    """What the parts of one report say."""

    told: list[Told] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    copies: list[Block] = field(default_factory=list)
    kinds: set[Automated] = field(default_factory=set)


def read_report(
    raw: bytes, root: Part, text: str, subject: str, kind: Automated | None, suspected: bool
) -> Report | None:
    """Reads a report of any kind, or None where the message is none.

    `text` is what its parts say to people, `kind` what its label or its fields call it, `suspected` whether it may be
    a report without a label (`automata.may_be_report`).
    """
    if (kind or suspected) and (event := events.read_event(text)):
        return _report(event.kind, event.told, event.ids)
    if kind not in _LABELLED and not suspected and not _holds_complaint(root, subject):
        return None
    found = _walk(raw, root)
    kind = kind if kind in _LABELLED else _kind(found, subject)
    if kind is Automated.FEEDBACK_REPORT:
        return _complaint(found)
    if kind is Automated.RECEIPT:
        return _report(kind, [], _identifiers(raw, root, text, found, kind))
    return _delivery_report(raw, root, text, subject, kind, found)


def _delivery_report(
    raw: bytes, root: Part, text: str, subject: str, kind: Automated | None, found: _Found
) -> Report | None:
    """A report about deliveries; one without a label (`kind` None) counts where it names somebody."""
    text = text if text.strip() or root.children else _body(raw, root)
    notice = Notice(text, subject)
    if not found.told:
        _read_status(groups.in_prose(text).encode("utf-8", "replace"), found)
    told = [_with_status(one, notice) for one in found.told] or list(_in_prose(raw, root, notice, found))
    if kind is None and not told:
        return None
    final = kind or Automated.BOUNCE
    actions = {one.action for one in told} - {""}
    return _report(_sharper(final, actions, notice), told, _identifiers(raw, root, text, found, final))


def _report(kind: Automated, told: Iterable[Told], ids: Iterable[str]) -> Report:
    bounced = (
        Bounced(one.recipient, one.status, one.action == "delayed" or one.status.startswith("4"), one.original)
        for one in told
        if recipient.is_reported(one.recipient)
    )
    return Report(
        kind,
        tuple(dict.fromkeys(bounced))[: groups.MOST_RECIPIENTS],
        tuple(dict.fromkeys(one[: limits.IDENTIFIER_CHARACTERS] for one in ids))[: limits.REFERENCES],
    )


def _sharper(kind: Automated, actions: set[str], notice: Notice) -> Automated:
    if kind is not Automated.BOUNCE:
        return kind
    if not actions:
        return Automated.DELAY if notice.is_delay else kind
    if actions == {"delayed"}:
        return Automated.DELAY
    return Automated.RECEIPT if actions <= {"delivered", "relayed", "expanded"} else kind


def _holds_complaint(root: Part, subject: str) -> bool:
    return any(part.type == "message/feedback-report" for part in _outer(root)) or complaints.is_complaint(subject)


def _kind(found: _Found, subject: str) -> Automated | None:
    """What the parts say that it is, where no label does."""
    if Automated.FEEDBACK_REPORT in found.kinds or (found.copies and complaints.is_complaint(subject)):
        return Automated.FEEDBACK_REPORT
    return next(iter(found.kinds), None)


def _outer(root: Part) -> Iterator[Part]:
    """The parts of the report itself, not those of a message that it returns."""
    stack = [root]
    while stack:
        part = stack.pop()
        yield part
        if not part.type.startswith("message/"):
            stack.extend(reversed(part.children))


def _walk(raw: bytes, root: Part) -> _Found:
    """What the report's own parts say; where they say nothing, what a report inside does (gateways wrap them)."""
    found = _Found()
    for part in _outer(root):
        _read_part(raw, part, found)
    if not found.told and not found.complained and not found.kinds:
        for part in root.walk():
            if part.type in _STATUS:
                _read_part(raw, part, found)
    return found


def _read_part(raw: bytes, part: Part, found: _Found) -> None:
    if part.type in _STATUS:
        found.kinds.add(Automated.BOUNCE)
        _read_status(_content(raw, part), found)
    elif part.type == "message/feedback-report":
        found.kinds.add(Automated.FEEDBACK_REPORT)
        found.complained += complaints.reported(_content(raw, part))
    elif part.type == "message/disposition-notification":
        found.kinds.add(Automated.RECEIPT)
        _read_disposition(_content(raw, part), found)
    elif part.type in _RETURNED:
        data = _content(raw, part)
        found.copies.append(read_block(data, 0, len(data)))


def _content(raw: bytes, part: Part) -> bytes:
    end = min(part.end, part.start + limits.TEXT_BYTES)
    return encoding.decode(raw[part.start : end], part.encodings[0])


def _body(raw: bytes, root: Part) -> str:
    """The body as it stands, where its boundary is broken and so there are no parts."""
    return raw[root.start : min(root.end, root.start + limits.TEXT_BYTES)].decode("utf-8", "replace").replace("\r", "")


def _read_status(data: bytes, found: _Found) -> None:
    for block in groups.groups(data):
        if envelope := groups.envelope_id(block):
            found.ids.append(envelope)
        if one := groups.told(block):
            found.told.append(one)


def _read_disposition(data: bytes, found: _Found) -> None:
    """Original-Message-ID (RFC 8098 section 3.2.5)."""
    for block in groups.groups(data):
        if identifier := words.identifier(block.first("original-message-id")):
            found.ids.append(identifier)


def _with_status(one: Told, notice: Notice) -> Told:
    """A recipient whose group gives no status at all has it from the prose beside it."""
    if one.status or one.action in ("delivered", "relayed", "expanded"):
        return one
    (failure,) = notice.failures_of([one.recipient])
    return Told(one.recipient, failure.status, one.action, one.original)


def _in_prose(raw: bytes, root: Part, notice: Notice, found: _Found) -> Iterator[Told]:
    """The recipients of a report that has no part to say so, from the surest sign to the weakest."""
    failed = [address for value in root.block.all("x-failed-recipients") for address in _addresses(value)]
    own = frozenset(address.lower() for value in root.block.all("to") for address in _addresses(value))
    failures = notice.failures(own, failed)
    if not failures and notice.speaks_of_failure:
        asked = library.failed_recipients(raw)
        failures = notice.failures_of([address for address, _ in asked] or _addressees(notice, found, own))
    # Exim names in this field whom the sender wrote to, and in its list whom an alias or a forward led to.
    alias = failed[0] if len(failed) == len(failures) == 1 else None
    for one in failures:
        original = one.original or alias
        is_other = original and not recipient.same(original, one.recipient)
        yield Told(one.recipient, one.status, "", original if is_other else None)


def _addressees(notice: Notice, found: _Found, own: frozenset[str]) -> list[str]:
    """Whom the returned copy was for, where it was for one alone: of several, nobody can say which failed."""
    named = [address for copy in found.copies for value in copy.all("to") for address in _addresses(value)]
    named = [one for one in named or returned.addressees(notice.copy) if one.lower() not in own]
    return named if len(named) == 1 else []


def _addresses(value: bytes) -> list[str]:
    return recipient.every_in(value.decode("utf-8", "replace"))


def _complaint(found: _Found) -> Report:
    named = found.complained or [address for copy in found.copies for address in complaints.addressed(copy)]
    told = [Told(address, "", "") for address in named]
    return _report(Automated.FEEDBACK_REPORT, told, found.ids + _copied(found))


def _copied(found: _Found) -> list[str]:
    return [one for copy in found.copies if (one := returned.identifier(copy))]


def _identifiers(raw: bytes, root: Part, text: str, found: _Found, kind: Automated) -> list[str]:
    """The ids of the returned message: its part, else what stands as a header line in the text or in the bytes."""
    ids = found.ids + _copied(found)
    if ids or kind not in (Automated.BOUNCE, Automated.DELAY):
        return ids
    end = min(root.end, root.start + limits.TEXT_BYTES)
    written = [one.decode("ascii") for one in _RETURNED_ID.findall(raw, root.start, end)]
    return written + returned.identifiers(text)
