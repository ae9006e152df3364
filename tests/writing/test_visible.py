"""Hidden characters are seen."""

from __future__ import annotations

from mailbot.writing.visible import visible_name, visible_text


def test_direction_marks_and_controls_become_marks_that_can_be_seen() -> None:
    assert visible_text("a\u202eb\x00c\x1bd\u2028e\u200bf") == "a[U+202E]b␀c␛d[U+2028]e[U+200B]f"


def test_line_ends_are_one_kind_and_tabs_stay() -> None:
    assert visible_text("a\r\nb\rc\td") == "a\nb\nc\td"


def test_a_name_keeps_no_line_end_and_no_joiner() -> None:
    assert visible_name("a\nb\u200dc") == "a␊b[U+200D]c"


def test_joiners_that_a_script_needs_stay_in_running_text() -> None:
    assert visible_text("می\u200cخواهم") == "می\u200cخواهم"


def test_half_a_character_becomes_the_replacement_sign() -> None:
    assert visible_text("a\ud800b").encode() == "a\ufffdb".encode()
