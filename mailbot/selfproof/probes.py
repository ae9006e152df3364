"""The mails to ourselves, as bytes: one that is plain, one to a subaddress, and one for each thing that a stranger may
forge and the host must take away (A14, A15).

The forged values are random words, never the real ones: what the host must keep secret is in no mail of ours, and what
the host itself writes cannot be taken for ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum

from mailbot.casework.addresses import ServiceAddress
from mailbot.config import Config
from mailbot.model import new_secret

SUBJECT = "Test message"
WORDS = "mailbot sent this message to itself. You need not do anything with it."


class Probe(StrEnum):
    """What one of the mails is for; it stands behind the secret in the subject."""

    PLAIN = "plain"
    SUBADDRESS = "subaddress"
    FORGED_RESULT = "result"
    FORGED_HEADER = "header"


@dataclass(frozen=True, slots=True)
class ProbeMail:
    """One mail to ourselves; a report about it comes back to an address that carries the secret."""

    probe: Probe
    mail_from: str
    to: str
    data: bytes


def probe_mails(config: Config, secret: str, now: datetime) -> Iterator[ProbeMail]:
    """The mails that this configuration needs."""
    address = ServiceAddress(config.service.address, config.service.subaddress_separator)
    proof = config.authentication

    def mail(probe: Probe, to: str = address.plain, forged: tuple[str, ...] = ()) -> ProbeMail:
        lines = (
            *forged,
            f"From: <{address.plain}>",
            f"To: <{to}>",
            f"Subject: {SUBJECT} {secret} {probe}",
            f"Date: {format_datetime(now)}",
            f"Message-ID: <{address.message_id(new_secret())}>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=us-ascii",
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply",
            "",
            WORDS,
            "",
        )
        return ProbeMail(probe, address.return_path(secret), to, "\r\n".join(lines).encode("ascii"))

    yield mail(Probe.PLAIN)
    if address.separator:
        yield mail(Probe.SUBADDRESS, address.reply_address(secret))
    if proof.trusted_authserv_ids:
        # The secret as a comment (RFC 8601 2.2): it changes nothing of the result that a careless host lets through.
        result = f"dmarc=pass ({secret}) header.from={address.domain}"
        fields = tuple(f"Authentication-Results: {name};\r\n {result}" for name in proof.trusted_authserv_ids)
        yield mail(Probe.FORGED_RESULT, forged=fields)
    if proof.internal_header:
        yield mail(Probe.FORGED_HEADER, forged=(f"{proof.internal_header.name}: {secret}",))
