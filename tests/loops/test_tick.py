"""tick: what is due by the clock is told once, in the transaction that says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from loops.house import BY_DAY, Running, StandingClock, a_reading, handle
from sqlalchemy import update
from support.mails import text_of

from mailbot.model import OutboxState
from mailbot.steps import Step, observe
from mailbot.tick import Tick
from scheduler import JumpWatch
from storage import notices, outbox, schema
from storage.outbox import OutboxRow


def letter(running: Running) -> OutboxRow:
    handle(running, "requester", a_reading())
    (row,) = [row for row in running.outbox() if row.role == "requester"]
    return row


def set_state(running: Running, row: OutboxRow, state: OutboxState, **values: object) -> None:
    change = update(schema.outbox).where(schema.outbox.c.id == row.id)
    with running.database.transaction(Step.OPERATOR) as transaction:
        transaction.connection.execute(change.values(state=state, told_at=None, **values))


def told(running: Running) -> int:
    return running.told().count("staff-trouble")


@pytest.mark.parametrize(("state", "word"), [
    (OutboxState.FAILED, "5.1.1"), (OutboxState.BOUNCED, "came back"), (OutboxState.COMPLAINED, "came back"),
])  # fmt: skip
def test_a_letter_in_trouble_is_told_to_each_reader_once(running: Running, state: OutboxState, word: str) -> None:
    row = letter(running)
    set_state(running, row, state, reason="5.1.1")
    assert running.tick.round()
    assert not running.tick.round()
    assert told(running) == 2
    trouble = next(row for row in running.outbox() if row.letter == "staff-trouble")
    with running.database.view() as view:
        assert word in text_of(outbox.content(view, trouble) or b"")


def test_a_letter_that_is_tried_again_is_told_after_four_hours_and_once(running: Running, clock: StandingClock) -> None:
    row = letter(running)
    set_state(running, row, OutboxState.RETRY)
    clock.at = BY_DAY + timedelta(hours=4) - timedelta(seconds=1)
    running.tick.round()
    assert told(running) == 0
    clock.on(seconds=1)
    running.tick.round()
    clock.on(hours=9)
    running.tick.round()
    assert told(running) == 2


@pytest.mark.parametrize("first", [OutboxState.RETRY, OutboxState.UNCERTAIN])
@pytest.mark.parametrize("then", [OutboxState.FAILED, OutboxState.BOUNCED])
def test_whoever_heard_of_one_trouble_of_a_letter_hears_of_the_next(
    running: Running, clock: StandingClock, first: OutboxState, then: OutboxState
) -> None:
    """A letter that is late and then fails for good: the second line must not be taken for the first."""
    row = letter(running)
    set_state(running, row, first, next_attempt_at=outbox.NEVER)
    clock.on(hours=5)
    running.tick.round()
    assert told(running) == 2
    set_state(running, row, then)
    running.tick.round()
    assert told(running) == 4


def test_trouble_with_a_letter_to_staff_raises_no_letter(running: Running) -> None:
    handle(running, "requester", a_reading())
    for row in running.outbox():
        if row.role == "staff":
            set_state(running, row, OutboxState.FAILED)
    running.tick.round()
    assert told(running) == 0


def test_a_crash_before_the_commit_tells_nobody_twice(running: Running) -> None:
    row = letter(running)
    set_state(running, row, OutboxState.FAILED)

    def fail(when: str, name: Step) -> None:
        if (when, name) == ("before", Step.TICK):
            raise OSError

    observe(fail)
    try:
        with pytest.raises(OSError):  # noqa: PT011 - it has no text here
            running.tick.round()
    finally:
        observe(lambda *_: None)
    assert told(running) == 0
    running.tick.round()
    assert told(running) == 2


# Summaries


def flood(running: Running, count: int) -> None:
    for number in range(count):
        handle(running, "requester", a_reading(f"person{number}.{running.clock.now():%H%M}@example.net"))


def test_a_flood_is_told_in_one_summary_a_quarter_of_an_hour_the_first_at_once(
    running: Running, clock: StandingClock
) -> None:
    flood(running, 25)
    running.tick.round()
    assert running.told().count("staff-summary") == 2
    for minute in range(1, 15):
        clock.at = BY_DAY + timedelta(minutes=minute)
        if minute == 1:
            flood(running, 3)
        running.tick.round()
    assert running.told().count("staff-summary") == 2
    clock.at = BY_DAY + timedelta(minutes=15)
    running.tick.round()
    assert running.told().count("staff-summary") == 4
    with running.database.view() as view:
        assert notices.deferred(view) == []


def test_a_summary_names_how_many_and_their_references_and_nothing_of_the_messages(running: Running) -> None:
    flood(running, 25)
    running.tick.round()
    summary = next(row for row in running.outbox() if row.letter == "staff-summary")
    with running.database.view() as view:
        text = text_of(outbox.content(view, summary) or b"")
    assert "5" in text
    assert "@example.net" not in text


# The clock


def test_a_clock_that_jumped_is_a_problem_until_ten_minutes_agree(running: Running, clock: StandingClock) -> None:
    running.tick.round()
    assert running.problems() == []
    boot = clock.boottime
    clock.boottime = lambda: boot() - 3600  # type: ignore[method-assign]
    running.tick.round()
    assert running.problems() == ["clock"]
    clock.on(minutes=9)
    running.tick.round()
    assert running.problems() == ["clock"]
    clock.on(minutes=2)
    running.tick.round()
    assert running.problems() == []


def test_a_clock_that_stands_before_what_is_stored_is_a_problem(running: Running, clock: StandingClock) -> None:
    tick = Tick(running.database, clock, running.desk, JumpWatch(BY_DAY + timedelta(minutes=3)))
    tick.round()
    assert running.problems() == ["clock"]


def test_every_round_leaves_a_heartbeat(running: Running, clock: StandingClock) -> None:
    from storage import pulse

    running.tick.round()
    clock.on(seconds=10)
    running.tick.round()
    with running.database.view() as view:
        assert pulse.beats(view)["tick"] == clock.now()
