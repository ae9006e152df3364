"""What the door to the mailbox promises on any decent server: the same tests on the embedded and on the real ones."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from support.facade import MailServers

from mailbot.errors import LoginRefused
from mailbot.steps import Step, observe
from mailbot.transport import Account, Filed, How, Mailbox

RAW = b"From: Alex <alex@example.net>\r\nSubject: caf\xe9\r\nX-Mark: one\r\n\r\n.\r\nFrom here\r\n\xff\xfe\r\n"


def account(servers: MailServers, password: str) -> Account:
    return Account(servers.host, servers.imap_port, "plain", "help", password)


@pytest.fixture
def mailbox(servers: MailServers) -> Iterator[Mailbox]:
    with Mailbox(account(servers, "secret"), timeout=10) as opened:
        opened.select("INBOX")
        yield opened


def deliver(servers: MailServers, mailbox: Mailbox, count: int) -> list[int]:
    for number in range(count):
        servers.append("help", RAW.replace(b"one", b"%d" % number))
    mailbox.refresh()
    return mailbox.uids()


def test_a_missing_folder_is_none_and_one_made_twice_is_there(mailbox: Mailbox, servers: MailServers) -> None:
    assert mailbox.select("Mailbot/Élan") is None
    mailbox.create("Mailbot/Élan")
    mailbox.create("Mailbot/Élan")
    view = mailbox.select("Mailbot/Élan")
    assert view is not None
    assert (view.exists, view.uidvalidity > 0) == (0, True)


def test_fetched_bytes_are_the_very_bytes_and_the_message_stays_unseen(mailbox: Mailbox, servers: MailServers) -> None:
    servers.append("help", RAW)
    mailbox.refresh()
    [uid] = mailbox.uids()
    assert mailbox.fetch([uid]) == {uid: RAW}
    assert mailbox.header(uid) == RAW.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert mailbox.header(uid, limit=10) == RAW[:10]
    assert "\\Seen" not in mailbox.summaries([uid])[0].flags


def test_new_mail_is_seen_after_a_refresh_and_only_above_the_last(mailbox: Mailbox, servers: MailServers) -> None:
    uids = deliver(servers, mailbox, 3)
    assert uids == sorted(uids)
    assert mailbox.uids(above=uids[0]) == uids[1:]
    assert mailbox.uids(above=uids[-1]) == []


def test_a_summary_tells_size_and_the_instant_of_arrival(mailbox: Mailbox, servers: MailServers) -> None:
    instant = datetime(2026, 3, 1, 23, 30, 15, tzinfo=UTC)
    servers.append("help", RAW, received_at=instant)
    mailbox.refresh()
    [summary] = mailbox.summaries(mailbox.uids())
    assert (summary.size, summary.received_at) == (len(RAW), instant)


def test_messages_that_are_gone_are_absent_and_no_error(mailbox: Mailbox, servers: MailServers) -> None:
    first, second = deliver(servers, mailbox, 2)
    mailbox.file_away([first], "Mailbot/Done")
    assert set(mailbox.fetch([first, second, second + 50])) == {second}
    assert [summary.uid for summary in mailbox.summaries([first, second])] == [second]
    assert mailbox.header(first) is None


def test_filing_away_moves_just_these_and_makes_the_folder(mailbox: Mailbox, servers: MailServers) -> None:
    first, second, third = deliver(servers, mailbox, 3)
    assert mailbox.file_away([first, third], "Mailbot/Done") == Filed(How.MOVED)
    assert mailbox.uids() == [second]
    assert len(servers.mailbox("help", "Mailbot/Done")) == 2
    assert mailbox.file_away([first], "Mailbot/Done") == Filed(How.MOVED)


def test_a_message_put_into_a_folder_is_found_by_its_header(mailbox: Mailbox, servers: MailServers) -> None:
    mailbox.create("Mailbot/Done")
    mailbox.append(b"Subject: mark\r\nX-Installation: abc234\r\n\r\nmark\r\n", "Mailbot/Done", ["\\Seen"])
    mailbox.select("Mailbot/Done", again=True)
    [uid] = mailbox.find_header("X-Installation", "abc234")
    assert "\\Seen" in mailbox.summaries([uid])[0].flags
    assert mailbox.find_header("X-Installation", "other") == []


def test_the_wait_ends_when_mail_comes(mailbox: Mailbox, servers: MailServers) -> None:
    assert mailbox.can_idle
    timer = threading.Timer(0.2, servers.append, ("help", RAW))
    timer.start()
    before = time.monotonic()
    while not mailbox.uids() and time.monotonic() < before + 10:
        mailbox.idle(10)
    timer.join()
    assert time.monotonic() - before < 5


def test_the_wait_ends_when_woken_or_when_time_is_up(mailbox: Mailbox) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        before = time.monotonic()
        mailbox.idle(0.2, ours)
        theirs.send(b"!")
        mailbox.idle(10, ours.fileno())
        assert 0.2 <= time.monotonic() - before < 5


def test_a_wrong_password_is_a_refused_login(servers: MailServers) -> None:
    with pytest.raises(LoginRefused):
        Mailbox(account(servers, "wröng"), timeout=10).connect()


def test_what_changes_the_server_happens_in_named_steps(mailbox: Mailbox, servers: MailServers) -> None:
    uids = deliver(servers, mailbox, 1)
    told = list[Step]()
    observe(lambda moment, name: told.append(name) if moment == "before" else None)
    try:
        mailbox.create("Mailbot/Done")
        mailbox.file_away(uids, "Mailbot/Done")
        mailbox.append(b"Subject: x\r\n\r\nx\r\n", "Mailbot/Done")
    finally:
        observe(lambda moment, name: None)
    assert list(dict.fromkeys(told)) == [Step.IMAP_CREATE, Step.IMAP_MOVE, Step.IMAP_APPEND]
