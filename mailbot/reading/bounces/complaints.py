"""Feedback reports: a recipient pressed "this is spam" (RFC 5965), and the forms of it that large hosts send.

A report that keeps the recipient to itself names nobody; then the Message-ID of the returned copy is all there is.
"""

from __future__ import annotations

import re

from mailbot.reading.bounces import recipient
from mailbot.reading.bounces.groups import MOST_RECIPIENTS, groups
from mailbot.reading.fields import Block

# Outlook.com's junk mail reporting sends no report part: a mixed message with the complaint's copy, and this subject.
_COMPLAINT_SUBJECT = re.compile(r"\s*complaint about message from \S+", re.IGNORECASE)
_COPY_FIELDS = ("x-hmxmroriginalrecipient", "x-original-recipient", "to")


def is_complaint(subject: str) -> bool:
    """Whether the subject is the one of a complaint without a report part."""
    return _COMPLAINT_SUBJECT.match(subject) is not None


def reported(data: bytes) -> list[str]:
    """Whom a message/feedback-report part names (RFC 5965 sections 3.2 and 3.3)."""
    found: list[str] = []
    for block in groups(data):
        for name in ("original-rcpt-to", "removal-recipient"):
            values = block.all(name)
            found += [address for value in values for address in recipient.every_in(value.decode("utf-8", "replace"))]
            if values:
                break
    return found[:MOST_RECIPIENTS]


def addressed(copy: Block) -> list[str]:
    """Whom the returned copy was for, where the report names nobody."""
    values = next((found for name in _COPY_FIELDS if (found := copy.all(name))), [])
    return [address for value in values for address in recipient.every_in(value.decode("utf-8", "replace"))]
