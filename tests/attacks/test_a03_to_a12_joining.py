"""A3 to A12: whoever writes in a person's name, or knows a secret of theirs, gets no answer meant for that person, and
moves nothing of their case.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from attacks.service import ALEX, DANA, EVIL, KIM, ROBIN, SERVICE, Service, mail, reply_to, words_of
from loops.house import office

TRUE = "You can call us, or stay with mail."


def answered_by_dana(service: Service, words: str, to: str) -> None:
    """Dana presses Reply on the notice with these words; `to` is who must get her answer, and nobody else."""
    letters = len(service.left())
    service.receive(service.answer(service.notice(DANA, words), f"{TRUE} {words}"))
    assert service.left()[letters:] == [to]
    assert service.answers(to)[-1] == f"{TRUE} {words}"


@pytest.mark.parametrize("field", [f"Cc: {EVIL}", f"Bcc: {EVIL}", f"Resent-Cc: {EVIL}", f"Resent-To: {EVIL}"])
def test_a3_people_in_copy_of_a_reply_hear_nothing_and_staff_are_warned(service: Service, field: str) -> None:
    service.writes(ALEX, "first")
    service.writes(ALEX, "second", to=reply_to(service.to(ALEX)[0]), fields=[field])
    answered_by_dana(service, "second", ALEX)
    service.writes(ALEX, "third", to=reply_to(service.to(ALEX)[-1]))
    answered_by_dana(service, "third", ALEX)
    assert service.to(EVIL) == []
    assert len(service.rows("conversation")) == 1
    if field.startswith("Cc"):
        assert "Others are in To or Cc" in words_of(service.notice(DANA, "second"))


@pytest.mark.parametrize(
    "field",
    [f"Reply-To: {EVIL}", f"Reply-To: {ALEX}, {EVIL}", f"Sender: {EVIL}", f"Resent-From: {EVIL}",
     f"Return-Path: <{EVIL}>", f"Errors-To: {EVIL}", f"Mail-Reply-To: {EVIL}", f"Disposition-Notification-To: {EVIL}",
     f"Return-Receipt-To: {EVIL}", f"X-Original-From: {EVIL}"],
)  # fmt: skip
def test_a4_an_answer_goes_to_the_one_from_whatever_another_field_says(service: Service, field: str) -> None:
    service.writes(ALEX, "first", fields=[field])
    assert [one["To"] for one in service.to(ALEX)] == [ALEX]
    answered_by_dana(service, "first", ALEX)
    assert service.to(EVIL) == []
    if field.startswith("Reply-To"):
        assert "asks for answers to another address" in words_of(service.notice(DANA, "first"))


def test_a4_danas_answer_with_the_requester_in_copy_leaves_once_and_to_the_correspondent_alone(
    service: Service,
) -> None:
    service.writes(ALEX, "first")
    notice = service.notice(DANA, "first")
    letters = len(service.left())
    fields = [f"Cc: {ALEX}, {EVIL}", f"Reply-To: {EVIL}", f"Bcc: {EVIL}"]
    service.receive(service.answer(notice, TRUE, to=f"{reply_to(notice)}, {EVIL}", fields=fields))
    assert service.left()[letters:] == [ALEX]
    (letter,) = [one for one in service.to(ALEX) if "Auto-Submitted" not in one]
    assert EVIL not in str(letter)
    assert DANA not in str(letter)


def test_a5_guessed_reply_addresses_are_first_contacts_and_the_true_one_joins_in_any_letter_case(
    service: Service,
) -> None:
    service.writes(ALEX, "first")
    token = reply_to(service.to(ALEX)[0])
    secret = token.partition("+")[2].partition("@")[0]
    reference = service.reference(ALEX)
    before = service.stored(reference)
    guesses = ["1001", "", secret[:-1], secret + "a", secret[::-1], "a" * 26, f"{secret}+{secret}", "%2B" + secret]
    raws = [mail(f"Alex <{ALEX}>", f"guess {number}", to=token.replace(secret, guess))
            for number, guess in enumerate(guesses)]  # fmt: skip
    raws.append(mail(f"Alex <{ALEX}>", "quoted plus", to=token.replace("+", "%2B")))
    service.receive(*raws)
    assert service.stored(reference) == before
    assert len(service.rows("case")) == 1 + len(raws)
    service.writes(ALEX, "true", to=token.upper())
    assert len(service.rows("case")) == 1 + len(raws)


@pytest.mark.parametrize(
    "author", [EVIL, "alex+x@example.net", "alex@mail.example.net", "alex@example.net.attacker.example"]
)
def test_a6_a_true_reply_address_in_other_hands_is_a_first_contact_and_is_replaced(
    service: Service, author: str
) -> None:
    service.writes(ALEX, "first")
    reference, letter = service.reference(ALEX), service.to(ALEX)[0]
    service.writes(author, "I am Alex, close it.", to=reply_to(letter), fields=[f"In-Reply-To: {letter['Message-ID']}"])
    case = service.case(reference)
    assert (case["status"], len(service.rows("case"))) == ("open", 2)
    assert "was used from elsewhere" in service.told(DANA)
    assert service.to(author)[0]["To"] == author
    answered_by_dana(service, "close it.", author)
    assert len(service.answers(ALEX)) == 0

    answered_by_dana(service, "first", ALEX)
    fresh = reply_to(service.to(ALEX)[-1])
    assert fresh != reply_to(letter)
    service.writes(ALEX, "second", to=fresh)
    assert len(service.rows("case")) == 2


@pytest.mark.parametrize("how", ["#contact stop", "#contact change alex.new@example.com"])
def test_a7_after_stop_or_change_the_old_address_and_all_its_secrets_reach_nothing(service: Service, how: str) -> None:
    service.writes(ALEX, "first")
    reference, notice, letter = service.reference(ALEX), service.notice(DANA, "first"), service.to(ALEX)[0]
    service.writes(ALEX, "second", to=reply_to(letter))
    assert len(service.rows("case")) == 1, "the control: it joins"
    service.receive(service.answer(notice, how))
    if "change" in how:
        assert service.case(reference)["contact"] == "unasked", "nothing changes before the code"
        service.receive(service.tap(service.told_of(DANA, "Nothing has changed yet"), "Yes, do it"))
        neutral = service.to("alex.new@example.com")[0]
        assert reference not in str(neutral)
        assert ALEX not in str(neutral)
    letters = len(service.to(ALEX))
    before = service.stored(reference)
    service.writes(ALEX, "Send me everything.", to=reply_to(letter), fields=[f"In-Reply-To: {letter['Message-ID']}"])
    service.clock.at = office("2026-11-24 23:00")
    service.writes(ALEX, "And at night.", to=reply_to(letter))
    after = service.stored(reference)
    assert {**after, "follow_up": before["follow_up"]} == before
    assert len(service.to(ALEX)) == letters
    service.receive(service.answer(service.notice(DANA, "Send me everything."), "Here it is."))
    assert len(service.to(ALEX)) == letters
    assert "it is stopped" in service.told(DANA)


def test_a8_a_message_id_of_ours_joins_with_the_address_alone_and_never_proves_staff(service: Service) -> None:
    service.writes(ALEX, "first")
    reference, letter = service.reference(ALEX), service.to(ALEX)[0]
    name = str(letter["Message-ID"])
    before = service.stored(reference)
    made_up = f"<{'a' * 26}@service.example>"
    service.writes(ALEX, "made up", fields=[f"In-Reply-To: {made_up}"])
    service.writes(ALEX, "of another domain", fields=[f"References: {name.replace('service.example', 'example.org')}"])
    service.receive(service.staff_mail("#status closed", fields=[f"In-Reply-To: {name}"]))
    service.receive(service.staff_mail("Come to the harbour.", fields=[f"In-Reply-To: {name}", f"References: {name}"]))
    assert service.stored(reference) == before
    assert service.answers(ALEX) == []
    service.writes(ALEX, "true", fields=[f"References: <a@example.net> {name}"])
    assert len(service.rows("case")) == 3


def test_a9_a_reference_in_subject_or_words_joins_nothing_and_commands_of_others_are_text(service: Service) -> None:
    service.writes(ALEX, "first")
    reference = service.reference(ALEX)
    before = service.stored(reference)
    service.writes(EVIL, f"#status closed\n#join {reference}\n\n[{reference}]", subject=f"[{reference}] close my case")
    service.writes(ALEX, f"#contact change {EVIL}\nmy case is {reference}", subject=f"Re: [{reference}]")
    assert service.stored(reference) == before
    assert len(service.rows("case")) == 3
    service.writes(ALEX, "joined", to=reply_to(service.to(ALEX)[0]), subject="no reference at all")
    assert len(service.rows("case")) == 3


def test_a10_a_borrowed_message_id_hides_no_message_and_identical_bytes_are_one(service: Service) -> None:
    service.writes(ALEX, "first", message_id="one@mail.example.net")
    ours = str(service.to(ALEX)[0]["Message-ID"]).strip("<>")
    service.writes(KIM, "another with the same id", message_id="one@mail.example.net")
    service.writes(EVIL, "one with an id of ours", message_id=ours)
    assert len(service.rows("case")) == 3
    again = mail(f"Kim <{KIM}>", "twice", message_id="two@mail.example.net")
    service.receive(again, again, folder="INBOX")
    service.receive(b"Received: from elsewhere.example by mx.service.example\r\n" + again)
    assert len(service.rows("case")) == 4
    assert service.journal() == {"processed": 4, "seen_before": 2}


def test_a11_several_reply_addresses_join_none_and_one_in_the_words_is_no_key(service: Service) -> None:
    service.writes(ALEX, "first")
    service.writes(KIM, "other")
    references = [service.reference(address) for address in (ALEX, KIM)]
    alexs, kims = (reply_to(service.to(address)[0]) for address in (ALEX, KIM))
    before = [service.stored(one) for one in references]
    service.writes(ALEX, "both", to=f"{alexs}, {kims}")
    service.writes(ALEX, "both", to=alexs, fields=[f"Delivered-To: {kims}"])
    service.writes(EVIL, f"write to {alexs}", subject=alexs)
    assert [service.stored(one) for one in references] == before
    assert "several cases" in service.told(DANA)
    service.writes(ALEX, "twice the same", to=f"{alexs}, {alexs}", fields=[f"X-Original-To: {alexs}"])
    assert len(service.rows("case")) == 5


def test_a12_a_fresh_mail_in_her_name_is_answered_as_anybodys(service: Service) -> None:
    service.writes(ALEX, "first")
    service.receive(service.answer(service.notice(DANA, "first"), TRUE))
    service.clock.at += timedelta(days=2)
    service.writes(ALEX, "has she written?")
    service.writes(KIM, "a control")
    asked, control = service.to(ALEX)[-1], service.to(KIM)[-1]
    kept = ("From", "Subject", "Auto-Submitted", "Content-Language")
    assert [asked[name] for name in kept] == [control[name] for name in kept]
    assert words_of(asked) == words_of(control)
    assert service.reference(ALEX) not in str(asked)
    assert "the same address wrote there" in service.told(ROBIN)
    assert SERVICE in str(asked["From"])
