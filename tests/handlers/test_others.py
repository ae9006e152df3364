"""Junk, nobody's mail and machines: nobody outside is answered, no case is opened, and staff hear of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from loops.house import House, a_reading, handle, put

from mailbot.model import Automated, Bounced, Hold, OutboxState, Place, Priority, Verdict, new_secret
from mailbot.process import recognise
from mailbot.steps import Step
from storage import cases, holds, journal, outbox
from storage.outbox import Draft, Envelope, OutboxRow


def named(house: House, row: OutboxRow) -> str:
    """The Message-ID of a letter."""
    with house.database.view() as view:
        return outbox.message_id_of(view, row)


def letter(house: House) -> OutboxRow:
    """The acknowledgement of one first mail, sent."""
    handle(house, "requester", a_reading())
    (row,) = [row for row in house.outbox() if row.role == "requester"]
    with house.database.transaction(Step.OPERATOR) as transaction:
        outbox.claim(transaction, row, house.clock.now())
        outbox.move(transaction, outbox.find(transaction, row.id), OutboxState.SENT, house.clock.now())
        return outbox.find(transaction, row.id)


def force(house: House, row: OutboxRow, state: OutboxState) -> None:
    with house.database.transaction(Step.OPERATOR) as transaction:
        transaction.connection.exec_driver_sql("UPDATE outbox SET state = ? WHERE id = ?", (state, row.id))


def state(house: House, row: OutboxRow) -> str:
    with house.database.view() as view:
        return str(outbox.find(view, row.id).state)


def held_answer(house: House, row: OutboxRow) -> str:
    """An answer to the same person that waits; its id."""
    now = house.clock.now()
    with house.database.transaction(Step.OPERATOR) as transaction:
        assert row.conversation_id
        to = cases.find_conversation(transaction, row.conversation_id).address
        draft = Draft(
            "held",
            row.role,
            "answer",
            "en",
            Priority.STAFF_ANSWER,
            new_secret(),
            Envelope(to, ""),
            case_id=row.case_id,
            conversation_id=row.conversation_id,
        )
        held = str(outbox.add(transaction, draft, now))
        until = now.astimezone(house.desk.office.zone) + timedelta(hours=9)
        holds.hold_until(transaction, outbox.find(transaction, held), until, "mailbot", "held", now, Hold.UNTIL)
    return held


def report(kind: Automated = Automated.BOUNCE, to: str = "alex@example.net", **changes: object):  # type: ignore[no-untyped-def]
    return a_reading("mailer-daemon@mx.example.net", automated=kind, bounces=(Bounced(to, "5.1.1", False),), **changes)  # type: ignore[arg-type]


def return_path(house: House, row: OutboxRow) -> str:
    with house.database.view() as view:
        return outbox.envelope(view, row)[0].mail_from


@pytest.mark.parametrize("author", ["junk", "nobody", "machine"])
def test_none_of_them_opens_a_case_or_gets_an_answer_and_staff_hear_of_each(house: House, author: str) -> None:
    handle(house, author, a_reading(automated=Automated.AUTO_REPLY if author == "machine" else None))
    assert house.letters() == []
    assert len(house.told()) == 2
    with house.database.view() as view:
        assert cases.all_cases(view) == []


@pytest.mark.parametrize(
    ("author", "place", "state", "file_to"),
    [
        ("junk", Place.JUNK, "quarantined", None),
        ("nobody", Place.INBOX, "quarantined", Place.QUARANTINE),
        ("nobody", Place.JUNK, "quarantined", None),
        ("machine", Place.INBOX, "processed", Place.DONE),
    ],
)
def test_each_ends_in_its_state_and_its_copy_lies_in_its_folder(
    house: House, author: str, place: Place, state: str, file_to: Place | None
) -> None:
    inbound = handle(house, author, a_reading(automated=Automated.LIST if author == "machine" else None), place=place)
    with house.database.view() as view:
        row = journal.find(view, inbound.id)
        filing = [to for _, _, to in journal.to_file(view, "INBOX", 7, 9)]
    assert row is not None
    assert row.state == state
    assert filing == ([file_to] if file_to else [])


# Delivery reports


def test_a_bounce_is_matched_by_our_message_id_in_the_returned_part(house: House) -> None:
    row = letter(house)
    handle(house, "machine", report(reported_ids=(named(house, row).upper(),)))
    assert state(house, row) == "bounced"


def test_a_bounce_is_matched_by_the_envelope_sender_made_for_the_letter(house: House) -> None:
    row = letter(house)
    handle(house, "machine", report(recipients=(return_path(house, row),)))
    assert state(house, row) == "bounced"


def test_a_bounce_is_matched_by_the_address_written_to_where_an_alias_led_elsewhere(house: House) -> None:
    row = letter(house)
    forwarded = (Bounced("kim@example.org", "5.1.1", False, original="Alex@Example.net"),)
    reading = a_reading("mailer-daemon@mx.example.net", automated=Automated.BOUNCE, bounces=forwarded)
    handle(house, "machine", replace(reading, reported_ids=(named(house, row),)))
    assert state(house, row) == "bounced"


@pytest.mark.parametrize("about", ["kim@example.net", "alex@example.org", ""])
def test_a_bounce_of_another_recipient_changes_nothing_and_is_shown(house: House, about: str) -> None:
    row = letter(house)
    before = len(house.told())
    handle(house, "machine", report(to=about, reported_ids=(named(house, row),)))
    assert state(house, row) == "sent"
    assert len(house.told()) == before + 2


def test_a_forged_bounce_without_our_random_values_changes_nothing(house: House) -> None:
    row = letter(house)
    with house.database.view() as view:
        (case,) = cases.all_cases(view)
        token = cases.conversations(view, case.id)[0].token
    handle(house, "machine", report(reported_ids=("x@service.example",)))
    handle(house, "machine", report(recipients=(house.desk.address.reply_address(token), "help@service.example")))
    assert state(house, row) == "sent"


@pytest.mark.parametrize(
    ("kind", "temporary", "after"),
    [
        (Automated.BOUNCE, False, "bounced"),
        (Automated.BOUNCE, True, "bounced"),
        (Automated.DELAY, True, "delayed"),
        (Automated.FEEDBACK_REPORT, False, "complained"),
        (Automated.RECEIPT, False, "sent"),
        (Automated.AUTO_REPLY, False, "sent"),
        (Automated.LIST, False, "sent"),
    ],
)
def test_each_kind_of_report_does_its_own(house: House, kind: Automated, temporary: bool, after: str) -> None:
    row = letter(house)
    reading = a_reading(
        "mailer-daemon@mx.example.net",
        automated=kind,
        reported_ids=(named(house, row),),
        bounces=(Bounced("Alex@Example.net", "4.0.0", temporary),),
    )
    handle(house, "machine", reading)
    assert state(house, row) == after


@pytest.mark.parametrize(("temporary", "hold"), [(True, "until"), (False, "stopped")])
def test_a_server_that_gave_up_trying_says_nothing_against_the_address(
    house: House, temporary: bool, hold: str
) -> None:
    """A hard bounce stops what is held for the person; "not in five days" does not."""
    row = letter(house)
    held = held_answer(house, row)
    bounced = (Bounced("alex@example.net", "4.4.7" if temporary else "5.1.1", temporary),)
    handle(house, "machine", replace(report(reported_ids=(named(house, row),)), bounces=bounced))
    with house.database.view() as view:
        assert outbox.find(view, held).hold == hold


def test_a_bounce_changes_no_case_and_no_contact(house: House) -> None:
    row = letter(house)
    with house.database.view() as view:
        before = cases.all_cases(view)
    handle(house, "machine", report(reported_ids=(named(house, row),)))
    with house.database.view() as view:
        assert cases.all_cases(view) == before


@pytest.mark.parametrize("before", [OutboxState.SENDING, OutboxState.UNCERTAIN, OutboxState.QUEUED])
def test_a_report_about_a_letter_that_knows_no_such_move_is_shown_to_staff(house: House, before: OutboxState) -> None:
    """A bounce may overtake our own record of the 250."""
    row = letter(house)
    force(house, row, before)
    told = len(house.told())
    handle(house, "machine", report(reported_ids=(named(house, row),)))
    assert state(house, row) == before
    assert len(house.told()) == told + 2


def test_a_second_bounce_of_the_same_letter_troubles_nobody_again(house: House) -> None:
    row = letter(house)
    handle(house, "machine", report(reported_ids=(named(house, row),)))
    told = len(house.told())
    handle(house, "machine", report(reported_ids=(named(house, row),)))
    assert len(house.told()) == told


@pytest.mark.parametrize("author", ["dana@service.example", "help@service.example", "help+x@service.example"])
def test_a_members_vacation_reply_and_an_echo_of_ours_are_ignored(house: House, author: str) -> None:
    """A line about it would be answered by the same program, for ever (A22, A51)."""
    handle(house, "machine", a_reading(author, automated=Automated.AUTO_REPLY))
    assert house.outbox() == []


# Recognising


@pytest.mark.parametrize(
    ("place", "changes", "author"),
    [
        (Place.JUNK, {}, "junk"),
        (Place.JUNK, {"automated": Automated.BOUNCE, "verdict": Verdict.QUARANTINE}, "junk"),
        (Place.INBOX, {"verdict": Verdict.QUARANTINE, "automated": Automated.LIST}, "nobody"),
        (Place.INBOX, {"automated": Automated.BOUNCE, "from_": ()}, "machine"),
        (Place.INBOX, {"from_": ()}, "nobody"),
        (Place.INBOX, {"from_": ("a@example.net", "b@example.net")}, "nobody"),
        (Place.INBOX, {"from_": ("Dana@Service.Example",)}, "staff"),
        (Place.INBOX, {"from_": ("Help@Service.Example",)}, "staff"),
        (Place.INBOX, {"from_": ("help+anything@service.example",)}, "staff"),
        (Place.INBOX, {"from_": ("dana@service.example",), "automated": Automated.AUTO_REPLY}, "machine"),
        (Place.INBOX, {"from_": ("dana@service.example.test",)}, "requester"),
        (Place.INBOX, {"from_": ("d\u0430na@service.example",)}, "requester"),
        (Place.INBOX, {}, "requester"),
    ],
)
def test_a_message_is_somebodys_by_the_first_rule_that_applies(
    house: House, place: Place, changes: dict[str, object], author: str
) -> None:
    with house.database.transaction(Step.OPERATOR) as transaction:
        inbound = put(transaction, house.clock.now(), a_reading(**changes), place=place)
    assert recognise(house.desk, inbound) == author


@pytest.mark.parametrize(
    ("author", "reason", "handled_as"),
    [
        ("alex@example.net", "automatic-subject", "requester"),
        ("alex@example.net", "auto-submitted", "machine"),
        ("dana@service.example", "automatic-subject", "machine"),
        ("help@service.example", "automatic-subject", "machine"),
    ],
)
def test_a_subject_alone_silences_the_answer_and_hides_nobody(
    house: House, author: str, reason: str, handled_as: str
) -> None:
    reading = a_reading(author, automated=Automated.AUTO_REPLY, no_answer=reason)
    with house.database.transaction(Step.OPERATOR) as transaction:
        inbound = put(transaction, house.clock.now(), reading)
    assert recognise(house.desk, inbound) == handled_as
    if handled_as == "requester":
        handle(house, "requester", reading)
        assert house.letters() == []
        with house.database.view() as view:
            assert len(cases.all_cases(view)) == 1
