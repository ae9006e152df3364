"""Promise 4: a conversation has one correspondent, and a message goes to nobody else; the one address ever taken from a
header is the single From mailbox of the message that opens a case.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from promises.conftest import MakeScene
from promises.evidence import DAY, EVENING, Scene, letters, mail, reply_address
from support.facade import MailServers

from mailbot.demo.servers import EmbeddedServers

EVIL = "evil@attacker.example"
NOBODY = [
    f"kim@example.com, {EVIL}",
    f"Friends: kim@example.com, {EVIL};",
    "kim@example.com <>",
    "=?utf-8?q?kim=40example.com?=",
    f"<@{EVIL.partition('@')[2]}:kim@example.com>",
    "kim(comment",
    "kim@example.com\x00",
    "kim@example.com\r\nFrom: kim@example.com",
    "",
]
"""From fields that name nobody, or two."""
ELSEWHERE = [
    f"Cc: {EVIL}",
    f"Bcc: {EVIL}",
    f"Reply-To: {EVIL}",
    f"Sender: {EVIL}",
    f"Return-Path: <{EVIL}>",
    f"Resent-From: {EVIL}",
    f"Resent-To: {EVIL}",
    f"Errors-To: {EVIL}",
    f"Return-Receipt-To: {EVIL}",
    f"Disposition-Notification-To: {EVIL}",
    f"Mail-Followup-To: {EVIL}",
    f"X-Original-From: {EVIL}",
    f"List-Post: <mailto:{EVIL}>",
]


def nobody_but(here: Scene, *addresses: str) -> None:
    """Nothing left for anybody outside but these, one recipient a transaction, and no field names another."""
    for one in here.outside():
        assert len(one.rcpt_to) == 1
        assert one.rcpt_to[0] in addresses
        assert EVIL.encode() not in one.data
    assert not any(address.endswith(EVIL) for one in here.servers.sent for address in one.rcpt_to)


@pytest.mark.parametrize("when", [DAY, EVENING], ids=["day", "night"])
def test_no_header_but_from_makes_a_recipient(scene: MakeScene, embedded: EmbeddedServers, when: datetime) -> None:
    here = scene(embedded)
    people = [f"person{number:02}@example.net" for number in range(len(ELSEWHERE))]
    here.write(*(mail(person, fields=[field]) for person, field in zip(people, ELSEWHERE, strict=True)))
    here.write(mail("kim@example.com", to=f"help@service.example, {EVIL}"))
    here.once(when)
    nobody_but(here, *people, "kim@example.com")
    answered = {one.rcpt_to[0] for one in here.outside()}
    marked = {person for person, field in zip(people, ELSEWHERE, strict=True) if field.startswith("List-")}
    assert answered == {*people, "kim@example.com"} - marked


def test_others_in_the_header_are_told_to_staff_and_written_to_never(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    here.write(mail("kim@example.com", fields=[f"Cc: {EVIL}"]), mail("lee@example.com", fields=[f"Reply-To: {EVIL}"]))
    here.once(DAY)
    nobody_but(here, "kim@example.com", "lee@example.com")
    told = letters(here.staff("dana"))
    assert "Others are in To or Cc" in told
    assert "asks for answers to another address" in told


def test_an_answer_by_another_address_never_changes_who_is_written_to(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    here.write(mail("kim@example.com"))
    here.once(DAY)
    (letter,) = here.to("kim@example.com")
    token = reply_address(letter)
    here.write(mail(EVIL, to=token, fields=["Cc: kim@example.com"]))
    here.once(DAY + timedelta(hours=1))
    here.write(mail("kim@example.com", to=token, fields=[f"Cc: {EVIL}", f"Reply-To: {EVIL}"]))
    here.once(EVENING)
    assert [one.rcpt_to for one in here.outside()] == [("kim@example.com",), (EVIL,), ("kim@example.com",)]
    assert [case["messages"] for case in here.cases()][0] in (2, 4)
    assert token not in str(here.to(EVIL)[0]), "the stranger's letter carries the person's reply address"


def test_two_persons_in_one_pass_share_nothing(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    here.write(mail("kim@example.com"), mail("lee@example.com"))
    here.once(DAY)
    (kim,), (lee,) = here.to("kim@example.com"), here.to("lee@example.com")
    for name in ("Reply-To", "Message-ID", "In-Reply-To"):
        assert kim[name] != lee[name]
    assert "lee" not in kim.as_string()
    assert "kim" not in lee.as_string()
    senders = [one.mail_from for one in embedded.sent]
    assert len(set(senders)) == len(senders), "two messages share an envelope sender"


@pytest.mark.parametrize("when", [DAY, EVENING], ids=["day", "night"])
def test_a_from_that_can_be_read_in_two_ways_is_answered_at_the_address_in_brackets_or_not_at_all(
    scene: MakeScene, embedded: EmbeddedServers, when: datetime
) -> None:
    here = scene(embedded)
    in_brackets = [f'"kim@example.com" <1{EVIL}>', f"kim@example.com <2{EVIL}>", f"Kim (kim@example.com) <3{EVIL}>"]
    for author in [*in_brackets, *NOBODY]:
        raw = mail("kim@example.com").replace(b"From: Kim <kim@example.com>", f"From: {author}".encode())
        assert f"From: {author}".encode() in raw
        here.write(raw)
    here.once(when, expect=1)
    assert {one.rcpt_to for one in here.outside()} <= {(f"{number}{EVIL}",) for number in (1, 2, 3)}
    assert sum(here.journal().values()) == len(in_brackets) + len(NOBODY)
    assert here.journal()["quarantined"] >= len(NOBODY)
