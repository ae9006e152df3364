"""Mails that people write to the service, as bytes, and what a test asks of a mail that arrived."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterable
from email.message import EmailMessage

from mailbot.demo.smtpside import Transaction

SERVICE = "help@service.example"


def first_mail(
    author: str,
    *,
    text: str = "I need some help, please write back.",
    to: str = SERVICE,
    message_id: str | None = None,
    fields: Iterable[str] = (),
) -> bytes:
    """A plain first mail."""
    name = author.partition("@")[0]
    lines = [
        *fields,
        f"From: {name.title()} <{author}>",
        f"To: {to}",
        "Subject: Please help",
        f"Message-ID: <{message_id or f'first.{name}@mail.example.net'}>",
        "Date: Tue, 24 Nov 2026 10:00:00 -0700",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
        "",
    ]
    return "\r\n".join(lines).encode()


def answer_to(
    notice: bytes, text: str, *, author: str = "Dana <dana@service.example>", fields: Iterable[str] = ()
) -> bytes:
    """A staff member presses Reply on a notice that arrived, and writes a plain text above nothing."""
    asked = parsed(notice)
    name = asked["Message-ID"].strip("<>").partition("@")[0]
    lines = [
        *fields,
        f"From: {author}",
        f"To: {asked['Reply-To']}",
        f"Subject: Re: {asked['Subject']}",
        f"Message-ID: <answer.{name}.{abs(hash(text))}@staff.example>",
        f"In-Reply-To: {asked['Message-ID']}",
        "Date: Tue, 24 Nov 2026 10:00:00 -0700",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
        "",
    ]
    return "\r\n".join(lines).encode()


def parsed(raw: bytes) -> EmailMessage:
    """A mail that arrived, parsed as a reader's program does."""
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def text_of(raw: bytes) -> str:
    """The plain part of a mail that arrived."""
    part = parsed(raw).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def to_person(sent: Iterable[Transaction], address: str) -> list[EmailMessage]:
    """What left for one address, in order."""
    return [parsed(one.data) for one in sent if one.rcpt_to == (address,)]
