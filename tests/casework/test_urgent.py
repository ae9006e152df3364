"""Urgent words: found as a person in danger writes them, and doing one thing, to raise a mail."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailbot.casework import hints, urgent
from mailbot.casework.phrases import Phrases
from mailbot.cli.letters import letters_from
from mailbot.errors import ConfigError
from mailbot.model import Attachment, Automated, Reading
from mailbot.writing.catalogue import CATALOGUE, samples

OURS = urgent.load(None)
HINTS = hints.load(None)


def reading(text: str, **changes: object) -> Reading:
    plain: dict[str, object] = {"from_": ("alex@gmail.com",), "text": text, "reply": text}
    return Reading(**(plain | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "I cannot go on",
        "i cant go on",
        "I CAN\u2019T GO ON!!!",
        "he has my pictures and i can't\n  go on",
        "I want to - die.",
        "He says he is going to kill me",
        "He is outside my house",
        "Je n\u2019en peux plus",
        "j'en peux plus",
        "jen peux plus",
        "je veux en finir, VRAIMENT: je ne veux plus vivre",
        "il m\u2019a frapp\u00e9e",
        "il m'a frappee",
        "je pense qu'il va me tuer",
        "sui\u00adcide",
        "hello\n> quoted\nI want to die",
    ],
)
def test_words_are_found_however_they_are_written(text: str) -> None:
    assert OURS.found_in(reading(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I need some help with pictures.",
        "A skill meeting tonight",
        "he is so overdosedly clever",
        "If you feel you cannot go on: call or text 9-8-8.",
        "Si vous sentez que vous n'en pouvez plus : appelez le 9-8-8.",
        "Thank you.\n\n> I want to die\n > kill myself",
    ],
)
def test_other_words_and_quoted_lines_raise_nothing(text: str) -> None:
    assert OURS.found_in(reading(text)) is None


def test_the_subject_counts_and_what_was_quoted_before_does_not() -> None:
    assert OURS.found_in(reading("please", subject="I want to die"))
    assert OURS.found_in(reading("Yes.\n\nOn Tuesday: I want to die", reply="Yes.")) is None


def test_a_newsletter_raises_nothing_and_a_form_that_passes_on_words_does() -> None:
    assert OURS.found_in(reading("suicide", automated=Automated.LIST)) is None
    assert OURS.found_in(reading("suicide", automated=Automated.BOUNCE)) is None
    assert OURS.found_in(reading("I want to die", automated=Automated.AUTO_GENERATED))


def test_no_letter_of_ours_raises_the_mail_that_quotes_it() -> None:
    letters = letters_from(None)
    for name in ("ack-day", "ack-night", "ack-oversized", "contact-confirm"):
        row = CATALOGUE[name]
        for language in ("en", "fr"):
            for fields in samples(row, letters.service.opens, letters.service.closes)[:1]:
                assert OURS.found_in(reading(letters.written(name, language, fields).text)) is None, (name, language)


def test_lists_ship_unreviewed_and_are_used_until_somebody_reviews_them(tmp_path: Path) -> None:
    assert OURS.unreviewed == ("urgent.toml: en", "urgent.toml: fr")
    (tmp_path / "urgent.toml").write_text(
        '[pa]\nreviewed_on = 2026-12-01\nphrases = ["ਮਰਨਾ ਚਾਹੁੰਦੀ"]\n[zh]\nphrases = ["想死"]\n'
    )
    own = urgent.load(tmp_path)
    assert own.unreviewed == ("urgent.toml: zh",)
    assert own.found_in(reading("ਮੈਂ ਮਰਨਾ ਚਾਹੁੰਦੀ ਹਾਂ"))
    assert own.found_in(reading("我想死了")), "a language without blanks between words"
    assert own.found_in(reading("I want to die")) is None, "an operator's file replaces ours whole"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[en", r"urgent\.toml: expected TOML"),
        ('[en]\nphrase = ["x"]', r"urgent\.toml: en\.phrases"),
        ('[en]\nphrases = ["x"]\nwords = 1', r"urgent\.toml: en\.words = 1"),
        ("[en]\nphrases = [1]", r"urgent\.toml: en\.phrases\.0 = 1"),
        ('[en]\nphrases = []\nreviewed_on = "soon"', r"urgent\.toml: en\.reviewed_on = 'soon'"),
    ],
)
def test_a_mistake_in_a_list_is_named_before_one_is_used(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "urgent.toml").write_text(text)
    with pytest.raises(ConfigError, match=complaint):
        urgent.load(tmp_path)


def test_a_phrase_of_marks_alone_is_in_no_text() -> None:
    assert Phrases.of(["...", "'", ""]).found_in("What ... is 'this'?") is None


# Hints


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("kim@student.ubc.ca", hints.SCHOOL),
        ("kim@sd61.bc.ca", hints.SCHOOL),
        ("kim@learn.sd23.bc.ca", hints.SCHOOL),
        ("kim@anything.edu", hints.SCHOOL),
        ("kim@dept.ox.ac.uk", hints.SCHOOL),
        ("kim@lincoln.k12.wa.us", hints.SCHOOL),
        ("kim@brookfield-secondary-school.example", hints.SCHOOL),
        ("kim@bakery.example", hints.WORK),
        ("kim@gov.bc.ca", hints.WORK),
        ("kim@gmail.com", None),
        ("KIM@Yahoo.CA", None),
        ("kim@shaw.ca", None),
    ],
)
def test_a_mailbox_that_others_may_read_is_pointed_out(address: str, hint: str | None) -> None:
    assert list(HINTS.of_person(reading("Hello.", from_=(address,)))) == ([hint] if hint else [])


@pytest.mark.parametrize(
    "text",
    ["Here is my dispute response form.", "Voici mon formulaire de réponse.", "I was served with this. What now?"],
)
def test_what_may_be_an_application_with_a_deadline_is_pointed_out(text: str) -> None:
    assert list(HINTS.of_person(reading(text))) == [hints.APPLICATION]


def test_a_file_may_be_the_application() -> None:
    file = Attachment("Dispute_Response-Form.pdf", "application/pdf", 9, False)
    assert list(HINTS.of_person(reading("See file.", attachments=(file,)))) == [hints.APPLICATION]
    assert list(HINTS.of_person(reading("I need help.", attachments=()))) == []
