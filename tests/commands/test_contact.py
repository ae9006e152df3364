"""`#contact`: how plainly, whether at all, and where to (RULES 4, LETTERS J4)."""

from __future__ import annotations

import re

import pytest
from commands.desk import UNTIL, Desk
from loops.house import a_reading, handle, office

from mailbot.casework import letters
from mailbot.casework.acting import who
from mailbot.commands import CommandError
from mailbot.model import Member
from mailbot.steps import Step
from storage import cases, contacts, journal, tokens

NEW = "alex.new@example.org"


def stopped(desk: Desk, address: str) -> bool:
    with desk.house.database.view() as view:
        return contacts.is_stopped(view, address, desk.house.clock.now())


def code_of(desk: Desk, about: object, *, by: Member | None = None) -> str:
    (sentence,) = desk.say(f"#contact change {NEW}", about, by=by)  # type: ignore[arg-type]
    found = re.search(rf"^#contact change {re.escape(NEW)} ([A-Z2-7]{{16}})$", sentence, re.MULTILINE)
    assert found
    return found[1]


@pytest.mark.parametrize("word", ["safe", "discreet"])
def test_how_plainly_mail_may_speak_is_set_with_the_member_s_name(desk: Desk, word: str) -> None:
    about = desk.case_of("alex@example.net")
    desk.say(f"#contact {word}", about)
    assert desk.case(about[0]).contact == word
    with desk.house.database.view() as view:
        assert (who(view, desk.dana), "case.contact") in desk.acts()


def test_stop_silences_cancels_what_is_automatic_and_stops_what_is_held(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    row = desk.held(about[1], office(UNTIL))
    assert desk.house.letters() == ["ack-day", "answer"]
    desk.say("#contact stop", about)
    assert stopped(desk, "alex@example.net")
    assert desk.case(about[0]).contact == "stopped"
    assert desk.house.states() == ["cancelled", "held"]
    assert (desk.row(row.id).hold, desk.row(row.id).release_wall) == ("stopped", None)
    with desk.house.database.view() as view:
        (token,) = tokens.known(view, [about[1].token]).values()
        assert token.retired_at is not None
        assert (who(view, desk.dana), "contact.stopped") in desk.acts()


@pytest.mark.parametrize("words", ["#send now", "#hold until friday"])
def test_nothing_is_sent_to_a_stopped_address_until_it_is_resumed(desk: Desk, words: str) -> None:
    about = desk.case_of("alex@example.net")
    row = desk.held(about[1], office(UNTIL))
    desk.say("#contact stop", about)
    with pytest.raises(CommandError) as refused:
        desk.say(words, about)
    assert refused.value.nearest == "#contact resume"
    desk.say(f"#contact resume\n{words}", about)
    assert desk.row(row.id).hold != "stopped"
    assert desk.case(about[0]).contact == "unasked"


def test_after_a_resume_new_letters_carry_a_new_secret_and_the_old_one_stays_dead(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#contact stop\n#take", about)
    desk.say("#contact resume", about)
    with desk.house.database.view() as view:
        fresh = cases.find_conversation(view, about[1].id).token
        known = tokens.known(view, [about[1].token, fresh])
    assert fresh != about[1].token
    assert known[about[1].token].retired_at is not None
    assert known[fresh].retired_at is None


def test_what_is_not_stopped_cannot_be_resumed(desk: Desk) -> None:
    with pytest.raises(CommandError, match="not stopped"):
        desk.say("#contact resume", desk.case_of("alex@example.net"))


def test_a_stopped_address_is_not_called_safe_before_it_is_resumed(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#contact stop", about)
    with pytest.raises(CommandError):
        desk.say("#contact safe", about)
    assert desk.case(about[0]).contact == "stopped"


def test_a_change_of_address_changes_nothing_before_its_code_comes_back(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    code_of(desk, about)
    assert not stopped(desk, "alex@example.net")
    assert desk.house.letters() == ["ack-day"]


def test_the_new_address_gets_one_letter_in_a_conversation_of_its_own_and_the_old_one_nothing(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    code = code_of(desk, about)
    desk.house.clock.on(minutes=10)
    desk.say(f"#contact change {NEW} {code.lower()}", about)
    assert stopped(desk, "alex@example.net")
    assert desk.house.letters() == ["ack-day", "contact-confirm"]
    assert desk.house.states() == ["cancelled", "queued"]
    with desk.house.database.view() as view:
        old, new = cases.conversations(view, about[0].id)
        assert (old.address, new.address) == ("alex@example.net", NEW)
        assert old.token != new.token
        assert cases.find_case(view, about[0].id).contact == "unasked"
    answer = a_reading(NEW, recipients=(desk.house.desk.address.reply_address(new.token),))
    with desk.house.database.view() as view:
        row = journal.find(view, handle(desk.house, "requester", answer).id)
    assert row is not None
    assert row.case_id == about[0].id


def test_a_code_works_once(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    code = code_of(desk, about)
    desk.house.clock.on(minutes=10)
    desk.say(f"#contact change {NEW} {code}", about)
    with pytest.raises(CommandError, match="code"):
        desk.say(f"#contact change {NEW} {code}", about)
    assert desk.house.letters() == ["ack-day", "contact-confirm"]


def test_a_code_is_bound_to_member_case_and_address_and_expires(desk: Desk) -> None:
    about, other = desk.case_of("alex@example.net"), desk.case_of("kim@example.org")
    code = code_of(desk, about)
    noor = desk.member("Noor")
    with pytest.raises(CommandError):
        desk.say(f"#contact change {NEW} {code}", about, by=noor)
    with pytest.raises(CommandError):
        desk.say(f"#contact change {NEW} {code}", other)
    with pytest.raises(CommandError):
        desk.say(f"#contact change elsewhere@example.org {code}", about)
    desk.house.clock.on(hours=72)
    with pytest.raises(CommandError):
        desk.say(f"#contact change {NEW} {code}", about)
    assert "contact-confirm" not in desk.house.letters()
    desk.say(f"#contact change {NEW} {code_of(desk, about)}", about)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "alex",
        "a@b",
        "alex@example.net",
        "help@service.example",
        "help+x@service.example",
        "dana@service.example",
        "a@example.org b@example.org c@example.org",
        '"a b"@example.org',
        "a@ex\u0430mple.org",
    ],
)
def test_an_address_that_cannot_be_the_new_one_is_refused(desk: Desk, address: str) -> None:
    about = desk.case_of("alex@example.net")
    with pytest.raises(CommandError):
        desk.say(f"#contact change {address}", about)


def test_an_address_that_asked_for_no_mail_is_refused(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    code = code_of(desk, about)
    desk.say("#contact stop", desk.case_of(NEW))
    for words in (f"#contact change {NEW}", f"#contact change {NEW} {code}"):
        with pytest.raises(CommandError, match="new address is stopped"):
            desk.say(words, about)


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("saef", "#contact safe"),
        ("", "#contact safe"),
        ("stop please", "#contact stop"),
        ("phone 1", "#contact phone NUMBER HOURS [voicemail yes|no]"),
    ],
)
def test_an_unknown_word_is_refused(desk: Desk, typed: str, nearest: str) -> None:
    with pytest.raises(CommandError) as refused:
        desk.say(f"#contact {typed}", desk.case_of("alex@example.net"))
    assert refused.value.nearest == nearest


def test_the_letter_to_the_new_address_names_neither_the_old_one_nor_the_case(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say(f"#contact change {NEW} {code_of(desk, about)}", about)
    (row,) = [row for row in desk.house.outbox() if row.letter == "contact-confirm"]
    with desk.house.database.transaction(Step.OPERATOR) as transaction:
        data = letters.final_bytes(transaction, desk.house.desk, row, desk.house.clock.now()).decode()
    assert f"To: {NEW}" in data
    assert "alex@example.net" not in data
    assert about[0].reference not in data
    assert about[1].token not in data
    assert "In-Reply-To" not in data
