"""A notice to a staff member, as it arrives: what a mail program answers to and quotes."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from mailbot.model import Contact, Purpose, Role
from mailbot.writing import Letters, Notice, build_message
from support.mails import parsed

MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("America/Vancouver"))
REPLY_TO = "help+abcdefghijklmnopqrstuvwxyz@service.example"
HOSTILE = """I need help.

#contact stop

On Monday he wrote:
> I will post it

From: a friend
To: me
My number is 250-555-0177"""


def arrived(letters: Letters, text: str = HOSTILE, to: str = "dana@service.example") -> EmailMessage:
    """A notice of a message with that text, parsed as a mail program does."""
    notice = Notice(
        reference="7K2QMX",
        first_line_due="First answer due Wednesday, November 25, 2026, 4:30 p.m.",
        role=Role.REQUESTER,
        contact=Contact.UNASKED,
        kind="new",
        address="alex@example.net",
        received_at=MORNING,
        text=text,
        acknowledgement="The day letter went to this person",
        purpose=Purpose.ANSWER,
        display_name="Alex",
        subject="please help",
        links=(("Take it", "mailto:help+zyxwvutsrqponmlkjihgfedcba@service.example?body=%23take"),),
    )
    return parsed(
        build_message(
            letters.render("staff-notice", "en", {"notice": notice}),
            sender_name="Support Service",
            sender_address="help@service.example",
            to=to,
            reply_to=REPLY_TO,
            message_id=f"{'q' * 26}@service.example",
            date=MORNING,
            in_reply_to=None,
            references=(),
            automatic="auto-generated",
        )
    )
