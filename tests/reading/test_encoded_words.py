"""Encoded words and parameters, however broken (RFC 2047, RFC 2231)."""

from __future__ import annotations

import pytest
from reading.build import mail, multipart, read

from mailbot.reading.encodedword import text_of
from mailbot.reading.parameters import parameters


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"=?utf-8?q?caf=C3=A9?=", "café"),
        (b"=?UTF-8?Q?caf=C3?= =?utf-8?q?=A9?=", "café"),
        (b"=?utf-8?B?5pel5p?=\r\n =?utf-8?B?ys6Kqe?=", "日本語"),
        (b"=?utf-8?b?SGk=?= =?utf-8?b?SGk=?=", "HiHi"),
        (b"=?utf-8?b?SGk=?= and =?utf-8?b?SGk=?=", "Hi and Hi"),
        (b"=?utf-8?b?SGk=?==?utf-8?b?SGk=?=", "HiHi"),
        (b"=?utf-8?q?a_b=5Fc?=", "a b_c"),
        (b"=?utf-8?q?a b?=", "a b"),
        (b"=?utf-8?q?what? now?=", "what? now"),
        (b"=? utf-8 ?q?x?=", "x"),
        (b"=?utf-8*en?q?x?=", "x"),
        (b"=?utf-8?q?cut of", "cut of"),
        (b"=?utf-8?b?SGk", "Hi"),
        (b"=?utf-8?b?SG k=?=", "Hi"),
        (b"=?utf-8?b?SGk!?=", "Hi"),
        (b"=?utf-8?q?=ZZ?=", "=ZZ"),
        (b"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "日本"),
        (b"=?big5?q?=A4=A4?= =?big5?q?=A4=E5?=", "中文"),
        (b"=?gb2312?B?xOO6ww==?=", "你好"),
        (b"=?unknown-8bit?q?caf=E9?=", "café"),
        (b'"=?utf-8?q?a?= b"', '"a b"'),
        (b"(=?utf-8?q?a?=)", "(a)"),
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        (b"=?=?=?", "=?=?=?"),
        (b"a =?", "a =?"),
    ],
)
def test_an_encoded_word_becomes_text(value: bytes, text: str) -> None:
    assert text_of(value) == text


def test_an_encoded_word_in_an_address_is_never_decoded() -> None:
    assert read(mail(sender="=?utf-8?q?dana=40service.example?= <kim@example.net>")).from_ == ("kim@example.net",)
    assert read(mail(sender="=?utf-8?q?kim?=@example.net")).reason == "from-encoded"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b'a/b; charset="utf-8"; format=flowed', [("charset", "utf-8"), ("format", "flowed")]),
        (b"a/b charset=utf-8", [("charset", "utf-8")]),
        (b'a/b; boundary="x"charset=y', [("boundary", "x"), ("charset", "y")]),
        (b"a/b; charset=us-ascii (Plain text)", [("charset", "us-ascii")]),
        (b"a/b; charset='utf-8'", [("charset", "utf-8")]),
        (b"a/b; filename=my file (1).pdf", [("filename", "my file (1).pdf")]),
        (b'a/b; name="a;b=c.txt"', [("name", "a;b=c.txt")]),
        (b'a/b; name="a\\"b"', [("name", 'a"b')]),
        (b'a/b; name="open', [("name", "open")]),
        (b"a/b; NAME = x", [("name", "x")]),
        (b"a/b; name*=iso-8859-1'en'caf%e9; name=cafe", [("name", "café"), ("name", "cafe")]),
        (b"a/b; name*1*=%C3%A9; name*0*=utf-8''caf", [("name", "café")]),
        (b"a/b; name*0=a; name*1=b.txt", [("name", "ab.txt")]),
        (b"a/b; name*=utf-8''=?utf-8?q?x?=", [("name", "=?utf-8?q?x?=")]),
        (b"a/b; name==?utf-8?q?a=2Ejpg?=", [("name", "a.jpg")]),
        (b"a/b; boundary==?utf-8?q?a?=", [("boundary", "=?utf-8?q?a?=")]),
        (b"a/b", []),
        (b"a/b; = ; ; x", []),
    ],
)
def test_parameters_are_found_however_they_are_written(value: bytes, found: list[tuple[str, str]]) -> None:
    assert parameters(value) == found


def test_a_boundary_of_any_bytes_separates_parts() -> None:
    raw = multipart("\r\nHello", "Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-").replace(b"edge", b"\xe9dge")
    assert [one.filename for one in read(raw).attachments] == ["a.pdf"]
