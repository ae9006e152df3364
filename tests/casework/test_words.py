"""What a staff member newly wrote, from every mail program and in every form (RULES 8; A19, A23, A38)."""

from __future__ import annotations

from datetime import time
from email.message import EmailMessage
from urllib.parse import quote

import pytest
from reading.build import mail, multipart, read
from support.clients import CLIENTS, QUOTING, reply
from support.notices import HOSTILE, REPLY_TO, arrived

from mailbot.casework import words
from mailbot.casework.words import NewWords, foreign, new_words, same_words
from mailbot.model import Member, Reading, Role
from mailbot.writing import Letters, ServiceWords

DANA = Member("dana@service.example", "Dana", "dana@service.example", roles=frozenset({Role.STAFF}))
SIGNATURE = "Dana Miller\nSupport worker, she/her\ndana@service.example\n250-555-0100"
WORDS = """#take
#followup tomorrow 9:00 Ask whether the statement of claim has arrived, and call the shelter

Thank you for writing to us. We can call you tomorrow between nine and eleven in the morning, if that is safe for you.

You can also write to kim@example.net or look at https://example.org/help before we talk.

- a friend may sit with you
- nobody has to be in a hurry"""
FORMS = {"both": (True, True), "plain": (True, False), "page": (False, True)}
SERVICE = ServiceWords(
    name="A Service",
    address="help@service.example",
    sender_name="Support Service",
    telephone=None,
    opens=time(8, 30),
    closes=time(16, 30),
)


@pytest.fixture(scope="session")
def notice() -> EmailMessage:
    return arrived(Letters.load(None, service=SERVICE))


def said(raw: bytes) -> NewWords:
    return new_words(read(raw), DANA)


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("signature", [None, SIGNATURE], ids=["unsigned", "signed"])
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("client", CLIENTS)
def test_exactly_the_new_words_come_out_of_every_program(
    notice: EmailMessage, client: str, form: str, language: str, signature: str | None
) -> None:
    plain, html = FORMS[form]
    raw = reply(
        notice,
        author="Dana <dana@service.example>",
        words=WORDS,
        client=client,
        signature=signature,
        plain=plain,
        html=html,
        language=language,
    )
    found = said(raw)
    if client.startswith("gmail") and form == "plain":  # its plain mode breaks lines for good: the command is in two
        assert found.refused == words.BROKEN_LINE or found.words.split("\n")[2:3] == [""]
    else:
        assert found.refused is None
    assert squeezed(found.words) == squeezed(WORDS)
    cut = "\n".join(found.cut)
    assert "New, from a requester" in cut
    assert ("Support worker" in cut) is (signature is not None)


@pytest.mark.parametrize("client", CLIENTS)
def test_paragraphs_and_commands_come_out_as_lines(notice: EmailMessage, client: str) -> None:
    found = said(reply(notice, author="dana@service.example", words=WORDS, client=client))
    assert [line for line in found.words.split("\n") if line] == [line for line in WORDS.split("\n") if line]
    assert found.words.split("\n")[:2] == WORDS.split("\n")[:2]


@pytest.mark.parametrize("place", ["bottom", "between"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("client", QUOTING)
def test_words_below_and_between_quotes_are_kept(notice: EmailMessage, client: str, form: str, place: str) -> None:
    plain, html = FORMS[form]
    answer = "Yes, we can do that for you.\n\nNo, you need not call them yourself."
    raw = reply(notice, author="dana@service.example", words=answer, client=client, plain=plain, html=html, place=place)
    found = said(raw)
    assert (squeezed(found.words), found.refused) == (squeezed(answer), None)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_notice_sent_back_without_a_word_says_nothing(notice: EmailMessage, client: str) -> None:
    found = said(reply(notice, author="dana@service.example", words="", client=client))
    assert (found.words, found.refused) == ("", None)
    found = said(reply(notice, author="dana@service.example", words="#take", client=client, signature=SIGNATURE))
    assert (found.words, found.refused) == ("#take", None)


@pytest.mark.parametrize("client", [name for name in CLIENTS if CLIENTS[name].picture])
def test_a_picture_in_the_signature_makes_no_second_story(notice: EmailMessage, client: str) -> None:
    raw = reply(notice, author="dana@service.example", words="Yes.", client=client, signature=SIGNATURE, picture=True)
    assert (said(raw).words, said(raw).refused) == ("Yes.", None)


# A19: commands that are not at the top of the one text.


def alternative(plain: str, page: str) -> bytes:
    return multipart(
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{plain}",
        f"Content-Type: text/html; charset=utf-8\r\n\r\n{page}",
        kind="alternative",
    )


def test_a_command_in_one_form_only_refuses_the_message() -> None:
    many = "We can call you tomorrow at nine, if that is a good and safe time for you and for your sister."
    assert said(alternative(many, f"<p>{many}</p>")).refused is None
    assert said(alternative(many, f"<p>#take</p><p>{many}</p>")).refused == words.TWO_STORIES
    assert said(alternative(f"#take\n{many}", f"<p>{many}</p>")).refused == words.TWO_STORIES
    assert said(alternative(f"#take\n{many}", f"<p>#take</p><p>{many}</p>")).refused is None


def test_a_hidden_command_in_a_page_alone_does_not_count() -> None:
    page = '<p style="display:none">#contact stop</p><p>Yes.</p>'
    assert said(mail("Content-Type: text/html", body=page)).words == "Yes."
    assert said(alternative("#contact stop\nYes.", page)).refused == words.TWO_STORIES


def test_a_command_in_the_quote_is_cut(notice: EmailMessage) -> None:
    assert "#contact stop" in HOSTILE
    for client in CLIENTS:
        found = said(reply(notice, author="dana@service.example", words="Yes.", client=client))
        assert "#" not in found.words
        assert "#contact stop" in "\n".join(found.cut)


@pytest.mark.parametrize("second", ["text/plain", "text/html", "text/enriched"])
def test_a_second_text_refuses_the_message(second: str) -> None:
    raw = multipart("\r\nYes.", f"Content-Type: {second}\r\n\r\n#contact stop")
    assert said(raw).refused == words.SEVERAL_TEXTS
    assert said(multipart("\r\nYes.")).refused is None


def test_a_second_part_that_only_quotes_is_no_second_text() -> None:
    pdf = "Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.7"
    found = said(multipart("\r\nYes.", pdf, "\r\n> what you wrote\r\n\r\nSent from my iPhone"))
    assert (found.words, found.refused) == ("Yes.", None)


def test_an_alternative_in_a_rare_form_refuses_the_message() -> None:
    rare = "Content-Type: text/enriched\r\n\r\n#contact stop"
    assert said(multipart("\r\nYes.", rare, kind="alternative")).refused == words.SEVERAL_TEXTS


def test_a_file_between_words_and_quote_makes_no_second_text() -> None:
    page, old = (
        "Content-Type: text/html\r\n\r\n<p>Yes.</p>",
        "Content-Type: text/html\r\n\r\n<blockquote>x</blockquote>",
    )
    pdf = "Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.7"
    rich = "Content-Type: multipart/mixed; boundary=in\r\n\r\n" + "".join(
        f"--in\r\n{one}\r\n" for one in (page, pdf, old)
    )
    found = said(multipart("\r\nYes.\r\n\r\n> x", f"{rich}--in--\r\n", kind="alternative"))
    assert (found.words, found.refused) == ("Yes.", None)


def test_a_message_that_can_be_read_in_two_ways_is_refused() -> None:
    late = multipart("\r\nYes.") + b"--edge\r\n\r\n#contact stop\r\n--edge--\r\n"
    assert said(late).refused == words.SEVERAL_TEXTS
    doubled = mail("Content-Type: text/plain", "Content-Type: text/html", body="Yes.")
    assert said(doubled).refused == words.SEVERAL_TEXTS


def test_a_message_that_cannot_be_read_whole_is_refused() -> None:
    assert said(mail("Content-Type: text/html", body="<div>" * 2000 + "Yes.")).refused == words.UNSAFE
    assert said(mail("Content-Type: text/plain; charset=x-none", body="Yes.")).refused == words.UNSAFE
    assert said(mail("Content-Type: application/pdf", body="%PDF-1.7")).refused == words.NO_TEXT


# Two forms, one story.


@pytest.mark.parametrize(
    ("plain", "page"),
    [
        ("We will *call* you.", "We will call you."),
        ("See this <https://example.org/a> today", "See this today"),
        ("one two three four five six seven eight nine ten", "one two three four five six seven eight nine eleven"),
        ("Our sign [cid:image001.png@01DB]", "Our sign"),
        ("* one\n* two", "- one\n- two"),
        ("a. call\n  2) write", "1. call\n- write"),
        ("Grüße", "GRÜSSE"),
    ],
)
def test_small_differences_of_programs_are_one_story(plain: str, page: str) -> None:
    assert same_words(plain, page)
    assert same_words(page, plain)


@pytest.mark.parametrize(
    ("plain", "page"),
    [
        ("Yes.", "No."),
        ("one two three four five six seven eight nine", "one two three four five six seven eight eleven"),
        ("We will call you.", ""),
        ("We will call you.", "We will call you. Your mother knows."),
        ("#take\nWe will call.", "#assign Sam\nWe will call."),
    ],
)
def test_two_stories_are_told_apart(plain: str, page: str) -> None:
    assert not same_words(plain, page)
    assert not same_words(page, plain)


# A23: what must not leave by habit.


def test_the_members_own_address_in_the_words_is_refused() -> None:
    assert said(mail(body="Write to Dana@Service.Example, please.")).refused == words.OWN_ADDRESS
    assert said(mail(body="Write to help@service.example, please.")).refused is None


def test_a_command_line_that_was_broken_is_never_half_sent() -> None:
    line = "#followup tomorrow 9:00 Ask whether her partner has left the flat and"
    assert said(mail(body=f"{line}\ncall the shelter\n")).refused == words.BROKEN_LINE
    assert said(mail(body=f"{line}\n\nWe will call you.\n")).refused is None
    assert said(mail(body="#take\nWe will call you.\n")).refused is None


def test_what_belongs_to_another_conversation_is_found() -> None:
    cases = {"7K2QMX", "THANKS", "ABC234"}

    def secret(text: str) -> bool:
        return text in REPLY_TO

    def found(text: str) -> str | None:
        return foreign(text, "7K2QMX", cases.__contains__, secret)

    assert found("Case 7k2qmx: we will call you, please answer.") is None
    assert found("As in [abc234] we will call you.") == words.OTHER_REFERENCE
    assert found("#take\n\n#join ABC234\nWe will call you.") is None
    assert found("#join ABC234") is None
    assert found("We will call you.\n#join ABC234") == words.OTHER_REFERENCE
    assert found(f"Write to {REPLY_TO}.") == words.OUR_ADDRESS
    assert found(f"Tap mailto:{quote(REPLY_TO, safe='@')}?body=%23take now.") == words.OUR_ADDRESS
    assert found(f"The word is {REPLY_TO[5:31]}, keep it.") == words.OUR_ADDRESS
    assert found("Write to help@service.example. It is 100% safe: abcdefghijklmnopqrstuvwxyzz.") is None


def test_long_hostile_words_cost_little_time() -> None:
    for text in ("a" * 300_000, "a@" * 150_000, "# " * 150_000, "x <http://" * 30_000, "Dana\n" * 60_000):
        new_words(Reading(plain_reply=text, page_reply=text), DANA)
