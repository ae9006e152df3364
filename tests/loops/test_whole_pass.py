"""All four loops on real parts: embedded servers and a SQLite file."""

from __future__ import annotations

from loops.house import AT_NIGHT, Running, StandingClock
from support.mails import first_mail, to_person

from mailbot.demo.servers import EmbeddedServers


def test_a_first_mail_by_day_is_acknowledged_told_and_filed_away(running: Running, embedded: EmbeddedServers) -> None:
    embedded.append("help", first_mail("alex@example.net"), received_at=running.clock.now())
    assert running.one_pass()
    (letter,) = to_person(embedded.sent, "alex@example.net")
    assert letter["Subject"] == "We received your message"
    assert {one.rcpt_to[0] for one in embedded.sent} == {
        "alex@example.net", "dana@service.example", "robin@service.example"}  # fmt: skip
    assert (embedded.mailbox("help"), len(embedded.mailbox("help", "Mailbot/Done"))) == ([], 2)
    assert running.journal() == {"processed": 1}
    assert running.folders() == {"INBOX": (0, 0, 0)}


def test_a_second_pass_does_nothing_again(running: Running, embedded: EmbeddedServers) -> None:
    embedded.append("help", first_mail("alex@example.net"), received_at=running.clock.now())
    running.one_pass()
    sent = len(embedded.sent)
    running.one_pass()
    assert len(embedded.sent) == sent
    assert not running.watch.round()
    assert not running.tick.round()


def test_a_first_mail_at_night_gets_the_crisis_lines_once(
    running: Running, embedded: EmbeddedServers, clock: StandingClock
) -> None:
    clock.at = AT_NIGHT
    for number in range(2):
        mail = first_mail("alex@example.net", message_id=f"m{number}@mail.example.net", text=f"mail {number}")
        embedded.append("help", mail, received_at=clock.now())
    running.one_pass()
    (letter,) = to_person(embedded.sent, "alex@example.net")
    assert "911" in letter.as_string()
