"""The text of a message, its characters, and what was newly written (A30, A40, A45–A47)."""

from __future__ import annotations

import base64

import pytest
from reading.build import mail, multipart, read


def test_the_plain_alternative_is_the_text() -> None:
    reading = read(
        multipart(
            "Content-Type: text/plain\r\n\r\nplain", "Content-Type: text/html\r\n\r\n<b>page</b>", kind="alternative"
        )
    )
    assert (reading.text, reading.attachments) == ("plain", ())


def test_an_empty_plain_alternative_gives_way_to_the_page() -> None:
    reading = read(
        multipart(
            "Content-Type: text/plain\r\n\r\n \r\n", "Content-Type: text/html\r\n\r\n<b>page</b>", kind="alternative"
        )
    )
    assert reading.text == "page"


def test_texts_follow_one_another_and_attached_ones_do_not_speak() -> None:
    attached = "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nattached"
    forwarded = "Content-Type: message/rfc822\r\n\r\nFrom: x@example.org\r\n\r\nforwarded"
    reading = read(multipart("\r\none", attached, forwarded, "\r\ntwo", preamble="before\r\n"))
    assert reading.text == "one\n\ntwo"
    assert [one.content_type for one in reading.attachments] == ["text/plain", "message/rfc822"]


def test_a_multipart_without_delimiters_is_shown_as_it_came() -> None:
    assert read(mail("Content-Type: multipart/mixed", body="please help")).text == "please help"
    assert read(mail("Content-Type: multipart/mixed; boundary=x", body="please help")).text == "please help"


def test_a_cut_multipart_keeps_its_last_part() -> None:
    reading = read(mail("Content-Type: multipart/mixed; boundary=x", body="--x\r\n\r\nplease help"))
    assert (reading.text, reading.defects) == ("please help", ("no-closing-boundary",))


def test_a_boundary_that_begins_another_is_not_confused_with_it() -> None:
    inner = "Content-Type: multipart/mixed; boundary=xy\r\n\r\n--xy\r\n\r\none\r\n--xy--"
    raw = mail("Content-Type: multipart/mixed; boundary=x", body=f"--x\r\n{inner}\r\n--x\r\n\r\ntwo\r\n--x--\r\n")
    assert read(raw).text == "one\n\ntwo"


@pytest.mark.parametrize(
    ("label", "data", "text", "known"),
    [
        ("utf-8", "Zoë".encode(), "Zoë", True),
        ("iso-8859-1", "Zoë \u201cx\u201d".encode("cp1252"), "Zoë “x”", True),
        ("gb2312", "请帮助".encode("gb18030"), "请帮助", True),
        ("iso-2022-jp", "助けて".encode("iso-2022-jp"), "助けて", True),
        ("utf-16", "Zoë".encode("utf-16"), "Zoë", True),
        ("us-ascii", "Zoë".encode(), "Zoë", True),
        ("utf-8", "Zoë".encode("latin-1"), "Zoë", False),
        ("utf-7", b"+AGgAZQBsAHA-", "+AGgAZQBsAHA-", False),
        ("zlib_codec", b"help", "help", False),
        ("rot13", b"help", "help", False),
        ("no-such-thing", "Zoë".encode(), "Zoë", False),
        ("../../utf-8", b"help", "help", False),
    ],
)
def test_characters_come_from_an_allow_list_and_are_never_dropped(
    label: str, data: bytes, text: str, known: bool
) -> None:
    body = base64.encodebytes(data)
    reading = read(mail(f"Content-Type: text/plain; charset={label}", "Content-Transfer-Encoding: base64", body=body))
    assert reading.text == text
    assert ("charset" not in reading.defects) is known


def test_control_characters_are_replaced_on_the_way_to_people() -> None:
    reading = read(mail(b"X-One: 1\r\nSubject: a\x1b[31mb", body=b"one\x00two\x1b[2J\r\nthree\tfour"))
    assert reading.text == "one\ufffdtwo\ufffd[2J\nthree\tfour"
    assert reading.subject == "a\ufffd[31mb"


def test_an_encoded_line_break_in_a_subject_makes_no_line() -> None:
    raw = mail().replace(b"A question", b"=?utf-8?q?one=0D=0ABcc:_x@example.org?=")
    assert read(raw).subject == "one Bcc: x@example.org"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("=?utf-8?q?Zo=C3=AB?=", "Zoë"),
        ("=?utf-8?b?Wm/D?= =?utf-8?b?qw==?=", "Zoë"),
        ("=?utf-8?q?a?= =?utf-8?q?b?= c", "ab c"),
        ("=?iso-8859-1?q?Zo=EB?= and =?utf-8?q?Zo=C3=AB?=", "Zoë and Zoë"),
        ("=?x-unknown?q?help?=", "help"),
        ("=?utf-8?b?!!!?= x", "x"),
        ("=?utf-8?q?open", "open"),
    ],
)
def test_a_subject_is_decoded(subject: str, expected: str) -> None:
    assert read(mail().replace(b"A question", subject.encode())).subject == expected


def page(markup: str) -> str:
    return read(mail("Content-Type: text/html; charset=utf-8", body=markup)).text


def test_a_page_becomes_what_a_reader_sees() -> None:
    assert page("<p>Hello&nbsp;there</p><p>I need <b>help</b><br>now</p><ul><li>one<li>two</ul>") == (
        "Hello\xa0there\n\nI need help\nnow\n\n- one\n- two"
    )
    assert page('see <a href="https://example.org/x">this</a>') == "see this <https://example.org/x>"
    assert page("new<blockquote>old<br>older</blockquote>") == "new\n\n> old\n> older"
    assert page("<ol><li>one<ul><li>a</ul><li>two</ol><ol><li>x</ol>") == "1. one\n\n- a\n\n2. two\n\n1. x"
    assert page("<li>one<li>two") == "- one\n- two"
    assert page("<pre>a\n  b</pre>") == "a\n  b"


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display:none">x1</p>',
        "<p hidden>x1</p>",
        '<span style="font-size:0px">x1</span>',
        '<a style="opacity:0" href="https://x1.example">x1</a>',
    ],
)
def test_hidden_text_of_a_page_is_dropped_and_said_so(hidden: str) -> None:
    reading = read(mail("Content-Type: text/html", body=f"<p>Hello</p>{hidden}"))
    assert reading.text == "Hello"
    assert "hidden-text" in reading.defects


def test_scripts_styles_and_comments_of_a_page_are_nothing() -> None:
    reading = read(
        mail("Content-Type: text/html", body="<style>p{}</style><script>x()</script><!-- x -->Hello<svg>x</svg>")
    )
    assert (reading.text, reading.defects) == ("Hello", ())


def test_a_page_made_to_exhaust_a_parser_is_read_by_a_linear_pass() -> None:
    reading = read(mail("Content-Type: text/html", body="<div>" * 100_000 + "help &amp; more"))
    assert reading.text == "help & more"
    assert "costly-page" in reading.defects
    assert "costly-page" not in read(mail("Content-Type: text/html", body="<div>" * 900 + "help")).defects


@pytest.mark.parametrize(
    ("quoted", "new"),
    [
        ("On Tue, 24 Nov 2026 at 10:00, Support Service <help@service.example> wrote:\n> old\n", "Yes."),
        ("On Tue, 24 Nov 2026 at 10:00, Support Service\n<help@service.example> wrote:\n> old\n", "Yes."),
        ("Le mar. 24 nov. 2026 à 10:00, Service <help@service.example> a écrit :\n> ancien\n", "Yes."),
        ("Am 24.11.2026 um 10:00 schrieb Service:\n> alt\n", "Yes."),
        ("-----Original Message-----\nFrom: Support\nold\n", "Yes."),
        (
            "________________________________\nFrom: Support Service\nSent: Tuesday\nTo: Kim\nSubject: x\n\nold\n",
            "Yes.",
        ),
        ("From: Support Service\nSent: Tuesday\nTo: Kim\nSubject: x\n\nold\n", "Yes."),
        ("De : Service\nEnvoyé : mardi\nÀ : Kim\nObjet : x\n\nancien\n", "Yes."),
        ("Sent from my iPhone\n\nOn 24 Nov 2026, at 10:00, Support wrote:\n\n> old\n", "Yes."),
        ("> old\n", "Yes."),
        ("-- \nKim\n", "Yes."),
    ],
)
def test_quotes_of_common_programs_are_cut(quoted: str, new: str) -> None:
    reading = read(mail(body=f"{new}\n\n{quoted}"))
    assert reading.reply == new
    assert reading.text.startswith(new)
    assert len(reading.text) > len(new)


def test_answers_between_quotes_are_kept_with_their_questions() -> None:
    body = "On Tuesday 24 Nov 2026 Support wrote:\n> Are you safe?\nYes.\n> May we call?\nNo.\n> The service\n"
    reading = read(mail(body=body))
    assert reading.reply == "> Are you safe?\nYes.\n> May we call?\nNo."
    assert reading.plain_reply == "Yes.\nNo."


@pytest.mark.parametrize(
    "body",
    ["On Monday he wrote:\nI will post it\n", "From: a friend I heard\nthat you help.\n", "I said to him:\nstop it\n"],
)
def test_words_that_only_look_like_a_quote_are_kept(body: str) -> None:
    assert read(mail(body=body)).reply == body.strip()


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("Hello, can you help me? My pictures are on the internet.", "en"),
        ("Bonjour, je ne sais pas quoi faire avec les photos de moi.", "fr"),
        ("Hola, no sé qué hacer con mis fotos en el sitio.", "es"),
        ("请帮助我，我的照片在网上", "zh"),
        ("助けてください。写真が", "ja"),
        ("ਕਿਰਪਾ ਕਰਕੇ ਮੇਰੀ ਮਦਦ ਕਰੋ", "pa"),
        ("помогите пожалуйста", "ru"),
        ("Dzień dobry, proszę o pomoc, nie wiem co mam robić", "pl"),
        ("Bună, vă rog să mă ajutați, nu știu ce să fac", "ro"),
        ("Βοηθήστε με παρακαλώ", "el"),
        ("> Can you tell us more?\n\nJe ne sais pas, je suis seule.\n\n> Are you in the province?\n\nOui.", "fr"),
        ("ok", None),
        ("", None),
    ],
)
def test_a_language_is_guessed(body: str, language: str | None) -> None:
    assert read(mail("Content-Type: text/plain; charset=utf-8", body=body)).language == language
