"""Who wrote a message: exactly one mailbox of the strict grammar, or nobody (A24–A32)."""

from __future__ import annotations

import pytest
from reading.build import mail, read

from mailbot.model import Verdict


@pytest.mark.parametrize(
    ("sender", "address", "name"),
    [
        ("kim@example.net", "kim@example.net", ""),
        ("Kim <kim@example.net>", "kim@example.net", "Kim"),
        ("Kim.Lee+tag@Example.NET (Kim)", "Kim.Lee+tag@example.net", ""),
        ('"Lee, Kim" <kim@example.net>', "kim@example.net", "Lee, Kim"),
        ('"dana@service.example" <kim@example.net>', "kim@example.net", "dana@service.example"),
        ("kim@example.net <kim@example.net>", "kim@example.net", "kim@example.net"),
        ("=?utf-8?q?Zo=C3=AB?= <zoe@example.net>", "zoe@example.net", "Zoë"),
        ("Zoë <zoe@example.net>", "zoe@example.net", "Zoë"),
        ("=?utf-8?q?dana=40service=2Eexample?= <kim@example.net>", "kim@example.net", "dana@service.example"),
        ("Kim\r\n <kim@example.net>", "kim@example.net", "Kim"),
    ],
)
def test_an_ordinary_author_is_read(sender: str, address: str, name: str) -> None:
    reading = read(mail(sender=sender))
    assert (reading.from_, reading.from_name, reading.verdict) == ((address,), name, Verdict.PROCESS)


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        ("dana@service.example, kim@example.net", "from-several"),
        ("Dana <dana@service.example>, Kim <kim@example.net>", "from-several"),
        ("friends: kim@example.net;", "from-group"),
        ("undisclosed-recipients:;", "from-group"),
        ("", "from-none"),
        ("<>", "from-none"),
        ("kim", "from-malformed"),
        ("Kim <kim>", "from-malformed"),
        ("Kim <kim@>", "from-malformed"),
        ("<@example.net>", "from-malformed"),
        ("dana@service.example <kim@example.net>", "from-malformed"),
        ("kim@example.net <dana@service.example> <x@example.org>", "from-malformed"),
        ("Kim <kim@example.net> dana@service.example", "from-malformed"),
        ("Lee, Kim <kim@example.net>", "from-malformed"),
        ("kim@example.net,", "from-malformed"),
        ("kim@example.net)dana@service.example", "from-malformed"),
        ("kim@example.net(dana@service.example", "from-malformed"),
        ("kim(x)@example.net", "from-malformed"),
        ('(") evil@example.org (") <kim@example.net>', "from-malformed"),
        ("(\\) <kim@example.net>", "from-malformed"),
        ('"kim <kim@example.net>', "from-malformed"),
        ('"kim"@example.net', "from-malformed"),
        ("kim@[192.0.2.1]", "from-malformed"),
        ("kim@example..net", "from-malformed"),
        (".kim@example.net", "from-malformed"),
        ("kim@@example.net", "from-malformed"),
        ("kim@example.net@service.example", "from-malformed"),
        ("<kim@example.net", "from-malformed"),
        ("kim@example.net>", "from-malformed"),
        ("<<kim@example.net>>", "from-malformed"),
        ("kim lee@example.net", "from-malformed"),
        ("=?utf-8?q?dana?=@service.example", "from-encoded"),
        ("Dana <=?utf-8?q?dana=40service=2Eexample?=>", "from-encoded"),
        ("=?utf-8?q?Dana_=3Cdana=40service=2Eexample=3E?=", "from-encoded"),
        ("dаna@service.example", "from-malformed"),
        ("dana@service\uff0eexample", "from-malformed"),
        ("da\u200bna@service.example", "from-malformed"),
        ("dana\x00@service.example", "from-control-character"),
        ("Da\x00na <dana@service.example>", "from-control-character"),
        ("x" * 65 + "@example.net", "from-malformed"),
        ("kim@" + "x." * 130 + "example", "from-malformed"),
        ("Kim " + "x" * 9000 + " <kim@example.net>", "from-too-long"),
    ],
)
def test_a_doubtful_author_is_nobody(sender: str, reason: str) -> None:
    reading = read(mail(sender=sender))
    assert (reading.from_, reading.verdict, reading.reason) == ((), Verdict.QUARANTINE, reason)


def test_two_from_fields_are_nobody() -> None:
    reading = read(mail("From: dana@service.example"))
    assert (reading.from_, reading.verdict, reading.reason) == ((), Verdict.QUARANTINE, "from-several")
    assert "repeated-from" in reading.defects


def test_no_from_field_is_nobody() -> None:
    assert read(mail(sender=None)).reason == "from-none"


@pytest.mark.parametrize(
    ("fields", "defect"),
    [
        (["X-One: 1\r\n \r\nFrom: dana@service.example"], "blank-continuation"),
        (["X-One: 1\rFrom: dana@service.example"], "bare-cr"),
        (["no colon here\r\nFrom: dana@service.example"], "line-without-colon"),
        (["From kim@example.net Tue Nov 24 2026"], "mbox-line"),
        ([" leading blank"], "continuation-first"),
    ],
)
def test_a_broken_header_block_is_named(fields: list[str], defect: str) -> None:
    assert defect in read(mail(*fields)).defects


@pytest.mark.parametrize(
    "field",
    [
        "X-One: 1\rFrom: dana@service.example",
        "Subject: hi\r\r\rFrom : dana@service.example",
    ],
)
def test_an_author_that_only_another_reading_finds_is_quarantined(field: str) -> None:
    reading = read(mail(field))
    assert (reading.verdict, reading.reason) == (Verdict.QUARANTINE, "from-two-readings")


def test_an_author_behind_a_line_without_colon_is_quarantined() -> None:
    raw = b"From: kim@example.net\r\nno colon\r\nFrom: dana@service.example\r\n\r\nHello\r\n"
    assert read(raw).reason == "from-two-readings"
    harmless = read(raw.replace(b"From: dana@", b"Also: dana@"))
    assert (harmless.from_, harmless.verdict) == (("kim@example.net",), Verdict.PROCESS)


def test_a_bare_line_feed_ends_a_line_like_crlf() -> None:
    raw = mail()
    assert read(raw.replace(b"\r\n", b"\n")).from_ == read(raw).from_ == ("kim@example.net",)


def test_a_folded_from_in_another_field_is_no_second_author() -> None:
    assert read(mail("X-One: 1\r\n From: dana@service.example")).verdict is Verdict.PROCESS


def test_other_fields_never_name_the_author() -> None:
    reading = read(
        mail("Sender: dana@service.example", "Reply-To: dana@service.example", "Return-Path: <d@example.org>")
    )
    assert reading.from_ == ("kim@example.net",)
    assert (reading.reply_to, reading.return_path) == (("dana@service.example",), "d@example.org")
