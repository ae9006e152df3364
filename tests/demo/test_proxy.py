"""The misbehaving proxy in front of the embedded servers: each fault does what its name says, as often as it should."""

from __future__ import annotations

import imaplib
import select
import smtplib
import socket
from collections.abc import Callable

import pytest
from imapclient import IMAPClient

from mailbot.demo.faults import (
    CutAfter,
    CutInLiteral,
    EndlessLine,
    Hide,
    LiteralSays,
    LoseAnswer,
    OtherUidValidity,
    Refuse,
    SplitLines,
    Stall,
    WrongUid,
)
from mailbot.demo.proxy import Proxy
from mailbot.demo.servers import EmbeddedServers

MESSAGE = b"Subject: hello\r\n\r\n" + b"Please help me.\r\n" * 100
Make = Callable[..., Proxy]


def login(port: int, timeout: float = 5) -> IMAPClient:
    client = IMAPClient("127.0.0.1", port, ssl=False, timeout=timeout)
    client.login("help", "secret")
    client.select_folder("INBOX")
    return client


def fetched(port: int) -> dict[int, dict[bytes, object]]:
    with login(port) as client:
        return dict(client.fetch(client.search(), ["BODY.PEEK[]"]))


def test_without_faults_it_is_the_server(embedded: EmbeddedServers, proxy: Make) -> None:
    embedded.append("help", MESSAGE)
    through = proxy(embedded.imap_port)
    assert fetched(through.port) == fetched(embedded.imap_port)
    assert (through.connections, dict(through.counts)) == (1, {})


def test_a_connection_is_cut_after_a_number_of_bytes(embedded: EmbeddedServers, proxy: Make) -> None:
    through = proxy(embedded.imap_port, CutAfter(9))
    with socket.create_connection(("127.0.0.1", through.port), 5) as client:
        received = b"".join(iter(lambda: client.recv(1000), b""))
    assert len(received) == 9
    assert through.counts[CutAfter(9)] == 1


def test_a_literal_is_cut_in_its_middle_once_and_comes_whole_the_next_time(
    embedded: EmbeddedServers, proxy: Make
) -> None:
    embedded.append("help", MESSAGE)
    through = proxy(embedded.imap_port, CutInLiteral(20, times=1))
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        fetched(through.port)
    ((_, fields),) = fetched(through.port).items()
    assert fields[b"BODY[]"] == MESSAGE


def test_a_command_is_done_but_its_answer_is_lost(embedded: EmbeddedServers, proxy: Make) -> None:
    embedded.append("help", MESSAGE)
    through = proxy(embedded.imap_port, LoseAnswer("UID MOVE"))
    client = login(through.port)
    client.create_folder("Done")
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        client.move(client.search(), "Done")
    client.shutdown()
    assert embedded.mailbox("help", "Done") == [MESSAGE]


def test_a_stalled_idle_says_nothing_although_mail_arrives(embedded: EmbeddedServers, proxy: Make) -> None:
    through = proxy(embedded.imap_port, Stall("IDLE", lines=1))
    client = login(through.port)
    client.idle()
    embedded.append("help", MESSAGE)
    assert select.select([client.socket()], [], [], 0.3)[0] == []
    client.shutdown()


def test_a_stalled_command_is_never_answered(embedded: EmbeddedServers, proxy: Make) -> None:
    through = proxy(embedded.imap_port, Stall("NOOP"))
    client = login(through.port, timeout=0.3)
    with pytest.raises(TimeoutError):
        client.noop()
    client.shutdown()


@pytest.mark.parametrize("answer", ["NO [TRYCREATE] not now", "BAD what"])
def test_a_named_command_is_refused_as_often_as_asked(embedded: EmbeddedServers, proxy: Make, answer: str) -> None:
    through = proxy(embedded.imap_port, Refuse("UID FETCH", answer, times=1))
    embedded.append("help", MESSAGE)
    with login(through.port) as client:
        with pytest.raises(client.Error):
            client.fetch(client.search(), ["FLAGS"])
        assert client.fetch(client.search(), ["FLAGS"])


def test_an_append_that_is_refused_does_not_confuse_the_commands_after_it(
    embedded: EmbeddedServers, proxy: Make
) -> None:
    through = proxy(embedded.imap_port, Refuse("APPEND"))
    with login(through.port) as client:
        with pytest.raises(client.Error):
            client.append("INBOX", MESSAGE)
        client.noop()
    assert embedded.mailbox("help") == []


@pytest.mark.parametrize("capability", ["MOVE", "UIDPLUS", "IDLE"])
def test_a_hidden_capability_is_neither_offered_nor_obeyed(
    embedded: EmbeddedServers, proxy: Make, capability: str
) -> None:
    embedded.append("help", MESSAGE)
    through = proxy(embedded.imap_port, Hide(capability))
    with login(through.port) as client:
        assert not client.has_capability(capability)
        client.create_folder("Done")
        uids = client.search()
        commands = {
            "MOVE": lambda: client._raw_command_untagged(b"UID MOVE", [b"%d" % uids[0], b"Done"]),
            "UIDPLUS": lambda: client._raw_command_untagged(b"UID EXPUNGE", [b"%d" % uids[0]]),
            "IDLE": client.idle,
        }
        with pytest.raises(Exception, match=r"(?i)unknown|capabilit"):
            commands[capability]()
    assert embedded.mailbox("help") == [MESSAGE]


@pytest.mark.parametrize(("faults", "told"), [((), True), ((Hide("UIDPLUS"),), False)])
def test_without_uidplus_a_copy_is_not_answered_with_its_uid(
    embedded: EmbeddedServers, proxy: Make, faults: tuple[Hide, ...], told: bool
) -> None:
    embedded.append("help", MESSAGE, folder="Done")
    embedded.append("help", MESSAGE)
    with imaplib.IMAP4("127.0.0.1", proxy(embedded.imap_port, *faults).port, timeout=5) as client:
        client.login("help", "secret")
        client.select()
        _, (answer,) = client.copy("1", "Done")
    assert (b"COPYUID" in answer) is told


def test_a_literal_is_announced_with_an_absurd_size(embedded: EmbeddedServers, proxy: Make) -> None:
    embedded.append("help", MESSAGE)
    through = proxy(embedded.imap_port, LiteralSays(99_999_999_999))
    with socket.create_connection(("127.0.0.1", through.port), 5) as client:
        client.sendall(b"1 LOGIN help secret\r\n2 SELECT INBOX\r\n3 FETCH 1 BODY.PEEK[]\r\n")
        received = b""
        while b"\r\n3 OK" not in received:
            received += client.recv(10_000)
    assert b"{99999999999}\r\nSubject: hello" in received


def test_a_line_has_no_end(embedded: EmbeddedServers, proxy: Make) -> None:
    through = proxy(embedded.imap_port, EndlessLine("NOOP", size=2**20))
    with socket.create_connection(("127.0.0.1", through.port), 5) as client:
        assert client.recv(1000).endswith(b"\r\n")
        client.sendall(b"1 NOOP\r\n")
        received = b""
        while len(received) < 2**20:
            received += client.recv(2**20)
    assert received.startswith(b"* OK xxx")
    assert b"\n" not in received


def test_a_line_arrives_in_two_pieces(embedded: EmbeddedServers, proxy: Make) -> None:
    through = proxy(embedded.imap_port, SplitLines(0.1))
    with socket.create_connection(("127.0.0.1", through.port), 5) as client:
        first = client.recv(10_000)
        second = client.recv(10_000)
    assert not first.endswith(b"\n")
    assert second.endswith(b"\r\n")


def test_uids_in_answers_are_wrong(embedded: EmbeddedServers, proxy: Make) -> None:
    embedded.append("help", MESSAGE)
    with imaplib.IMAP4("127.0.0.1", proxy(embedded.imap_port, WrongUid(5)).port, timeout=5) as client:
        client.login("help", "secret")
        client.select()
        uid = int(client.uid("SEARCH", "ALL")[1][0])
        _, (answer,) = client.uid("FETCH", str(uid), "(FLAGS)")
    assert f"UID {uid + 5}".encode() in answer


def test_uidvalidity_changes_while_it_runs(embedded: EmbeddedServers, proxy: Make) -> None:
    through = proxy(embedded.imap_port)
    with login(through.port) as client:
        before = client.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"]
        through.faults = [OtherUidValidity(7)]
        assert client.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"] == before + 7
        assert client.select_folder("INBOX")[b"UIDVALIDITY"] == before + 7
    assert through.counts[OtherUidValidity(7)] == 2


def test_all_connections_are_cut_at_once(embedded: EmbeddedServers, proxy: Make) -> None:
    through = proxy(embedded.imap_port)
    client = login(through.port)
    through.cut()
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        client.noop()


@pytest.mark.parametrize(("command", "taken"), [("DATA", 0), (".", 1)])
def test_an_smtp_connection_breaks_before_or_after_the_message(
    embedded: EmbeddedServers, proxy: Make, command: str, taken: int
) -> None:
    through = proxy(embedded.smtp_port, LoseAnswer(command), protocol="smtp")
    client = smtplib.SMTP("127.0.0.1", through.port, local_hostname="client.example", timeout=5)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.sendmail("", ["someone@example.org"], b"Subject: x\r\n\r\nDATA\r\nMAIL\r\n..\r\n")
    assert len(embedded.sent) == taken


def test_an_smtp_command_is_refused_but_not_the_same_word_in_a_message(embedded: EmbeddedServers, proxy: Make) -> None:
    through = proxy(embedded.smtp_port, Refuse("RSET", "500 no"), Refuse("RCPT", "451 later", times=1), protocol="smtp")
    with smtplib.SMTP("127.0.0.1", through.port, local_hostname="client.example", timeout=5) as client:
        client.ehlo()
        client.mail("")
        assert client.rcpt("someone@example.org")[0] == 451
        assert client.rcpt("someone@example.org")[0] == 250
        assert client.data(b"RSET\r\n") == (250, b"2.0.0 taken")
    assert [taken.data for taken in embedded.sent] == [b"RSET\r\n"]
