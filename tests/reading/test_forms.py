"""What the plain part and the page newly say, each for itself, and what was cut (RULES 8; A38)."""

from __future__ import annotations

import pytest
from reading.build import mail, multipart, read

from mailbot.reading.flowed import unflowed


def page(markup: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\r\n\r\n{markup}"


def test_each_form_is_cut_for_itself() -> None:
    reading = read(multipart("\r\nYes.\r\n> old", page("<p>No.</p><blockquote>old</blockquote>"), kind="alternative"))
    assert (reading.plain_reply, reading.page_reply, reading.reply) == ("Yes.", "No.", "Yes.")
    assert (reading.cut, reading.several_texts) == (("> old",), False)


def test_a_form_that_is_missing_or_empty_is_none() -> None:
    reading = read(mail())
    assert (reading.plain_reply, reading.page_reply) == ("Hello, please help me.", None)
    reading = read(multipart("\r\n \r\n", page("Yes."), kind="alternative"))
    assert (reading.plain_reply, reading.page_reply, reading.reply) == (None, "Yes.", "Yes.")
    reading = read(multipart("\r\n> old", page("Yes."), kind="alternative"))
    assert (reading.plain_reply, reading.page_reply) == ("", "Yes.")
    reading = read(mail(body="> old"))
    assert (reading.plain_reply, reading.reply) == ("", "> old")


def test_what_is_cut_comes_in_bounded_pieces() -> None:
    reading = read(mail(body="".join(f"> {'x' * 3000}\nword {number}\n" for number in range(60)) + "-- \nKim"))
    assert len(reading.cut) == 40
    assert max(map(len, reading.cut)) < 2010
    assert read(mail(body="Yes.\n-- \nKim\n\nOn 24 Nov 2026, at 10:00, Support wrote:\n> old")).cut == (
        "-- \nKim\n\nOn 24 Nov 2026, at 10:00, Support wrote:\n> old".replace("-- ", "--"),
    )


@pytest.mark.parametrize(
    "old",
    [
        '<div class="moz-cite-prefix">2026/11/24 10:00 に Support さんは書きました:</div><blockquote>old</blockquote>',
        '<div class="gmail_quote"><div class="gmail_attr">Support skrifaði:</div><blockquote>old</blockquote></div>',
        '<hr><div id="divRplyFwdMsg"><b>Lähettäjä:</b> Support</div><div>old</div>',
        "<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
        "<p class=MsoNormal><b>Lähettäjä:</b> Support</p></div></div><p class=MsoNormal>old</p>",
        "<blockquote type=cite>old</blockquote>",
    ],
)
def test_pages_mark_old_messages_in_any_language(old: str) -> None:
    reading = read(mail("Content-Type: text/html; charset=utf-8", body=f"<p>Yes.</p>{old}"))
    assert reading.page_reply == "Yes."
    assert "old" in "\n".join(reading.cut)


def test_words_in_a_page_that_only_resemble_a_mark_are_kept() -> None:
    body = '<div class="gmail_attr_x">Yes.</div><div style="border-top:solid #E1E1E1 1.0pt">No.</div>'
    assert read(mail("Content-Type: text/html", body=body)).page_reply == "Yes.\nNo."


def test_lines_of_word_are_lines() -> None:
    body = (
        "<p class=MsoNormal>#take</p><p class=MsoNormal>#note</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>x</p>"
    )
    assert read(mail("Content-Type: text/html", body=body)).page_reply == "#take\n#note\n\nx"


def test_small_letters_are_seen_and_letters_of_no_size_are_not() -> None:
    body = '<p style="font-size:0.9em">seen</p><p style="font-size:0">x</p><p style="font-size: 1px;">y</p>'
    assert read(mail("Content-Type: text/html", body=body)).page_reply == "seen"


def test_several_texts_are_parts_that_could_each_be_the_text() -> None:
    assert read(multipart("\r\none", "\r\ntwo")).several_texts
    assert read(multipart("\r\none", page("two"))).several_texts
    assert read(multipart("\r\none", page("one"), page("two"), kind="alternative")).several_texts
    assert not read(multipart("\r\none", "\r\n> old")).several_texts
    assert not read(multipart("\r\none", "\r\n\r\n")).several_texts
    attached = "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\ntwo"
    assert not read(multipart("\r\none", attached)).several_texts


@pytest.mark.parametrize(
    ("attribution", "new"),
    [
        ("2026-11-24 10:00 GMT-07:00 Support <help@service.example>:", "Yes."),
        ("Support <help@service.example> kirjoitti 24.11.2026 10:00:", "Yes."),
        ('24 mar 2026 21:25 "Support" <help@service.example> napisał(a):', "Yes."),
        ("Support <help@service.example> schrieb am Di., 24.\nNov. 2026 um 10:00 Uhr:", "Yes."),
        ("---- On Tue, 24 Nov 2026 10:00:00 -0700 Support <help@service.example> wrote ----", "Yes."),
    ],
)
def test_an_attribution_is_known_by_address_and_date(attribution: str, new: str) -> None:
    assert read(mail(body=f"Yes.\n\n{attribution}\n\nold words".encode())).reply == new


@pytest.mark.parametrize(
    "body",
    [
        "Write to Kim <kim@example.net>:\nshe knows.",
        "I said no.\nOn Monday he wrote:\nI will post it",
        "Yes.\nFrom: Kim <kim@example.net> since 2026:\nshe knows.",
        "On Monday he wrote:\nI will post it",
    ],
)
def test_words_that_only_resemble_an_attribution_are_kept(body: str) -> None:
    assert read(mail(body=body)).reply == body


def test_an_answer_below_a_signature_and_a_quote_is_kept() -> None:
    body = (
        "-- \nKim\n\nOn 24 Nov 2026, at 10:00, Support wrote:\n> Are you safe?\nYes.\n\nSent from my iPhone\n> Bye.\n"
    )
    assert read(mail(body=body)).reply == "Yes."


def test_flowed_paragraphs_are_one_line() -> None:
    assert unflowed("one \ntwo \nthree\nfour", delete_blank=False) == "one two three\nfour"
    assert unflowed("one \ntwo", delete_blank=True) == "onetwo"
    assert unflowed("one \n> two \n> three\n>> four", delete_blank=False) == "one \n> two three\n>> four"
    assert unflowed(" > no quote\n From", delete_blank=False) == "> no quote\nFrom"
    assert unflowed("words \n-- \nKim", delete_blank=False) == "words \n-- \nKim"
    assert unflowed("one \n\ntwo", delete_blank=False) == "one \n\ntwo"
    raw = mail("Content-Type: text/plain; format=Flowed; DelSp=no", body="#followup \r\nfriday\r\nYes.\r\n")
    assert read(raw).reply == "#followup friday\nYes."


def test_a_report_of_a_machine_is_not_cut_and_speaks_for_nobody() -> None:
    text = "Failed.\r\n\r\nOn Tue, 24 Nov 2026 at 10:00, Kim <kim@example.net> wrote:\r\n> #note old"
    status = "Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a@example.org\r\nAction: failed"
    reading = read(multipart(f"\r\n{text}", status, kind="report; report-type=delivery-status"))
    assert reading.automated == "bounce"
    assert reading.reply == reading.text
    assert "#note old" in reading.reply
    assert (reading.plain_reply, reading.page_reply, reading.cut) == (None, None, ())
