"""What leaves when staff press Reply: their words as they wrote them, and at night the crisis lines below."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.errors import MessageError
from mailbot.writing import Answer, Letters, Rendered, ServiceWords, build_message
from mailbot.writing.markup import as_sent
from mailbot.writing.soundness import findings, words_of_page

Crisis = Literal["none", "full", "911"]
DANGER = "If someone is in danger now, call 911."
TYPED = """# not a heading
## nor this

- milk
- eggs
* stars **stay** stars
> a mark
| a bar
    four spaces and\ta tab
{{ 7*7 }} {% include 'lines.toml' %} {# gone #} %s {0} ${jndi:ldap://example.net/a}
[label](mailto:eve@example.com) [site](https://example.net) <b>bold</b> &amp; "it's"
https://example.net/a?b=c&d=e

-- 
1. last"""  # noqa: W291 - a signature mark ends in a space


def answer(letters: Letters, words: str, crisis: Crisis = "none", language: str = "en") -> Rendered:
    return letters.render("answer", language, {"answer": Answer(words, crisis)})


def test_the_words_leave_exactly_as_they_were_typed(letters: Letters) -> None:
    rendered = answer(letters, TYPED)
    assert rendered.text == TYPED + "\n"
    assert words_of_page(rendered.html) == TYPED.split()


def test_the_subject_is_the_same_for_every_answer(letters: Letters) -> None:
    assert answer(letters, "Your images\nhelp").subject == "Reply to your message"


def test_the_page_shows_paragraphs_and_lines_without_any_link_heading_or_list(letters: Letters) -> None:
    body = answer(letters, TYPED).html.partition("<body>")[2]
    assert body.count("<p ") == 3
    assert "- milk<br />- eggs<br />" in body
    for tag in ("<a ", "<h1", "<h2", "<ul", "<li", "<strong", "<b>", "href"):
        assert tag not in body


def test_words_in_another_direction_or_language_are_left_to_the_reader_s_program(letters: Letters) -> None:
    html = answer(letters, "שלום\u200f!").html
    assert '<p lang="" dir="auto" style="white-space: pre-wrap; unicode-bidi: plaintext;">שלום\u200f!</p>' in html


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("\n \n  indented\n\n\n", "  indented"),
        ("one\n\n\ntwo", "one\n\n\ntwo"),
        ("a\x00b\x1b[0mc\x9bd", "ab[0mcd"),
        ("a\x0bb\u2028c\x0cd", "a\nb\nc\nd"),
        ("half \ud800", "half \ufffd"),
        ("می\u200cخواهم\u200f", "می\u200cخواهم\u200f"),
    ],
)
def test_only_what_no_mail_can_carry_is_changed(letters: Letters, words: str, sent: str) -> None:
    assert answer(letters, words).text == sent + "\n"


@pytest.mark.parametrize("words", ["", " \n\t\r\n", "\x00"])
def test_an_answer_without_words_is_never_made(letters: Letters, words: str) -> None:
    with pytest.raises(MessageError):
        answer(letters, words, "full")


def test_a_long_run_of_spaces_costs_no_time(letters: Letters) -> None:
    assert as_sent(" " * 400_000 + "a" + " " * 400_000 + "b") == " " * 400_000 + "a" + " " * 400_000 + "b"


def test_an_answer_at_night_ends_with_911_and_then_the_lines_of_the_night_letter(
    letters: Letters, night: dict[str, datetime]
) -> None:
    text = answer(letters, "Hello.", "full").text
    assert text.startswith(f"Hello.\n\n{DANGER}\n\nTo talk to someone at any hour, free:\n\n- VictimLinkBC: ")
    lines = [line for line in text.split("\n") if line.startswith("- ")]
    assert lines == [line for line in letters.render("ack-night", "en", night).text.split("\n") if line[:2] == "- "]
    assert text.endswith("- If you feel you cannot go on: call or text 9-8-8.\n")


def test_where_contact_is_discreet_911_stands_alone(letters: Letters) -> None:
    assert answer(letters, "Hello.", "911").text == f"Hello.\n\n{DANGER}\n"


def test_in_office_hours_nothing_is_added(letters: Letters) -> None:
    assert answer(letters, "Hello.").text == "Hello.\n"


def test_crisis_numbers_can_be_dialled_and_nothing_else_can_be_tapped(letters: Letters) -> None:
    html = answer(letters, "Call 604-555-0100 or see https://example.net", "full").html
    assert '<a href="tel:911">911</a>' in html
    assert '<a href="tel:+18005630808">1-800-563-0808</a>' in html
    assert "tel:+16045550100" not in html
    assert "https:" not in html.replace("see https://example.net", "")


def test_french_crisis_lines_wait_for_their_review(letters: Letters, reviewed: Path, service: ServiceWords) -> None:
    before = answer(letters, "Bonjour.", "full", "fr")
    after = answer(Letters.load(reviewed, service=service), "Bonjour.", "full", "fr")
    assert (before.language, before.subject) == ("en", "Reply to your message")
    assert before.text.startswith(f"Bonjour.\n\n{DANGER}\n")
    assert (after.language, after.subject) == ("fr", "Réponse à votre message")
    assert after.text.startswith("Bonjour.\n\nSi quelqu'un est en danger, appelez le 911.\n\nPour parler à quelqu'un")
    assert "Jeunesse, J'écoute" in after.text


@settings(deadline=None, max_examples=80)
@given(st.text(max_size=400).map(lambda text: f"{text}x"))
def test_any_words_arrive_as_they_were_sent(letters: Letters, words: str) -> None:
    sent = as_sent(words)
    rendered = answer(letters, words)
    assert rendered.text == sent + "\n"
    assert words_of_page(rendered.html) == sent.split()
    message = email.message_from_bytes(_built(rendered), policy=email.policy.default)
    plain = message.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n") == sent + "\n"


def _built(rendered: Rendered) -> bytes:
    return build_message(
        rendered,
        sender_name="Support Service",
        sender_address="help@service.example",
        to="person@example.net",
        reply_to=None,
        message_id="abcdefghijklmnopqrstuvwxyz@service.example",
        date=datetime(2026, 11, 25, 16, 30, tzinfo=UTC),
        in_reply_to="her@example.net",
        references=("first@example.net", "her@example.net"),
    )


@pytest.mark.parametrize(
    ("subject", "body", "fault"),
    [
        ("Your images", "{{ answer.words | typed }}", "forbidden word: image*"),
        ("Reply", "Hello.\n\n{{ answer.words | typed }}", "the words of the answer are not first, or not as they were"),
        ("Reply", "{{ answer.words | quoted }}", "the words of the answer are not first, or not as they were"),
        ("Reply", "{{ answer.words | typed }}", "missing: 911"),
        ("Reply", "{{ answer.words | typed }}\n\nCall 911.", "too much: 911"),
        ("Reply", "{{ answer.words | typed }}\n\nCall 911.", "missing: 1-800-563-0808"),
        ("Reply", "{{ answer.words | typed }}\n\nPlease never give up.", "forbidden word: never"),
    ],
)
def test_letters_check_finds_what_an_operator_s_own_file_does_to_an_answer(
    tmp_path: Path, service: ServiceWords, subject: str, body: str, fault: str
) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "answer.j2").write_text(f'{{#\nsubject = "{subject}"\n#}}\n{body}\n')
    letters = Letters.load(tmp_path, service=service)
    found = {(finding.language, finding.letter): finding.faults for finding in findings(letters)}
    assert any(one.startswith(fault) for one in found["en", "answer"])
