"""The one clock, and what happens when somebody sets it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from scheduler import Clock, JumpWatch

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_now_is_what_time_time_says_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", NOON.timestamp)
    assert Clock().now() == NOON
    assert Clock().now().tzinfo is UTC


def test_boottime_goes_on_while_the_wall_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    before = clock.boottime()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert 0 <= clock.boottime() - before < 60


def test_boottime_falls_back_to_the_monotonic_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    assert abs(Clock().boottime() - time.monotonic()) < 60


def test_two_clocks_that_agree_pause_nothing() -> None:
    watch = JumpWatch(newest_stored=None)
    assert [watch.beat(at(second), 1000 + second) for second in range(0, 3600, 600)] == [False] * 6


@pytest.mark.parametrize("jump", [121, -121, 3600, -86400])
def test_a_jump_of_over_two_minutes_pauses_until_ten_minutes_agreed(jump: int) -> None:
    watch = JumpWatch(newest_stored=None)
    watch.beat(at(0), 1000)
    assert watch.beat(at(10 + jump), 1010)
    assert watch.beat(at(10 + jump + 599), 1609)
    assert not watch.beat(at(10 + jump + 600), 1610)


@pytest.mark.parametrize("step", [120, -120, 1, 0])
def test_a_step_of_two_minutes_is_no_jump(step: int) -> None:
    watch = JumpWatch(newest_stored=None)
    watch.beat(at(0), 1000)
    assert not watch.beat(at(10 + step), 1010)


def test_a_second_jump_begins_the_ten_minutes_again() -> None:
    watch = JumpWatch(newest_stored=None)
    watch.beat(at(0), 1000)
    watch.beat(at(3610), 1010)
    assert watch.beat(at(510), 1510)
    assert watch.beat(at(510 + 599), 1510 + 599)
    assert not watch.beat(at(510 + 600), 1510 + 600)


def test_a_process_that_slept_with_its_machine_saw_no_jump() -> None:
    watch = JumpWatch(newest_stored=None)
    watch.beat(at(0), 1000)
    assert not watch.beat(at(86400), 1000 + 86400)


def test_time_between_two_runs_is_no_jump() -> None:
    assert not JumpWatch(newest_stored=at(-86400 * 365)).beat(at(0), 5)
    assert not JumpWatch(newest_stored=at(120)).beat(at(0), 5)


def test_a_start_over_two_minutes_before_the_newest_stored_instant_is_a_jump() -> None:
    watch = JumpWatch(newest_stored=at(121))
    assert watch.beat(at(0), 5)
    assert watch.beat(at(599), 604)
    assert not watch.beat(at(600), 605)
