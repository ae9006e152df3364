"""`#merge` and `#unmerge`: two cases made one and taken apart again; walls stay (LETTERS J5, G9; RULES 12)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from commands.desk import Desk
from loops.house import a_reading, handle
from sqlalchemy import select

from mailbot.casework import erasing
from mailbot.commands import CommandError
from mailbot.steps import Step
from storage import cases, erasure, journal, notes, records
from storage.cases import Case, Conversation
from storage.records import Kind
from storage.schema import metadata

ALEX, WORK = "alex@example.net", "alex.work@example.org"
About = tuple[Case, Conversation]


def code_of(desk: Desk, case: About, target: About) -> str:
    (said,) = desk.say(f"#merge {target[0].reference}", case)
    found = re.search(rf"^#merge {target[0].reference} ([A-Z2-7]{{16}})$", said, re.MULTILINE)
    assert found
    assert case[0].reference in said
    return found[1]


def merge(desk: Desk, case: About, target: About) -> str:
    (said,) = desk.say(f"#merge {target[0].reference} {code_of(desk, case, target)}", case)
    return said


def unmerge(desk: Desk, target: About, words: str = "#unmerge") -> str:
    (said,) = desk.say(words, target)
    return said


def of_case(desk: Desk, case: Case) -> dict[str, set[Any]]:
    """The ids of every row that a case has."""
    with desk.house.database.view() as view:
        return {
            table.name: set(view.connection.execute(select(table.c.id).where(table.c.case_id == case.id)).scalars())
            for table in metadata.tables.values()
            if "case_id" in table.c and "id" in table.c
        }


def two_cases(desk: Desk) -> tuple[About, About]:
    case, target = desk.case_of(WORK), desk.case_of(ALEX)
    desk.say("#note\nof the first\n", case)
    desk.say("#followup friday the canary", case)
    desk.say("#consent yes tribunal", case)
    desk.say("#talk tribunal registry@tribunal.example", case)
    desk.say("#note\nof the second\n", target)
    return case, target


def test_nothing_changes_before_the_code_comes_back_and_it_works_once(desk: Desk) -> None:
    case, target = two_cases(desk)
    before = of_case(desk, target[0])
    code = code_of(desk, case, target)
    assert of_case(desk, target[0]) == before
    noor = desk.member("Noor")
    with pytest.raises(CommandError, match="code"):
        desk.say(f"#merge {target[0].reference} {code}", case, by=noor)
    with pytest.raises(CommandError, match="code"):
        desk.say(f"#merge {case[0].reference} {code}", target)
    desk.say(f"#merge {target[0].reference} {code.lower()}", case)
    assert desk.case(case[0]).status == "closed"


def test_everything_is_in_the_other_case_and_apart_again_each_has_what_it_had(desk: Desk) -> None:
    case, target = two_cases(desk)
    before = of_case(desk, case[0]), of_case(desk, target[0])
    code = code_of(desk, case, target)
    desk.house.clock.on(minutes=1)
    said = desk.say(f"#merge {target[0].reference} {code}", case)[0]
    assert f"#unmerge {case[0].reference}" in said
    assert not any(of_case(desk, case[0]).values())
    with desk.house.database.view() as view:
        assert {note.text for note in notes.of_case(view, target[0].id)} == {"of the first", "of the second"}
        assert len(cases.conversations(view, target[0].id)) == 3
        assert [one.kind for one in records.of_case(view, target[0].id)] == [Kind.CONSENT]
        assert all(len(journal.raw(view, row.id)) == 40 for row in journal.of_case(view, target[0].id))

    desk.house.clock.on(minutes=1)
    unmerge(desk, target)
    assert (of_case(desk, case[0]), of_case(desk, target[0])) == before
    assert (desk.case(case[0]).status, desk.case(target[0]).status) == ("open", "open")
    with desk.house.database.view() as view:
        assert [note.text for note in notes.of_case(view, case[0].id)] == ["of the first"]
        assert cases.find_conversation(view, case[1].id).address == WORK


def test_what_came_meanwhile_stays_with_its_conversation_and_what_staff_wrote_stays_in_the_case(desk: Desk) -> None:
    case, target = two_cases(desk)
    merge(desk, case, target)
    desk.house.clock.on(minutes=1)
    reply_to = desk.house.desk.address.reply_address(case[1].token)
    inbound = handle(desk.house, "requester", a_reading(WORK, recipients=(reply_to,)))
    desk.say("#note\nwritten since\n", target)
    unmerge(desk, target)
    with desk.house.database.view() as view:
        row = journal.find(view, inbound.id)
        assert row is not None
        assert (row.case_id, len(journal.raw(view, row.id))) == (case[0].id, 40)
        assert [note.text for note in notes.of_case(view, target[0].id)] == ["of the second", "written since"]


def test_a_message_moved_away_meanwhile_stays_where_it_was_moved(desk: Desk) -> None:
    case, target = two_cases(desk)
    third = desk.case_of(WORK)
    merge(desk, case, target)
    with desk.house.database.view() as view:
        (row,) = journal.of_conversation(view, case[1].id)
    desk.say(f"#move {row.id} {third[0].reference}", (target[0], case[1]))
    unmerge(desk, target)
    with desk.house.database.view() as view:
        moved = journal.find(view, row.id)
        assert moved is not None
        assert moved.case_id == third[0].id
        assert len(journal.raw(view, row.id)) == 40


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("safe", "safe", "safe"),
        ("safe", "discreet", "discreet"),
        ("discreet", "safe", "discreet"),
        ("safe", "", "unasked"),
        ("", "safe", "unasked"),
        ("stop", "safe", "unasked"),
    ],
)
def test_of_two_the_more_careful_holds_and_apart_again_each_its_own(
    desk: Desk, one: str, other: str, both: str
) -> None:
    case, target = two_cases(desk)
    for word, about in ((one, case), (other, target)):
        if word:
            desk.say(f"#contact {word}", about)
    before = desk.case(case[0]).contact, desk.case(target[0]).contact
    desk.house.clock.on(minutes=1)
    merge(desk, case, target)
    assert desk.case(target[0]).contact == both
    desk.house.clock.on(minutes=1)
    unmerge(desk, target)
    assert (desk.case(case[0]).contact, desk.case(target[0]).contact) == before


def test_a_warning_said_while_they_were_one_is_kept_for_both(desk: Desk) -> None:
    case, target = two_cases(desk)
    desk.say("#contact safe", case)
    desk.say("#contact safe", target)
    merge(desk, case, target)
    desk.house.clock.on(minutes=1)
    desk.say("#contact discreet", target)
    assert "changed its contact" in unmerge(desk, target)
    assert (desk.case(case[0]).contact, desk.case(target[0]).contact) == ("discreet", "discreet")


def test_a_young_person_stays_one_and_the_stream_comes_back(desk: Desk) -> None:
    case, target = two_cases(desk)
    desk.say("#stream youth age 17", case)
    desk.house.clock.on(minutes=1)
    merge(desk, case, target)
    assert desk.case(target[0]).stream == "youth"
    unmerge(desk, target)
    assert (desk.case(case[0]).stream, desk.case(target[0]).stream) == ("youth", "unknown")


def guardian_by_refusal(desk: Desk, young: About, _other: About) -> None:
    desk.say(f"#guardian refuse {ALEX}", young)


def guardian_by_permission(desk: Desk, young: About, _other: About) -> None:
    desk.say(f"#guardian permit {ALEX}", young)


def guardian_by_facts(desk: Desk, _young: About, other: About) -> None:
    desk.say("#facts shared child", other)


def adult_and_young(desk: Desk, young: About, other: About) -> None:
    desk.say("#stream youth age 12", young)
    desk.say("#stream adult age 45", other)


@pytest.mark.parametrize("how", [guardian_by_refusal, guardian_by_permission, guardian_by_facts, adult_and_young])
@pytest.mark.parametrize("word", ["join", "merge"])
@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
def test_a_child_s_case_and_a_guardian_s_stay_two(desk: Desk, how: Any, word: str, turned: bool) -> None:
    young, other = desk.case_of(WORK), desk.case_of(ALEX)
    how(desk, young, other)
    case, target = (other, young) if turned else (young, other)
    before = of_case(desk, target[0])
    with pytest.raises(CommandError):
        desk.say(f"#{word} {target[0].reference}", case)
    assert of_case(desk, target[0]) == before


def test_two_cases_of_one_parent_may_be_one(desk: Desk) -> None:
    first, second = desk.case_of(ALEX), desk.case_of(ALEX)
    desk.say("#facts shared child", first)
    desk.say(f"#join {first[0].reference}", second)
    assert desk.case(second[0]).status == "closed"


def test_only_what_was_merged_into_this_case_is_taken_out(desk: Desk) -> None:
    case, target = two_cases(desk)
    with pytest.raises(CommandError, match="No case was merged"):
        unmerge(desk, target)
    merge(desk, case, target)
    third = desk.case_of("third@example.org")
    with pytest.raises(CommandError):
        unmerge(desk, target, f"#unmerge {third[0].reference}")
    merge(desk, third, target)
    with pytest.raises(CommandError, match="Several"):
        unmerge(desk, target)
    unmerge(desk, target, f"#unmerge {case[0].reference}")
    unmerge(desk, target)
    with pytest.raises(CommandError, match="No case was merged"):
        unmerge(desk, target)


def test_a_merged_case_is_erased_with_the_other_and_one_taken_out_again_is_not(desk: Desk) -> None:
    case, target = two_cases(desk)
    merge(desk, case, target)
    with desk.house.database.view() as view:
        assert erasure.with_sources(view, target[0].id) == [target[0].id, case[0].id]
    unmerge(desk, target)
    now = desk.house.clock.now()
    with desk.house.database.transaction(Step.OPERATOR) as transaction:
        assert erasing.erase(transaction, cases.find_case(transaction, target[0].id), "x", now, quarantined=False)
        assert erasure.is_erased(transaction, target[0].id)
        assert not erasure.is_erased(transaction, case[0].id)
