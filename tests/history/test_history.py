"""The history test (promises 1 to 3): a hundred first mails, and the real process killed at every named step and at
random.

Afterwards there are a hundred cases, one acknowledgement a person (a repeat only where its first try was uncertain, and
then the same bytes), and sums that agree with what the folders showed. Each test prints its counts.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from history.lives import History

from mailbot.demo.faults import Hide
from mailbot.demo.servers import EmbeddedServers
from mailbot.steps import Step

PERSONS = [f"person{number:03}@example.net" for number in range(100)]
ELSEWHERE = {
    Step.INSTALL,
    Step.WORKER_JOIN,
    Step.WORKER_END,
    Step.TICK_RELEASE,
    Step.OPERATOR,
    Step.BACKUP,
    Step.RESTORE,
    Step.REKEY,
    Step.PULSE,
    Step.PROCESS_ATTEMPT,
    Step.IMAP_FLAG,
    Step.IMAP_COPY,
    Step.IMAP_EXPUNGE,
}
"""Steps that this history does not meet: operators, poison, held answers, servers without MOVE, colleagues."""


def _kills() -> list[str]:
    return [f"{moment}:{name}:1" for name in Step if name not in ELSEWHERE for moment in ("before", "after")]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", ["once", "run"])
def test_a_hundred_persons_are_answered_once_whichever_step_the_process_dies_at(
    tmp_path: Path, embedded: EmbeddedServers, mode: str
) -> None:
    history = History(tmp_path / "house", embedded, PERSONS)
    kills = _kills()
    for kill in kills:
        history.write(1)
        history.live(mode, kill)
    history.finish()
    assert history.kills["lived"] <= len(kills) // 4, history.kills
    missing = {kill.rpartition(":")[0] for kill in kills} - history.reached()
    assert missing == set()
    print(f"\nevery step, {mode}: {history.check()}")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [*range(20), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(20, 200))])
def test_a_hundred_persons_are_answered_once_whenever_the_process_dies(
    tmp_path: Path, embedded: EmbeddedServers, seed: int
) -> None:
    chance = random.Random(seed)
    history = History(tmp_path / "house", embedded, PERSONS)
    mode = "once" if seed % 2 else "run"
    for _ in range(3):
        history.write(chance.randint(1, 40))
        history.live(mode, f"any:{chance.randint(1, 250)}")
    history.finish()
    print(f"\nseed {seed}, {mode}: {history.check()}")


@pytest.mark.timeout(120)
def test_on_a_server_without_move_a_death_loses_nothing_and_answers_nobody_twice(
    tmp_path: Path, embedded: EmbeddedServers, proxy: object
) -> None:
    front = proxy(embedded.imap_port, Hide("MOVE"))  # type: ignore[operator]
    history = History(tmp_path / "house", embedded, PERSONS[:12], imap_port=front.port)
    for name in (Step.IMAP_COPY, Step.IMAP_FLAG, Step.IMAP_EXPUNGE):
        for moment in ("before", "after"):
            history.write(1)
            assert history.live("once", f"{moment}:{name}:1")
    history.finish()
    print(f"\nwithout MOVE: {history.check()}")
