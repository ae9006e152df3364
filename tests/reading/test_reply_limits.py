"""What holds for the new words of any text: nothing vanishes, and the work grows with the length alone (A34, A47).

Work is counted in calls, never timed; a pattern that went back over its text would keep a test from ending at all.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailbot.reading import html, reply
from mailbot.reading.reply import Kind, kinds_of, split

HOSTILE = {
    "fields": "From:\n",
    "fields with addresses": "From: a@example.net\n\n",
    "openings": "On On On 24 Nov 2026\n",
    "attributions": "On 24 Nov 2026 at 10:00 Kim <a@example.net> wrote:\n",
    "attributions above words": "On 24 Nov 2026 at 10:00 Kim wrote:\nwords\n",
    "telling": "he he he he he he he he he wrote:\n",
    "verbs": "Kim kirjoitti 24 kirjoitti 24 kirjoitti 24 kirjoitti 24:\n",
    "open brackets": "< wrote:\n",
    "quote marks": ">\n",
    "answers": "> question\nanswer\n",
    "signatures": "--\nKim\n",
    "rules": "_____\nName: value\n",
    "markers in no language": "-----Bericht-----\n",
    "devices": "Sent from my iPhone\n",
    "devices above quotes": "Sent from somewhere\n> old\n",
    "code": "```\n",
    "empty lines": "\n",
}


def calls(text: str) -> int:
    """How many functions, of Python and of C, dividing a text calls."""
    count = 0

    def on_event(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        split(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_four_times_the_lines_are_four_times_the_work(unit: str) -> None:
    few, many = calls(unit * 500), calls(unit * 2_000)
    assert many <= 5 * few


@pytest.mark.parametrize(
    "text",
    [
        "From:\n" * 20_000,
        "On " * 50_000,
        ">" * 1_000_000,
        (">" * 70 + "\n") * 14_000,
        ">\n" * 100_000,
        "a" * 1_000_000,
        " " * 1_000_000 + ":",
        "On 1 " + "wrote " * 150_000 + ":",
        "On 24 Nov 2026 <" + "a@" * 400_000 + "> wrote:",
        "-" * 1_000_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_a_megabyte_made_to_cost_is_divided_like_any_other(text: str) -> None:
    written = split(text)
    assert len(written.words) + sum(map(len, written.cut)) <= len(text) + 10 * len(written.cut)


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 200_000,
        "<blockquote>" * 20_000 + "x",
        "<div class=yahoo_quoted>" * 900 + "x<blockquote>y</blockquote>",
        "<div class=yahoo_quoted>x<blockquote>y</blockquote></div>" * 15_000,
        "<hr id=zwchr>" * 50_000,
    ],
)
def test_a_page_made_of_marks_alone_is_read_to_its_end(markup: str) -> None:
    text, _ = html.text_of_page(f"{markup}<p>end</p>")
    assert "end" in text


PIECES = st.sampled_from(
    [
        "",
        "Yes.",
        "> old",
        ">",
        ">:",
        "> wrote:",
        "--",
        "-- ",
        "```",
        "|",
        "_" * 47,
        "-----Original Message-----",
        "From: Kim <kim@example.net>",
        "Sent: Tuesday",
        "To: me",
        "Subject: x",
        "Kim wrote:",
        "he wrote:",
        "Kim",
        "<",
        "On Tue, Nov 24, 2026 at 10:00 AM Kim <kim@example.net> wrote:",
        "<kim@example.net> wrote:",
        "24.11.2026",
        "Sent from my iPhone",
        "Kim <kim@example.net> schrieb am Di., 24.",
        "Nov. 2026 um 10:00:",
        ">>> Kim 1/2/2026 10:00 >>>",
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=30)), max_size=25))
@example(["Yes.", "", "On Tue, Nov 24, 2026 at 10:00 AM Kim", "", "<", "mailto:kim@example.net", "> wrote:", "", "old"])
def test_every_line_is_new_or_shown_as_cut(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    written = split(text)
    told = "\n".join((written.words, *written.cut)).split("\n")
    for line in text.split("\n"):
        assert not line.strip() or line.rstrip() in told or any(line.rstrip() in one for one in told)
    assert written.words or written.in_context == text.strip("\n")


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=12))
def test_words_below_a_quote_are_kept_where_all_that_is_old_bears_marks(pieces: list[str]) -> None:
    lines = [*pieces, "> old", "Nobody has answered me."]
    kinds = kinds_of(lines)
    assert kinds[-1] is Kind.WORDS or Kind.OLD in kinds


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters=":：>＞|-_=*~–—#`@<0123456789\n\r"), max_size=300))
def test_words_without_a_mark_are_never_touched(text: str) -> None:
    sentence = f"x {text} zz"
    assert split(sentence).words == sentence.rstrip()


def test_what_is_behind_thousands_of_marks_is_kept() -> None:
    text = "1:\n" * 5_000 + "On 24 Nov 2026 at 10:00 Kim <kim@example.net> wrote:\nNobody has answered me."
    assert split(text).words.endswith("Nobody has answered me.")
    assert reply.split("--\n" * 5_000 + "Nobody has answered me.").words.endswith("Nobody has answered me.")
