"""Waiting for a condition: the only place in the tests that sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def until(probe: Callable[[], Value], fits: Callable[[Value], object] = bool, seconds: float = 10.0) -> Value:
    """The first value of `probe` that `fits` (true, by default); an assertion with the last one after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = 0.005
    while not fits(value := probe()):
        assert time.monotonic() < deadline, f"still {str(value)[:500]} after {seconds} s"
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    return value
