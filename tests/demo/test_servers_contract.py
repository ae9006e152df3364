"""What mailbot relies on in a mail server, asserted on the embedded servers and on Dovecot with Postfix alike."""

from __future__ import annotations

import select
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from imapclient import IMAPClient
from support.facade import MailServers
from support.waiting import until

MESSAGE = b"From: alex@example.net\r\nSubject: hello\r\n\r\nPlease help.\r\n"


@contextmanager
def session(servers: MailServers, account: str = "help", folder: str | None = "INBOX") -> Iterator[IMAPClient]:
    with IMAPClient(servers.host, servers.imap_port, ssl=False, timeout=10) as client:
        client.login(account, servers.accounts[account])
        if folder is not None:
            client.select_folder(folder)
        yield client


def send(servers: MailServers, sender: str, recipient: str, raw: bytes, options: tuple[str, ...] = ()) -> None:
    with smtplib.SMTP(servers.host, servers.smtp_port, local_hostname="client.example", timeout=10) as client:
        client.sendmail(sender, [recipient], raw, mail_options=options)


def delivered(servers: MailServers, account: str = "help") -> bytes:
    """The only message of an inbox, once it has come."""
    (raw,) = until(lambda: servers.mailbox(account))
    return raw


def test_idle_wakes_when_a_message_is_appended(servers: MailServers) -> None:
    with session(servers) as client:
        client.idle()
        servers.append("help", MESSAGE)
        ready, _, _ = select.select([client.socket()], [], [], 10)
        _, responses = client.idle_done()
    assert ready
    assert (1, b"EXISTS") in responses


def test_idle_wakes_when_a_message_is_delivered_by_smtp(servers: MailServers) -> None:
    with session(servers) as client:
        client.idle()
        send(servers, "alex@example.net", "help@service.example", MESSAGE)
        ready, _, _ = select.select([client.socket()], [], [], 10)
        client.idle_done()
    assert ready


def test_move_takes_a_batch_to_another_folder_whole(servers: MailServers) -> None:
    for _ in range(3):
        servers.append("help", MESSAGE)
    with session(servers) as client:
        assert client.has_capability("MOVE")
        client.create_folder("Done")
        client.move(client.search()[:2], "Done")
    assert servers.mailbox("help") == [MESSAGE]
    assert servers.mailbox("help", "Done") == [MESSAGE, MESSAGE]


def test_uid_expunge_removes_only_the_messages_named(servers: MailServers) -> None:
    for _ in range(3):
        servers.append("help", MESSAGE)
    with session(servers) as client:
        assert client.has_capability("UIDPLUS")
        uids = client.search()
        client.delete_messages(uids[:2], silent=True)
        client.uid_expunge(uids[:1])
        assert client.search() == uids[1:]


def test_append_answers_with_the_uid_of_the_message(servers: MailServers) -> None:
    with session(servers) as client:
        answer = client.append("INBOX", MESSAGE)
        validity = client.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"]
        client.noop()
        (uid,) = client.search()
    assert b"APPENDUID %d %d" % (validity, uid) in answer


def test_a_folder_made_again_has_another_uidvalidity(servers: MailServers) -> None:
    with session(servers, folder=None) as client:
        values = set()
        for _ in range(2):
            client.create_folder("Work")
            values.add(client.folder_status("Work", ["UIDVALIDITY"])[b"UIDVALIDITY"])
            client.delete_folder("Work")
    assert len(values) == 2


@pytest.mark.parametrize("raw", [
    b"Subject: caf\xe9\r\n\r\nna\xefve \xff\xfe\r\n",
    b"Subject: only a header\r\n",
    b"Subject: no body\r\n\r\n",
    b"no header at all\r\n",
    b"Subject: long\r\n\r\n" + b"x" * 5000 + b"\r\n",
])  # fmt: skip
def test_bytes_come_back_as_they_went_in(servers: MailServers, raw: bytes) -> None:
    servers.append("help", raw)
    assert servers.mailbox("help") == [raw]
    with session(servers) as client:
        (fields,) = client.fetch(client.search(), ["BODY.PEEK[]", "RFC822.SIZE"]).values()
    assert (fields[b"BODY[]"], fields[b"RFC822.SIZE"]) == (raw, len(raw))


def test_peeking_does_not_mark_a_message_as_seen(servers: MailServers) -> None:
    servers.append("help", MESSAGE)
    with session(servers) as client:
        client.fetch(client.search(), ["BODY.PEEK[]"])
        (fields,) = client.fetch(client.search(), ["FLAGS"]).values()
    assert b"\\Seen" not in fields[b"FLAGS"]


def test_the_instant_given_with_append_is_kept(servers: MailServers) -> None:
    before = datetime(2026, 11, 23, 8, 0, tzinfo=UTC) - timedelta(days=30)
    servers.append("help", MESSAGE, received_at=before)
    with session(servers) as client:
        client.normalise_times = False
        (fields,) = client.fetch(client.search(), ["INTERNALDATE"]).values()
    assert fields[b"INTERNALDATE"] == before


def test_a_part_of_a_message_can_be_fetched_by_its_offset(servers: MailServers) -> None:
    servers.append("help", MESSAGE)
    with session(servers) as client:
        (fields,) = client.fetch(client.search(), ["BODY.PEEK[]<5.10>"]).values()
    assert fields[b"BODY[]<5>"] == MESSAGE[5:15]


def test_folders_are_made_and_listed_below_one_another(servers: MailServers) -> None:
    servers.append("help", MESSAGE, folder="Mailbot/Done")
    assert "Mailbot/Done" in servers.folders("help")
    assert servers.mailbox("help", "Mailbot/Done") == [MESSAGE]
    assert servers.mailbox("help", "Nowhere") == []


def test_a_wrong_password_is_refused(servers: MailServers) -> None:
    with IMAPClient(servers.host, servers.imap_port, ssl=False, timeout=10) as client:
        with pytest.raises(client.Error):
            client.login("help", "not the password")
        client.login("help", servers.accounts["help"])


def test_mail_to_a_subaddress_reaches_the_account_and_names_it(servers: MailServers) -> None:
    send(servers, "alex@example.net", "help+k7zq2a@service.example", MESSAGE)
    raw = delivered(servers)
    assert raw.startswith(b"Return-Path: <alex@example.net>\r\n")
    assert b"\r\nDelivered-To: help+k7zq2a@service.example\r\n" in raw
    assert raw.endswith(MESSAGE)


def test_the_null_sender_is_accepted_and_kept(servers: MailServers) -> None:
    send(servers, "", "help@service.example", MESSAGE)
    assert delivered(servers).startswith(b"Return-Path: <>\r\n")


def test_lines_that_begin_with_dots_survive_the_wire(servers: MailServers) -> None:
    body = b".one\r\n..two\r\n.\r\n...\r\nlast\r\n"
    send(servers, "", "help@service.example", b"Subject: dots\r\n\r\n" + body)
    assert delivered(servers).endswith(b"\r\n\r\n" + body)


def test_eight_bit_bytes_survive_the_wire(servers: MailServers) -> None:
    raw = b"Subject: eight bits\r\n\r\nna\xefve \xc3\xa9\r\n"
    send(servers, "", "help@service.example", raw, ("BODY=8BITMIME",))
    assert delivered(servers).endswith(b"\r\n\r\nna\xefve \xc3\xa9\r\n")


def test_mail_to_an_address_outside_is_recorded_with_what_was_asked_for_it(servers: MailServers) -> None:
    with smtplib.SMTP(servers.host, servers.smtp_port, local_hostname="client.example", timeout=10) as client:
        client.ehlo()
        assert client.has_extn("dsn")
        asked = (["RET=HDRS", "ENVID=AbC123"], ["NOTIFY=FAILURE,DELAY"])
        client.sendmail("", ["someone@example.org"], MESSAGE, *asked)
    (taken,) = servers.wait_sent(1)
    assert (taken.mail_from, taken.rcpt_to) == ("", ("someone@example.org",))
    assert {"RET=HDRS", "ENVID=AbC123"} <= set(taken.mail_options)
    assert "NOTIFY=FAILURE,DELAY" in {option.upper() for option in taken.rcpt_options}
    assert taken.data.endswith(MESSAGE)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_begins_with_empty_mailboxes(servers: MailServers, turn: str) -> None:
    assert (servers.mailbox("help"), servers.sent) == ([], [])
    servers.append("help", MESSAGE, folder="Junk")
    servers.append("help", MESSAGE)
