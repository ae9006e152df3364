"""A person wrote: what is opened or joined, answered and told; and what STOP does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from loops.house import AT_NIGHT, BY_DAY, House, Template, a_reading, handle
from support.mails import text_of

from mailbot.model import Contact, Dmarc, Inbound, OutboxState, Place
from mailbot.steps import Step
from storage import cases, contacts, journal, outbox, tokens
from storage.cases import Case, Conversation


def last_notice(house: House) -> str:
    """The text of the newest mail to staff."""
    rows = [row for row in house.outbox() if row.role == "staff"]
    with house.database.view() as view:
        newest = max(rows, key=lambda row: row.created_at)
        return text_of(outbox.content(view, newest) or b"")


def the_case(house: House) -> Case:
    with house.database.view() as view:
        (case,) = cases.all_cases(view)
    return case


def conversation(house: House, case: Case) -> Conversation:
    with house.database.view() as view:
        (found,) = cases.conversations(view, case.id)
    return found


def reply(house: House, author: str = "alex@example.net", **changes: object) -> Inbound:
    """A message with the token of the only case, a minute later."""
    found = conversation(house, the_case(house))
    house.clock.on(minutes=1)
    to = house.desk.address.reply_address(found.token)
    return handle(house, "requester", a_reading(author, recipients=(to,), **changes))


def contact(house: House) -> Contact:
    return the_case(house).contact


def test_a_first_mail_opens_a_case_with_one_conversation_one_follow_up_one_letter_and_the_notices(
    house: House,
) -> None:
    inbound = handle(house, "requester", a_reading("Alex@Example.net", language="fr"))
    case = the_case(house)
    assert (case.status, case.language, case.contact) == ("open", "fr", "unasked")
    assert conversation(house, case).address == "alex@example.net"
    assert (house.letters(), house.told()) == (["ack-day"], ["staff-notice"] * 2)
    with house.database.view() as view:
        row = journal.find(view, inbound.id)
    assert row is not None
    assert (row.state, row.case_id, row.role) == ("processed", case.id, "requester")


def test_a_letter_takes_from_the_message_its_message_id_where_it_fits_the_grammar_and_nothing_else(
    house: House,
) -> None:
    handle(house, "requester", a_reading(message_id="abc@mail.example.net", subject="canary", text="canary"))
    house.clock.on(seconds=1)
    handle(house, "requester", a_reading("kim@example.net", message_id="a b@x\r\nBcc: evil@example.org"))
    with house.database.view() as view:
        found = [outbox.envelope(view, row)[0] for row in house.outbox() if row.role == "requester"]
    assert [one.in_reply_to for one in found] == ["abc@mail.example.net", None]
    assert "canary" not in str(found)


def test_the_letter_goes_to_the_author_with_a_token_that_joins(house: House) -> None:
    handle(house, "requester", a_reading(reply_to=("evil@example.org",), cc=("other@example.org",)))
    (row,) = [row for row in house.outbox() if row.role == "requester"]
    with house.database.view() as view:
        envelope, _ = outbox.envelope(view, row)
        secret = house.desk.address.secret_in_address(str(envelope.reply_to))
        (token,) = tokens.known(view, [str(secret)]).values()
    assert envelope.to == "alex@example.net"
    assert token.purpose == "conversation"
    assert token.conversation_id == row.conversation_id


def test_a_reply_with_the_token_joins_its_case_and_by_day_gets_no_letter(house: House) -> None:
    handle(house, "requester", a_reading())
    reply(house)
    assert house.letters() == ["ack-day"]
    assert "joined mail" in last_notice(house) or "only mail that opens a case" in last_notice(house)
    with house.database.view() as view:
        assert journal.count_of_case(view, the_case(house).id) == 2


def test_mail_to_a_closed_case_reopens_it(house: House) -> None:
    handle(house, "requester", a_reading())
    with house.database.transaction(Step.OPERATOR) as transaction:
        transaction.connection.exec_driver_sql("UPDATE \"case\" SET status = 'closed'")
    reply(house)
    assert the_case(house).status == "open"


def test_the_same_address_without_token_is_a_new_case_that_says_perhaps(house: House) -> None:
    handle(house, "requester", a_reading())
    first = the_case(house).reference
    house.clock.on(minutes=1)
    handle(house, "requester", a_reading())
    with house.database.view() as view:
        assert len(cases.all_cases(view)) == 2
    assert f"Perhaps {first}" in last_notice(house)


def test_a_token_used_from_elsewhere_looks_like_a_first_contact_and_the_cases_staff_are_told(house: House) -> None:
    handle(house, "requester", a_reading())
    old = conversation(house, the_case(house))
    reference = the_case(house).reference
    reply(house, "evil@example.org")
    assert house.letters() == ["ack-day", "ack-day"]
    assert house.told().count("alert") == 2
    with house.database.view() as view:
        found = cases.find_conversation(view, old.id)
        assert found.token != old.token
        assert tokens.known(view, [old.token])[old.token].leaked
        assert not tokens.known(view, [found.token])[found.token].leaked
        alert = next(row for row in house.outbox() if row.letter == "alert")
        assert reference in text_of(outbox.content(view, alert) or b"")


def test_what_an_outsider_sees_is_the_same_with_a_true_token_and_with_none(house: House) -> None:
    """Promise 6: only random values differ."""
    handle(house, "requester", a_reading())
    reply(house, "evil@example.org")
    handle(house, "requester", a_reading("kim@example.net"))
    with house.database.view() as view:
        rows = {outbox.envelope(view, row)[0].to: row for row in house.outbox() if row.role == "requester"}
    one, other = rows["evil@example.org"], rows["kim@example.net"]
    for name in ("letter", "priority", "state", "known", "release_wall", "created_at"):
        assert getattr(one, name) == getattr(other, name), name


def test_over_the_limit_a_day_letter_is_dropped_and_staff_read_why(house: House, template: Template) -> None:
    limited = House(template.copy_to(house.config_file.parent, more="[limits]\nautomatic_per_hour = 2"), house.clock)
    for name in ("a", "b", "c"):
        handle(limited, "requester", a_reading(f"{name}@example.net"))
        house.clock.on(seconds=1)
    assert limited.letters() == ["ack-day"]
    assert "limit of automatic letters is reached" in last_notice(limited)
    handle(limited, "requester", a_reading("d@example.net", dmarc=Dmarc.PASS))
    assert limited.letters() == ["ack-day"] * 2
    limited.close()


def test_a_night_letter_is_never_dropped_over_a_limit(house: House, template: Template) -> None:
    limited = House(template.copy_to(house.config_file.parent, more="[limits]\nautomatic_per_hour = 2"), house.clock)
    house.clock.at = AT_NIGHT
    for name in ("a", "b", "c"):
        handle(limited, "requester", a_reading(f"{name}@example.net"))
    assert limited.letters() == ["ack-night"] * 3
    limited.close()


def test_over_twenty_an_hour_strangers_wait_for_a_summary_and_known_people_do_not(house: House) -> None:
    handle(house, "requester", a_reading())
    token = conversation(house, the_case(house)).token
    for number in range(25):
        handle(house, "requester", a_reading(f"person{number}@example.net"))
    assert house.told().count("staff-notice") == 40
    handle(house, "requester", a_reading(recipients=(house.desk.address.reply_address(token),)))
    assert house.told().count("staff-notice") == 42


def test_a_message_with_a_leaked_token_in_a_flood_is_handled_like_any_other(house: House) -> None:
    """It would be put off twice, by the alert and by the notice; that must not fail."""
    handle(house, "requester", a_reading())
    token = conversation(house, the_case(house)).token
    for number in range(25):
        handle(house, "requester", a_reading(f"person{number}@example.net"))
    handle(house, "requester", a_reading("evil@example.org", recipients=(house.desk.address.reply_address(token),)))


def test_an_oversized_mail_opens_a_case_and_counts_as_quarantined(house: House) -> None:
    inbound = handle(house, "requester", a_reading(), oversized=True)
    with house.database.view() as view:
        row = journal.find(view, inbound.id)
        assert row is not None
        assert (row.state, row.reason) == ("quarantined", "oversized")
        assert journal.to_file(view, "INBOX", 7, 9) == [(row.id, row.uid, Place.QUARANTINE)]
    assert house.letters() == ["ack-oversized"]


# STOP


def test_stop_from_who_has_the_token_silences_for_ever_and_retires_every_token(house: House) -> None:
    handle(house, "requester", a_reading())
    before = conversation(house, the_case(house))
    reply(house, reply="STOP", text="STOP")
    assert house.states() == [OutboxState.CANCELLED]
    assert contact(house) is Contact.STOPPED
    assert "do not write to this address" in last_notice(house)
    with house.database.view() as view:
        assert contacts.is_stopped(view, "alex@example.net", BY_DAY + timedelta(days=999))
        assert tokens.known(view, [before.token])[before.token].retired_at is not None
    reply(house)
    assert house.states() == [OutboxState.CANCELLED]


def test_stop_with_dmarc_pass_is_believed_without_a_token(house: House) -> None:
    handle(house, "requester", a_reading(reply="STOP", dmarc=Dmarc.PASS))
    assert house.letters() == []
    assert contact(house) is Contact.STOPPED


def test_an_unproven_stop_silences_for_a_day_and_staff_decide(house: House) -> None:
    handle(house, "requester", a_reading(reply="Stop."))
    assert house.letters() == []
    assert contact(house) is Contact.UNASKED
    assert re.search(r"24\s+hours", last_notice(house))
    with house.database.view() as view:
        assert contacts.is_stopped(view, "alex@example.net", BY_DAY + timedelta(hours=23))
        assert not contacts.is_stopped(view, "alex@example.net", BY_DAY + timedelta(hours=24))


def test_an_unproven_stop_retires_no_token(house: House) -> None:
    handle(house, "requester", a_reading())
    before = conversation(house, the_case(house))
    handle(house, "requester", a_reading(reply="STOP"))
    with house.database.view() as view:
        assert tokens.known(view, [before.token])[before.token].retired_at is None


def test_a_stop_that_fails_authentication_is_an_ordinary_message(house: House) -> None:
    handle(house, "requester", a_reading(reply="STOP", dmarc=Dmarc.FAIL))
    with house.database.view() as view:
        assert not contacts.is_stopped(view, "alex@example.net", BY_DAY)


def test_a_stop_retires_the_tokens_of_every_conversation_with_the_address(house: House) -> None:
    for _ in range(25):
        handle(house, "requester", a_reading())
    handle(house, "requester", a_reading(reply="STOP", dmarc=Dmarc.PASS))
    with house.database.view() as view:
        live = "SELECT count(*) FROM token WHERE purpose = 'conversation' AND retired_at IS NULL"
        assert view.connection.exec_driver_sql(live).scalar() == 0


@pytest.mark.parametrize("at", [BY_DAY, AT_NIGHT])
def test_a_stopped_address_gets_nothing_by_day_or_at_night_and_staff_are_told(house: House, at: object) -> None:
    house.clock.at = at  # type: ignore[assignment]
    with house.database.transaction(Step.OPERATOR) as transaction:
        contacts.stop(transaction, "alex@example.net", None, "cause", BY_DAY)
    handle(house, "requester", a_reading("ALEX@example.net"))
    assert house.letters() == []
    assert house.told() == ["staff-notice"] * 2
