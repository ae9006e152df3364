"""The `#` lines of a message: what is a command, what is a slip, and that a slip does nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops.house import BY_DAY, VANCOUVER

from mailbot.commands import CommandError, Moment
from mailbot.commands.lines import Lines, Parsed, keeps_rest, parse_all, split
from scheduler import Office

MOMENT = Moment(BY_DAY, Office(VANCOUVER))
ID, OTHER = "a2abcdefghijklmn", "b2abcdefghijklmn"


def parsed(words: str) -> tuple[Parsed, ...]:
    return parse_all(split(words), MOMENT)


@pytest.mark.parametrize(("words", "commands", "rest"), [
    ("", (), ""),
    ("Hello Alex,\n\nyes.", (), "Hello Alex,\n\nyes."),
    ("#take", ("#take",), ""),
    ("\n\n#take\n\n#status open\n\nHello,\n\nyes.\n", ("#take", "#status open"), "Hello,\n\nyes."),
    ("#send\u00a0now \r\nHello", ("#send now",), "Hello"),
    ("\ufeff#hold until 2026\u201312\u201301 10:30\nHi", ("#hold until 2026-12-01 10:30",), "Hi"),
    ("Hello\n#1 is done", (), "Hello\n#1 is done"),
    ("#take\n  Indented \u2018words\u2019 stay", ("#take",), "  Indented \u2018words\u2019 stay"),
])  # fmt: skip
def test_lines_at_the_very_top_are_commands_and_the_rest_stays_as_typed(
    words: str, commands: tuple[str, ...], rest: str
) -> None:
    assert split(words) == Lines(commands, rest)


@pytest.mark.parametrize(("first", "nearest"), [
    ("#nte hello", "#note TEXT"),
    ("# note", "#note TEXT"),
    ("#Take,", "#take"),
    ("#take.", "#take"),
    ("#sendnow", "#send now [ID]"),
    ("#1 priority is your safety", "#help"),
    ("#", "#help"),
    ("note:", "#note TEXT"),
    ("Note: she called", "#note TEXT"),
    ("/take", "#take"),
    ("/ take", "#take"),
    ("!tkae", "#take"),
    ("\\#take", "#take"),
    ("\uff03take", "#take"),
    ("\uff03 note hello", "#note TEXT"),
    ("*#take*", "#take"),
    ("- #take", "#take"),
    ("\u2022 # take", "#take"),
    ("take", "#take"),
    ("Take", "#take"),
    ("send now", "#send now [ID]"),
    ("Hold until friday", "#hold until WHEN [ID]"),
    ("call tomorrow 9:00", "#call WHEN"),
    ("status closed", "#status open|waiting|closed"),
    ("contact stop", "#contact safe|discreet|stop|resume"),
])  # fmt: skip
def test_a_slip_in_the_first_line_is_refused_with_the_nearest_form(first: str, nearest: str) -> None:
    for words in (first, f"{first}\nHello Alex,", f"#take\n{first}\nHello"):
        with pytest.raises(CommandError) as refused:
            parsed(words)
        assert refused.value.nearest == nearest
        assert refused.value.line


@pytest.mark.parametrize("words", [
    "Hello Alex,\nwe can call you tomorrow.",
    "Note that we are closed on Friday.",
    "Take care,\nDana",
    "Call us when you can.",
    "Help is on its way.",
    "Send now what you have.",
    "Hold on.",
    "(We are here.)",
    "- one thing\n- another",
    "250-555-0199 is our number.",
    "Contact us at any time.",
    "Please answer\n#1 when\n#2 where",
    "\u00c9crivez-nous.",
])  # fmt: skip
def test_an_answer_to_a_person_is_no_slip(words: str) -> None:
    assert parsed(words) == ()


@pytest.mark.parametrize("words", ["Hello,\n#send now", "Hello,\n\n  #Cancel", "#take\nHello\n#note x", "Hi\n#canel"])
def test_a_command_below_the_top_is_refused(words: str) -> None:
    with pytest.raises(CommandError, match="very top"):
        parsed(words)


def test_words_are_known_in_any_letter_case() -> None:
    assert [one.command.word for one in parsed("#TAKE\n#Send Now\nHello")] == ["take", "send"]


def test_a_note_keeps_everything_below_it() -> None:
    (note,) = parsed("#note\nCall her on friday.\n\nShe asked.")
    assert note.arguments == "Call her on friday.\n\nShe asked."
    assert keeps_rest([note])
    assert parsed("#note called\ntwice")[0].arguments == "called\ntwice"
    assert not keeps_rest(parsed("#take\nHello"))


def test_a_note_may_begin_like_a_command() -> None:
    assert parsed("#note\nCall tomorrow 9:00")[0].arguments == "Call tomorrow 9:00"


@pytest.mark.parametrize("words", [
    "#send now\n#hold until friday\nHello",
    "#send now\n#send now\nHello",
    f"#send now {ID}\n#cancel {ID}",
    "#send now\n#cancel",
    "#take\n#take",
    "#status open\n#status closed",
])  # fmt: skip
def test_two_commands_that_contradict_each_other_are_refused(words: str) -> None:
    with pytest.raises(CommandError):
        parsed(words)


@pytest.mark.parametrize("words", [
    f"#send now\n#cancel {ID}\nHello",
    "#send now\n#cancel\nHello",
    f"#send now {ID}\n#cancel {OTHER}",
    "#followup friday one\n#followup friday two",
    f"#release {ID}\n#release {OTHER}",
])  # fmt: skip
def test_commands_about_different_things_go_together(words: str) -> None:
    assert len(parsed(words)) == 2


def test_the_wrong_line_is_named_whichever_it_is() -> None:
    with pytest.raises(CommandError) as refused:
        parsed("#take\n#followup tomorrow 9 call\n#status open")
    assert refused.value.line == "#followup tomorrow 9 call"
    assert refused.value.nearest == "#followup tomorrow 9:00 TEXT"


@pytest.mark.parametrize("words", [
    "#canary", "#contact canary", "#help canary", "#hold until canary", "#send canary", "#call canary", "/take canary",
])  # fmt: skip
def test_what_was_typed_is_not_in_the_text_of_the_error(words: str) -> None:
    """It may end in a log."""
    with pytest.raises(CommandError) as refused:
        parsed(words)
    assert "canary" not in str(refused.value)
    assert "canary" in refused.value.line


@given(st.text(alphabet=st.sampled_from("#/note takeshld \n\u00a0\uff03:.19"), max_size=40))
def test_no_message_that_begins_with_a_number_sign_is_taken_for_an_answer_alone(words: str) -> None:
    try:
        found = parsed(words)
    except CommandError:
        return
    first = next((line.strip() for line in words.splitlines() if line.strip()), "")
    assert found or not first.startswith(("#", "\uff03", "/take"))
