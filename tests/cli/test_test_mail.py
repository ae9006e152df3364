"""`mailbot test-mail ADDRESS`: one harmless mail, and what the submission server said of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from promises.conftest import MakeScene, scene
from promises.evidence import DAY, LIMITS, mail, plain, reply_address
from support.mails import parsed
from support.processes import free_port

from mailbot.demo.misbehaviour import Reply, Rule, Rules, Stage
from mailbot.demo.servers import EmbeddedServers

__all__ = ["scene"]
FORBIDDEN = ("intimate", "image", "victim", "protection", "consent", "help")


def test_it_sends_one_neutral_mail_and_tells_the_answer(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    (found,) = here.house.json("test-mail", "operator@example.com")
    assert (found["outcome"], found["code"], found["stage"]) == ("sent", 250, "dot")
    (sent,) = embedded.sent
    message = parsed(sent.data)
    assert str(message["To"]) == "operator@example.com"
    assert str(message["From"]) == "Support Service <help@service.example>"
    assert str(message["Message-ID"]) == f"<{found['message_id']}>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "test message" in plain(message)
    assert not [word for word in FORBIDDEN if word in f"{message['Subject']} {plain(message)}".lower()]
    assert here.outbox() == here.cases() == []
    assert [row["act"] for row in here.audit() if row["who"] == "operator"] == ["test-mail.begun"]


@pytest.mark.parametrize(("reply", "outcome"), [("550 5.1.1 no such user", "never"), ("451 4.3.0 later", "later")])
def test_a_refusal_is_told_with_its_code_and_exit_1(
    scene: MakeScene, embedded: EmbeddedServers, reply: str, outcome: str
) -> None:
    here = scene(embedded)
    embedded.smtp_script = Rules([Rule(Stage.RCPT, Reply(reply))])
    (found,) = here.house.json("test-mail", "operator@example.com", expect=1)
    assert (found["outcome"], found["code"], found["enhanced"]) == (outcome, int(reply[:3]), reply[4:9])
    assert "operator@" not in str(found)


@pytest.mark.parametrize("address", ["operator", "a@b@c", "<a@example.com>", "a@example.com,b@example.com", ""])
def test_what_is_no_address_is_wrong_usage(scene: MakeScene, embedded: EmbeddedServers, address: str) -> None:
    here = scene(embedded)
    here.house.run("test-mail", address, expect=2)
    assert embedded.sent == []


def test_without_a_server_it_ends_with_1_and_one_sentence(scene: MakeScene, embedded: EmbeddedServers) -> None:
    assert scene(embedded, smtp_port=free_port()).house.run("test-mail", "operator@example.com", expect=1) == ""


def test_an_address_that_asked_for_silence_gets_none(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded, more=LIMITS)
    here.write(mail("kim@example.com"))
    here.once(DAY)
    (letter,) = here.to("kim@example.com")
    here.write(mail("kim@example.com", text="STOP", fields=[f"To: {reply_address(letter)}"]))
    here.once(DAY + timedelta(minutes=1))
    here.house.run("test-mail", "Kim@example.com", expect=1)
    assert len(here.to("kim@example.com")) == 1
