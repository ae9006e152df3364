"""Any bytes at all: reading gives a verdict and a well-formed answer, never an exception."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from reading.build import PASS, mail, multipart

from mailbot.model import Verdict
from mailbot.reading import Limits, answer, read_message

WHOLE = multipart(
    "Content-Type: text/html; charset=utf-8\r\n\r\n<p style='display:none'>a</p><a href='http://example.org'>b</a>",
    "Content-Type: message/rfc822\r\n\r\nFrom: x@example.org\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--",
    "Content-Type: application/zip; name*0*=utf-8''a%2E; name*1=zip\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nUEsDBA==",
    "Content-Type: text/plain; charset=iso-2022-jp\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=1B$B=\r\n",
    "Content-Type: message/delivery-status\r\n\r\n"
    "Final-Recipient: rfc822; a@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n",
    fields=(
        PASS,
        "Return-Path: <>",
        "Subject: =?utf-8?b?SGk=?= =?x?q?=ZZ?=",
        "Date: Tue, 24 Nov 2026 10:00:00 +0000",
        "Cc: g: a@b.example;",
    ),
    kind="report; report-type=delivery-status",
)
CHUNKS = [
    b"\r\n",
    b"\n\n",
    b"\r",
    b"\0",
    b"--edge\r\n",
    b"--edge--",
    b"From: ",
    b"=?utf-8?b?",
    b'"',
    b"(",
    b"\\",
    b"<",
    b";",
    b"\xff\xfe",
    b"Content-Type: multipart/mixed; boundary=edge\r\n\r\n",
    b"begin 644 a\n",
    b"data:image/png,",
    b" \r\n",
    b"Authentication-Results: mx.service.example; dmarc=",
]


def understood(raw: bytes) -> None:
    reading = read_message(raw, trusted_ids=("mx.service.example",), limits=Limits())
    assert (reading.verdict is Verdict.QUARANTINE) == (reading.reason is not None)
    assert len(reading.from_) <= 1
    assert answer.reading_from(answer.to_bytes(reading)) == reading


@given(st.binary(max_size=2000))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read(raw: bytes) -> None:
    understood(raw)
    understood(mail(raw, body=raw))


@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE)), st.sampled_from(CHUNKS) | st.binary(max_size=4), st.integers(0, 40)),
        max_size=12,
    )
)
@settings(max_examples=300, deadline=None)
def test_a_damaged_message_is_read(wounds: list[tuple[int, bytes, int]]) -> None:
    raw = WHOLE
    for place, chunk, gone in wounds:
        raw = raw[:place] + chunk + raw[place + gone :]
    understood(raw)


@pytest.mark.deep
@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE)), st.sampled_from(CHUNKS) | st.binary(max_size=4), st.integers(0, 400)),
        max_size=40,
    )
)
@settings(max_examples=20_000, deadline=None)
def test_a_badly_damaged_message_is_read(wounds: list[tuple[int, bytes, int]]) -> None:
    raw = WHOLE
    for place, chunk, gone in wounds:
        raw = raw[:place] + chunk + raw[place + gone :]
    understood(raw)
