"""Blocks from marks, and values that stay words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.writing.markup import Block, Span, escape, parse, plain, quoted


def test_a_letter_becomes_headings_paragraphs_lists_and_quotes() -> None:
    blocks = parse("# Do this\n\none\ntwo\n\n- a\n\n- b\n\n> as\n> is\n")
    assert [block.kind for block in blocks] == ["h1", "p", "list", "quote"]
    assert plain(blocks) == "Do this\n\none two\n\n- a\n- b\n\n> as\n> is\n"


def test_bold_links_and_foreign_names_are_looks_that_the_plain_part_leaves_out() -> None:
    blocks = parse("**Call [911](tel:911)** or [Salal]{en}.")
    assert blocks == (
        Block(
            "p",
            (
                (
                    Span("Call ", bold=True),
                    Span("911", bold=True, href="tel:911"),
                    Span(" or "),
                    Span("Salal", lang="en"),
                    Span("."),
                ),
            ),
        ),
    )
    assert plain(blocks) == "Call 911 or Salal.\n"


def test_an_action_link_shows_its_address_in_the_plain_part() -> None:
    assert plain(parse("- [Take it](mailto:in@service.example)")) == "- Take it: mailto:in@service.example\n"


@pytest.mark.parametrize("href", ["https://example.net", "javascript:x", "file:///etc", ""])
def test_a_link_to_anything_but_a_number_or_a_mail_is_refused(href: str) -> None:
    with pytest.raises(ValueError, match="neither tel"):
        parse(f"[label]({href})")


def test_bold_that_is_not_closed_is_refused() -> None:
    with pytest.raises(ValueError, match="not closed"):
        parse("**never ends")


@given(st.text())
def test_a_value_is_one_paragraph_of_plain_words_whatever_it_holds(value: str) -> None:
    blocks = parse(f"x{escape(value)}x")
    assert len(blocks) == 1
    assert blocks[0].kind == "p"
    assert len(blocks[0].lines[0]) == 1


@given(st.text())
def test_a_value_at_the_start_of_a_line_opens_no_block_of_its_own(value: str) -> None:
    assert all(block.kind == "p" for block in parse(escape(value)))


@given(st.text())
def test_received_text_is_one_quote_and_nothing_beside_it(value: str) -> None:
    blocks = parse(f"before\n\n{quoted(value)}\n\nafter")
    assert [block.kind for block in blocks] == ["p", "quote", "p"]
    assert all(line.startswith(">") for line in plain(blocks).split("\n")[2:-3])
