"""`letters check` finds what breaks the rules of writing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mailbot.writing import Letters, ServiceWords
from mailbot.writing.catalogue import Class
from mailbot.writing.soundness import findings, forbidden, longest_sentence, telling_names, word_count

OURS = "{% for line in lines %}- {{ line.name }}: {{ line.phone | tel }} {{ line.text }}\n{% endfor %}"
SOUND = (
    "We received your message. A person on our team will read it. Please take the time that you need.\n\nCall 911.\n\n"
    + OURS
    + "\n\nSTOP. It is automatic. {{ hours }}\n\n"
    "{{ day }}{% if closing_soon %} {{ opens }}{% endif %}"
)


def faults(tmp_path: Path, service: ServiceWords, body: str, subject: str = "We received your message") -> list[str]:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "ack-day.j2").write_text(f'{{#\nsubject = "{subject}"\n#}}\n{body}\n')
    letters = Letters.load(tmp_path, service=service)
    found = {(finding.language, finding.letter): finding for finding in findings(letters)}
    return list(found["en", "ack-day"].faults)


def test_the_shipped_letters_have_no_fault(letters: Letters) -> None:
    assert {finding.letter: finding.faults for finding in findings(letters) if finding.faults} == {}


def test_a_plain_letter_with_all_it_needs_is_sound(tmp_path: Path, service: ServiceWords) -> None:
    assert faults(tmp_path, service, SOUND) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (SOUND + " Your photos are safe.", "forbidden word: photo*"),
        (SOUND + " See you tomorrow.", "forbidden word: tomorrow"),
        (SOUND + " We are closed now.", "forbidden word: closed now"),
        (SOUND + " Hurry!", "forbidden word: !"),
        (SOUND + " word" * 130, "more than 140 words"),
        (SOUND + " This" + " is" * 20 + ".", "a sentence of more than 20 words"),
        (SOUND.replace("STOP", "Halt"), "missing: STOP"),
        (SOUND.replace("911", "112"), "missing: 911"),
        (SOUND.replace("automatic", "a robot"), "missing: automatic"),
        (SOUND.replace("{{ hours }}", ""), "missing: 8:30 a.m. to 4:30 p.m."),
        (SOUND.replace("{{ line.phone | tel }}", ""), "missing: 1-800-563-0808"),
        (SOUND.replace("Call 911.", "") + "Call 911.", "911 does not come first"),
        (SOUND.replace("{{ day }}", ""), "at Tuesday 08:30:00 it does not tell the closing time"),
        (
            SOUND.replace("{% if closing_soon %} {{ opens }}{% endif %}", ""),
            "at Tuesday 16:29:59 it does not tell the next opening",
        ),
        (SOUND + " {{ opens }}", "at Tuesday 08:30:00 it tells the next opening"),
        (SOUND + "\n\n[write](mailto:x@service.example)", "the page links to something else than a telephone number"),
    ],
)
def test_a_letter_that_breaks_a_rule_is_told_which(
    tmp_path: Path, service: ServiceWords, body: str, fault: str
) -> None:
    assert fault in faults(tmp_path, service, body)


def test_a_subject_that_names_the_matter_is_a_fault_on_a_locked_screen(tmp_path: Path, service: ServiceWords) -> None:
    assert "forbidden word in what a locked screen shows: image*" in faults(tmp_path, service, SOUND, "Your images")


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Your IMAGES", "en", ["image*"]),
        ("an orderly queue", "en", []),
        ("an order", "en", ["order"]),
        ("call VictimLinkBC", "en", []),
        ("every victim", "en", ["victim*"]),
        ("Nous ouvrons, bienvenue", "fr", []),
        ("une photo intime", "fr", ["intim*", "photo*"]),
    ],
)
def test_words_are_matched_whole_or_by_their_beginning(text: str, language: str, found: list[str]) -> None:
    assert forbidden(text, language, Class.ANYONE, ("VictimLinkBC",)) == found


def test_words_and_sentences_are_counted_as_a_reader_would() -> None:
    text = "We open at 8:30 a.m., Pacific time.\n\n- One: two, three.\n- If so: call 9-8-8."
    assert word_count(text) == 14
    assert longest_sentence(text) == 7


def test_a_sender_name_or_address_that_names_the_matter_is_told(service: ServiceWords) -> None:
    assert telling_names(service) == []
    loud = replace(service, name="Image Help", sender_name="Image Help", address="intimateimages@service.example")
    assert telling_names(loud) == [
        "service.sender_name says 'image'",
        "service.address says 'image'",
        "service.address says 'intimate'",
        "service.address says 'intim'",
        "service.sender_name is the name of the service; a neutral one is safer",
    ]
