"""What only the real servers do, and the proxy in front of them: other tests rely on it."""

from __future__ import annotations

import imaplib
import smtplib
from collections.abc import Callable

import pytest
from imapclient import IMAPClient
from support import live as support_live
from support import processes
from support.live import LiveServers
from support.waiting import until

from mailbot.demo.faults import CutInLiteral, Hide, LoseAnswer, OtherUidValidity, Refuse
from mailbot.demo.misbehaviour import Reply, Rule, Rules, Stage
from mailbot.demo.proxy import Proxy

MESSAGE = b"Subject: hello\r\n\r\n" + b"Please help me.\r\n" * 100
Make = Callable[..., Proxy]


def login(port: int) -> IMAPClient:
    client = IMAPClient("127.0.0.1", port, ssl=False, timeout=10)
    client.login("help", "secret")
    client.select_folder("INBOX")
    return client


@pytest.mark.live
def test_postfix_refuses_an_address_of_the_service_that_nobody_has(live: LiveServers) -> None:
    with (
        smtplib.SMTP("127.0.0.1", live.smtp_port, timeout=10) as client,
        pytest.raises(smtplib.SMTPRecipientsRefused) as refused,
    ):
        client.sendmail("", ["nobody@service.example"], MESSAGE)
    assert refused.value.recipients["nobody@service.example"][0] == 550


@pytest.mark.live
def test_postfix_sends_a_real_bounce_to_the_address_that_the_sender_gave(live: LiveServers) -> None:
    live.outside_script = Rules([Rule(Stage.RCPT, Reply("550 5.1.1 no such user"))])
    with smtplib.SMTP("127.0.0.1", live.smtp_port, timeout=10) as client:
        asked = (["RET=HDRS", "ENVID=AbC123"], ["NOTIFY=FAILURE"])
        client.sendmail("help+r3turn@service.example", ["gone@example.org"], MESSAGE, *asked)
    (bounce,) = until(lambda: live.mailbox("help"))
    assert b"\r\nDelivered-To: help+r3turn@service.example\r\n" in bounce
    assert b"\r\nOriginal-Envelope-Id: AbC123\r\n" in bounce
    assert b"\r\nStatus: 5.1.1\r\n" in bounce


@pytest.mark.live
def test_dovecot_separates_levels_of_folders_by_dots(live: LiveServers) -> None:
    with login(live.imap_port) as client:
        assert {delimiter for _, delimiter, _ in client.list_folders()} == {b"."}


@pytest.mark.live
@pytest.mark.parametrize("capability", ["MOVE", "UIDPLUS", "IDLE"])
def test_a_capability_of_dovecot_can_be_hidden(live: LiveServers, proxy: Make, capability: str) -> None:
    with login(live.imap_port) as client:
        assert client.has_capability(capability)
    with login(proxy(live.imap_port, Hide(capability)).port) as client:
        assert not client.has_capability(capability)


@pytest.mark.live
def test_dovecot_moves_and_its_answer_is_lost(live: LiveServers, proxy: Make) -> None:
    live.append("help", MESSAGE)
    client = login(proxy(live.imap_port, LoseAnswer("UID MOVE")).port)
    client.create_folder("Done")
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        client.move(client.search(), "Done")
    client.shutdown()
    assert live.mailbox("help", "Done") == [MESSAGE]


@pytest.mark.live
def test_a_literal_of_dovecot_is_cut_and_its_uidvalidity_changed(live: LiveServers, proxy: Make) -> None:
    live.append("help", MESSAGE)
    through = proxy(live.imap_port, CutInLiteral(20, times=1), OtherUidValidity(3))
    client = login(through.port)
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        client.fetch(client.search(), ["BODY.PEEK[]"])
    client.shutdown()
    with login(through.port) as again, login(live.imap_port) as direct:
        asked = ("INBOX", ["UIDVALIDITY"])
        assert again.folder_status(*asked)[b"UIDVALIDITY"] == direct.folder_status(*asked)[b"UIDVALIDITY"] + 3
        assert [fields[b"BODY[]"] for fields in again.fetch(again.search(), ["BODY.PEEK[]"]).values()] == [MESSAGE]


@pytest.mark.live
def test_postfix_takes_a_message_and_its_answer_is_lost(live: LiveServers, proxy: Make) -> None:
    through = proxy(live.smtp_port, Refuse("EHLO", "502 no"), LoseAnswer("."), protocol="smtp")
    client = smtplib.SMTP("127.0.0.1", through.port, local_hostname="client.example", timeout=10)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.sendmail("", ["help@service.example"], MESSAGE)
    (raw,) = until(lambda: live.mailbox("help"))
    assert raw.endswith(MESSAGE)


def test_live_tests_are_skipped_or_fail_with_one_sentence_where_a_program_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "program", lambda name: None if name == "postfix" else "/somewhere")
    monkeypatch.setattr(support_live.os, "geteuid", lambda: 0)
    monkeypatch.delenv("MAILBOT_REQUIRE_LIVE", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"^Live tests need postfix from Debian: make live-deps\.$"):
        support_live.require()
    monkeypatch.setenv("MAILBOT_REQUIRE_LIVE", "1")
    with pytest.raises(pytest.fail.Exception, match=r"^Live tests need postfix from Debian: make live-deps\.$"):
        support_live.require()
