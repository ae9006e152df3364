"""A loop that works, waits or fails lives; one that says nothing for longer than any timeout is hung."""

from __future__ import annotations

import threading

import pytest

from mailbot import steps
from mailbot.alive.signs import LIMIT, Signs
from mailbot.steps import Step, step
from mailbot.transport import smtp


class Seconds:
    """A monotonic clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def signs(seconds: Seconds) -> Signs:
    return Signs(limit=60, seconds=seconds)


def test_before_any_loop_began_nothing_beats(signs: Signs) -> None:
    assert not signs.all_beat()


def test_one_hung_loop_is_enough(signs: Signs, seconds: Seconds) -> None:
    signs.give("watch")
    seconds.at += 30
    signs.give("deliver")
    assert signs.all_beat()
    seconds.at += 31
    assert not signs.all_beat()
    assert signs.hung() == ["watch"]
    assert signs.sentence() == "Hung: watch"


def test_a_loop_that_fails_again_and_again_lives_and_says_what_is_wrong(signs: Signs, seconds: Seconds) -> None:
    for _ in range(3):
        seconds.at += 59
        signs.trouble("watch", "connection refused")
    assert signs.all_beat()
    assert signs.sentence() == "watch: connection refused"
    assert signs.failures["watch"] == 3
    signs.well("watch")
    assert signs.sentence() == "At work: watch"


def test_a_loop_that_ended_is_not_missed(signs: Signs, seconds: Seconds) -> None:
    signs.give("watch")
    signs.give("deliver")
    seconds.at += 61
    signs.give("deliver")
    signs.end("watch")
    assert signs.all_beat()


def test_a_step_is_a_sign_of_the_loop_whose_thread_takes_it_and_the_observer_before_hears_it_too(
    signs: Signs, seconds: Seconds
) -> None:
    heard: list[Step] = []
    first = steps.observe(lambda moment, name: heard.append(name))
    try:
        before = signs.listen()
        signs.give("deliver")
        signs.give("watch")
        seconds.at += 61
        thread = threading.Thread(target=_take_a_step, name="deliver")
        thread.start()
        thread.join()
        assert steps.observe(before) is not before
    finally:
        steps.observe(first)
    assert signs.hung() == ["watch"]
    assert heard == [Step.SMTP_DATA, Step.SMTP_DATA]


def _take_a_step() -> None:
    with step(Step.SMTP_DATA):
        pass


def test_no_timeout_of_ours_is_longer_than_the_patience_with_a_loop() -> None:
    assert smtp.DOT_TIMEOUT + smtp.TIMEOUT < LIMIT
