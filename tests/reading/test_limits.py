"""Costly and oversized messages: counted before they are read, and quarantined or cut (A34–A37)."""

from __future__ import annotations

import pytest
from reading.build import mail, read

from mailbot.model import Verdict
from mailbot.reading import Limits


def nested(levels: int) -> bytes:
    body = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(levels))
    return mail(body=b"").removesuffix(b"\r\n") + body + b"\r\nhello"


def many(parts: int) -> bytes:
    return mail("Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n\r\nx\r\n" * parts + b"--b--\r\n")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (nested(51), "too-deep"),
        (nested(1500), "too-deep"),
        (mail("Content-Type: message/rfc822", body=b"Content-Type: message/rfc822\r\n\r\n" * 60), "too-deep"),
        (many(1000), "too-many-parts"),
        (many(5000), "too-many-parts"),
        (mail(*["X-One: 1"] * 6000), "header-too-large"),
        (mail("X-One: " + "1" * 600_000), "header-too-large"),
        (mail("Cc: " + "a@example.org, " * 1001 + "b@example.org"), "too-many-addresses"),
    ],
)
def test_a_message_over_a_limit_is_quarantined(raw: bytes, reason: str) -> None:
    reading = read(raw)
    assert (reading.verdict, reading.reason) == (Verdict.QUARANTINE, reason)


@pytest.mark.parametrize(
    "raw",
    [
        nested(50),
        many(998),
        mail("X-One: " + "1" * 90_000),
        mail("Cc: " + "a@example.org, " * 900 + "b@example.org"),
        mail("To: " + "(" * 5000),
    ],
)
def test_a_message_within_the_limits_is_read(raw: bytes) -> None:
    reading = read(raw)
    assert (reading.verdict, reading.from_) == (Verdict.PROCESS, ("kim@example.net",))


def test_the_limits_are_the_operators() -> None:
    assert read(nested(3), limits=Limits(depth=2)).reason == "too-deep"
    assert read(many(3), limits=Limits(parts=3)).reason == "too-many-parts"


def test_only_the_newest_references_are_kept() -> None:
    reading = read(mail("References: " + " ".join(f"<r{n}@example.net>" for n in range(2500))))
    assert reading.references == tuple(f"r{n}@example.net" for n in range(2480, 2500))


def test_a_long_text_is_cut_and_said_so() -> None:
    reading = read(mail(body="a long line of words\r\n" * 100_000))
    assert len(reading.text) <= 1024 * 1024
    assert "text-cut" in reading.defects


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 99 Nov 2026 10:00:00 +0000",
        "Tue, 24 Nov 2026 10:00:00 +9900",
        "never",
        "1",
        "Tue, 24 Nov 0000 10:00:00 +0000",
    ],
)
def test_an_absurd_date_is_none(date: str) -> None:
    assert read(mail(f"Date: {date}")).date is None


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        ("Tue, 24 Nov 2026 10:00:00 -0800", "2026-11-24T10:00:00-08:00"),
        ("24 Nov 26 10:00 PST (Pacific)", "2026-11-24T10:00:00-08:00"),
        ("Tue, 24 Nov 9999 10:00:00 GMT", "9999-11-24T10:00:00+00:00"),
    ],
)
def test_a_date_is_read(date: str, instant: str) -> None:
    assert read(mail(f"Date: {date}")).date == instant
