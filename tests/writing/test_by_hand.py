"""Letters that a member sends, each in both languages and every branch (LETTERS part 4, "How letters are tested")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from readsight import ReadSight
from support import reviewed

from mailbot.writing import Letters, Rendered, ServiceWords
from mailbot.writing.catalogue import BY_HAND, CATALOGUE, Class, clock_samples, samples
from mailbot.writing.measures import PUBLIC, forbidden, words_of_page, words_of_text
from mailbot.writing.rows import Audience, Gate
from mailbot.writing.soundness import findings

EACH = [(name, language) for name in BY_HAND for language in ("en", "fr")]
LEAST_EASE = 70
"""Flesch with French coefficients, of letters to the person."""
A_CASE = re.compile(r"\b(?:your|the) (?:case|file)\b|\breference\b|\bdossier\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ReadSight]:
    cache = str(tmp_path_factory.mktemp("readsight"))
    return {"en": ReadSight("en-us", cache_dir=cache), "fr": ReadSight("fr", cache_dir=cache)}


@pytest.fixture(scope="module")
def full(letters: Letters) -> Letters:
    """Every place verified, so that every branch shows."""
    return letters.as_if_verified()


def branches(letters: Letters, name: str, language: str) -> Iterator[tuple[Mapping[str, object], Rendered]]:
    service = letters.service
    for fields in samples(CATALOGUE[name], service.opens, service.closes):
        yield fields, letters.written(name, language, fields)


def own_words(text: str) -> str:
    """Without help lines and places: names and numbers are left out, as the rule says."""
    lines = (line for line in text.split("\n") if not re.match(r"- .*\d-\d|- .*\d{3}-", line))
    return "\n".join(line.removeprefix("- ") for line in lines)


@pytest.mark.parametrize(("name", "language"), EACH)
def test_it_reads_as_easily_as_its_row_says(
    full: Letters, measured: dict[str, ReadSight], name: str, language: str
) -> None:
    for text in {own_words(rendered.text) for _, rendered in branches(full, name, language)}:
        if language == "en":
            assert measured["en"].flesch_kincaid_grade_level(text).score <= CATALOGUE[name].grade
        else:
            assert measured["fr"].flesch_reading_ease(text).score >= LEAST_EASE


@pytest.mark.parametrize(("name", "language"), EACH)
def test_it_says_the_same_at_every_hour(full: Letters, name: str, language: str) -> None:
    """A letter that is held for a weekend must be true when it leaves, and when it is read a day late."""
    service = full.service
    instants = [clock["at"] for clock in clock_samples(service.opens, service.closes).values()]
    assert len(instants) == 6
    for fields in samples(CATALOGUE[name], service.opens, service.closes):
        assert len({full.written(name, language, {**fields, "at": at}).text for at in instants}) == 1


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_locked_screen_shows_nothing_of_the_matter(full: Letters, name: str, language: str) -> None:
    for _, rendered in branches(full, name, language):
        assert rendered.subject == {"en": "Reply to your message", "fr": "Réponse à votre message"}[language]
        assert forbidden(f"{rendered.subject} {rendered.text[:PUBLIC]}", language, Class.ANYONE) == []


@pytest.mark.parametrize(("name", "language"), EACH)
def test_both_parts_say_the_same_and_nothing_of_a_case(full: Letters, name: str, language: str) -> None:
    for _, rendered in branches(full, name, language):
        assert words_of_text(rendered.text) == words_of_page(rendered.html)
        assert not (CATALOGUE[name].letter_class is Class.ANYONE and A_CASE.search(rendered.text))
        for secret in (full.service.name, full.service.address):
            assert secret not in rendered.text


@pytest.mark.parametrize(("name", "language"), EACH)
def test_it_gives_the_hours_and_the_number_where_there_is_one(
    full: Letters, service: ServiceWords, name: str, language: str
) -> None:
    silent = full.with_service(replace(service, telephone=None))
    for letters, has in ((full, True), (silent, False)):
        for _, rendered in branches(letters, name, language):
            assert ("250-555-0199" in rendered.text) is has
            text = rendered.text.replace("\u00a0", " ")
            assert {"en": "8:30 a.m. to 4:30 p.m.", "fr": "de 8 h 30 à 16 h 30"}[language] in text
            assert "None" not in text


@pytest.mark.parametrize("name", [name for name, letter in BY_HAND.items() if "discreet" in letter.fields])
def test_where_contact_is_discreet_it_names_no_line_but_911(letters: Letters, name: str) -> None:
    for fields, rendered in branches(letters, name, "en"):
        if fields["discreet"]:
            numbers = set(re.findall(r"\d[\d-]{2,}\d", rendered.text)) - {"250-555-0199", "2026"}
            assert numbers <= {"911"}


def test_only_17_and_under_are_told_of_the_centre_for_children(letters: Letters) -> None:
    for name, letter in BY_HAND.items():
        if letter.letter_class is Class.GUARDIAN:
            continue
        for fields, rendered in branches(letters, name, "en"):
            told = "Child Protection" in rendered.text or "NeedHelpNow" in rendered.text
            image = fields.get("image_minor") is True and name == "referral-18"
            assert not told or fields.get("audience") is Audience.MINOR or image, name


def test_no_young_person_is_told_to_keep_or_copy_an_image_or_of_an_adults_line(letters: Letters) -> None:
    for name in BY_HAND:
        for fields, rendered in branches(letters, name, "en"):
            if fields.get("audience") in (Audience.MINOR, Audience.UNKNOWN):
                assert "keep a picture" not in rendered.text
            if fields.get("audience") is Audience.MINOR:
                assert "Salal" not in rendered.text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_guardian_promise_always_comes_with_its_limit(letters: Letters, language: str) -> None:
    promise, limit = {
        "en": ("if you say yes", "some things may not be possible"),
        "fr": ("dis oui", "certaines choses peuvent être impossibles"),
    }[language]
    for name in ("referral-youth", "options-youth", "guardian-limits"):
        for _, rendered in branches(letters, name, language):
            text = rendered.text.lower()
            if name == "referral-youth" or language == "en":
                assert promise in text
            assert limit in text


@pytest.mark.parametrize("name", BY_HAND)
def test_only_letters_for_17_and_under_say_tu(letters: Letters, name: str) -> None:
    for _, rendered in branches(letters, name, "fr"):
        own = re.sub(r"«[^»]*»", "", rendered.text)
        told = bool(re.search(r"\b(?:tu|toi|tes|ton)\b", own, re.IGNORECASE))
        assert told is (Gate.MINOR in BY_HAND[name].gates)


def test_french_narrows_its_spaces_and_keeps_english_names(letters: Letters) -> None:
    for name in BY_HAND:
        for _, rendered in branches(letters, name, "fr"):
            assert not re.search(r" [:»]|« | ;", rendered.text)
            if "Civil Resolution Tribunal" in rendered.text:
                assert '<span lang="en">Civil Resolution Tribunal</span>' in rendered.html


def test_options_weigh_the_same(letters: Letters) -> None:
    """Tribunal, police, site, nothing for now: none is longer than twice another (J10, "equal weight")."""
    for name in ("options-adult", "options-youth"):
        for _, rendered in branches(letters, name, "en"):
            sizes = [len(line.split()) for line in rendered.text.split("\n") if line.startswith("- ")]
            assert len(sizes) == 4
            assert max(sizes) <= 2 * min(sizes)


def test_what_the_young_person_allows_stands_in_the_letter_and_can_do_nothing_there(
    letters: Letters, night: dict[str, datetime]
) -> None:
    allowed = "**bold** [a](mailto:x@example.net) # no\nsecond"
    fields = {"at": night["at"], "audience": Audience.MINOR, "permitted_facts": allowed}
    rendered = letters.written("guardian-info", "en", fields)
    assert "- **bold** [a](mailto:x@example.net) # no second" in rendered.text
    assert "<strong>bold" not in rendered.html
    assert "mailto:" not in re.findall(r'href="([^"]*)"', rendered.html)


def test_shipped_letters_break_no_rule_with_verified_places_either(tmp_path: Path, service: ServiceWords) -> None:
    made = Letters.load(reviewed.folder(tmp_path, places=True), service=service)
    assert {finding.letter: finding.faults for finding in findings(made) if finding.faults} == {}
    assert [finding.letter for finding in findings(made) if finding.unsent] == []


SOUND = "{} You can reply here, or call {{{{ phone }}}}. We are here {{{{ hours }}}}, {{{{ zone }}}}.\n"


@pytest.mark.parametrize(
    ("name", "words", "fault"),
    [
        ("files-received", "All is well.", None),
        ("files-received", "Your photos are locked.", "forbidden word: photo*"),
        ("files-received", "Look at example.org for more.", "it names a site, and anybody may read it"),
        ("files-received", "One. Two. Three. Four.\n\n", "a paragraph of more than 3 sentences"),
        ("files-received", "One. Two. Three.\n\nFour. Five.\n\n", "7 sentences in its discreet form; 5 at most"),
        ("files-received", "- One\n- Two\n\n", "a heading or list in its discreet form"),
        ("privacy", "All is well.", None),
        ("privacy", "You are a survivor.", "forbidden word: survivor*"),
        ("privacy", "We will remove it.", "forbidden word: we will remove"),
        ("privacy", "Your image is safe.", "forbidden word in what a locked screen shows: image*"),
        ("privacy", "You should call.", "forbidden word: should"),
        ("privacy", "A" + " word" * 19 + ".", "more than 12 words a sentence on average"),
        ("privacy", "[write](mailto:x@example.net).", "the page links to something else than a telephone number"),
    ],
)
def test_letters_check_finds_what_an_operator_s_own_file_breaks(
    tmp_path: Path, service: ServiceWords, name: str, words: str, fault: str | None
) -> None:
    (tmp_path / "en").mkdir()
    file = tmp_path / "en" / f"{name}.j2"
    file.write_text('{#\nsubject = "Reply"\n#}\n' + SOUND.format(words))
    made = Letters.load(tmp_path, service=service)
    found = next(one.faults for one in findings(made) if (one.letter, one.language) == (name, "en"))
    assert (fault in found) if fault else not [one for one in found if not one.startswith("missing")]


def test_a_letter_that_forgets_hours_or_reply_is_told_so(tmp_path: Path, service: ServiceWords) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "privacy.j2").write_text('{#\nsubject = "Hello"\n#}\nAll is well.\n')
    made = Letters.load(tmp_path, service=service)
    found = next(one.faults for one in findings(made) if (one.letter, one.language) == ("privacy", "en"))
    assert "missing: 8:30 a.m. to 4:30 p.m" in found
    assert "missing: 250-555-0199" in found
    assert "it does not say that one can reply" in found
