"""The page can be read by everybody, on every screen, and calls nobody."""

from __future__ import annotations

import re
from datetime import datetime
from html.parser import HTMLParser

import pytest

from mailbot.writing import Letters
from mailbot.writing.catalogue import CATALOGUE, samples

Fields = dict[str, datetime]
LEAST_CONTRAST = 4.5


def every_page(letters: Letters) -> dict[str, str]:
    service = letters.service
    return {
        f"{language}/{name}": letters.written(name, language, fields).html
        for name, language in letters.library.sources
        for fields in samples(CATALOGUE[name], service.opens, service.closes)
    }


def test_every_text_colour_has_contrast_in_light_and_in_dark(letters: Letters, night: Fields) -> None:
    style = letters.render("ack-night", "en", night).html.partition("<style>")[2].partition("</style>")[0]
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    for palette in (light, dark):
        colours = re.findall(r"(?<![-\w])color: (#[0-9a-f]{6})", palette)
        (background,) = set(re.findall(r"background: (#[0-9a-f]{6})", palette))
        assert len(colours) >= 3
        assert min(contrast(colour, background) for colour in colours) >= LEAST_CONTRAST


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_contrast_formula_agrees_with_its_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_language_and_direction_stand_on_the_page_and_on_its_outer_division(letters: Letters) -> None:
    for name, html in every_page(letters).items():
        language = name.partition("/")[0]
        assert f'<html lang="{language}" dir="ltr">' in html
        assert f'<div class="letter" lang="{language}" dir="ltr"' in html


def test_text_is_sixteen_pixels_at_least_with_room_between_lines(letters: Letters, night: Fields) -> None:
    html = letters.render("ack-night", "en", night).html
    assert "font-size: 16px; line-height: 1.5; overflow-wrap: anywhere" in html
    assert all(int(size) >= 16 for size in re.findall(r"font-size: (\d+)px", html))


def test_a_page_has_no_table_picture_script_font_or_form(letters: Letters) -> None:
    for html in every_page(letters).values():
        assert not re.search(r"<(table|img|script|link|iframe|form|svg|font|object|video)\b|@import|url\(", html)


def test_letters_outside_link_to_telephone_numbers_only(letters: Letters) -> None:
    for name, html in every_page(letters).items():
        schemes = set(re.findall(r'(?:href|src)="([a-z]+):', html))
        assert schemes <= ({"tel", "mailto"} if "staff" in name else {"tel"})


def test_numbers_can_be_dialled(letters: Letters, night: Fields) -> None:
    html = letters.render("ack-night", "en", night).html
    for link in (
        '<a href="tel:911">911</a>',
        '<a href="tel:+18005630808">1-800-563-0808</a>',
        '<a href="tel:+16042556344">604-255-6344</a>',
        '<a href="tel:988">9-8-8</a>',
    ):
        assert link in html


def test_an_english_name_in_a_french_letter_is_marked_as_english(letters: Letters, night: Fields) -> None:
    html = letters.written("ack-night", "fr", night).html
    assert '<span lang="en">VictimLinkBC</span>' in html
    assert "Jeunesse, J&#39;écoute" in html


def test_headings_are_real_and_none_is_skipped(letters: Letters) -> None:
    for name, html in every_page(letters).items():
        levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
        assert levels[:1] == ([1] if "staff" in name or "alert" in name else [])
        assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_every_element_is_closed(letters: Letters) -> None:
    for html in every_page(letters).values():
        balance = _Balance()
        balance.feed(html)
        assert balance.open == []


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
