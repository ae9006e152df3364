"""Mails for the tests of reading, written field by field so that a test can break exactly one thing."""

from __future__ import annotations

from mailbot.model import Reading
from mailbot.reading import Limits, read_message

PASS = "Authentication-Results: mx.service.example; dmarc=pass header.from=example.net"


def mail(
    *fields: str | bytes,
    body: str | bytes = "Hello, please help me.\r\n",
    sender: str | bytes | None = "Kim <kim@example.net>",
) -> bytes:
    """A message with the usual fields below the given ones. `sender=None` leaves From out."""
    lines = [_bytes(field) for field in fields]
    if sender is not None:
        lines.append(b"From: " + _bytes(sender))
    lines += [b"To: help@service.example", b"Message-ID: <first@example.net>", b"Subject: A question"]
    return b"\r\n".join(lines) + b"\r\n\r\n" + _bytes(body)


def multipart(*parts: str | bytes, kind: str = "mixed", fields: tuple[str, ...] = (), preamble: str = "") -> bytes:
    """A multipart message; each part is its fields, an empty line, and its content."""
    body = preamble.encode() + b"".join(b"--edge\r\n" + _bytes(part) + b"\r\n" for part in parts) + b"--edge--\r\n"
    return mail(*fields, f'Content-Type: multipart/{kind}; boundary="edge"', body=body)


def read(raw: bytes, trusted: tuple[str, ...] = ("mx.service.example",), limits: Limits | None = None) -> Reading:
    return read_message(raw, trusted_ids=trusted, limits=limits or Limits())


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8")
