"""Letters to a person as a browser shows them: at a telephone's width and a screen's, light and dark (LETTERS,
"Looks").

Several letters stand on one page, one below the other as they are, since each start of a browser costs seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from support import browser

from mailbot.writing import Letters
from mailbot.writing.catalogue import BY_HAND, CATALOGUE, samples
from mailbot.writing.measures import words_of_text

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]
SAMPLE = ("safety-check", "options-adult", "referral-youth", "guardian-info", "resources", "crt-apply")
LEAST_CONTRAST = 4.5
LOOKS = [(320, False), (320, True), (1280, False), (1280, True)]


def one_page(letters: Letters, names: Iterable[str], language: str) -> tuple[str, str]:
    """The pages of several letters as one, and what their plain parts say."""
    service, full = letters.service, letters.as_if_verified()
    rendered = [
        full.written(name, language, samples(CATALOGUE[name], service.opens, service.closes)[0]) for name in names
    ]
    head, _, rest = rendered[0].html.partition("<body>")
    bodies = [re.search(r"<body>(.*)</body>", one.html, re.DOTALL) for one in rendered]
    page = head + "<body>" + "".join(body[1] for body in bodies if body) + "</body></html>"
    assert rest
    return page, "\n".join(one.text for one in rendered)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.parametrize("language", ["en", pytest.param("fr", marks=pytest.mark.deep)])
@pytest.mark.parametrize("names", [SAMPLE, pytest.param(tuple(BY_HAND), marks=pytest.mark.deep)], ids=["some", "all"])
def test_letters_can_be_read_on_every_screen(
    letters: Letters, names: tuple[str, ...], language: str, width: int, dark: bool
) -> None:
    browser.require()
    page, text = one_page(letters, names, language)
    seen = browser.look(page, width, dark=dark)
    assert seen.contrast >= LEAST_CONTRAST
    assert seen.sideways == 0
    assert seen.headings == []
    assert seen.size >= 16
    assert (seen.errors, seen.requests) == ((), ())
    assert {link.partition(":")[0] for link in seen.links} == {"tel"}
    assert seen.text.split() == words_of_text(text)


def test_twice_the_letters_size_needs_no_sideways_scrolling(letters: Letters) -> None:
    """Text at 200 percent on a telephone, as people with weak eyes set it."""
    browser.require()
    page, _ = one_page(letters, SAMPLE, "en")
    large = re.sub(r"font-size: (\d+)px", lambda size: f"font-size: {2 * int(size[1])}px", page)
    assert browser.look(large, 320).sideways == 0
