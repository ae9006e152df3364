"""What staff can still say about a case that was erased: nothing that would need its key."""

from __future__ import annotations

import pytest
from commands.desk import Desk

from mailbot.commands import CommandError
from mailbot.steps import Step
from storage import cases, erasure


def test_nothing_can_be_joined_to_an_erased_case(desk: Desk) -> None:
    gone, _ = desk.case_of("alex@example.net")
    about = desk.case_of("alex.two@example.org")
    with desk.house.database.transaction(Step.OPERATOR) as transaction:
        erasure.erase(transaction, gone.id, (), (), "operator:x", desk.house.clock.now())
    with pytest.raises(CommandError, match="erased"):
        desk.say(f"#join {gone.reference}", about)
    with desk.house.database.view() as view:
        assert cases.find_conversation(view, about[1].id).case_id == about[0].id
