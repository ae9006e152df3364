"""A problem that a killed daemon left open ends when its loop is well again."""

from __future__ import annotations

import threading

from loops.fixtures import MakeRunning
from loops.house import BY_DAY
from support.waiting import until

from mailbot.daemon import Daemon
from mailbot.steps import Step
from storage import pulse


def test_the_next_daemon_ends_it(make_running: MakeRunning) -> None:
    running = make_running()
    with running.database.transaction(Step.OPERATOR) as transaction:
        pulse.raise_problem(transaction, "loop:watch", "unreachable", BY_DAY)
    daemon = Daemon(
        running.database, running.clock, running.watch, running.process, running.tick, running.deliver, poll_seconds=1
    )
    thread = threading.Thread(target=daemon.run)
    thread.start()
    try:
        until(lambda: running.problems() == [], seconds=10)
    finally:
        daemon.stop()
        thread.join(10)
