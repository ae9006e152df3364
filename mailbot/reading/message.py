"""`read_message`: the bytes of one message in, everything that mailbot understands of them out.

A pure function of its arguments: no clock, no file, no network. It does not raise on any bytes; what cannot be
handled gets the verdict "quarantine" with a short fixed reason. It runs in a limited child process (`child`), never
in the daemon.
"""

from __future__ import annotations

from itertools import islice

from mailbot.model import Automated, Reading, Verdict
from mailbot.reading import (
    address,
    attachments,
    authentication,
    automata,
    charset,
    dates,
    forms,
    identity,
    inside,
    language,
    limits,
    reports,
    text,
    words,
)
from mailbot.reading.address import Mailbox
from mailbot.reading.encodedword import text_of
from mailbot.reading.fields import Block, hidden_from
from mailbot.reading.limits import Limits
from mailbot.reading.parts import Part, Tree, read_tree

_ENVELOPE_FIELDS = ("delivered-to", "x-original-to", "envelope-to", "resent-to")
_ONCE = ("from", "subject", "date", "message-id", "to", "cc", "reply-to", "in-reply-to", "references")
_SIGNED_OR_SECRET = (
    "application/pkcs7-mime",
    "application/x-pkcs7-mime",
    "multipart/encrypted",
    "application/pgp-encrypted",
)


def read_message(
    raw: bytes, *, trusted_ids: tuple[str, ...], limits: Limits, internal_header: tuple[str, str] | None = None
) -> Reading:
    """Understands one message. `trusted_ids` are the authserv-ids whose results count, `internal_header` the host's
    own header.
    """
    tree = read_tree(raw, limits)
    block = tree.root.block
    author = address.read_author(block.all("from"))
    null_path = _return_path(block) == ""
    hint = _charset_hint(tree.root)
    subject = charset.one_line(text_of(block.first("subject") or b"", hint), 998)
    written = text_of(b" ".join(block.all("from")), hint)[:1000]
    to, cc = _addresses(block, "to"), _addresses(block, "cc")
    date, date_is_sound = dates.read(block.first("date"))
    mailbox = author if isinstance(author, Mailbox) else None
    kind = automata.report_kind(block, _report_type(tree.root))
    kind = automata.recognise(block, kind, mailbox.address if mailbox else None, written, subject, null_path)
    sealed = attachments.sealed_parts(raw, tree.root)
    speech = text.read_text(raw, tree.root, sealed)
    hints = inside.look_inside(raw, tree.root)
    suspected = automata.may_be_report(block, kind, written, subject, null_path)
    report = None if tree.problem else reports.read_report(raw, tree.root, speech.text, subject, kind, suspected)
    kind = report.kind if report else kind
    reason = tree.problem or _problem(raw, block, len(to) + len(cc)) or _no_author(author, kind, null_path, written)
    is_report = kind in _REPORTING
    new = (forms.all_of if is_report else forms.new_words)(speech, _has_two_readings(tree))
    return Reading(
        message_id=words.identifier(block.first("message-id")),
        in_reply_to=words.identifiers(block.first("in-reply-to") or b""),
        references=words.identifiers(block.first("references") or b""),
        from_=(mailbox.address,) if mailbox else (),
        from_name=mailbox.name if mailbox else "",
        to=to,
        cc=cc,
        recipients=_recipients(block, to + cc),
        reply_to=_addresses(block, "reply-to"),
        return_path=_return_path(block),
        subject=subject,
        date=date,
        text=speech.text or hints.text,
        reply=new.words,
        language=None if is_report else language.guess(new.own or speech.text),
        automated=kind,
        no_answer=_no_answer(block, kind, mailbox, written, subject, null_path),
        bounces=report.bounced if report else (),
        reported_ids=report.ids if report else (),
        attachments=attachments.read_attachments(raw, tree.root, sealed) + speech.attachments + hints.attachments,
        defects=tuple(
            sorted(
                {*tree.defects, *block.defects, *speech.defects, *hints.defects, *_defects(block, tree.root, subject)}
                | ({"date"} if not date_is_sound else set())
            )
        ),
        dmarc=authentication.judge(block.fields, mailbox.address.rpartition("@")[2] if mailbox else None, trusted_ids),
        internal=authentication.is_internal(block.fields, internal_header),
        identity=identity.identity(raw, block),
        verdict=Verdict.QUARANTINE if reason else Verdict.PROCESS,
        reason=reason,
        plain_reply=new.plain,
        page_reply=new.page,
        cut=new.cut,
        several_texts=new.several,
    )


_REPORTING = (Automated.BOUNCE, Automated.DELAY, Automated.RECEIPT, Automated.FEEDBACK_REPORT)


def _problem(raw: bytes, block: Block, addressed: int) -> str | None:
    """A reason that stands whoever wrote the message."""
    if "header-too-large" in block.defects or block.body - block.start > limits.HEADER_BYTES:
        return "header-too-large"
    if hidden_from(raw, block):
        return "from-two-readings"
    if addressed > limits.ADDRESSES:
        return "too-many-addresses"
    return None


def _no_author(author: Mailbox | str, kind: Automated | None, null_path: bool, written: str) -> str | None:
    """Why nobody is the author, or None; a delivery report needs none: hosts write "MAILER-DAEMON", "<>" or nothing
    there.
    """
    if isinstance(author, Mailbox):
        return None
    is_report = kind in (Automated.BOUNCE, Automated.DELAY) and author in ("from-none", "from-malformed")
    return None if is_report and (null_path or automata.is_daemon(written)) else author


def _no_answer(
    block: Block, kind: Automated | None, mailbox: Mailbox | None, written: str, subject: str, null_path: bool
) -> str | None:
    if kind in _REPORTING:
        return "report"
    if mailbox is None:
        return "no-author"
    return automata.no_answer(block, mailbox.address, written, subject, null_path)


def _report_type(root: Part) -> str | None:
    return root.parameter("report-type") if root.type == "multipart/report" else None


def _return_path(block: Block) -> str | None:
    """The topmost Return-Path: an address, "" for the null path, None where there is none or it is none of the two."""
    value = block.first("return-path")
    if value is None:
        return None
    if value.replace(b" ", b"") == b"<>":
        return ""
    found = address.addresses([value], 1)
    return found[0].address.lower() if found else None


def _charset_hint(root: Part) -> str | None:
    """The charset that the message names first, for raw 8-bit bytes in its header: old programs wrote both alike."""
    return next((label for part in islice(root.walk(), 3) if (label := part.parameter("charset"))), None)


def _addresses(block: Block, name: str) -> tuple[str, ...]:
    """The addresses of a field; one more than the limit tells that there are too many."""
    return tuple([mailbox.address for mailbox in address.addresses(block.all(name), limits.ADDRESSES + 1)])


def _recipients(block: Block, addressed: tuple[str, ...]) -> tuple[str, ...]:
    values = [value for name in _ENVELOPE_FIELDS for value in block.all(name)]
    found = (*addressed, *(mailbox.address for mailbox in address.addresses(values)))
    return tuple(dict.fromkeys([one.lower() for one in found]))[: limits.ADDRESSES]


def _has_two_readings(tree: Tree) -> bool:
    return "two-readings" in tree.defects or any(part.shadows for part in tree.root.walk())


def _defects(block: Block, root: Part, subject: str) -> set[str]:
    """What was mended, and what staff should know of the message besides its verdict."""
    found = {f"repeated-{name}" for name in _ONCE if len(block.all(name)) > 1}
    if "\ufffd" in subject:
        found.add("subject")
    kinds = {part.type for part in root.walk()}
    found |= {
        code
        for kind, code in (("message/external-body", "external-body"), ("message/partial", "partial"))
        if kind in kinds
    }
    if not kinds.isdisjoint(_SIGNED_OR_SECRET):
        found.add("encrypted")
    return found
