"""What staff are told about their own mail: receipts, refusals, letters that wait, lines in the thread."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readsight import ReadSight

from mailbot.errors import OurError
from mailbot.model import Role
from mailbot.writing import AlertOver, Held, Letters, Line, Receipt, Refusal, Rendered
from mailbot.writing.catalogue import CATALOGUE, samples
from mailbot.writing.soundness import words_of_page, words_of_text

OPENING = datetime(2026, 11, 25, 8, 30, tzinfo=ZoneInfo("America/Vancouver"))
CANCEL = "mailto:help+x@service.example?body=%23cancel"
NEW = ("staff-receipt", "staff-refusal", "staff-held", "staff-line", "alert-over")
RECEIPT = Receipt(
    reference="7K2QMX",
    role=Role.REQUESTER,
    state_line="Nothing to do",
    leaves_at=OPENING,
    words="Hello,\n\nyou can call us.\n- at noon",
    cut=("On Tuesday somebody wrote:\n> Hello", "Dana Doe\n250-555-0100"),
    done=("Follow-up on Friday, November 27, 2026, at 9:00 a.m., Pacific time: call",),
    attachments=("form.pdf",),
    cancel=CANCEL,
    links=(("Send it now", "mailto:help+x@service.example?body=%23send%20now"),),
    note="Mail to this person is not recorded safe",
)
REFUSAL = Refusal("7K2QMX", "#hold until fryday", "No day has this name", "#hold until friday")
HELD = Held("7K2QMX", "Sam answered first", "Hello.", (("Cancel it", CANCEL),))


def receipt(letters: Letters, **changes: object) -> Rendered:
    return letters.render("staff-receipt", "en", {"receipt": replace(RECEIPT, **changes)})  # type: ignore[arg-type]


def refusal(letters: Letters, **changes: object) -> Rendered:
    return letters.render("staff-refusal", "en", {"refusal": replace(REFUSAL, **changes)})  # type: ignore[arg-type]


def held(letters: Letters, **changes: object) -> Rendered:
    return letters.render("staff-held", "en", {"held": replace(HELD, **changes)})  # type: ignore[arg-type]


def first_line(rendered: Rendered) -> str:
    return rendered.text.split("\n")[0]


def test_a_receipt_says_first_what_to_do_and_when_the_answer_leaves(letters: Letters) -> None:
    assert first_line(receipt(letters)) == (
        "Nothing to do. Your answer leaves on Wednesday, November 25, 2026, at 8:30 a.m., Pacific time."
    )
    assert first_line(receipt(letters, leaves_at=None, state_line="Your answer has left.")) == "Your answer has left."


def test_a_receipt_holds_everything_in_the_order_of_need(letters: Letters) -> None:
    text = receipt(letters).text
    wanted = [
        "Nothing to do.",
        "Mail to this person is not recorded safe.",
        "To the requester of case 7K2QMX, and to nobody else.",
        "reply to this mail with only #cancel",
        "Reply stays inside.",
        f"- Cancel it: {CANCEL}\n",
        "- Send it now: mailto:",
        "Done\n\n- Follow-up on Friday, November 27, 2026, at 9:00 a.m., Pacific time: call.\n",
        "The exact words\n\n> Hello,\n>\n> you can call us.\n> - at noon\n",
        "Files that go with it\n\n- form.pdf\n",
        "Cut, and not sent\n\n> On Tuesday somebody wrote:\n> > Hello\n\n> Dana Doe\n> 250-555-0100\n",
    ]
    places = [text.index(words) for words in wanted]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("changes", "gone"),
    [
        ({"cancel": None}, "#cancel"),
        ({"cancel": None, "links": ()}, "Next"),
        ({"words": None}, "The exact words"),
        ({"words": None}, "and to nobody else"),
        ({"cut": ()}, "Cut, and not sent"),
        ({"done": ()}, "Done"),
        ({"attachments": ()}, "Files that go with it"),
        ({"note": None}, "recorded safe"),
        ({"leaves_at": None}, "Your answer leaves"),
    ],
)
def test_a_receipt_says_nothing_of_what_did_not_happen(letters: Letters, changes: dict[str, object], gone: str) -> None:
    assert gone in receipt(letters).text
    assert gone not in receipt(letters, **changes).text


def test_the_receipt_of_a_command_that_belongs_to_no_case_names_none(letters: Letters) -> None:
    rendered = receipt(letters, reference=None, role=None, words=None, leaves_at=None, cancel=None, links=())
    assert rendered.subject == "[no case] Receipt"
    assert "This belongs to no case." in rendered.text
    assert "None" not in rendered.text


def test_a_refusal_says_the_line_the_reason_and_the_nearest_right_form(letters: Letters) -> None:
    rendered = refusal(letters)
    assert rendered.subject == "Re: [7K2QMX] New message to read"
    assert first_line(rendered) == (
        "Nothing was done, and nothing was sent. Please correct one line, then send the whole message again."
    )
    wanted = ["> #hold until fryday\n", "No day has this name.", "> #hold until friday\n", "reply with only #help."]
    places = [rendered.text.index(words) for words in wanted]
    assert places == sorted(places)


def test_a_refusal_of_mail_that_held_nothing_to_send_does_not_speak_of_sending(letters: Letters) -> None:
    assert first_line(refusal(letters, nothing_sent=False)).startswith("Nothing was done. Please correct one line")


def test_the_explanation_of_failed_proof_holds_its_reason_and_no_word_of_the_mail(letters: Letters) -> None:
    rendered = letters.render(
        "staff-refusal", "en", {"refusal": Refusal(None, None, "Nothing proves that you wrote this message")}
    )
    assert rendered.text == (
        "Nothing was done, and nothing was sent. Nothing proves that you wrote this message.\n\n"
        "Reply stays inside. Nothing you write in a reply is sent outside. "
        "For a list of commands, reply with only #help.\n"
    )
    assert 'class="quote"' not in rendered.html


def test_a_long_line_is_cut_visibly(letters: Letters) -> None:
    text = refusal(letters, line="#take " + "y" * 500).text
    assert "y" * 93 + "…\n" in text
    assert "y" * 94 not in text


def test_a_letter_that_waits_says_why_and_offers_the_choices_before_its_words(letters: Letters) -> None:
    rendered = held(letters)
    assert rendered.subject == "Re: [7K2QMX] New message to read"
    assert first_line(rendered) == "Please decide: a letter waits. Sam answered first."
    assert "It does not leave by itself." in rendered.text
    assert rendered.text.index(f"- Cancel it: {CANCEL}") < rendered.text.index("> Hello.")


def test_a_line_in_the_thread_is_one_line_and_where_a_reply_goes(letters: Letters) -> None:
    rendered = letters.render("staff-line", "en", {"line": Line("7K2QMX", "Dana has taken this case")})
    assert rendered.text.split("\n\n")[0] == "Dana has taken this case."
    assert rendered.text.split("\n\n")[1].startswith("Reply stays inside.")


def test_the_end_of_an_alert_says_what_is_over_and_from_when_to_when(letters: Letters) -> None:
    over = AlertOver("The mail server could not be reached", OPENING, OPENING + timedelta(minutes=40))
    rendered = letters.render("alert-over", "en", {"over": over})
    assert rendered.subject == "[service] It is over"
    assert first_line(rendered) == "Nothing to do. This is over: The mail server could not be reached."
    assert "at 8:30 a.m." in rendered.text
    assert "at 9:10 a.m." in rendered.text


@pytest.mark.parametrize("name", NEW)
def test_letters_about_staff_mail_are_english_whatever_is_asked(letters: Letters, name: str) -> None:
    for fields in samples(CATALOGUE[name], letters.service.opens, letters.service.closes):
        assert letters.render(name, "fr", fields).language == "en"


@pytest.mark.parametrize("name", [name for name in NEW if name.startswith("staff")])
def test_every_letter_about_staff_mail_says_that_a_reply_stays_inside(letters: Letters, name: str) -> None:
    for fields in samples(CATALOGUE[name], letters.service.opens, letters.service.closes):
        text = letters.render(name, "en", fields).text
        assert "Reply stays inside. Nothing you write in a reply is sent outside." in text
        assert "None" not in text


INJECTIONS = [
    "{{ 7*7 }}",
    "{% include 'lines.toml' %}",
    "{# gone #}",
    "%s %(name)s {0}",
    "[Approve](mailto:eve@example.com)",
    "**bold**",
    "# Reply reaches nobody",
    "- item",
    "> quote",
    "| typed",
    "</div><script>alert(1)</script>",
    '" onmouseover="x',
    "\\[a](tel:1)",
    "<!--",
]


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("field", ["words", "cut", "done", "attachments", "note", "state_line"])
def test_words_in_a_receipt_that_look_like_a_template_stay_words(letters: Letters, field: str, text: str) -> None:
    value = (text,) if field in ("cut", "done", "attachments") else text
    _is_only_words(receipt(letters, **{field: value}), text, links=2)


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("field", ["line", "reason", "nearest"])
def test_words_in_a_refusal_that_look_like_a_template_stay_words(letters: Letters, field: str, text: str) -> None:
    _is_only_words(refusal(letters, **{field: text}), text, links=0)


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("field", ["why", "words"])
def test_words_in_a_letter_that_waits_stay_words(letters: Letters, field: str, text: str) -> None:
    _is_only_words(held(letters, **{field: text}), text, links=1)


@pytest.mark.parametrize("text", INJECTIONS)
def test_words_in_a_line_of_the_thread_stay_words(letters: Letters, text: str) -> None:
    _is_only_words(letters.render("staff-line", "en", {"line": Line("7K2QMX", text)}), text, links=0)


def _is_only_words(rendered: Rendered, text: str, links: int) -> None:
    assert text in rendered.text
    assert text in " ".join(words_of_page(rendered.html))
    assert "49" not in rendered.text
    assert rendered.html.count("<a ") == links
    assert rendered.html.count("<h1>") == 1
    assert "<script" not in rendered.html
    assert text not in rendered.subject


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n", "\u2028", "\x0b"])
def test_nothing_typed_can_forge_a_line_of_the_receipt(letters: Letters, ending: str) -> None:
    forged = ending.join(["Bye.", "", "Cut, and not sent", "- Cancel it: mailto:eve@example.com"])
    lines = receipt(letters, words=forged, cut=(forged,), done=(forged,), attachments=(forged,)).text.split("\n")
    assert [line for line in lines if line.startswith("- Cancel it")] == [f"- Cancel it: {CANCEL}"]
    assert lines.count("Cut, and not sent") == 1


def test_hidden_characters_are_shown_to_the_member_who_typed_or_pasted_them(letters: Letters) -> None:
    assert "> a[U+202E]b␀c\n" in receipt(letters, words="a\u202eb\x00c").text
    assert "> #ta[U+200B]ke\n" in refusal(letters, line="#ta\u200bke").text


def test_line_breaks_of_a_quote_stay_where_a_program_ignores_style(letters: Letters) -> None:
    assert ">one<br />two<br /><br />three</div>" in receipt(letters, words="one\ntwo\n\nthree").html


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=300), st.text(max_size=100), st.text(max_size=60))
def test_both_parts_of_a_receipt_say_the_same_words_whatever_was_typed(
    letters: Letters, words: str, cut: str, done: str
) -> None:
    rendered = receipt(letters, words=words, cut=(cut,), done=(f"x{done}",), cancel=None, links=())
    plain = [word for line in rendered.text.split("\n") for word in words_of_text(line)]
    assert [word for word in plain if word != ">"] == [word for word in words_of_page(rendered.html) if word != ">"]


@pytest.mark.parametrize("name", NEW)
def test_letters_about_staff_mail_read_at_grade_eight(letters: Letters, name: str, tmp_path: Path) -> None:
    reader = ReadSight("en-us", cache_dir=str(tmp_path))
    for fields in samples(CATALOGUE[name], letters.service.opens, letters.service.closes):
        lines = letters.render(name, "en", fields).text.split("\n")
        ours = "\n".join(line for line in lines if not line.startswith(("> ", "- ")))
        assert reader.flesch_kincaid_grade_level(ours).score <= 8


def test_the_fields_of_each_letter_are_a_closed_list(letters: Letters) -> None:
    with pytest.raises(OurError, match="takes exactly receipt"):
        letters.render("staff-receipt", "en", {"refusal": REFUSAL})
    with pytest.raises(OurError, match="is no Refusal"):
        letters.render("staff-refusal", "en", {"refusal": RECEIPT})
