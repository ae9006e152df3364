"""What acknowledgements say, in both languages, at every hour."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import pytest
from readsight import ReadSight

from mailbot.errors import ConfigError, OurError
from mailbot.writing import Letters, ServiceWords

Fields = dict[str, datetime]
Clock = Callable[[str, str, str], Fields]
ACKNOWLEDGEMENTS = ("ack-day", "ack-night", "ack-oversized")
LANGUAGES = ("en", "fr")


def test_the_night_letter_says_the_model_of_the_house(letters: Letters, night: Fields) -> None:
    text = letters.render("ack-night", "en", night).text
    assert text.startswith("We received your message. A person on our team will read it.\n\n")
    assert (
        "Our office was closed when it came. We open on Wednesday, November 25, 2026, at 8:30 a.m., Pacific time. "
        "We will answer as soon as we can after that."
    ) in text
    assert "If it is not safe to write to you here, reply with only the word STOP." in text
    assert "We will then send nothing more to this address." in text
    assert text.endswith("This first answer is automatic. The next one will come from a person.\n")


@pytest.mark.parametrize("name", ACKNOWLEDGEMENTS)
def test_every_acknowledgement_carries_911_first_and_then_four_lines(
    letters: Letters, name: str, night: Fields, day: Fields
) -> None:
    text = letters.render(name, "en", night if name == "ack-night" else day).text
    numbers = ["911", "1-800-563-0808", "604-255-6344", "1-877-392-7583", "1-800-668-6868", "686868", "9-8-8"]
    places = [text.index(number) for number in numbers]
    assert places == sorted(places)
    assert "Salal: 604-255-6344 or 1-877-392-7583, for women and gender-diverse people." in text
    assert "If you feel you cannot go on: call or text 9-8-8." in text


@pytest.mark.parametrize("name", ACKNOWLEDGEMENTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_acknowledgement_says_hours_number_stop_and_that_it_is_automatic(
    letters: Letters, name: str, language: str, night: Fields, day: Fields
) -> None:
    text = letters.written(name, language, night if name == "ack-night" else day).text.replace("\u00a0", " ")
    for words in {"en": ("8:30 a.m. to 4:30 p.m.", "automatic"), "fr": ("de 8 h 30 à 16 h 30", "automatique")}[
        language
    ]:
        assert words in text
    assert "STOP" in text
    assert "250-555-0199" in text


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-11-24 08:30:00", False),
        ("2026-11-24 15:30:00", False),
        ("2026-11-24 15:30:01", True),
        ("2026-11-24 16:29:59", True),
    ],
)
def test_the_day_letter_tells_the_next_opening_only_within_an_hour_of_closing(
    letters: Letters, at: str, told: bool, clock: Clock
) -> None:
    text = letters.render("ack-day", "en", clock(at, "2026-11-25 08:30", "2026-11-24 16:30")).text
    assert ("Wednesday, November 25, 2026, at 8:30 a.m., Pacific time" in text) is told
    assert "open on Tuesday, November 24, 2026, from 8:30 a.m. to 4:30 p.m., Pacific time" in text


def test_the_letter_of_a_friday_evening_names_monday(letters: Letters, clock: Clock) -> None:
    friday = clock("2026-11-27 16:30:00", "2026-11-30 08:30", "2026-11-30 16:30")
    assert "We open on Monday, November 30, 2026, at 8:30 a.m." in letters.render("ack-night", "en", friday).text


def test_the_letter_for_oversized_mail_fits_day_and_night(letters: Letters, night: Fields, day: Fields) -> None:
    for fields, words in ((night, "was closed when it came"), (day, "open on Tuesday")):
        text = letters.render("ack-oversized", "en", fields).text
        assert "too large to open. Please write again in a few words, with no files." in text
        assert words in text


@pytest.mark.parametrize("name", ACKNOWLEDGEMENTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_outside_names_the_service_or_repeats_its_address(
    letters: Letters, name: str, language: str, service: ServiceWords, day: Fields
) -> None:
    rendered = letters.written(name, language, day)
    for part in (rendered.subject, rendered.text, rendered.html):
        assert service.name not in part
        assert service.address not in part


def test_without_a_telephone_number_the_letters_leave_it_out(
    letters: Letters, service: ServiceWords, day: Fields
) -> None:
    silent = letters.with_service(replace(service, telephone=None))
    for name in ACKNOWLEDGEMENTS:
        text = silent.render(name, "en", day).text
        assert "250-555" not in text
        assert "None" not in text


@pytest.mark.parametrize("name", ACKNOWLEDGEMENTS)
def test_the_subject_is_the_same_for_everybody(letters: Letters, name: str, day: Fields) -> None:
    assert letters.render(name, "en", day).subject == "We received your message"


@pytest.mark.parametrize("name", ACKNOWLEDGEMENTS)
def test_english_letters_read_at_grade_six_and_french_ones_at_seventy(
    letters: Letters, name: str, night: Fields, day: Fields, tmp_path: Path
) -> None:
    fields = night if name == "ack-night" else day
    english, french = (_sentences(letters.written(name, language, fields).text) for language in LANGUAGES)
    assert ReadSight("en-us", cache_dir=str(tmp_path)).flesch_kincaid_grade_level(english).score <= 6
    assert ReadSight("fr", cache_dir=str(tmp_path)).flesch_reading_ease(french).score >= 70


def _sentences(text: str) -> str:
    """Help lines are left out, as the rule says."""
    return "\n".join(line for line in text.split("\n") if not line.startswith("- "))


def test_a_letter_that_does_not_exist_is_our_own_mistake(letters: Letters, day: Fields) -> None:
    with pytest.raises(OurError, match="no letter is called"):
        letters.render("ack-nigth", "en", day)


def test_fields_are_a_closed_list(letters: Letters, day: Fields) -> None:
    odd: list[dict[str, object]] = [{}, {**day, "subject": "hello"}, {**day, "at": "now"}]
    for fields in odd:
        with pytest.raises(OurError):
            letters.render("ack-day", "en", fields)


def test_an_instant_without_a_zone_is_refused(letters: Letters, day: Fields) -> None:
    with pytest.raises(OurError, match="zone"):
        letters.render("ack-day", "en", {**day, "at": datetime(2026, 11, 24)})  # noqa: DTZ001


def test_the_same_words_give_the_same_letter_from_second_to_second(
    letters: Letters, night: Fields, clock: Clock
) -> None:
    later = clock("2026-11-24 23:10:59", "2026-11-25 08:30", "2026-11-25 16:30")
    assert letters.render("ack-night", "en", night) is letters.render("ack-night", "en", later)


def test_an_unreviewed_french_letter_is_never_sent(letters: Letters, night: Fields) -> None:
    rendered = letters.render("ack-night", "fr", night)
    assert rendered == letters.render("ack-night", "en", night)
    assert rendered.language == "en"


@pytest.mark.parametrize("language", ["fr", "fr-CA", "FR"])
def test_a_reviewed_french_letter_is_sent(reviewed: Path, language: str, service: ServiceWords, night: Fields) -> None:
    rendered = Letters.load(reviewed, service=service).render("ack-night", language, night)
    assert rendered.language == "fr"
    assert rendered.subject == "Nous avons reçu votre message"
    assert re.search(r"le mercredi 25 novembre 2026, à 8\sh\s30, heure du Pacifique", rendered.text)
    assert '<html lang="fr" dir="ltr">' in rendered.html


def test_a_french_letter_stays_in_the_drawer_once_the_english_has_changed(
    reviewed: Path, service: ServiceWords, night: Fields, day: Fields
) -> None:
    (reviewed / "en").mkdir()
    (reviewed / "en" / "ack-night.j2").write_text('{#\nsubject = "We received your message"\n#}\nWe have it.\n')
    letters = Letters.load(reviewed, service=service)
    assert letters.render("ack-night", "fr", night).text == "We have it.\n"
    assert letters.render("ack-day", "fr", day).language == "fr"


def test_a_language_without_letters_gets_english_and_its_one_reviewed_sentence(
    tmp_path: Path, service: ServiceWords, night: Fields
) -> None:
    _interpreters(tmp_path, 'sentence = "VictimLinkBC ਪੰਜਾਬੀ 1-800-563-0808"\nreviewed_on = 2026-11-20')
    rendered = Letters.load(tmp_path, service=service).render("ack-night", "pa", night)
    assert rendered.language == "en"
    assert rendered.text.endswith("\n\nVictimLinkBC ਪੰਜਾਬੀ 1-800-563-0808\n")
    assert '<p lang="pa" dir="ltr">' in rendered.html


def test_a_sentence_that_nobody_reviewed_is_left_out(tmp_path: Path, service: ServiceWords, night: Fields) -> None:
    _interpreters(tmp_path, 'sentence = "VictimLinkBC ਪੰਜਾਬੀ 1-800-563-0808"')
    assert "ਪੰਜਾਬੀ" not in Letters.load(tmp_path, service=service).render("ack-night", "pa", night).text


def _interpreters(folder: Path, table: str) -> None:
    ours = (files("templates") / "lines.toml").read_text(encoding="utf-8")
    (folder / "lines.toml").write_text(f"{ours}\n[interpreters.pa]\n{table}\n", encoding="utf-8")


def test_files_ship_without_a_review_and_lines_without_a_check(letters: Letters, night: Fields, day: Fields) -> None:
    assert {"en/ack-day.j2", "fr/ack-night.j2"} <= set(letters.unreviewed())
    lines = [f"lines.toml: {name}" for name in ("victimlinkbc", "salal", "kids-help-phone", "9-8-8")]
    assert set(lines) <= set(letters.unverified())
    assert {"law.toml: apply_alone_from", "resources.toml: bc-211"} <= set(letters.unverified())


def test_a_broken_edit_keeps_the_last_good_version_in_use(tmp_path: Path, service: ServiceWords, day: Fields) -> None:
    letters = Letters.load(tmp_path, service=service)
    before = letters.render("ack-day", "en", day)
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "ack-day.j2").write_text('{#\nsubject = "x"\n#}\n{{ oops }}\n')
    with pytest.raises(ConfigError, match=r"en/ack-day\.j2: line 4: unknown field 'oops'"):
        letters.reload()
    assert letters.render("ack-day", "en", day) == before
    (tmp_path / "en" / "ack-day.j2").write_text('{#\nsubject = "x"\n#}\nMended.\n')
    letters.reload()
    assert letters.render("ack-day", "en", day).text == "Mended.\n"
