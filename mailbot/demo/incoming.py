"""The mails of the story as bytes, the way they lie in the service's inbox: with the fields the border's server wrote.

What people write is composed as their mail programs do; a delivery report as Postfix does (RFC 3464).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from mailbot.demo.people import BORDER, SERVICE, Person

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(48_000)
"""What every program takes for a picture; there is nothing to see in it."""


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody writes. `answers` is the letter of ours that it is a reply to, quoted below it."""

    subject: str
    text: str
    to: str = SERVICE
    answers: EmailMessage | None = None
    picture: str | None = None


def mail(author: Person, words: Words, at: datetime, *, dmarc: str = "pass") -> bytes:
    """A mail that names `author` in From; `dmarc` is what the border found about that."""
    message = EmailMessage(SMTP)
    message["From"] = f"{author.name} <{author.address}>"
    message["To"] = words.to
    message["Subject"] = words.subject
    message["Date"] = at
    message["Message-ID"] = make_msgid(domain=author.domain)
    if words.answers is not None:
        message["In-Reply-To"] = message["References"] = words.answers["Message-ID"]
    message.set_content(words.text + _quoted(words.answers))
    if words.picture is not None:
        message.add_attachment(PICTURE, "image", "png", filename=words.picture)
    proof = f"dmarc={dmarc} header.from={author.domain}"
    return _arrived(author.address, words.to, f"mail.{author.domain}", at, proof) + message.as_bytes()


def reply(letter: EmailMessage, text: str, *, picture: str | None = None) -> Words:
    """A reply to a letter of ours, as a mail program addresses it."""
    return Words(f"Re: {letter['Subject']}", text, str(letter["Reply-To"] or letter["From"]), letter, picture)


def delivery_report(returned: bytes, mail_from: str, recipient: str, at: datetime) -> bytes:
    """Our own submission server gives a letter back: the recipient's server knows no such address. `mail_from` is the
    envelope sender of that letter.
    """
    fields = {
        "border": BORDER,
        "to": mail_from,
        "recipient": recipient,
        "remote": f"mx.{recipient.rpartition('@')[2]}",
        "date": format_datetime(at),
    }
    head = _arrived("", mail_from, None, at, None).decode() + _lines(REPORT, fields)
    return head.encode() + returned + _lines("\n--{border}/report--\n", fields).encode()


REPORT = """\
Date: {date}
From: MAILER-DAEMON@{border} (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="{border}/report"
Content-Transfer-Encoding: 8bit
Message-Id: <20261125211100.4A7D21C0@{border}>

This is a MIME-encapsulated message.

--{border}/report
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host {border}.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<{recipient}>: host {remote} said: 550 5.1.1
    <{recipient}>: Recipient address rejected: User unknown (in reply to RCPT TO command)

--{border}/report
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; {border}
X-Postfix-Queue-ID: 4A7D21C0
X-Postfix-Sender: rfc822; {to}
Arrival-Date: {date}

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: failed
Status: 5.1.1
Remote-MTA: dns; {remote}
Diagnostic-Code: smtp; 550 5.1.1 <{recipient}>: Recipient address rejected: User unknown

--{border}/report
Content-Description: Undelivered Message
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit

"""


def _arrived(mail_from: str, to: str, client: str | None, at: datetime, proof: str | None) -> bytes:
    """The fields of the border, on top: what stands above the first Received is its own word."""
    lines = [f"Return-Path: <{mail_from}>", f"X-Original-To: {to}", f"Delivered-To: {to}"]
    if proof is not None:
        lines.append(f"Authentication-Results: {BORDER}; {proof}")
    source = f"from {client} ({client} [192.0.2.25])\r\n\t" if client else ""
    lines.append(f"Received: {source}by {BORDER} (Postfix) with ESMTPS;\r\n\t{format_datetime(at)}")
    return "".join(f"{line}\r\n" for line in lines).encode()


def _quoted(letter: EmailMessage | None) -> str:
    """The letter below the words that answer it, as mail programs put it."""
    if letter is None:
        return "\n"
    body = letter.get_body(("plain",))
    lines = body.get_content().splitlines() if body else []
    return f"\n\nOn {letter['Date']}, {letter['From']} wrote:\n" + "".join(f"> {line}\n" for line in lines)


def _lines(text: str, fields: Mapping[str, str]) -> str:
    return text.format(**fields).replace("\n", "\r\n")
