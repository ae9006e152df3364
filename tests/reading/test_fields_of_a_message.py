"""Addresses, ids and the identity of a message (RULES 3, RULES 4)."""

from __future__ import annotations

import pytest
from reading.build import mail, multipart, read


def test_recipients_are_all_envelope_visible_addresses_in_lower_case() -> None:
    reading = read(
        mail(
            "Delivered-To: Help+Token@Service.example",
            "X-Original-To: help+two@service.example",
            "Envelope-To: help+three@service.example",
            "Resent-To: help+four@service.example",
            'Cc: "help+no@service.example" <x@example.org>, (help+no@service.example) y@example.org,'
            " friends: z@example.org;",
            "Bcc: help+no@service.example",
            "X-To: help+no@service.example",
        )
    )
    assert set(reading.recipients) == {
        "help@service.example",
        "help+token@service.example",
        "help+two@service.example",
        "help+three@service.example",
        "help+four@service.example",
        "x@example.org",
        "y@example.org",
        "z@example.org",
    }
    assert reading.to == ("help@service.example",)


def test_one_malformed_recipient_does_not_hide_the_others() -> None:
    assert read(mail("Cc: <broken, a@example.org, b@@c, d@example.org")).cc == ("a@example.org", "d@example.org")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a@example.net>", "a@example.net"),
        ("a@example.net", "a@example.net"),
        (" <a@example.net> (comment)", "a@example.net"),
        ("<a b@example.net>", None),
        ("<a\x01@example.net>", None),
        ("<" + "a" * 2000 + "@example.net>", None),
        ("", None),
    ],
)
def test_a_message_id_is_read_without_brackets(value: str, expected: str | None) -> None:
    assert (
        read(mail().replace(b"Message-ID: <first@example.net>", b"Message-ID: " + value.encode())).message_id
        == expected
    )


def test_ids_of_the_thread_are_read() -> None:
    reading = read(mail("In-Reply-To: <a@x.example>", "References: <b@x.example>\r\n <a@x.example>"))
    assert (reading.in_reply_to, reading.references) == (("a@x.example",), ("b@x.example", "a@x.example"))


BASE = mail("Received: from a", "Date: Tue, 24 Nov 2026 10:00:00 -0800", body="one\r\ntwo\r\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Received: from a", b"Received: from b\r\nDelivered-To: x@example.org"),
        (b"\r\n", b"\n"),
        (b"two\r\n", b"two"),
        (b"two\r\n", b"two\r\n\r\n"),
        (b"Subject: A question", b"Subject: A\r\n question"),
    ],
)
def test_trace_fields_and_line_ends_make_no_other_message(old: bytes, new: bytes) -> None:
    assert BASE.replace(old, new) != BASE
    assert read(BASE.replace(old, new)).identity == read(BASE).identity != ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"two", b"three"),
        (b"<first@", b"<second@"),
        (b"kim@example.net", b"lee@example.net"),
        (b"10:00", b"10:01"),
        (b"A question", b"Another question"),
        (b"one\r\ntwo", b"one\rtwo"),
    ],
)
def test_other_content_makes_another_message(old: bytes, new: bytes) -> None:
    assert read(BASE.replace(old, new)).identity != read(BASE).identity


def test_another_part_makes_another_message() -> None:
    first = multipart("\r\nHello", "Content-Type: application/pdf\r\n\r\n%PDF one")
    assert read(first).identity != read(first.replace(b"%PDF one", b"%PDF two")).identity


def test_without_a_message_id_there_is_no_identity() -> None:
    assert read(BASE.replace(b"Message-ID: <first@example.net>\r\n", b"")).identity == ""
