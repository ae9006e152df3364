"""The beat goes on: at once, steadily, never twice at once, whatever a call raises and whoever sets the clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event, Semaphore

import pytest
from apscheduler.schedulers import base

from scheduler import beat
from scheduler.beat import Beat

PATIENCE = 10.0


@pytest.fixture
def ticking() -> Iterator[Beat]:
    made = Beat()
    yield made
    made.stop()


def test_it_calls_at_once_and_again(ticking: Beat) -> None:
    calls = Semaphore(0)
    begun = time.monotonic()
    ticking.start(0.1, calls.release)
    assert calls.acquire(timeout=PATIENCE)
    assert all(calls.acquire(timeout=PATIENCE) for _ in range(3))
    assert time.monotonic() - begun >= 0.2


def test_a_call_that_raises_ends_no_later_one(ticking: Beat) -> None:
    calls = Semaphore(0)

    def fail() -> None:
        calls.release()
        raise ArithmeticError

    ticking.start(0.05, fail)
    assert all(calls.acquire(timeout=PATIENCE) for _ in range(3))


def test_a_slow_call_is_not_called_a_second_time_meanwhile(ticking: Beat) -> None:
    inside, go_on, seen = Semaphore(0), Event(), []

    def slow() -> None:
        seen.append("in")
        inside.release()
        go_on.wait(PATIENCE)
        seen.append("out")

    ticking.start(0.05, slow)
    assert inside.acquire(timeout=PATIENCE)
    assert not inside.acquire(timeout=0.3)
    go_on.set()
    assert inside.acquire(timeout=PATIENCE)
    assert seen[:3] == ["in", "out", "in"]


def test_stop_waits_for_the_call_under_way() -> None:
    inside, done = Event(), []

    def slow() -> None:
        inside.set()
        time.sleep(0.2)
        done.append(True)

    ticking = Beat()
    ticking.start(60, slow)
    assert inside.wait(PATIENCE)
    ticking.stop()
    assert done == [True]
    ticking.stop()


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(hours=1)])
def test_a_wall_clock_that_is_set_does_not_stop_the_beat(
    ticking: Beat, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    calls = Semaphore(0)
    shift = timedelta(0)

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + shift

    monkeypatch.setattr(base, "datetime", Shifted)
    monkeypatch.setattr(beat, "datetime", Shifted)
    ticking.start(0.1, calls.release)
    assert calls.acquire(timeout=PATIENCE)
    shift = jump
    assert all(calls.acquire(timeout=PATIENCE) for _ in range(5))
