"""Connections that are cut, fall silent or lie, and what the program makes of them: nothing lost, nothing doubled, and
`status` names it (F7, F8, F11, F12, F19, F26, F27).
"""

from __future__ import annotations

import pytest
from faults.conftest import MakeFaulty
from faults.house import DEEP, TEN
from support.processes import free_port
from support.waiting import until

from mailbot.demo.faults import CutAfter, CutInLiteral, Fault, LiteralSays, LoseAnswer, Refuse, Silence, WrongUid
from mailbot.demo.misbehaviour import Reply, Rule, Rules, Stage

pytestmark = pytest.mark.timeout(300)

PEOPLE = ("kim@example.com", "lee@example.net", "max@example.org")


@pytest.mark.parametrize("size", [pytest.param("header", marks=DEEP), "middle", pytest.param("last byte", marks=DEEP)])
def test_f11_a_literal_cut_anywhere_is_fetched_again_whole_and_answered_once(faulty: MakeFaulty, size: str) -> None:
    here = faulty()
    here.write("kim@example.com")
    (raw,) = here.inbox()
    here.imap.faults = (
        CutInLiteral({"header": 10, "middle": len(raw) // 2, "last byte": len(raw) - 1}[size], times=1),
    )
    here.once(TEN, expect=None)
    here.once(TEN)
    assert here.inbox("Mailbot/Done") == [raw]
    assert len(here.letters("kim@example.com")) == 1
    assert here.problems() == []


LIES = [
    pytest.param(LiteralSays(), id="huge"),
    pytest.param(LiteralSays(-1), id="negative", marks=DEEP),
    pytest.param(WrongUid(), id="wrong uid", marks=DEEP),
]


@pytest.mark.parametrize("lie", LIES)
def test_f12_a_mail_server_that_lies_is_named_and_believed_in_nothing(faulty: MakeFaulty, lie: Fault) -> None:
    here = faulty()
    here.write("kim@example.com")
    here.imap.faults = (lie,)
    here.once(TEN, expect=1)
    assert any("watch" in problem for problem in here.problems())
    assert here.status()["journal"]["processed"] == 0
    assert here.servers.sent == []
    here.works()
    here.once(TEN)
    assert here.problems() == []
    assert len(here.letters("kim@example.com")) == 1


def test_f27_a_network_that_comes_and_goes_loses_and_doubles_nothing_and_is_not_stormed(faulty: MakeFaulty) -> None:
    here = faulty()
    with here.daemon():
        for person in PEOPLE:
            here.write(person)
            here.imap.upstream = here.smtp.upstream = free_port()
            here.imap.cut()
            here.smtp.cut()
            here.named("watch", seconds=30)
            here.imap.upstream, here.smtp.upstream = here.servers.imap_port, here.servers.smtp_port
            here.answered(person)
        here.all_well()
    assert len(here.inbox("Mailbot/Done")) == len(PEOPLE)
    assert here.imap.connections < 60


def test_f26_a_server_that_says_421_to_each_connection_for_a_while_gets_each_letter_once(faulty: MakeFaulty) -> None:
    here = faulty()
    here.servers.smtp_script = Rules([Rule(Stage.CONNECT, Reply("421 4.7.0 too many"), times=3)])
    with here.daemon():
        here.write(*PEOPLE)
        here.answered(*PEOPLE)
        here.all_well()
    assert {row["state"] for row in here.outbox()} == {"sent"}


def test_f07_a_line_cut_inside_data_is_uncertain_and_goes_once_more_with_the_same_bytes(faulty: MakeFaulty) -> None:
    """The cut is after the 354, before the final dot: the server takes nothing, but we cannot know that it did not."""
    here = faulty()
    here.write("kim@example.com")
    here.smtp.faults = (CutAfter(500, to_server=True, times=1),)
    here.once(TEN, expect=None)
    uncertain = [row["message_id"] for row in here.outbox() if row["state"] == "uncertain"]
    assert len(uncertain) == 1
    here.house.once(TEN.replace(minute=2), expect=None)
    assert {row["state"] for row in here.outbox()} == {"sent"}
    ids = [sent.data.partition(b"Message-ID: <")[2].partition(b">")[0].decode() for sent in here.servers.sent]
    assert len(ids) == len(set(ids)), "what was cut off never arrived: nothing arrived twice"
    assert uncertain[0] in ids


def test_f08_an_answer_lost_after_the_final_dot_is_repeated_once_byte_for_byte(faulty: MakeFaulty) -> None:
    here = faulty()
    here.write("kim@example.com")
    here.smtp.faults = (LoseAnswer(".", times=1),)
    here.once(TEN, expect=None)
    here.house.once(TEN.replace(minute=2), expect=None)
    bodies = [sent.data for sent in here.servers.sent]
    twice = [body for body in set(bodies) if bodies.count(body) == 2]
    assert len(twice) == 1
    assert len(bodies) == len(set(bodies)) + 1
    assert sum('"to":"uncertain"' in act["detail"] for act in here.acts("outbox.moved")) == 1


@pytest.mark.deep
@pytest.mark.timeout(240)
def test_f19_a_half_open_mailbox_is_found_out_by_the_poll_named_and_left(faulty: MakeFaulty) -> None:
    """The line is dead but open: no error ever comes, only silence. Mail that came meanwhile is read afterwards."""
    here = faulty()
    with here.daemon():
        until(here.status, lambda found: found["ages"]["watch"] is not None)
        here.imap.faults = (Silence(),)
        here.write("kim@example.com")
        (named,) = here.named("watch", seconds=120)
        assert "in time" in named
        here.works()
        here.answered("kim@example.com")
        here.all_well()


def test_f21_a_refused_password_is_tried_once_a_pass_and_named(faulty: MakeFaulty) -> None:
    """Five wrong passwords in a minute lock an account on many hosts."""
    here = faulty()
    refused = Refuse("AUTHENTICATE", "NO [AUTHENTICATIONFAILED] no"), Refuse("LOGIN", "NO [AUTHENTICATIONFAILED] no")
    here.imap.faults = refused
    here.once(TEN, expect=1)
    assert sum(here.imap.counts.values()) == 1
    assert any("login refused" in problem for problem in here.problems())


@pytest.mark.deep
@pytest.mark.timeout(200)
def test_f21_the_daemon_tries_a_refused_password_at_most_once_a_minute(faulty: MakeFaulty) -> None:
    here = faulty()
    refused = Refuse("AUTHENTICATE", "NO [AUTHENTICATIONFAILED] no"), Refuse("LOGIN", "NO [AUTHENTICATIONFAILED] no")
    with here.daemon():
        here.imap.faults = refused
        here.imap.cut()
        here.named("login refused")
        first = here.now
        until(lambda: sum(here.imap.counts.values()), lambda tries: tries >= 2, seconds=100)
        assert (here.now - first).total_seconds() > 30
        here.works()
        here.all_well()
