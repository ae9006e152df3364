"""Mails as hypothesis builds them: sound in form and wrong in one place after another, nested, doubled, cut."""

from __future__ import annotations

import base64
import struct

import hypothesis.strategies as st

LABELS = [
    "utf-8",
    "iso-8859-1",
    "iso-2022-jp",
    "gb2312",
    "big5",
    "utf-7",
    "unknown-8bit",
    "ks_c_5601-1987",
    "'us-ascii'",
]
TYPES = [
    "text/plain",
    "text/html",
    "text/enriched",
    "multipart/mixed",
    "multipart/alternative",
    "multipart/report; report-type=delivery-status",
    "message/rfc822",
    "message/delivery-status",
    "message/feedback-report",
    "message/partial",
    "image/jpeg",
    "application/pdf",
    "application/ms-tnef",
    "application/octet-stream",
    "nonsense",
    "",
]
FIELDS = [
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "References",
    "In-Reply-To",
    "Return-Path",
    "Auto-Submitted",
    "List-Id",
    "Authentication-Results",
    "Content-Disposition",
    "X-Failed-Recipients",
    "Reply-To",
]
VALUES = [
    "Kim <kim@example.net>",
    '"Kim, Doe" (a (comment)) <kim@example.net>',
    "group: a@example.org, b@example.org;",
    "<>",
    "=?utf-8?q?caf=C3=A9?= =?utf-8?b?5pel5p?= =?utf-8?b?ys?=",
    "=?iso-2022-jp?b?GyRCRnxLXA==?=",
    "=?x?q?",
    "Tue, 24 Nov 2026 10:00:00 -0800 (PST)",
    "mar., 24 nov. 26 10h00",
    "<a@b.example> <c@d.example>",
    "auto-replied",
    "mx.service.example; dmarc=pass header.from=example.net",
    'attachment; filename*0*=utf-8\'\'a%2E; filename*1=jpg; filename="a\\"b.txt"',
    "inline; filename=a\u202egpj.pdf",
]
LINES = [
    "Hello, please help me.",
    "On Tue, 24 Nov 2026 at 10:00, Kim <kim@example.net> wrote:",
    "> quoted",
    "-- ",
    "-----Original Message-----",
    "begin 644 a.jpg",
    "#0V%T",
    "end",
    "data:image/png;base64,iVBORw0KGgo=",
    "<div style='display:none'>x</div><blockquote>y</blockquote>",
    "<kim@example.org>: host mx.example.org said: 550 5.1.1 unknown user",
    "Final-Recipient: rfc822; kim@example.org",
    "Status: 5.1.1",
    "Action: failed",
    "--b0",
    "--b0--",
    "日本語 süß",
    "#note hello",
    "",
]
CONTENTS = [
    b"\xff\xd8\xff\xe0\0\x10JFIF",
    b"%PDF-1.7\nPK\5\6",
    b"PK\3\4",
    b"\x1b$BF|K\\\x1b(B",
    b"caf\xe9",
    b"\xff\xfeh\0i\0",
    b"\x78\x9f\x3e\x22\1\0"
    + struct.pack("<BHHI", 2, 0x9002, 6, 0)
    + b"\0\0"
    + struct.pack("<BHHI", 2, 0x8010, 1, 5)
    + b"a.jpg\0\0",
]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


raw_values = st.sampled_from(VALUES).map(_bytes) | st.binary(max_size=12)
fields = st.tuples(st.sampled_from(FIELDS).map(_bytes), raw_values).map(
    lambda pair: pair[0] + b": " + pair[1] + b"\r\n"
)
line_ends = st.sampled_from([b"\r\n", b"\n", b"\r", b" \r\n", b"\0\r\n"])
texts = st.lists(st.tuples(st.sampled_from(LINES).map(_bytes), line_ends).map(b"".join), max_size=8).map(b"".join)
contents = texts | st.sampled_from(CONTENTS) | st.binary(max_size=40)
encodings = st.sampled_from([b"", b"base64", b"quoted-printable", b"x-uuencode", b"7bit; x"])


@st.composite
def leaves(draw: st.DrawFn) -> bytes:
    """A part without parts: any type, charset and encoding, and content that may or may not agree with them."""
    kind, label, encoding, content = (
        draw(st.sampled_from(TYPES)),
        draw(st.sampled_from(LABELS)),
        draw(encodings),
        draw(contents),
    )
    if encoding == b"base64" and draw(st.booleans()):
        content = base64.encodebytes(content)
    head = _bytes(f'Content-Type: {kind}; charset="{label}"; format=flowed\r\n') * draw(st.integers(0, 2))
    if encoding:
        head += b"Content-Transfer-Encoding: " + encoding + b"\r\n"
    return head + b"".join(draw(st.lists(fields, max_size=2))) + b"\r\n" + content


@st.composite
def nests(draw: st.DrawFn, inner: st.SearchStrategy[bytes]) -> bytes:
    """Parts in a part; the boundary may be missing, doubled, or stand for another level too."""
    children = draw(st.lists(inner, min_size=1, max_size=4))
    boundary = draw(st.sampled_from([b"b0", b"b1", b"b 2", b"=_?"]))
    named = draw(st.sampled_from([b'; boundary="%s"', b"; boundary=%s", b"", b'; boundary=x; boundary="%s"']))
    kind = draw(
        st.sampled_from([b"multipart/mixed", b"multipart/alternative", b"multipart/report", b"multipart/related"])
    )
    head = b"Content-Type: " + kind + (named % boundary if b"%" in named else named) + b"\r\n"
    body = b"".join(b"--" + boundary + b"\r\n" + child + b"\r\n" for child in children)
    closing = b"--" + boundary + b"--\r\n" if draw(st.booleans()) else b""
    return head + b"\r\n" + body + closing


parts = st.recursive(
    leaves(), lambda inner: nests(inner) | inner.map(lambda one: b"Content-Type: message/rfc822\r\n\r\n" + one)
)


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """A whole message, damaged at up to three places."""
    head = draw(
        st.sampled_from([b"", b"From kim Tue\r\n", b"From: Kim <kim@example.net>\r\n", b"From: a@example.org\r\n"])
    )
    raw = head + b"".join(draw(st.lists(fields, max_size=6))) + draw(parts)
    for _ in range(draw(st.integers(0, 3))):
        place, gone = draw(st.integers(0, len(raw))), draw(st.integers(0, 30))
        raw = raw[:place] + draw(st.binary(max_size=4)) + raw[place + gone :]
    return raw
