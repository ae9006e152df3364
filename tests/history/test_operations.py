"""The checker of histories says when something was lost, invented or doubled; else its silence proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from history.operations import Operations, hold_against, operations

from mailbot.steps import Step

SENT = {"a": "sent", "b": "sent", "c": "queued"}


def told(tmp_path: Path, *moments: str) -> Operations:
    log = tmp_path / "steps.log"
    log.write_text("".join(f"{moment}\n" for moment in moments))
    return operations([log])


def well(tmp_path: Path, times: int) -> Operations:
    return told(tmp_path, *[f"before:{Step.SMTP_DATA}", f"after:{Step.SMTP_DATA}"] * times)


def test_a_step_that_has_no_end_is_unknown(tmp_path: Path) -> None:
    begun, ended = f"before:{Step.SMTP_DATA}", f"after:{Step.SMTP_DATA}"
    found = told(tmp_path, begun, ended, begun)
    assert (found.ok[Step.SMTP_DATA], found.unknown[Step.SMTP_DATA]) == (1, 1)
    assert list(found.bounds(Step.SMTP_DATA)) == [1, 2]


def test_books_that_agree_are_fine(tmp_path: Path) -> None:
    hold_against(well(tmp_path, 2), ["a", "b"], SENT, deaths=0)
    hold_against(well(tmp_path, 3), ["a", "b", "a"], SENT, deaths=1)


@pytest.mark.parametrize(
    ("times", "taken", "says"),
    [
        (1, ["a", "b"], "range"),
        (3, ["a", "b"], "range"),
        (3, ["a", "b", "x"], "invented"),
        (2, ["a", "c"], "lost"),
        (3, ["a", "b", "a"], "doubled"),
    ],
)
def test_books_that_do_not_are_named(tmp_path: Path, times: int, taken: list[str], says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        hold_against(well(tmp_path, times), taken, SENT, deaths=0)
