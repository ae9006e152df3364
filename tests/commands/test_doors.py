"""Conversations that staff open: after a call, with an office by consent, with a guardian by permission."""

from __future__ import annotations

import pytest
from commands.desk import Desk
from loops.house import a_reading, put

from mailbot.casework import answers
from mailbot.casework.joining import decide
from mailbot.commands import CommandError
from mailbot.model import Dmarc, Role
from mailbot.steps import Step
from storage import cases, records, tokens
from storage.cases import Case, Conversation
from storage.records import Kind


def talks(desk: Desk, case: Case) -> list[tuple[str, str]]:
    with desk.house.database.view() as view:
        return [(one.role, one.address) for one in cases.conversations(view, case.id)]


def with_role(desk: Desk, case: Case, role: Role) -> Conversation:
    with desk.house.database.view() as view:
        return next(one for one in cases.conversations(view, case.id) if one.role is role)


def only_case(desk: Desk) -> Case:
    with desk.house.database.view() as view:
        (case,) = cases.all_cases(view)
        return case


def test_a_case_opened_after_a_call_is_its_member_s_and_nothing_leaves(desk: Desk) -> None:
    (said,) = desk.say("#new <Kim@example.com>", None)
    case = only_case(desk)
    assert case.reference in said
    assert talks(desk, case) == [("requester", "kim@example.com")]
    with desk.house.database.view() as view:
        assert case.owner == view.keys.hash("member", "dana@service.example")
    assert desk.house.letters() == []
    assert desk.house.told() == ["staff-door"]


@pytest.mark.parametrize(
    "typed", ["", "kim", "kim@example.com platform", "help@service.example", "dana@service.example"]
)
def test_no_case_is_opened_for_what_is_no_address_outside(desk: Desk, typed: str) -> None:
    with pytest.raises(CommandError):
        desk.say(f"#new {typed}", None)
    with desk.house.database.view() as view:
        assert cases.all_cases(view) == []


def test_what_is_sent_to_the_door_reaches_that_correspondent(desk: Desk) -> None:
    desk.say("#new registry@tribunal.example tribunal", None)
    (row,) = desk.house.outbox()
    with desk.house.database.view() as view:
        found = view.connection.exec_driver_sql("SELECT purpose, conversation_id FROM token WHERE member_hash NOT NULL")
        doors = {tuple(one) for one in found}
    assert ("answer", row.conversation_id) in doors


def test_an_office_is_talked_to_only_by_consent_for_it(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#consent yes police", about)
    with pytest.raises(CommandError) as refused:
        desk.say("#talk tribunal registry@tribunal.example", about)
    assert refused.value.nearest == "#consent yes tribunal"
    desk.say("#consent yes tribunal", about)
    desk.say("#talk tribunal registry@tribunal.example", about)
    assert ("tribunal", "registry@tribunal.example") in talks(desk, about[0])


def test_a_consent_taken_back_closes_that_way(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#consent yes c3p", about)
    desk.house.clock.on(seconds=1)
    desk.say("#consent no c3p", about)
    with pytest.raises(CommandError):
        desk.say("#talk agency intake@agency.example", about)


@pytest.mark.parametrize(
    ("author", "dmarc", "joins"),
    [
        ("robot@tribunal.example", Dmarc.NONE, True),
        ("registry@tribunal.example", Dmarc.FAIL, False),
        ("registry@tribunal.example.net", Dmarc.PASS, False),
        ("registry@sub.tribunal.example", Dmarc.PASS, False),
    ],
)
def test_an_office_may_answer_from_another_desk_of_its_domain(
    desk: Desk, author: str, dmarc: Dmarc, joins: bool
) -> None:
    desk.say("#new registry@tribunal.example tribunal", None)
    conversation = with_role(desk, only_case(desk), Role.TRIBUNAL)
    with desk.house.database.view() as view:
        shown = tokens.known(view, [conversation.token])
    found = decide(a_reading(author, dmarc=dmarc), shown.values(), {conversation.id: conversation})
    assert (found.conversation == conversation) is joins


def test_a_guardian_is_written_to_only_while_the_young_person_permits_it(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#guardian permit mum@example.org that help exists until friday", about)
    guardian = with_role(desk, about[0], Role.GUARDIAN)

    def permitted() -> bool:
        with desk.house.database.view() as view:
            return answers.guardian_permitted(view, guardian, desk.house.clock.now())

    assert permitted()
    with desk.house.database.view() as view:
        (found,) = records.of_case(view, about[0].id, Kind.GUARDIAN)
    assert found.value == {"answer": "yes", "what": "that help exists"}
    assert found.until is not None
    desk.house.clock.at = found.until
    assert not permitted()


def test_one_word_takes_a_permission_back_and_stops_what_waits(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#guardian permit mum@example.org", about)
    guardian = with_role(desk, about[0], Role.GUARDIAN)
    row = desk.held(guardian, desk.house.clock.now().astimezone(desk.house.desk.office.zone))
    desk.say("#guardian refuse mum@example.org", about)
    assert (desk.row(row.id).hold, desk.row(row.id).release_wall) == ("stopped", None)
    with desk.house.database.view() as view:
        assert not answers.guardian_permitted(view, guardian, desk.house.clock.now())


def test_a_member_s_answer_to_a_guardian_without_permission_is_refused(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#guardian permit mum@example.org", about)
    guardian = with_role(desk, about[0], Role.GUARDIAN)
    desk.house.clock.on(seconds=1)
    desk.say("#guardian refuse mum@example.org", about)
    with desk.house.database.transaction(Step.PROCESS_MESSAGE) as transaction:
        inbound = put(transaction, desk.house.clock.now(), a_reading("dana@service.example"))
        acting = desk._acting(transaction, inbound, (desk.case(about[0]), guardian), desk.dana, None, None)
        with pytest.raises(CommandError, match="permission"):
            answers.submit(transaction, desk.house.desk, acting, guardian, "Hello.")


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("250-555-0100 weekdays 10 to 12", {"number": "250-555-0100", "hours": "weekdays 10 to 12", "voicemail": "no"}),
        (
            "+1 250 555 0100 evenings voicemail yes",
            {"number": "+1 250 555 0100", "hours": "evenings", "voicemail": "yes"},
        ),
    ],
)
def test_a_number_is_kept_with_its_safe_hours(desk: Desk, typed: str, value: dict[str, str]) -> None:
    about = desk.case_of("alex@example.net")
    desk.say(f"#contact phone {typed}", about)
    with desk.house.database.view() as view:
        (found,) = records.of_case(view, about[0].id, Kind.PHONE)
    assert found.value == value


@pytest.mark.parametrize("typed", ["", "250-555-0100", "call me", "250-555-0100 voicemail yes"])
def test_a_number_without_safe_hours_is_refused(desk: Desk, typed: str) -> None:
    with pytest.raises(CommandError):
        desk.say(f"#contact phone {typed}", desk.case_of("alex@example.net"))
