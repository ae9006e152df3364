"""`#move MESSAGE REF`: one message goes into the case where it belongs, and across no wall (promise 4, RULES 12)."""

from __future__ import annotations

import pytest
from commands.desk import UNTIL, Desk
from loops.house import a_reading, handle, office
from sqlalchemy import update

from mailbot.commands import CommandError
from mailbot.model import Role
from mailbot.steps import Step
from storage import cases, journal, sealing
from storage.cases import Case, Conversation, case_key
from storage.journal import JournalRow
from storage.schema import journal as table
from storage.schema import outbox

ALEX = "alex@example.net"


def came(desk: Desk, conversation: Conversation) -> list[JournalRow]:
    with desk.house.database.view() as view:
        return journal.of_conversation(view, conversation.id)


def talks(desk: Desk, case: Case) -> list[Conversation]:
    with desk.house.database.view() as view:
        return cases.conversations(view, case.id)


def test_a_message_moves_into_its_author_s_conversation_under_the_key_of_that_case(desk: Desk) -> None:
    right, wrong = desk.case_of(ALEX), desk.case_of(ALEX)
    (row,) = came(desk, wrong[1])
    (said,) = desk.say(f"#move {row.id} {right[0].reference}", wrong)
    assert f"The message is in {right[0].reference} now." in said
    assert "#status closed" in said, "nothing is left in the other case"
    moved = came(desk, right[1])[-1]
    assert (moved.id, moved.case_id) == (row.id, right[0].id)
    assert came(desk, wrong[1]) == []
    with desk.house.database.view() as view:
        assert len(journal.raw(view, row.id)) == 40
        assert journal.message_id_of(view, moved) is not None
        wrapped = view.connection.execute(table.select().where(table.c.id == row.id)).one().wrapped_key
        assert sealing.unwrap_with(case_key(view, right[0].id), wrapped)
    assert "message.moved" in [act for _, act in desk.acts()]
    assert {"staff-door", "staff-line"} <= set(desk.house.told())


def test_without_a_conversation_with_its_author_one_is_opened_and_the_person_there_is_left_alone(desk: Desk) -> None:
    right, wrong = desk.case_of("other@example.org"), desk.case_of(ALEX)
    desk.say("#contact safe", right)
    (row,) = came(desk, wrong[1])
    desk.say(f"#move {row.id} {right[0].reference}", wrong)
    assert {one.address for one in talks(desk, right[0])} == {"other@example.org", ALEX}
    assert len(came(desk, right[1])) == 1, "no mail of Alex among those of the other person"
    assert desk.case(right[0]).contact == "unasked"


def test_what_staff_were_told_of_it_goes_along_and_a_reply_to_that_is_the_right_case_s(desk: Desk) -> None:
    right, wrong = desk.case_of(ALEX), desk.case_of(ALEX)
    (row,) = came(desk, wrong[1])
    desk.say(f"#move {row.id} {right[0].reference}", wrong)
    notices = [one for one in desk.house.outbox() if one.letter == "staff-notice" and one.cause == row.id]
    assert {one.conversation_id for one in notices} == {right[1].id}
    with desk.house.database.view() as view:
        found = view.connection.exec_driver_sql("SELECT conversation_id, outbox_id FROM token WHERE purpose = 'answer'")
        doors = [tuple(one) for one in found]
    assert {conversation for conversation, letter in doors if letter in {one.id for one in notices}} == {right[1].id}


def test_an_answer_that_waits_for_a_moved_message_stops(desk: Desk) -> None:
    right, wrong = desk.case_of(ALEX), desk.case_of(ALEX)
    (row,) = came(desk, wrong[1])
    held = desk.held(wrong[1], office(UNTIL))
    with desk.house.database.transaction(Step.OPERATOR) as transaction:
        transaction.connection.execute(update(outbox).where(outbox.c.id == held.id).values(answers=row.id))
    desk.say(f"#move {row.id} {right[0].reference}", wrong)
    assert desk.row(held.id).hold == "stopped"


def test_mail_of_an_office_goes_only_where_that_office_is_talked_to(desk: Desk) -> None:
    first, second = desk.case_of(ALEX), desk.case_of("kim@example.org")
    for about, address in ((first, "registry@tribunal.example"), (second, "robot@tribunal.example")):
        desk.say("#consent yes tribunal", about)
        desk.say(f"#talk tribunal {address}", about)
    office_of = {
        about[0].id: next(one for one in talks(desk, about[0]) if one.role is Role.TRIBUNAL)
        for about in (first, second)
    }
    reply_to = desk.house.desk.address.reply_address(office_of[first[0].id].token)
    inbound = handle(desk.house, "requester", a_reading("registry@tribunal.example", recipients=(reply_to,)))
    third = desk.case_of("lee@example.com")
    with pytest.raises(CommandError, match="no conversation with this tribunal"):
        desk.say(f"#move {inbound.id} {third[0].reference}", first)
    desk.say(f"#move {inbound.id} {second[0].reference}", first)
    assert [row.id for row in came(desk, office_of[second[0].id])] == [inbound.id]


def test_only_a_message_of_this_case_that_came_from_outside_is_moved(desk: Desk) -> None:
    right, wrong = desk.case_of(ALEX), desk.case_of("kim@example.org")
    (foreign,) = came(desk, right[1])
    for message in (foreign.id, "a" * 16):
        with pytest.raises(CommandError, match="No message of this case"):
            desk.say(f"#move {message} {right[0].reference}", wrong)
    with desk.house.database.transaction(Step.OPERATOR) as transaction:
        transaction.connection.exec_driver_sql("UPDATE journal SET conversation_id = NULL WHERE role IS NOT NULL")
    with pytest.raises(CommandError, match="mail of staff"):
        desk.say(f"#move {foreign.id} {wrong[0].reference}", right)


def test_nothing_moves_between_a_young_person_s_case_and_a_guardian_s(desk: Desk) -> None:
    young, guardian = desk.case_of(ALEX), desk.case_of("mum@example.org")
    desk.say("#stream youth age 12", young)
    desk.say("#guardian refuse mum@example.org", young)
    (row,) = came(desk, guardian[1])
    with pytest.raises(CommandError, match="Neither is told of the other"):
        desk.say(f"#move {row.id} {young[0].reference}", guardian)
    assert [one.role for one in talks(desk, young[0])] == [Role.REQUESTER]


@pytest.mark.parametrize("typed", ["", "ABC234", "m2abcdefghijkl22", "m2abcdefghijkl22 ABC", "m2abcdefghijkl22 A B"])
def test_a_line_without_message_and_case_is_refused(desk: Desk, typed: str) -> None:
    with pytest.raises(CommandError) as refused:
        desk.say(f"#move {typed}", desk.case_of(ALEX))
    assert refused.value.nearest.startswith("#move ")
