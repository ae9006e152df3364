"""The fault matrix: each kind of fault begins in each loop, and nothing is lost or doubled (promises 1 to 3)."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faults import page
from faults.kinds import KINDS, Kind, kinds
from faults.matrix import STEPS, Outcome, run

pytestmark = pytest.mark.timeout(300)

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
AT_ONCE = 6
SAMPLE = [
    ("Mailbox out of reach", "process"),
    ("Submission server out of reach", "tick"),
]


def _named(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


def _fine(outcome: Outcome) -> None:
    assert (outcome.lost, outcome.doubled) == (0, 0), outcome


@pytest.mark.parametrize(("name", "loop"), SAMPLE)
def test_a_fault_that_begins_in_a_loop_loses_and_doubles_nothing(tmp_path: Path, name: str, loop: str) -> None:
    _fine(run(tmp_path / "cell", _named(name), loop))


@pytest.mark.deep
@pytest.mark.timeout(7200)
def test_each_fault_in_each_loop_loses_and_doubles_nothing_and_the_table_is_written(tmp_path: Path) -> None:
    """The page is written where every cell came to its end and this machine could have every fault."""
    cells = [(kind, loop) for kind in kinds() for loop in STEPS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(run, tmp_path / str(number), kind, loop) for number, (kind, loop) in enumerate(cells)]
        failed = {
            f"{kind.name}, {loop}": error
            for (kind, loop), one in zip(cells, waiting, strict=True)
            if (error := one.exception())
        }
    assert failed == {}
    outcomes = [one.result() for one in waiting]
    text = page.write(outcomes)
    print(f"\n{text}")
    for outcome in outcomes:
        _fine(outcome)
    if len(cells) == len(KINDS) * len(STEPS) and os.access(PAGE.parent, os.W_OK):
        PAGE.write_text(text)
