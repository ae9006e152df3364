"""A server out of reach for fifteen minutes, and the alarm that cannot be sent: somebody knows all the same (F40,
promise 2, RULES 8 and 15).
"""

from __future__ import annotations

import signal
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from faults.conftest import MakeFaulty
from faults.house import DEEP, TEN, FaultyHouse
from support.installation import office
from support.mails import answer_to, parsed
from support.processes import free_port, stop_at_rest
from support.waiting import until

from mailbot.demo.misbehaviour import Reply, Rule, Rules, Stage

pytestmark = pytest.mark.timeout(300)

NIGHT, OPENING = office("2026-11-24 23:10"), office("2026-11-25 08:30")


def _minutes(number: float, since: datetime = TEN) -> datetime:
    return since + timedelta(minutes=number)


def _told(here: FaultyHouse, member: str, words: str) -> list[EmailMessage]:
    found = [parsed(raw) for raw in here.servers.mailbox(member)]
    return [one for one in found if words in str(one["Subject"]) + str(one.get_body(("plain",)).get_content())]  # type: ignore[union-attr]


def _unplug(here: FaultyHouse, *names: str) -> None:
    for name in names:
        proxy = getattr(here, name)
        proxy.upstream = free_port()
        proxy.cut()


def _plug(here: FaultyHouse) -> None:
    here.imap.upstream, here.smtp.upstream = here.servers.imap_port, here.servers.smtp_port


def test_f40_a_mailbox_out_of_reach_keeps_held_letters_and_supervisors_hear_after_fifteen_minutes(
    faulty: MakeFaulty,
) -> None:
    """What came meanwhile must be read before an answer leaves, and nobody can read it (promise 8)."""
    here = faulty()
    here.write("kim@example.com")
    here.once(NIGHT)
    here.servers.append("help", answer_to(here.servers.mailbox("dana")[0], "We can help you."))
    here.once(_minutes(5, NIGHT))
    _unplug(here, "imap")
    here.once(OPENING, expect=1)
    assert any(problem.startswith("loop:watch: ") for problem in here.house.status(expect=1)["problems"])
    here.once(_minutes(14, OPENING), expect=1)
    assert _told(here, "sam", "fifteen minutes") == []
    here.once(_minutes(16, OPENING), expect=1)
    assert len(_told(here, "sam", "Mail was not fetched for fifteen minutes")) == 1
    here.once(_minutes(40, OPENING), expect=1)
    assert len(_told(here, "sam", "Mail was not fetched for fifteen minutes")) == 1
    assert len(here.letters("kim@example.com")) == 1, "the night letter alone"
    _plug(here)
    here.once(_minutes(41, OPENING))
    assert len(here.letters("kim@example.com")) == 2
    here.once(_minutes(42, OPENING))
    assert len(_told(here, "sam", "Mail was not fetched for fifteen minutes")) == 2, "one more: it is over"


def test_f40_an_alarm_that_cannot_be_sent_is_said_by_status_and_is_sent_when_mail_flows_again(
    faulty: MakeFaulty,
) -> None:
    here = faulty()
    _unplug(here, "smtp")
    here.write("kim@example.com")
    here.once(TEN, expect=1)
    assert any(problem.startswith("loop:deliver: ") for problem in here.house.status(expect=1)["problems"])
    here.once(_minutes(16), expect=1)
    problems = " ".join(here.house.status(expect=1)["problems"])
    assert "could not be sent for over 15 minutes" in problems
    assert here.servers.sent == []
    _plug(here)
    here.once(_minutes(17))
    here.once(_minutes(18))
    assert here.house.status(expect=0)["problems"] == []
    assert len(here.letters("kim@example.com")) == 1
    assert _told(here, "sam", "Mail was not sent for fifteen minutes")


def test_f40_a_server_that_puts_off_all_mail_to_staff_is_said_by_status_after_fifteen_minutes(
    faulty: MakeFaulty,
) -> None:
    """Each letter for itself is only greylisted; but the line that would tell staff of it is put off as well."""
    here = faulty()
    here.servers.smtp_script = Rules([Rule(Stage.RCPT, Reply("451 4.3.0 later"), times=1000)])
    here.write("kim@example.com")
    here.once(TEN, expect=None)
    assert here.house.status(expect=0)["problems"] == []
    here.once(_minutes(16), expect=None)
    assert any("messages to staff are put off" in one for one in here.house.status(expect=1)["problems"])
    here.servers.smtp_script = Rules()
    here.once(_minutes(60))
    assert here.house.status(expect=0)["problems"] == []
    assert len(here.letters("kim@example.com")) == 1


def test_f40_a_staff_mailbox_that_is_full_is_said_by_status(faulty: MakeFaulty) -> None:
    here = faulty()
    full = [
        Rule(Stage.RCPT, Reply("552 5.2.2 mailbox full"), times=100, about=f"{name}@service.example")
        for name in ("dana", "robin")
    ]
    here.servers.smtp_script = Rules(full)
    here.write("kim@example.com")
    here.once(TEN, expect=1)
    assert any("messages to staff did not arrive" in one for one in here.house.status(expect=1)["problems"])
    assert len(here.letters("kim@example.com")) == 1


@pytest.mark.parametrize("how", ["killed", pytest.param("stopped", marks=DEEP)])
def test_f40_a_daemon_that_died_or_hangs_is_known_by_its_missing_heartbeat(faulty: MakeFaulty, how: str) -> None:
    here = faulty()
    beat = here.folder / "mailbot.db.heartbeat"
    with here.daemon(expect=None) as process:
        here.write("kim@example.com")
        here.answered("kim@example.com")
        until(beat.exists, seconds=60)
        until(here.status, lambda found: found["ages"]["tick"] is not None and not found["problems"], seconds=60)
        if how == "killed":
            process.kill()
            process.wait()
        else:
            stop_at_rest(process, here.database)  # type: ignore[arg-type]
        last = datetime.fromisoformat(beat.read_text().strip())
        here.house.at = _minutes(14, last)
        assert here.house.status(expect=None)["ok"] or how == "killed"
        here.house.at = _minutes(17, last)
        assert any("no loop has finished a round" in one for one in here.house.status(expect=1)["problems"])
        assert datetime.fromisoformat(beat.read_text().strip()) == last
        process.send_signal(signal.SIGCONT) if how == "stopped" else None


@pytest.mark.deep
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("server", "done"), [("imap", "fetched"), ("smtp", "sent")])
def test_f40_the_running_daemon_tells_of_an_outage_after_fifteen_minutes_and_of_its_end(
    faulty: MakeFaulty, server: str, done: str
) -> None:
    """A quarter of an hour in a minute and a half: the clocks run ten times as fast."""
    here = faulty()
    here.speed = 10.0
    with here.daemon():
        here.write("kim@example.com")
        here.answered("kim@example.com")
        _unplug(here, server)
        gone = here.now
        here.write("lee@example.net")
        here.named(f"loop:{'watch' if server == 'imap' else 'deliver'}")
        named = here.now - gone
        alerts = [row for row in here.outbox() if row["letter"] == "alert"]
        until(lambda: [row for row in here.outbox() if row["letter"] == "alert"], seconds=240)
        raised = here.now - gone
        _plug(here)
        until(lambda: len(_told(here, "sam", f"Mail was not {done} for fifteen minutes")) == 2, seconds=240)
        here.answered("lee@example.net")
        here.all_well()
    assert alerts == []
    assert timedelta(minutes=14) <= raised
    print(f"\n{server} out of reach: status after {named}, alert after {raised}")
