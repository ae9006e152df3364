"""`#join REF`: two cases that are one (RULES 4 and 12)."""

from __future__ import annotations

import pytest
from commands.desk import UNTIL, Desk
from loops.house import a_reading, handle, office
from sqlalchemy import select

from mailbot.commands import CommandError
from storage import cases, followups, joins, journal, notes, outbox
from storage.schema import metadata


def test_every_sealed_column_of_a_case_is_sealed_again() -> None:
    """A table with sealed bytes of a case that `joins` forgets would be unreadable after a join."""
    wanted = {
        (table.name, column.name)
        for table in metadata.tables.values()
        if "case_id" in table.c
        for column in table.c
        if column.name.startswith("sealed_")
    }
    assert {(table.name, column.name) for table, columns in joins._SEALED for column in columns} == wanted


def test_everything_of_the_case_is_in_the_other_one_and_readable(desk: Desk) -> None:
    target, _ = desk.case_of("alex@example.net")
    about = desk.case_of("alex.two@example.org")
    row = desk.held(about[1], office(UNTIL))
    desk.say("#followup friday the canary", about)
    desk.say("#note\nprivate", about)
    (sentence,) = desk.say(f"#join {target.reference.lower()}", about)
    assert target.reference in sentence
    assert "#contact stop" in sentence
    with desk.house.database.view() as view:
        moved = cases.find_conversation(view, about[1].id)
        assert (moved.case_id, moved.address, moved.token) == (target.id, about[1].address, about[1].token)
        assert [note.text for note in notes.of_case(view, target.id)] == ["private"]
        assert "the canary" in [followups.text_of(view, one) for one in followups.of_case(view, target.id)]
        assert [len(journal.raw(view, one.id)) for one in journal.of_case(view, target.id)] == [40, 40]
        assert outbox.envelope(view, outbox.find(view, row.id))[0].to == "alex.two@example.org"
        for table in metadata.tables.values():
            if "case_id" in table.c:
                assert view.connection.execute(select(table).where(table.c.case_id == about[0].id)).first() is None
    assert (desk.case(about[0]).status, desk.case(target).status) == ("closed", "open")


def test_an_answer_to_a_letter_sent_before_joins_the_case(desk: Desk) -> None:
    target, _ = desk.case_of("alex@example.net")
    about = desk.case_of("alex.two@example.org")
    desk.say(f"#join {target.reference}", about)
    answer = a_reading("alex.two@example.org", recipients=(desk.house.desk.address.reply_address(about[1].token),))
    inbound = handle(desk.house, "requester", answer)
    with desk.house.database.view() as view:
        row = journal.find(view, inbound.id)
    assert row is not None
    assert row.case_id == target.id


def test_letters_held_for_the_address_before_stop_and_its_safety_says_nothing_of_the_new_one(desk: Desk) -> None:
    first = desk.case_of("alex@example.net")
    desk.say("#contact safe", first)
    row = desk.held(first[1], office(UNTIL))
    desk.say(f"#join {first[0].reference}", desk.case_of("alex.two@example.org"))
    assert desk.row(row.id).hold == "stopped"
    assert desk.case(first[0]).contact == "unasked"


def test_a_discreet_case_stays_discreet(desk: Desk) -> None:
    first = desk.case_of("alex@example.net")
    desk.say("#contact discreet", first)
    desk.say(f"#join {first[0].reference}", desk.case_of("alex.two@example.org"))
    assert desk.case(first[0]).contact == "discreet"


def test_from_the_same_address_nothing_stops(desk: Desk) -> None:
    first = desk.case_of("alex@example.net")
    desk.say("#contact safe", first)
    row = desk.held(first[1], office(UNTIL))
    (sentence,) = desk.say(f"#join {first[0].reference}", desk.case_of("alex@example.net"))
    assert "#contact stop" not in sentence
    assert desk.row(row.id).hold == "until"
    assert desk.case(first[0]).contact == "safe"


@pytest.mark.parametrize("typed", ["", "ABC", "ABC234 XYZ345", "ABCDE0", "case 7"])
def test_what_is_no_reference_is_refused(desk: Desk, typed: str) -> None:
    with pytest.raises(CommandError) as refused:
        desk.say(f"#join {typed}", desk.case_of("alex@example.net"))
    assert refused.value.nearest == "#join REF"


def test_a_case_is_not_joined_to_itself_or_to_none(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    for reference in (about[0].reference, "ZZZZZ9"):
        with pytest.raises(CommandError):
            desk.say(f"#join {reference}", about)
