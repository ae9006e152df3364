"""Both doors on real and embedded servers that lack something, break the line, fall silent or lie."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.facade import MailServers

from mailbot.demo.faults import (
    CutAfter,
    CutInLiteral,
    EndlessLine,
    Fault,
    Hide,
    LiteralSays,
    LoseAnswer,
    Refuse,
    SplitLines,
    Stall,
    WrongUid,
)
from mailbot.demo.proxy import Proxy
from mailbot.errors import LyingPeer, MailbotError, Unreachable
from mailbot.transport import Account, Filed, How, Mailbox, Outcome, Submission

RAW = b"From: alex@example.net\r\nSubject: one\r\n\r\n" + b"a line of text\r\n" * 50


@contextmanager
def mailbox(proxy: Proxy) -> Iterator[Mailbox]:
    with Mailbox(Account("127.0.0.1", proxy.port, "plain", "help", "secret"), timeout=2) as opened:
        opened.select("INBOX")
        yield opened


def fill(servers: MailServers, count: int) -> None:
    for number in range(count):
        servers.append("help", RAW.replace(b"one", b"%d" % number))


WITHOUT: list[tuple[list[Fault], How, int]] = [
    ([Hide("MOVE")], How.COPIED_EXPUNGED, 0),
    ([Hide("MOVE"), Hide("UIDPLUS")], How.COPIED_MARKED, 2),
]


@pytest.mark.parametrize(("faults", "how", "left"), WITHOUT, ids=["no MOVE", "no MOVE, no UIDPLUS"])
def test_filing_away_works_without_move_and_without_uidplus_and_a_mark_prevents_second_copies(
    servers: MailServers, faults: list[Fault], how: How, left: int
) -> None:
    fill(servers, 3)
    with Proxy(servers.imap_port, faults) as proxy, mailbox(proxy) as opened:
        uids = opened.uids()
        for _ in range(2):
            filed = opened.file_away(uids[:2], "Mailbot/Done")
            assert (filed.how, filed.remaining) == (how, tuple(uids[:left]))
        # Without UIDPLUS and keywords nothing on the server tells that a message was copied.
        copies = 2 if opened.keeps_keywords or not left else 4
    assert len(servers.mailbox("help", "Mailbot/Done")) == copies
    assert len(servers.mailbox("help")) == 1 + left


def test_a_message_that_another_person_marked_deleted_is_not_expunged(servers: MailServers) -> None:
    fill(servers, 2)
    with Proxy(servers.imap_port, [Hide("MOVE")]) as proxy, mailbox(proxy) as opened:
        first, second = opened.uids()
        opened.mark([second], "\\Deleted")
        opened.file_away([first], "Mailbot/Done")
        assert opened.uids() == [second]


def test_a_folder_that_refuses_leaves_every_message_in_place(servers: MailServers) -> None:
    fill(servers, 2)
    with Proxy(servers.imap_port, [Refuse("UID MOVE", "NO [OVERQUOTA] full")]) as proxy, mailbox(proxy) as opened:
        uids = opened.uids()
        assert opened.file_away(uids, "Mailbot/Done") == Filed(How.REFUSED, tuple(uids))


@pytest.mark.parametrize("command", ["UID MOVE", "UID COPY"])
def test_after_a_lost_answer_filing_again_ends_with_every_message_in_the_done_folder(
    servers: MailServers, command: str
) -> None:
    fill(servers, 2)
    faults: list[Fault] = [LoseAnswer(command, times=1)] + ([Hide("MOVE")] if command == "UID COPY" else [])
    with Proxy(servers.imap_port, faults) as proxy:
        with mailbox(proxy) as opened:
            opened.create("Mailbot/Done")
            uids = opened.uids()
            with pytest.raises(Unreachable):
                opened.file_away(uids, "Mailbot/Done")
        with mailbox(proxy) as opened:
            opened.file_away(uids, "Mailbot/Done")
            assert opened.uids() == []
    assert set(servers.mailbox("help", "Mailbot/Done")) == {RAW.replace(b"one", b"%d" % n) for n in range(2)}


WRONG: list[tuple[Fault, type[MailbotError]]] = [
    (CutInLiteral(20), Unreachable),
    (Stall("UID FETCH", lines=1), Unreachable),
    (LoseAnswer("UID FETCH"), Unreachable),
    (EndlessLine("UID FETCH"), LyingPeer),
    (LiteralSays(99_999_999_999), LyingPeer),
    (LiteralSays(-5), LyingPeer),
    (WrongUid(), LyingPeer),
]


@pytest.mark.parametrize(("fault", "error"), WRONG, ids=lambda value: getattr(type(value), "__name__", ""))
def test_a_broken_fetch_gives_nothing_and_a_new_connection_gives_all(
    servers: MailServers, fault: Fault, error: type[MailbotError]
) -> None:
    fill(servers, 2)
    with Proxy(servers.imap_port) as proxy:
        with mailbox(proxy) as opened:
            uids = opened.uids()
            proxy.faults = [fault]
            with pytest.raises(error):
                opened.fetch(uids)
        proxy.faults = []
        with mailbox(proxy) as opened:
            assert len(opened.fetch(uids)) == 2


def test_idle_lines_in_two_segments_never_cost_the_connection(servers: MailServers) -> None:
    with Proxy(servers.imap_port, [SplitLines(pause=0.01)]) as proxy, mailbox(proxy) as opened:
        for count in range(1, 6):
            servers.append("help", RAW)
            deadline = time.monotonic() + 10
            while len(opened.uids()) < count and time.monotonic() < deadline:
                opened.idle(2)
        assert len(opened.uids()) == 5
        assert proxy.connections == 1


@pytest.mark.parametrize("bytes_before_the_cut", range(0, 700, 61))
def test_wherever_the_line_breaks_connecting_and_fetching_ends_in_one_kind_of_error(
    servers: MailServers, bytes_before_the_cut: int
) -> None:
    fill(servers, 1)
    with Proxy(servers.imap_port, [CutAfter(bytes_before_the_cut)]) as proxy:
        opened = Mailbox(Account("127.0.0.1", proxy.port, "plain", "help", "secret"), timeout=2)
        with pytest.raises(Unreachable):
            _fetch_again_and_again(opened)
        opened.close()


def _fetch_again_and_again(mailbox: Mailbox) -> None:
    mailbox.connect()
    for _ in range(100):
        mailbox.select("INBOX", again=True)
        mailbox.fetch(mailbox.uids())


SMTP_LOSSES = [("MAIL", None, 0), ("RCPT", None, 0), ("DATA", None, 0), (".", Outcome.UNCERTAIN, 1)]


@pytest.mark.parametrize(("command", "outcome", "taken"), SMTP_LOSSES)
def test_an_answer_lost_before_354_is_unreachable_and_after_the_dot_uncertain(
    servers: MailServers, command: str, outcome: Outcome | None, taken: int
) -> None:
    begun = list[int]()
    data = b"From: help@service.example\r\nSubject: x\r\n\r\nx\r\n"
    with Proxy(servers.smtp_port, [LoseAnswer(command)], protocol="smtp") as proxy:
        out = Submission(Account("127.0.0.1", proxy.port, "plain"), timeout=5)
        try:
            answer = out.send(mail_from="", to="kim@example.org", data=data, begin=lambda: begun.append(1))
            assert answer.outcome is outcome
        except Unreachable:
            assert outcome is None
        out.close()
    if taken:
        servers.wait_sent(1)
    assert (len(begun), len(servers.sent)) == (taken, taken)
