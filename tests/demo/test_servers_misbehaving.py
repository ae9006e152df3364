"""The embedded SMTP server misbehaves on request, stage by stage, and records what it took, in a file where it is
asked to.
"""

from __future__ import annotations

import json
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.demo.misbehaviour import Act, Drop, Reply, Rule, Rules, Stage, Stall
from mailbot.demo.recording import read_recording
from mailbot.demo.servers import EmbeddedServers
from mailbot.demo.smtpside import Offers

MESSAGE = b"Subject: hello\r\n\r\nPlease help.\r\n"


def send(port: int, recipient: str = "help@service.example", timeout: float = 5) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="client.example", timeout=timeout) as client:
        client.sendmail("alex@example.net", [recipient], MESSAGE)


def outcome(servers: EmbeddedServers, recipient: str = "help@service.example") -> object:
    """The code of the reply, or what else became of a message."""
    try:
        send(servers.smtp_port, recipient, timeout=0.5)
    except smtplib.SMTPResponseException as error:
        return error.smtp_code
    except smtplib.SMTPRecipientsRefused as error:
        return error.recipients[recipient][0]
    except smtplib.SMTPServerDisconnected as error:
        return "silence" if "timed out" in str(error) else "broken"
    except TimeoutError:
        return "silence"
    return 250


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize(("act", "seen"), [
    (Reply("421 4.3.2 closing"), 421),
    (Reply("554 5.7.1 no"), 554),
    (Drop(), "broken"),
    (Stall(), "silence"),
])  # fmt: skip
def test_it_goes_wrong_once_at_the_stage_asked_for_and_is_right_afterwards(
    embedded: EmbeddedServers, stage: Stage, act: Act, seen: object
) -> None:
    embedded.smtp_script = Rules([Rule(stage, act)])
    assert outcome(embedded) == seen
    assert (embedded.sent, embedded.mailbox("help")) == ([], [])
    assert outcome(embedded) == 250
    assert len(embedded.sent) == len(embedded.mailbox("help")) == 1


@pytest.mark.parametrize(("act", "seen"), [(Drop(taken=True), "broken"), (Stall(taken=True), "silence")])
def test_a_message_can_be_taken_although_its_answer_is_lost(embedded: EmbeddedServers, act: Act, seen: str) -> None:
    embedded.smtp_script = Rules([Rule(Stage.END, act)])
    assert outcome(embedded) == seen
    assert [taken.data for taken in embedded.sent] == [MESSAGE]
    assert len(embedded.mailbox("help")) == 1


def test_a_rule_can_be_about_one_recipient_only(embedded: EmbeddedServers) -> None:
    embedded.smtp_script = Rules([Rule(Stage.RCPT, Reply("550 5.1.1 unknown"), about="gone@example.org", times=9)])
    assert outcome(embedded, "gone@example.org") == 550
    assert outcome(embedded, "here@example.org") == 250
    assert outcome(embedded, "gone@example.org") == 550


def test_a_script_can_be_any_function(embedded: EmbeddedServers) -> None:
    asked: list[tuple[Stage, tuple[str, ...]]] = []
    embedded.smtp_script = lambda stage, addresses: asked.append((stage, addresses))
    send(embedded.smtp_port)
    help_ = ("help@service.example",)
    assert asked == [
        (Stage.CONNECT, ()), (Stage.MAIL, ("alex@example.net",)), (Stage.RCPT, help_), (Stage.DATA, help_),
        (Stage.END, help_),
    ]  # fmt: skip


def test_what_was_taken_is_recorded_as_it_stood_on_the_wire(embedded: EmbeddedServers) -> None:
    with smtplib.SMTP("127.0.0.1", embedded.smtp_port, local_hostname="client.example", timeout=5) as client:
        client.ehlo()
        client.docmd("MAIL", "FROM:<> BODY=8BITMIME RET=HDRS ENVID=AbC")
        client.docmd("RCPT", "TO:<Someone@example.org> NOTIFY=NEVER ORCPT=rfc822;Someone@example.org")
        client.docmd("DATA")
        client.send(b"a: \xff\r\n\r\n..\r\nbare\nlf\r\n.\r\n")
        assert client.getreply()[0] == 250
    (taken,) = embedded.sent
    assert (taken.mail_from, taken.rcpt_to, taken.helo) == ("", ("Someone@example.org",), "client.example")
    assert taken.data == b"a: \xff\r\n\r\n.\r\nbare\nlf\r\n"
    assert taken.mail_options == ("BODY=8BITMIME", "RET=HDRS", "ENVID=AbC")
    assert taken.rcpt_options == ("NOTIFY=NEVER", "ORCPT=rfc822;Someone@example.org")


@contextmanager
def client_of(offers: Offers) -> Iterator[smtplib.SMTP]:
    with (
        EmbeddedServers({}, {}, offers=offers) as servers,
        smtplib.SMTP("127.0.0.1", servers.smtp_port, local_hostname="client.example", timeout=5) as client,
    ):
        client.ehlo()
        yield client


def test_options_of_a_recipient_that_was_refused_are_not_recorded(embedded: EmbeddedServers) -> None:
    embedded.smtp_script = Rules([Rule(Stage.RCPT, Reply("451 4.3.0 later"))])
    with smtplib.SMTP("127.0.0.1", embedded.smtp_port, local_hostname="client.example", timeout=5) as client:
        client.ehlo()
        client.mail("")
        assert [client.rcpt("someone@example.org", ["NOTIFY=NEVER"])[0] for _ in range(2)] == [451, 250]
        client.data(MESSAGE)
    assert embedded.sent[0].rcpt_options == ("NOTIFY=NEVER",)


def test_its_clock_says_when_mail_arrived() -> None:
    night = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)
    with EmbeddedServers({"help": "x"}, {"help@service.example": "help"}, clock=lambda: night) as servers:
        send(servers.smtp_port)
        assert servers.sent[0].at == night
        assert b"Wed, 25 Nov 2026 10:30:00 +0000" in servers.mailbox("help")[0]


def test_a_port_that_is_taken_is_an_error_and_leaves_no_thread_behind(embedded: EmbeddedServers) -> None:
    before = threading.active_count()
    with pytest.raises(OSError, match="in use"), EmbeddedServers({}, {}, smtp_port=embedded.smtp_port):
        pass
    assert threading.active_count() == before


def test_it_offers_only_what_it_is_told_to_offer() -> None:
    with client_of(Offers(smtputf8=False, dsn=False)) as client:
        assert client.has_extn("8bitmime")
        assert not any(client.has_extn(name) for name in ("smtputf8", "dsn", "auth"))
        client.mail("")
        assert client.rcpt("someone@example.org", ["NOTIFY=NEVER"])[0] == 555


def test_it_asks_for_a_login_where_there_are_logins() -> None:
    with client_of(Offers(logins={"mailbot": "right"})) as client:
        assert client.mail("")[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("mailbot", "wrong")
        client.login("mailbot", "right")
        assert client.mail("")[0] == 250


def test_waiting_for_mail_that_does_not_come_ends_with_what_there_was(embedded: EmbeddedServers) -> None:
    send(embedded.smtp_port)
    with pytest.raises(TimeoutError, match="1 messages instead of 2"):
        embedded.wait_sent(2, seconds=0.05)


def test_started_alone_it_prints_its_ports_records_what_it_takes_and_ends_with_its_input(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mailbot.demo.servers", "--accounts", "help:secret", "dana:geheim"]
    command += ["--addresses", "help@service.example=help", "--record", str(tmp_path / "record")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        ports = json.loads(child.stdout.readline())
        assert read_recording(tmp_path / "record") == []
        send(ports["smtp_port"])
        (taken,) = read_recording(tmp_path / "record")
        child.stdin.close()
        assert child.wait(10) == 0
    assert (taken.mail_from, taken.rcpt_to, taken.data) == ("alex@example.net", ("help@service.example",), MESSAGE)
