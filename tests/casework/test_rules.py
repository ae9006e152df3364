"""The rules of follow-ups: an operator can change them, and every mistake is named before one is used."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from loops.house import House, StandingClock, Template, office

import mailbot
from mailbot.casework import rules
from mailbot.casework.rules import EVENTS, Span
from mailbot.errors import ConfigError
from scheduler import Office
from scheduler.zone import zone

OFFICE = Office(zone("America/Vancouver"))
RIGHT = """
[[rule]]
name = "quiet"
starts = ["mail from the person"]
after = "3 office hours"
ends = ["answered"]
tells = "pool"
words = "Nobody has answered for three office hours."
"""


def test_the_rules_that_ship_are_those_the_service_promised() -> None:
    found = {rule.name: (rule.after.count, rule.after.unit, rule.tells) for rule in rules.load(None).all}
    assert found == {
        "first-answer": (1, "business day", "owner"),
        "first-answer-late": (1, "business day", "supervisors"),
        "urgent-morning": (1, "office minute", "pool"),
        "urgent": (15, "office minute", "pool"),
        "silent": (2, "office hour", "pool"),
        "silent-late": (2, "office hour", "supervisors"),
        "waiting": (10, "business day", "owner"),
    }


def test_only_the_first_answer_stands_in_the_first_line_of_a_notice() -> None:
    assert [rule.name for rule in rules.load(None).all if rule.first_line] == ["first-answer", "first-answer-late"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"quiet"', '"staff"', r"rule 1 \(staff\): name = 'staff': expected small letters"),
        ('"quiet"', '"Two words"', r"name = 'Two words': expected small letters"),
        ('"quiet"', "3", r"name = 3: expected small letters"),
        ('"3 office hours"', '"0 office hours"', r"rule 1 \(quiet\): after = '0 office hours': expected a number"),
        ('"3 office hours"', '"3 hours"', r"after = '3 hours': expected a number .* as \"1 business day\""),
        ('"3 office hours"', "3", r"after = 3: expected a number"),
        ('"pool"', '"everybody"', r"tells = 'everybody': expected owner, pool or supervisors"),
        ('["answered"]', "[]", r"ends = \[\]: expected a list of case opened"),
        ('["answered"]', '"answered"', r"ends = 'answered': expected a list of"),
        ('["answered"]', '["answer"]', r"ends = \['answer'\]: expected a list of"),
        ('["mail from the person"]', '["told nobody"]', r"starts = 'told nobody': expected told and one of quiet"),
        ('["mail from the person"]', '["morning"]', r"starts = \['morning'\]: expected a list of"),
        ("words = ", "word = ", r"words is missing: expected a sentence"),
        ("tells = ", 'colour = "red"\ntells = ', r"colour = 'red': no such key; expected name, starts"),
        ("[[rule]]", "[rule]", r"expected nothing but tables \[\[rule\]\]"),
        ("[[rule]]", "[[rules]]", r"rules: expected nothing but tables \[\[rule\]\]"),
        ("[[rule]]", "[[rule", r"expected TOML"),
        ("hours.", "hours.\\n", r"words = .*: expected a sentence"),
    ],
)
def test_a_mistake_is_named_by_file_rule_key_value_and_what_was_expected(old: str, new: str, complaint: str) -> None:
    rules.parse(RIGHT)
    with pytest.raises(ConfigError, match=r"^followups\.toml: .*" + complaint):
        rules.parse(RIGHT.replace(old, new, 1))


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"rule 2: name = 'quiet': expected a name of its own"):
        rules.parse(RIGHT + RIGHT)


def test_no_rules_at_all_is_an_operators_choice() -> None:
    assert rules.parse("").all == ()


def test_an_operators_file_replaces_ours_whole_and_is_no_misspelt_letter(
    template: Template, tmp_path: Path, clock: StandingClock
) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "followups.toml").write_text(RIGHT)
    house = House(template.copy_to(tmp_path, more=f'[templates]\ndir = "{folder}"'), clock)
    assert [rule.name for rule in house.desk.rules.all] == ["quiet"]
    (folder / "followups.toml").write_text(RIGHT.replace("pool", "nobody"))
    with pytest.raises(ConfigError, match=r"tells = 'nobody'"):
        rules.load(folder)
    house.close()


def test_our_own_file_is_the_example_that_an_operator_copies(tmp_path: Path) -> None:
    with (files("templates") / "followups.toml").open("rb") as ours, (tmp_path / "followups.toml").open("wb") as copy:
        shutil.copyfileobj(ours, copy)
    assert rules.load(tmp_path) == rules.load(None)


def test_every_key_and_event_is_documented() -> None:
    text = (Path(mailbot.__file__).parent.parent / "docs/followups.md").read_text()
    words = ("told NAME", "business day", "office hour", "owner", "pool", "supervisors")
    assert [word for word in (*rules.Rule.model_fields, *EVENTS, *words) if f"`{word}`" not in text] == []


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2026-11-24 10:00", Span(1, "business day"), "2026-11-25 10:00"),
        ("2026-11-24 23:10", Span(1, "business day"), "2026-11-26 08:30"),
        ("2026-11-27 16:30", Span(1, "business day"), "2026-12-01 08:30"),
        ("2026-12-24 15:00", Span(1, "business day"), "2026-12-29 15:00"),
        ("2026-11-24 15:30", Span(2, "office hour"), "2026-11-25 09:30"),
        ("2026-11-24 10:00", Span(15, "office minute"), "2026-11-24 10:15"),
        ("2026-11-24 16:20", Span(15, "office minute"), "2026-11-25 08:35"),
        ("2026-11-24 23:10", Span(1, "office minute"), "2026-11-25 08:31"),
        ("2026-11-28 12:00", Span(2, "office hour"), "2026-11-30 10:30"),
        ("2027-01-04 10:00", Span(10, "business day"), "2027-01-18 10:00"),
    ],
)
def test_a_span_is_office_time(start: str, span: Span, end: str) -> None:
    assert span.end(office(start), OFFICE) == office(end)
