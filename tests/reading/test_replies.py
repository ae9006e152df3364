"""What people newly wrote, in mails of many programs and languages, with the right answer beside each (`replies/`)."""

from __future__ import annotations

import tomllib
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from reading.build import mail, read

PLAIN = "text/plain; charset=utf-8"
NEW = "Yes, please call me.\n\nKim"
OLD = "One of our own old lines."


def corpus(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "replies" / f"{name}.toml").read_text("utf-8"))


def answer(body: str, kind: str = PLAIN) -> str:
    """The reply of a mail, as it is compared: blank space folded."""
    return folded(read(mail(f"Content-Type: {kind}", "Content-Transfer-Encoding: 8bit", body=body)).reply)


def folded(text: str) -> str:
    return " ".join(text.split())


ATTRIBUTIONS = corpus("attributions")
MAILS = corpus("mails")
PAGES = corpus("pages")
MARKERS = corpus("markers")


@pytest.mark.parametrize("line", [pytest.param(*one, id=name) for name, *one in ATTRIBUTIONS["certain"].items()])
def test_an_attribution_is_known_above_quote_marks_above_a_bare_message_and_on_top(line: str) -> None:
    assert answer(f"{NEW}\n\n{line}\n\n> {OLD}\n>\n> The service\n") == folded(NEW)
    assert answer(f"{NEW}\n\n{line}\n\n{OLD}\n\nThe service\n") == folded(NEW)
    assert answer(f"{line}\n> {OLD}\n\n{NEW}\n") == folded(NEW)


@pytest.mark.parametrize("line", [pytest.param(*one, id=name) for name, *one in ATTRIBUTIONS["quoted"].items()])
def test_a_line_like_a_persons_words_is_an_attribution_above_quote_marks_alone(line: str) -> None:
    assert answer(f"{NEW}\n\n{line}\n\n> {OLD}\n") == folded(NEW)
    assert answer(f"{NEW}\n\n{line}\n\n{OLD}\n") == folded(f"{NEW} {line} {OLD}")


@pytest.mark.parametrize("names", [pytest.param(names, id=language) for language, names in corpus("headers").items()])
def test_a_block_of_header_fields_begins_an_old_message_in_every_dress(names: list[str]) -> None:
    values = ["Support <help@service.example>", "2026-11-24 10:00", "Kim Doe <kim@example.net>", "Your message"]
    for rule, star, colon in product(("", "_" * 32 + "\n", "-" * 40 + "\n\n"), ("", "*"), (":", " :", "：")):
        fields = (f"{star}{name}{colon}{star} {value}" for name, value in zip(names, values, strict=True))
        assert answer(f"{NEW}\n\n{rule}{chr(10).join(fields)}\n\n{OLD}\n\nFrom the service.\n") == folded(NEW)


@pytest.mark.parametrize("marker", MARKERS.values(), ids=MARKERS)
def test_a_marker_begins_an_old_message(marker: str) -> None:
    assert answer(f"{NEW}\n\n{marker}\n\n{OLD}\n\nThe service\n") == folded(NEW)


@pytest.mark.parametrize("line", corpus("devices")["lines"])
def test_a_device_that_advertises_itself_is_cut_where_words_end(line: str) -> None:
    assert answer(f"{NEW}\n\n{line}\n") == folded(NEW)
    assert answer(f"{NEW}\n{line}\n\n> {OLD}\n") == folded(NEW)
    assert answer(f"{NEW}\n\n-- \n{line}\n") == folded(NEW)
    assert answer(f"{line}\n\n{NEW}\n") == folded(f"{line} {NEW}")


@pytest.mark.parametrize("entry", MAILS.values(), ids=MAILS)
def test_a_mail_says_what_its_sender_newly_wrote(entry: dict[str, str]) -> None:
    assert answer(entry["mail"], entry.get("type", PLAIN)) == folded(entry["answer"])


@pytest.mark.parametrize("old", PAGES["old"].values(), ids=PAGES["old"])
def test_a_page_marks_its_old_message(old: str) -> None:
    page = f"<head><style>p{{margin:0}}</style></head><div>Yes, please <b>call</b> me.</div><p>Kim &amp; co</p>{old}"
    assert answer(page, "text/html; charset=utf-8") == "Yes, please call me. Kim & co"


@pytest.mark.parametrize("entry", PAGES["whole"].values(), ids=PAGES["whole"])
def test_a_page_says_what_its_sender_newly_wrote(entry: dict[str, str]) -> None:
    assert answer(entry["page"], "text/html; charset=utf-8") == folded(entry["answer"])
