"""Whose case it is after an act, and what an act leaves due (RULES 7)."""

from __future__ import annotations

import pytest
from loops.house import House, a_reading, handle, put
from support.mails import text_of

from mailbot.casework import ownership
from mailbot.casework.acting import Acting
from mailbot.commands import status, take
from mailbot.model import CaseStatus, Member, Purpose
from mailbot.steps import Step
from storage import cases, followups, outbox
from storage.cases import Case


def act(house: House, *commands: str, answered: bool = False, by: str = "Dana") -> Case:
    """A member's message: commands, then what follows from every act; the case as it is then."""
    member = next(one for one in house.desk.members if one.name == by)
    with house.database.transaction(Step.OPERATOR) as transaction:
        before = cases.all_cases(transaction)[0]
        (conversation,) = cases.conversations(transaction, before.id)
        inbound = put(transaction, house.clock.now(), a_reading(member.address))
        acting = Acting(member, inbound, Purpose.INSIDE, before, conversation, None, None, house.clock.now())
        for command in commands:
            if command == "take":
                take.apply(transaction, house.desk, acting, None)
            else:
                status.apply(transaction, house.desk, acting, CaseStatus(command))
        ownership.take_if_free(transaction, house.desk, acting, before, answered=answered)
        return cases.find_case(transaction, before.id)


def lines(house: House) -> list[str]:
    with house.database.view() as view:
        found = [row for row in house.outbox() if row.letter == "staff-line"]
        return [
            f"{outbox.envelope(view, row)[0].to.partition('@')[0]}: "
            + text_of(outbox.content(view, row) or b"").splitlines()[0]
            for row in found
        ]


def kinds(house: House) -> list[str]:
    with house.database.view() as view:
        return [row.kind for row in followups.of_case(view, cases.all_cases(view)[0].id)]


def owns(house: House, member: Member, case: Case) -> bool:
    return case.owner == house.database.keys.hash("member", member.key)


@pytest.fixture(autouse=True)
def _a_case(house: House) -> None:
    handle(house, "requester", a_reading())


@pytest.mark.parametrize("commands", [(), ("take",)])
def test_whoever_acts_first_or_takes_the_case_owns_it_and_the_others_get_one_line(
    house: House, commands: tuple[str, ...]
) -> None:
    case = act(house, *commands)
    assert owns(house, house.desk.members[0], case)
    assert lines(house) == ["robin: Dana has this case now."]
    act(house, *commands)
    assert len(lines(house)) == 1


def test_a_case_that_goes_from_one_member_to_another_is_told_too(house: House) -> None:
    act(house)
    act(house, "take", by="Robin")
    assert sorted(lines(house)) == ["dana: Robin has this case now.", "robin: Dana has this case now."]


def test_to_take_a_case_starts_the_silence_of_its_owner_and_an_act_ends_it(house: House) -> None:
    act(house, "take")
    assert sorted(kinds(house)) == ["first-answer", "silent"]
    act(house)
    assert kinds(house) == ["first-answer"]


def test_an_answer_leaves_the_wait_for_the_person(house: House) -> None:
    assert act(house, answered=True).status is CaseStatus.WAITING
    assert kinds(house) == ["waiting"]


def test_an_answer_that_closes_the_case_leaves_it_closed_and_nothing_due(house: House) -> None:
    assert act(house, "closed", answered=True).status is CaseStatus.CLOSED
    assert kinds(house) == []
