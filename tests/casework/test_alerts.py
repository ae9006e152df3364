"""Alerts: one a cause and one when it is over, to supervisors, at any hour, without a word of anybody (RULES 15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from loops.house import AT_NIGHT, BY_DAY, House, StandingClock, a_reading, handle, office, put
from support.mails import parsed, text_of

from mailbot.casework import alerts
from mailbot.model import CaseStatus, JournalState, OutboxState, Place, Role
from mailbot.steps import Step
from mailbot.tick import Tick
from scheduler import JumpWatch
from storage import cases, journal, outbox, pulse
from storage.journal import End
from storage.outbox import NEVER, OutboxRow

MINUTE = timedelta(minutes=1)


class Watchroom:
    """One house and the tick that looks after it. `minutes` lets time go by as a daemon does: a tick a minute."""

    def __init__(self, house: House) -> None:
        self.house, self.clock = house, house.clock
        self.tick = Tick(house.database, house.clock, house.desk, JumpWatch(None))
        self.alive = {"watch", "deliver"}

    def round(self) -> list[str]:
        """One tick; what it told, and to whom."""
        before = {row.id for row in self.house.outbox()}
        with self.house.database.transaction(Step.OPERATOR) as transaction:
            for loop in self.alive:
                pulse.beat(transaction, loop, self.clock.now())
        while self.tick.round():
            pass
        new = [row for row in self.house.outbox() if row.id not in before and row.letter.startswith("alert")]
        return [f"{self.reader(row)}: {self.text(row).splitlines()[0]}" for row in new]

    def minutes(self, count: int) -> list[str]:
        told = self.round()
        for _ in range(count):
            self.clock.at += MINUTE
            told += self.round()
        return told

    def reader(self, row: OutboxRow) -> str:
        with self.house.database.view() as view:
            return outbox.envelope(view, row)[0].to.partition("@")[0]

    def text(self, row: OutboxRow) -> str:
        with self.house.database.view() as view:
            return text_of(outbox.content(view, row) or b"").replace("\r\n", "\n")

    def write(self, act: Callable[..., object], *arguments: object) -> None:
        with self.house.database.transaction(Step.OPERATOR) as transaction:
            act(transaction, *arguments)

    def sql(self, statement: str, *values: object) -> None:
        with self.house.database.transaction(Step.OPERATOR) as transaction:
            transaction.connection.exec_driver_sql(statement, values)

    def problem(self, code: str) -> None:
        self.write(pulse.raise_problem, code, "unreachable", self.clock.now())

    def letter_to(self, author: str) -> OutboxRow:
        """A person wrote; the letter for them."""
        inbound = handle(self.house, "requester", a_reading(author))
        return next(row for row in self.house.outbox() if row.role is Role.REQUESTER and row.cause == inbound.id)

    def set_state(self, row: OutboxRow, state: OutboxState, repeat_at: datetime = NEVER) -> None:
        at = int(repeat_at.timestamp()) * 1_000_000
        self.sql("UPDATE outbox SET state=?, told_at=NULL, next_attempt_at=? WHERE id=?", state, at, row.id)

    def quarantine(self, reason: str = "no parts", count: int = 1) -> list[str]:
        ids = []
        with self.house.database.transaction(Step.OPERATOR) as transaction:
            now = self.clock.now()
            for _ in range(count):
                inbound = put(transaction, now, a_reading("kim@example.com"))
                row = journal.find(transaction, inbound.id)
                assert row is not None
                journal.end(transaction, row, End(JournalState.QUARANTINED, reason, file_to=Place.QUARANTINE), now)
                ids.append(inbound.id)
        return ids


@pytest.fixture
def room(house: House) -> Watchroom:
    return Watchroom(house)


# Mail that stands still


@pytest.mark.parametrize(("loop", "word"), [("watch", "fetched"), ("deliver", "sent")])
def test_a_loop_without_a_beat_is_told_after_fifteen_minutes_once_and_its_end_once(
    room: Watchroom, loop: str, word: str
) -> None:
    room.minutes(1)
    room.alive -= {loop}
    assert room.minutes(14) == []
    (told,) = room.minutes(1)
    assert told == (
        f"sam: Mail was not {word} for fifteen minutes. Ask whoever looks after the mail server; the command status "
        "says more."
    )
    assert room.minutes(60) == []
    room.alive |= {loop}
    assert room.minutes(1) == [f"sam: Nothing to do. This is over: Mail was not {word} for fifteen minutes."]
    assert room.minutes(30) == []


@pytest.mark.parametrize(("loop", "word"), [("watch", "fetched"), ("process", "read"), ("deliver", "sent")])
def test_an_open_problem_of_a_loop_is_told_after_fifteen_minutes(room: Watchroom, loop: str, word: str) -> None:
    """What passes under cron know: each is a process of its own, and never awake for long."""
    room.problem(f"loop:{loop}")
    room.alive = set()
    room.clock.at += 14 * MINUTE
    assert room.round() == []
    room.clock.at += MINUTE
    (told,) = room.round()
    assert told.startswith(f"sam: Mail was not {word} for fifteen minutes.")


def test_a_problem_that_is_not_a_loops_is_no_alert(room: Watchroom) -> None:
    room.problem("folder:junk")
    assert room.minutes(30) == []


def test_it_is_not_over_before_every_loop_has_beaten_and_no_problem_is_open(room: Watchroom) -> None:
    room.problem("loop:watch")
    room.alive = {"deliver"}
    assert len(room.minutes(15)) == 1
    room.write(pulse.end_problem, "loop:watch")
    room.problem("loop:deliver")
    room.alive = {"watch", "deliver"}
    assert room.minutes(2) == []
    room.write(pulse.end_problem, "loop:deliver")
    assert len(room.minutes(1)) == 1


def test_a_machine_that_slept_raises_no_alert_before_its_loops_had_their_time(room: Watchroom) -> None:
    room.minutes(1)
    room.clock.at += timedelta(hours=60)
    room.alive = set()
    assert room.minutes(14) == []
    assert len(room.minutes(1)) == 1


def test_a_new_outage_is_a_new_alert(room: Watchroom) -> None:
    for _ in range(2):
        room.alive = {"watch"}
        assert len(room.minutes(16)) == 1
        room.alive = {"watch", "deliver"}
        assert len(room.minutes(1)) == 1


def test_a_restart_in_the_middle_tells_nobody_again_and_does_not_call_it_over(room: Watchroom) -> None:
    room.alive = {"deliver"}
    assert len(room.minutes(16)) == 1
    room.tick = Tick(room.house.database, room.clock, room.house.desk, JumpWatch(None))
    assert room.minutes(30) == []


def test_nothing_is_told_while_the_clock_is_not_to_be_trusted(
    room: Watchroom, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    boot = [0.0]
    monkeypatch.setattr(clock, "boottime", lambda: boot[0])
    room.round()
    room.problem("loop:watch")
    clock.at += timedelta(hours=1)
    boot[0] += 10
    assert room.round() == []


# Letters


@pytest.mark.parametrize("state", [OutboxState.FAILED, OutboxState.UNCERTAIN])
def test_a_letter_to_a_person_in_trouble_is_told_to_supervisors_too(room: Watchroom, state: OutboxState) -> None:
    row = room.letter_to("alex@example.net")
    room.set_state(row, state)
    (told,) = room.minutes(3)
    what = "failed" if state is OutboxState.FAILED else "may not have arrived"
    assert told.startswith(f"sam: A letter to a person {what}. See that the person is reached")
    assert room.house.told().count("staff-trouble") == 2
    alert = next(row for row in room.house.outbox() if row.letter == "alert")
    assert "alex" not in room.text(alert)
    with room.house.database.view() as view:
        subject = parsed(outbox.content(view, alert) or b"")["Subject"]
        assert subject == f"[{cases.all_cases(view)[0].reference}] Please look"


def test_an_uncertain_letter_by_day_waits_for_its_repeat_and_a_night_letter_does_not(room: Watchroom) -> None:
    soon = BY_DAY + timedelta(days=1)
    room.set_state(room.letter_to("alex@example.net"), OutboxState.UNCERTAIN, soon)
    assert room.round() == []
    room.clock.at = AT_NIGHT
    row = room.letter_to("kim@example.com")
    assert row.letter == "ack-night"
    room.set_state(row, OutboxState.UNCERTAIN, soon)
    (told,) = room.minutes(2)
    assert told.startswith("sam: A night letter with crisis lines may not have arrived.")


def test_a_letter_that_arrived_after_all_is_over_and_one_in_hand_is_not_yet(room: Watchroom) -> None:
    row = room.letter_to("alex@example.net")
    room.set_state(row, OutboxState.FAILED)
    assert len(room.round()) == 1
    for state in (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.RETRY):
        room.sql("UPDATE outbox SET state=? WHERE id=?", state, row.id)
        assert room.round() == []
    room.sql("UPDATE outbox SET state='sent' WHERE id=?", row.id)
    assert room.minutes(2) == ["sam: Nothing to do. This is over: A letter to a person failed."]


@pytest.mark.parametrize("letter", ["staff-notice", "alert"])
def test_mail_to_staff_is_never_a_cause(room: Watchroom, letter: str) -> None:
    row = room.letter_to("alex@example.net")
    if letter == "alert":
        room.set_state(row, OutboxState.FAILED)
        room.round()
    room.sql("UPDATE outbox SET state='failed', told_at=NULL WHERE role='staff'")
    assert room.minutes(2) == []


def test_many_at_once_are_one_mail(room: Watchroom) -> None:
    for number in range(7):
        room.set_state(room.letter_to(f"person{number}@example.net"), OutboxState.FAILED)
    assert room.minutes(2) == [
        "sam: 7 letters to people failed, or may not have arrived. See that the person is reached in another way, if "
        "that is safe."
    ]


def test_over_the_hourly_number_they_wait_and_come_together(room: Watchroom) -> None:
    for number in range(alerts.MOST_AN_HOUR + 3):
        room.set_state(room.letter_to(f"person{number}@example.net"), OutboxState.FAILED)
        told = room.round()
        assert len(told) == (number < alerts.MOST_AN_HOUR)
    assert room.minutes(59) == []
    assert len(room.minutes(3)) == 3


# Quarantine


def test_a_quarantined_message_is_told_after_an_office_hour_and_when_it_is_done_with(room: Watchroom) -> None:
    (message,) = room.quarantine()
    assert room.minutes(59) == []
    assert room.minutes(1) == [
        f"sam: Message {message} is in quarantine for an office hour. Somebody must look: send the line #release and "
        "its number, or #discard."
    ]
    assert room.minutes(120) == []
    room.sql("UPDATE journal SET state='waiting' WHERE id=?", message)
    assert room.round() == []
    room.sql("UPDATE journal SET state='processed' WHERE id=?", message)
    assert len(room.minutes(2)) == 1


def test_only_office_time_counts_and_a_quarantined_mail_of_friday_is_told_on_monday(room: Watchroom) -> None:
    room.clock.at = office("2026-11-27 16:00")
    room.quarantine()
    room.clock.at = office("2026-11-30 08:59")
    assert room.round() == []
    room.clock.at = office("2026-11-30 09:00")
    assert len(room.round()) == 1


def test_junk_is_no_cause(room: Watchroom) -> None:
    room.quarantine("junk", 9)
    assert room.minutes(90) == []


# A minor's case


def test_a_minors_case_is_told_after_an_office_hour_untaken_and_when_somebody_has_it(room: Watchroom) -> None:
    handle(room.house, "requester", a_reading())
    room.sql("UPDATE \"case\" SET stream='youth'")
    assert room.minutes(59) == []
    (told,) = room.minutes(1)
    assert told == (
        "sam: Nobody has taken the case of a minor for an office hour. Take it, or see that somebody does."
    )
    assert room.minutes(60) == []
    with room.house.database.view() as view:
        (case,) = cases.all_cases(view)
    room.write(cases.set_owner, case.id, b"x" * 16, "test", "cause", room.clock.now())
    assert len(room.minutes(2)) == 1


def test_a_minors_case_given_back_has_its_hour_again(room: Watchroom) -> None:
    handle(room.house, "requester", a_reading())
    room.sql("UPDATE \"case\" SET stream='youth'")
    with room.house.database.view() as view:
        (case,) = cases.all_cases(view)
    room.write(cases.set_owner, case.id, b"x" * 16, "test", "cause", room.clock.now())
    assert room.minutes(90) == []
    room.write(cases.set_owner, case.id, None, "test", "cause", room.clock.now())
    assert room.minutes(59) == []
    assert len(room.minutes(1)) == 1


@pytest.mark.parametrize("change", ["stream='adult'", "status='waiting', stream='youth'"])
def test_no_other_case_is_a_cause(room: Watchroom, change: str) -> None:
    handle(room.house, "requester", a_reading())
    room.sql(f'UPDATE "case" SET {change}')  # noqa: S608 - of this test
    assert room.minutes(90) == []


def test_without_a_supervisor_staff_are_told(house: House) -> None:
    house.desk = replace(house.desk, members=tuple(one for one in house.desk.members if one.name != "Sam"))
    room = Watchroom(house)
    room.problem("loop:watch")
    assert sorted(one.partition(":")[0] for one in room.minutes(15)) == ["dana", "robin"]


def test_a_closed_case_is_not_a_cause(room: Watchroom) -> None:
    handle(room.house, "requester", a_reading())
    room.sql("UPDATE \"case\" SET stream='youth'")
    with room.house.database.view() as view:
        (case,) = cases.all_cases(view)
    room.write(cases.set_status, case, CaseStatus.CLOSED, "test", "cause", room.clock.now())
    assert room.minutes(90) == []
