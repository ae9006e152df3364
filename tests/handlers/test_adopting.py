"""A mail that went to a member's own address becomes the first message of its author's case (docs/decisions)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest
from commands.desk import Desk
from loops.fixtures import clock, database, house, template
from loops.house import House, a_reading, handle, put

from mailbot import compose
from mailbot.casework import erasing
from mailbot.commands import CommandError
from mailbot.model import JournalState
from mailbot.steps import Step
from storage import cases, erasure, journal
from storage.cases import Case
from storage.journal import End, JournalRow

__all__ = ["clock", "database", "house", "template"]
KIM = "kim@example.com"


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    with compose.build_reader(house.config) as reader:
        house.desk = replace(house.desk, read=reader.read, open_file=reader.attachment)
        yield Desk(house)


def original(author: str = KIM) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = author, "dana@service.example", "Are you the one from the help line"
    mail["Message-ID"] = "<kim.1@mail.example.com>"
    mail["Authentication-Results"] = "mx.service.example; dmarc=pass header.from=example.com"
    mail.set_content("I found your address. Somebody threatens me.")
    return mail


def passed_on(desk: Desk, *mails: EmailMessage, author: str = "dana@service.example", reason: str = "") -> str:
    """A member's mail with commands and these mails attached, as it ended; its id."""
    carrier = EmailMessage()
    carrier["From"], carrier["To"], carrier["Subject"] = author, "help@service.example", "Fwd: Are you"
    carrier.set_content(f"#new {KIM}\n")
    for mail in mails:
        carrier.add_attachment(mail)
    now = desk.house.clock.now()
    with desk.house.database.transaction(Step.PROCESS_MESSAGE) as transaction:
        inbound = put(transaction, now, a_reading(author), raw=carrier.as_bytes() + secrets.token_hex(8).encode())
        row = journal.find(transaction, inbound.id)
        assert row is not None
        journal.end(transaction, row, End(JournalState.PROCESSED, reason or "staff command"), now)
    return inbound.id


def only_case(desk: Desk) -> Case:
    with desk.house.database.view() as view:
        (case,) = cases.all_cases(view)
        return case


def messages(desk: Desk, case: Case) -> list[JournalRow]:
    with desk.house.database.view() as view:
        return [row for row in journal.of_case(view, case.id) if row.conversation_id]


def test_the_original_is_the_first_message_of_the_case_and_nothing_leaves(desk: Desk) -> None:
    carrier = passed_on(desk, original())
    (said,) = desk.say(f"#new {KIM} with {carrier}", None)
    assert "Nothing proves who wrote it." in said
    assert "Somebody threatens me." in said
    (row,) = messages(desk, only_case(desk))
    assert (row.reason, row.state, row.role) == ("adopted", "processed", "requester")
    with desk.house.database.view() as view:
        assert b"Somebody threatens me." in journal.raw(view, row.id)
        assert journal.message_id_of(view, row) == "kim.1@mail.example.com"
    assert desk.house.letters() == []
    (shown,) = desk.say(f"#show {only_case(desk).reference}", None)
    assert (
        f"Passed on by staff, it came Tuesday, November 24, 2026, at 10:00 a.m., Pacific time, message {row.id}"
        in shown
    )
    assert "Somebody threatens me." in shown


def test_the_mail_that_carried_it_belongs_to_the_case_too_and_is_erased_with_it(desk: Desk) -> None:
    carrier = passed_on(desk, original())
    desk.say(f"#new {KIM} with {carrier}", None)
    case = only_case(desk)
    with desk.house.database.view() as view:
        found = journal.find(view, carrier)
        assert found is not None
        assert found.case_id == case.id
        assert journal.raw(view, carrier)
    with desk.house.database.transaction(Step.OPERATOR) as transaction:
        assert erasing.erase(transaction, case, "operator:x", desk.house.clock.now(), quarantined=False)
    with desk.house.database.view() as view:
        assert erasure.is_erased(view, case.id)
        with pytest.raises(LookupError):
            journal.raw(view, carrier)


def test_it_is_adopted_once(desk: Desk) -> None:
    carrier = passed_on(desk, original())
    desk.say(f"#new {KIM} with {carrier}", None)
    with pytest.raises(CommandError, match="adopted already"):
        desk.say(f"#new {KIM} with {carrier}", None)


def test_the_same_mail_sent_to_the_service_itself_is_answered_as_any(desk: Desk) -> None:
    carrier = passed_on(desk, original())
    desk.say(f"#new {KIM} with {carrier}", None)
    identity = desk.house.desk.read(original().as_bytes()).identity
    handle(desk.house, "requester", a_reading(KIM, identity=identity))
    assert desk.house.letters() == ["ack-day"]


def test_a_mail_that_came_to_the_service_itself_has_its_case(desk: Desk) -> None:
    identity = desk.house.desk.read(original().as_bytes()).identity
    handle(desk.house, "requester", a_reading(KIM, identity=identity))
    with pytest.raises(CommandError, match="came to the service itself") as refused:
        desk.say(f"#new {KIM} with {passed_on(desk, original())}", None)
    assert refused.value.nearest == f"#show {only_case(desk).reference}"


@pytest.mark.parametrize(
    ("mails", "how"),
    [
        ([], {}),
        ([original(), original("lee@example.org")], {}),
        ([original("lee@example.org")], {}),
        ([original()], {"author": "robin@service.example"}),
        ([original()], {"reason": "staff mail without proof"}),
        ([original()], {"author": "mallory@example.org"}),
    ],
    ids=["none", "two", "another author", "a colleague's", "not proved", "an outsider's"],
)
def test_what_is_not_clearly_one_mail_of_that_person_from_this_member_is_refused(
    desk: Desk, mails: list[EmailMessage], how: dict[str, str]
) -> None:
    with pytest.raises(CommandError):
        desk.say(f"#new {KIM} with {passed_on(desk, *mails, **how)}", None)
    with desk.house.database.view() as view:
        assert cases.all_cases(view) == []
