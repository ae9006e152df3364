"""Promise 6: joining needs something only the correspondent was given, the correspondent's address, and no failed
authentication; what anybody else can see depends on the message, the configuration and the clock alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from promises.conftest import MakeScene
from promises.evidence import DAY, EVENING, Scene, letters, mail, plain, reply_address, what_a_stranger_sees
from support.facade import MailServers
from support.mails import SERVICE

from mailbot.demo.servers import EmbeddedServers

KIM, EVIL = "kim@example.com", "evil@attacker.example"
NEXT = DAY + timedelta(hours=1)
PASS = "Authentication-Results: mx.service.example; dmarc=pass header.from=example.com"
FAIL = "Authentication-Results: mx.service.example; dmarc=fail header.from=example.com"
FAIL_BUT_NONE = "Authentication-Results: mx.service.example; dmarc=fail (p=NONE sp=NONE) header.from=example.com"


def begun(here: Scene, author: str = KIM) -> tuple[str, str]:
    """A person wrote by day and was answered: the reply address and the Message-ID of our letter."""
    here.write(mail(author))
    here.once(DAY)
    (letter,) = here.to(author)
    return reply_address(letter), str(letter["Message-ID"])


def references_told(here: Scene) -> list[str]:
    """The case named in the subject of each line to Dana."""
    return [str(line["Subject"]).partition("[")[2].partition("]")[0] for line in here.staff("dana")]


JOINING: dict[str, Callable[[str, str], list[str]]] = {
    "Cc": lambda token, _: [f"Cc: Service <{token}>"],
    "Delivered-To": lambda token, _: [f"Delivered-To: {token}"],
    "X-Original-To": lambda token, _: [f"X-Original-To: {token}"],
    "Envelope-To": lambda token, _: [f"Envelope-To: {token}"],
    "Resent-To": lambda token, _: [f"Resent-To: {token}"],
    "capitals": lambda token, _: [f"Delivered-To: {token.upper()}"],
    "In-Reply-To": lambda _, name: [f"In-Reply-To: {name}"],
    "References": lambda _, name: [f"References: <other@example.com> {name} <more@example.com>"],
    "capital Message-ID": lambda _, name: [f"In-Reply-To: {name.upper()}"],
    "token and Message-ID": lambda token, name: [f"Delivered-To: {token}", f"In-Reply-To: {name}"],
    "passed": lambda token, _: [PASS, f"Delivered-To: {token}"],
    "failed where the domain's policy is none": lambda token, _: [FAIL_BUT_NONE, f"Delivered-To: {token}"],
}
NOT_JOINING: dict[str, Callable[[str, str], list[str]]] = {
    "body and subject alone": lambda *_: [],
    "Bcc": lambda token, _: [f"Bcc: {token}"],
    "trace": lambda token, _: [f"Received: from a.example by b.example for <{token}>; Tue, 24 Nov 2026 10:00:00 -0700"],
    "own field": lambda token, _: [f"X-Mailbot-Token: {token}"],
    "display name": lambda token, _: [f'Cc: "{token}" <{SERVICE}>'],
    "cut": lambda token, _: [f"Delivered-To: {token.replace('@', '', 1)[:-20]}@service.example"],
    "one too many": lambda token, _: [f"Delivered-To: {token.replace('@', 'a@')}"],
    "quoted plus": lambda token, _: [f"Delivered-To: {token.replace('+', '%2B')}"],
    "other domain": lambda token, _: [f"Delivered-To: {token.replace('service.example', 'service.example.net')}"],
    "Message-ID at another domain": lambda _, name: [f"In-Reply-To: {name.replace('service.example', 'example.org')}"],
    "failed": lambda token, _: [FAIL, f"Delivered-To: {token}"],
    "two results that disagree": lambda token, _: [PASS, FAIL, f"Delivered-To: {token}"],
}


def test_a_token_joins_wherever_the_envelope_shows_and_in_any_letter_case(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    token, name = begun(here)
    here.write(mail(KIM, to=token), *(mail(KIM, fields=make(token, name)) for make in JOINING.values()))
    here.once(NEXT)
    told = references_told(here)
    assert len(told) == 2 + len(JOINING)
    assert set(told) == {here.cases()[0]["reference"]}, "a mail did not join"
    assert len(here.cases()) == 1
    assert len(here.to(KIM)) == 1, "joined mail by day is not acknowledged"


def test_nothing_else_joins(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    token, name = begun(here)
    (first,) = here.cases()
    spoken = f"My case is {first['reference']}, {token}, {name}"
    for make in NOT_JOINING.values():
        raw = mail(KIM, fields=make(token, name), text=spoken)
        here.write(raw.replace(b"Subject: ", f"Subject: [{first['reference']}] {token} ".encode()))
    here.once(NEXT)
    assert len(here.cases()) == 1 + len(NOT_JOINING)
    assert here.cases()[0]["messages"] == first["messages"]


def test_an_answer_with_the_token_joins_its_case(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    token, name = begun(here)
    here.write(mail(KIM, to=token, fields=[f"In-Reply-To: {name}"]), mail("lee@example.com"))
    here.once(NEXT)
    assert sorted(case["messages"] for case in here.cases()) == [2, 3]


def test_a_true_token_from_elsewhere_is_an_ordinary_first_contact_and_burns_the_token(
    scene: MakeScene, servers: MailServers
) -> None:
    here = scene(servers)
    token, name = begun(here)
    reference = here.cases()[0]["reference"]
    here.write(mail(EVIL, to=token, fields=[f"In-Reply-To: {name}"]), mail("lee@example.com"))
    here.once(NEXT)
    assert len(here.cases()) == 3
    assert what_a_stranger_sees(here.to(EVIL)[0]) == what_a_stranger_sees(here.to("lee@example.com")[0])
    about = [line for line in here.staff("dana") if reference in str(line["Subject"])]
    assert len(about) == 2, "staff of the case are told that its reply address is known elsewhere"
    assert "reply address" in plain(about[1])

    here.write(mail(KIM, to=token))
    here.once(NEXT)
    assert len(here.cases()) == 4, "a burned token joined without proof"
    here.write(mail(KIM, to=token, fields=[PASS]))
    here.once(EVENING)
    assert len(here.cases()) == 4
    fresh = reply_address(here.to(KIM)[-1])
    assert fresh != token
    here.write(mail(KIM, to=fresh))
    here.once(EVENING)
    assert len(here.cases()) == 4


def test_two_tokens_make_a_first_contact_and_staff_decide(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    token, _ = begun(here)
    here.write(mail("lee@example.com"))
    here.once(NEXT)
    other = reply_address(here.to("lee@example.com")[0])
    here.write(mail(KIM, to=f"{token}, {other}"))
    here.once(NEXT)
    assert len(here.cases()) == 3
    assert "several cases" in plain(here.staff("dana")[-1])


def test_failed_authentication_joins_nothing_and_is_not_answered(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    token, _ = begun(here)
    here.write(mail(KIM, to=token, fields=[FAIL]))
    here.once(EVENING)
    assert len(here.cases()) == 2
    assert len(here.to(KIM)) == 1


def test_stop_in_a_conversation_silences_its_address_and_retires_its_tokens(
    scene: MakeScene, servers: MailServers
) -> None:
    here = scene(servers)
    token, name = begun(here)
    here.write(mail(KIM, to=token, text="Stop.\r\n\r\n> We received your message."))
    here.once(EVENING)
    assert "STOP" in plain(here.staff("dana")[-1])
    here.write(mail(KIM, to=token, fields=[f"In-Reply-To: {name}"]), mail(KIM))
    here.once(EVENING + timedelta(days=3))
    assert len(here.to(KIM)) == 1, "nothing goes to a stopped address"
    assert len(here.cases()) == 3, "a retired token joined"
    assert here.house.json("case", here.cases()[0]["reference"])[0]["contact"] == "stopped"


def test_an_unproven_stop_silences_for_a_day_and_staff_decide(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    words = {KIM: "STOP", "lee@example.com": "arrêt", "max@example.com": "ARRET."}
    here.write(*(mail(person, text=word) for person, word in words.items()))
    here.once(DAY)
    here.write(*(mail(person, text="hello again") for person in words))
    here.once(DAY + timedelta(hours=23))
    assert here.outside() == []
    assert letters(here.staff("dana")).count("unproven") == len(words)
    here.write(*(mail(person, text="hello again and again") for person in words))
    here.once(DAY + timedelta(hours=25))
    assert sorted(one.rcpt_to[0] for one in here.outside()) == sorted(words)


def test_a_forged_stop_and_a_sentence_with_stop_in_it_silence_nobody(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    here.write(mail(KIM, text="STOP", fields=[FAIL]), mail("lee@example.com", text="Please make him stop"))
    here.once(DAY)
    here.write(mail(KIM))
    here.once(NEXT)
    assert len(here.to(KIM)) == 1
    assert len(here.to("lee@example.com")) == 1


def test_a_guessed_token_is_answered_as_a_plain_first_mail(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    token, _ = begun(here)
    secret = token.partition("+")[2].partition("@")[0]
    wrong = ["a" * 26, secret[::-1], secret[:-1], "1001", ""]
    guesses = [SERVICE, *(token.replace(secret, guess) for guess in wrong)]
    people = [f"person{number}@example.net" for number in range(len(guesses))]
    here.write(*(mail(person, to=guess) for person, guess in zip(people, guesses, strict=True)))
    here.write(mail("true@example.net", to=token))
    here.once(NEXT)
    seen = [what_a_stranger_sees(here.to(person)[0]) for person in [*people, "true@example.net"]]
    assert all(one == seen[0] for one in seen)


@pytest.mark.parametrize("when", [DAY + timedelta(days=2), EVENING + timedelta(days=2)], ids=["day", "night"])
def test_nobody_learns_from_a_letter_whether_an_address_wrote_before(
    scene: MakeScene, embedded: EmbeddedServers, when: datetime
) -> None:
    here = scene(embedded)
    begun(here)
    here.write(mail(KIM), mail("new@example.com"))
    here.once(when)
    known, unknown = here.to(KIM)[-1], here.to("new@example.com")[-1]
    assert len(here.to(KIM)) == 2
    assert what_a_stranger_sees(known) == what_a_stranger_sees(unknown)
    assert "Perhaps" in letters(here.staff("dana")), "staff are told, and only they"


def test_the_secrets_of_a_notice_to_staff_open_nothing_to_a_stranger(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    begun(here)
    notice = here.staff("dana")[0]
    here.write(
        mail(EVIL, to=reply_address(notice), fields=[f"In-Reply-To: {notice['Message-ID']}"], text="#status closed")
    )
    here.write(mail("lee@example.com"))
    here.once(NEXT)
    assert what_a_stranger_sees(here.to(EVIL)[0]) == what_a_stranger_sees(here.to("lee@example.com")[0])
    assert len(here.to(KIM)) == 1, "a stranger's words were relayed"
    assert [case["status"] for case in here.cases()] == ["open"] * 3
