"""The table of phrases by language: complete, and of use (`phrases.toml`)."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from mailbot.reading import advertisement, oldmail, phrases
from mailbot.reading.phrases import Label, folded

TABLES = tomllib.loads(resources.files("mailbot.reading").joinpath("phrases.toml").read_text("utf-8"))
KEYS = {"openings", "wrote", "writing", "persons", *Label, "original", "forwarded", "devices", "above"}


@pytest.mark.parametrize("code", TABLES)
def test_a_language_has_every_kind_of_phrase(code: str) -> None:
    assert set(TABLES[code]) - {"quoting"} == KEYS
    assert all(TABLES[code][key] for key in (*Label, "wrote", "persons", "original", "forwarded", "devices"))
    assert all(folded(phrase) for found in TABLES[code].values() for phrase in found)


@pytest.mark.parametrize("code", TABLES)
def test_the_fields_and_markers_of_a_language_begin_an_old_message(code: str) -> None:
    table = TABLES[code]
    for sender, sent, to in zip(table["sender"], table["sent"], table["to"], strict=False):
        assert oldmail.is_header_block([f"{sender}: a@example.net", f"{to}: b", f"{table['subject'][0]}: c", sent], 0)
    assert all(oldmail.is_marker(f"-----{phrase}-----") for phrase in table["original"] + table["forwarded"])
    assert all(oldmail.is_marker(f"--- {phrase} ---") for phrase in table["above"])


@pytest.mark.parametrize("code", TABLES)
def test_a_telephone_advertises_itself_in_a_language(code: str) -> None:
    assert all(advertisement.is_advertisement(phrase.replace("*", "iPhone")) for phrase in TABLES[code]["devices"])


def test_letters_of_every_script_and_digit_compare_alike() -> None:
    assert folded("\u202bLE\u00a024  nov.\u200f ٢٠٢٦ ：") == "le 24 nov. 2026 :"
    assert phrases.LABELS[folded("ENVOYE\u0301")] is Label.SENT
