"""The bytes that leave: a closed list of fields, lines every server takes, and nothing received but a Message-ID."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.errors import MessageError
from mailbot.writing import Letters, Rendered, build_message, valid_message_id
from mailbot.writing.message import compare

Fields = dict[str, datetime]
PLAIN: dict[str, Any] = {
    "sender_name": "Support Service",
    "sender_address": "help@service.example",
    "to": "person@example.net",
    "reply_to": "help+abcdefghijklmnopqrstuvwxyz@service.example",
    "message_id": "abcdefghijklmnopqrstuvwxyz@service.example",
    "date": datetime(2026, 11, 24, 23, 10, tzinfo=timezone(timedelta(hours=-7))),
}
LETTER = Rendered("ack-night", "We received your message", "Hello.\n", "<p>Hello.</p>\n", "en")


def build(rendered: Rendered = LETTER, **changes: Any) -> bytes:
    return build_message(rendered, **{**PLAIN, **changes})


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_an_acknowledgement_has_exactly_the_fields_of_the_closed_list(letters: Letters, night: Fields) -> None:
    message = read(
        build(letters.render("ack-night", "en", night), in_reply_to="her@example.net", automatic="auto-replied")
    )
    fields = dict(message.items())
    kind = fields.pop("Content-Type")
    assert fields == {
        "From": "Support Service <help@service.example>",
        "To": "person@example.net",
        "Reply-To": "help+abcdefghijklmnopqrstuvwxyz@service.example",
        "Subject": "We received your message",
        "Date": "Tue, 24 Nov 2026 23:10:00 -0700",
        "Message-ID": "<abcdefghijklmnopqrstuvwxyz@service.example>",
        "In-Reply-To": "<her@example.net>",
        "MIME-Version": "1.0",
        "Content-Language": "en",
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
    }
    assert kind.startswith("multipart/alternative")


def test_both_parts_say_what_was_rendered_plain_first(letters: Letters, night: Fields) -> None:
    rendered = letters.render("ack-night", "en", night)
    plain, page = read(build(rendered)).iter_parts()
    assert (plain.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().replace("\r\n", "\n") == rendered.text
    assert page.get_content().replace("\r\n", "\n") == rendered.html


def test_mail_that_a_person_wrote_carries_no_mark_of_a_machine() -> None:
    message = read(build())
    assert "Auto-Submitted" not in message
    assert "X-Auto-Response-Suppress" not in message
    assert "In-Reply-To" not in message
    assert "References" not in message


def test_only_the_newest_references_stay() -> None:
    message = read(build(references=tuple(f"{number}@example.net" for number in range(50))))
    assert message["References"].split() == [f"<{number}@example.net>" for number in range(42, 50)]


def test_words_outside_ascii_are_encoded_and_come_back() -> None:
    rendered = Rendered("x", "Nous avons reçu votre message", "Ça va ?\n", "<p>é</p>\n", "fr")
    raw = build(rendered, sender_name="Équipe « d'aide »")
    assert raw.isascii()
    message = read(raw)
    assert message["Subject"] == "Nous avons reçu votre message"
    assert message["From"].addresses[0].display_name == "Équipe « d'aide »"
    assert message.get_body(("plain",)).get_content() == "Ça va ?\r\n"  # type: ignore[union-attr]


@pytest.mark.parametrize("field", ["sender_name", "sender_address", "to", "reply_to", "message_id", "in_reply_to"])
@pytest.mark.parametrize("break_", ["\r", "\n", "\0", "\r\nBcc: eve@example.com", "\u2028", "\x85"])
def test_a_line_break_or_nul_in_any_field_is_refused(field: str, break_: str) -> None:
    sound = PLAIN.get(field) or "her@example.net"
    with pytest.raises(MessageError):
        build(**{field: sound[:3] + break_ + sound[3:]})
    with pytest.raises(MessageError):
        build(**{field: sound + break_})


@pytest.mark.parametrize("break_", ["\r", "\n", "\0"])
def test_a_line_break_in_the_subject_or_a_reference_is_refused(break_: str) -> None:
    with pytest.raises(MessageError, match="Subject"):
        build(Rendered("x", f"one{break_}two", "t\n", "h\n", "en"))
    with pytest.raises(MessageError, match="References"):
        build(references=(f"a{break_}b@example.net",))


@pytest.mark.parametrize(
    "to",
    [
        "",
        "person",
        "a@b@c",
        "A <a@example.net>",
        "a@example.net, b@example.net",
        "pérson@example.net",
        "a b@example.net",
        "x" * 250 + "@example.net",
    ],
)
def test_only_one_bare_address_can_be_written_to(to: str) -> None:
    with pytest.raises(MessageError, match="To"):
        build(to=to)


def test_an_error_never_repeats_the_value() -> None:
    with pytest.raises(MessageError) as caught:
        build(to="canary\n@example.net")
    assert "canary" not in str(caught.value)


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(MessageError, match="Date"):
        build(date=datetime(2026, 11, 24))  # noqa: DTZ001


def test_words_that_would_not_come_back_as_they_were_written_are_refused() -> None:
    with pytest.raises(MessageError, match="parts"):
        build(Rendered("x", "s", "one\r\ntwo\n", "h\n", "en"))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (b"To: person@example.net\r\n", b"To: person@example.net\r\nBcc: eve@example.com\r\n", "fields"),
        (b"To: person@", b"To: eve@", "fields"),
        (b"To: person@example.net\r\n", b"", "fields"),
        (b"\r\n\r\nHello.", b"\r\n\r\nGoodbye.", "parts"),
        (b"Hello.", b"Hello.\n", "lines"),
        (b"Hello.", b"Hello.\0", "lines"),
        (b"Hello.", b"x" * 999, "lines"),
    ],
)
def test_bytes_that_differ_from_what_was_meant_never_leave(old: bytes, new: bytes, complaint: str) -> None:
    raw = build()
    fields = {name: value.replace("\n", "") for name, value in email.message_from_bytes(raw).items()}
    compare(raw, fields, LETTER)
    with pytest.raises(MessageError, match=complaint):
        compare(raw.replace(old, new, 1), fields, LETTER)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=3000)


@settings(deadline=None, max_examples=60)
@given(text=WORDS, html=WORDS, name=st.text(max_size=80), subject=st.text(max_size=210))
def test_whatever_is_built_has_only_short_ascii_lines_that_end_in_crlf(
    text: str, html: str, name: str, subject: str
) -> None:
    try:
        raw = build(Rendered("x", subject, text, html, "en"), sender_name=name)
    except MessageError:
        return
    assert raw.isascii()
    assert b"\0" not in raw
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    message = read(raw)
    assert len(message["To"].addresses) == 1
    assert set(message.keys()) <= {
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "Content-Language",
        "Content-Type",
    }


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=3000))
def test_words_come_back_as_they_were_written(text: str) -> None:
    message = read(build(Rendered("x", "s", text, text, "en")))
    plain, page = message.iter_parts()
    for part in (plain, page):
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert payload.decode().replace("\r\n", "\n") == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<a@example.net>", "a@example.net"),
        ("a@example.net", "a@example.net"),
        (" <a.b+c@[192.0.2.1]> ", "a.b+c@[192.0.2.1]"),
        ("<" + "a" * 236 + "@example.net>", "a" * 236 + "@example.net"),
        ("<" + "a" * 237 + "@example.net>", None),
        ("<a@b> <c@d>", None),
        ("<a @example.net>", None),
        ("<.a@example.net>", None),
        ("<a..b@example.net>", None),
        ("<a>", None),
        ("<a@b@c>", None),
        ('<"a"@example.net>', None),
        ("<a@[x]y]>", None),
        ("<é@example.net>", None),
        ("<a@example.net>\r\nBcc: eve@example.com", None),
        ("<a\0@example.net>", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_message_id_in_strict_grammar_is_taken(text: str | None, found: str | None) -> None:
    assert valid_message_id(text) == found


@given(st.text())
def test_no_text_gets_into_a_field_by_way_of_a_message_id(text: str) -> None:
    found = valid_message_id(text)
    assert found is None or (found.isascii() and found.isprintable() and " " not in found and len(found) <= 248)


CANARY = "canary7f3a"


def test_of_a_received_message_nothing_but_its_message_id_is_in_an_acknowledgement(
    letters: Letters, night: Fields
) -> None:
    raw = build(
        letters.render("ack-night", "en", night),
        in_reply_to=valid_message_id(f"<{CANARY}-id@example.net>"),
        references=tuple(filter(None, [valid_message_id(f"<{CANARY} spaced@example.net>")])),
        automatic="auto-replied",
    )
    assert raw.count(CANARY.encode()) == 1
    assert read(raw)["In-Reply-To"] == f"<{CANARY}-id@example.net>"


def test_utc_is_written_as_plus_zero() -> None:
    assert read(build(date=datetime(2026, 11, 25, 6, 10, tzinfo=UTC)))["Date"] == "Wed, 25 Nov 2026 06:10:00 +0000"
