"""The history on PostgreSQL (promises 1 to 3): daemon, standby and server killed in turn, and two daemons at work.

Afterwards a person has one case and one acknowledgement, a death repeated one message at most, and nobody else got
anything. Each test prints its counts.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from history.several import Life, Several
from support.postgresql import Cluster
from support.processes import stopped
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers
from mailbot.steps import Step

pytestmark = pytest.mark.live

PERSONS = [f"person{number:03}@example.net" for number in range(60)]
SUCCESSION_SECONDS = 30
MakeSeveral = Callable[..., Several]


@pytest.fixture
def several(tmp_path: Path, embedded: EmbeddedServers, cluster: Cluster) -> Iterator[MakeSeveral]:
    made: list[Several] = []

    def make(persons: int = len(PERSONS)) -> Several:
        made.append(Several(tmp_path / "house", embedded, PERSONS[:persons], cluster))
        return made[-1]

    yield make
    for one in made:
        one.give_up()


def in_charge(life: Life) -> bool:
    """Whether it has looked at the mailbox."""
    return f"after:{Step.WATCH_LOOK}" in life.log.read_text()


def leader_and_standby(history: Several) -> tuple[Life, Life]:
    leader = history.begin()
    until(lambda: in_charge(leader), seconds=60)
    standby = history.begin()
    until(lambda: f"after:{Step.WORKER_JOIN}" in standby.log.read_text(), seconds=60)
    return leader, standby


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_a_standby_takes_over_within_half_a_minute_however_its_leader_goes(
    several: MakeSeveral, how: signal.Signals
) -> None:
    history = several(4)
    leader, standby = leader_and_standby(history)
    history.write(2)
    history.rest()
    assert not in_charge(standby)
    leader.process.send_signal(how)
    until(lambda: how != signal.SIGSTOP or stopped(leader.process.pid))
    history.write(2)
    until(lambda: in_charge(standby), seconds=SUCCESSION_SECONDS)
    history.rest()
    leader.process.send_signal(signal.SIGCONT)
    code = leader.process.wait(60)
    assert code == {signal.SIGKILL: -9, signal.SIGSTOP: 1, signal.SIGTERM: 0}[how]
    history.end()
    history.finish()
    print(f"\nafter {how.name}: {history.check()}")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(200) if seed != 1)])
def test_everybody_is_answered_once_whichever_daemon_dies_and_whenever_the_server_does(
    several: MakeSeveral, seed: int
) -> None:
    chance = random.Random(seed)
    history = several()
    for _ in range(2):
        while len(history.alive()) < 2:
            history.begin(f"any:{chance.randint(1, 200)}")
        history.write(chance.randint(5, 15))
        history.work(chance.randint(0, 3000))
        if chance.random() < 0.6:
            history.crash_server()
        history.rest()
    history.end()
    history.finish()
    print(f"\nseed {seed}: {history.check()}")


NEAR = (
    f"after:{Step.WATCH_JOURNAL}",
    f"before:{Step.PROCESS_MESSAGE}",
    f"after:{Step.DELIVER_BEGIN}",
    f"after:{Step.SMTP_DATA}",
)
"""Around what must not be lost and what must not be doubled; the long run has every step."""
EVERY = [f"{moment}:{name}" for name in Step for moment in ("before", "after")]


@pytest.mark.parametrize(
    "moment", [*NEAR, *(pytest.param(one, marks=pytest.mark.deep) for one in EVERY if one not in NEAR)]
)
def test_a_pass_killed_at_a_named_step_is_made_good_by_the_next(several: MakeSeveral, moment: str) -> None:
    history = several(6)
    history.write(4)
    history.live("once", f"{moment}:1")
    history.finish()
    print(f"\n{moment}: {history.check()}")
