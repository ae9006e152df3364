"""Every operation of a history, from the logs of its lives: begun, ended well, or never heard of again.

A step that was begun and has no end is *unknown*: its life was killed there, its connection was lost, or the server
refused it. What a server then holds must lie between what certainly happened and what may have: less was lost, more was
invented or doubled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailbot.steps import Step


@dataclass(frozen=True, slots=True)
class Operations:
    """How often each step ended well, and how often it was begun and its end is not known."""

    ok: Counter[str]
    unknown: Counter[str]

    def bounds(self, name: Step) -> range:
        """How often it may have happened."""
        return range(self.ok[name], self.ok[name] + self.unknown[name] + 1)

    def __str__(self) -> str:
        commits = sum(count for name, count in self.ok.items() if "commit" in name)
        writes = sum(self.ok.values()) - commits
        return f"{commits} commits and {writes} network writes ok, {sum(self.unknown.values())} unknown"


def operations(logs: Iterable[Path]) -> Operations:
    """Read from the logs that killer.py writes: "before:NAME" and "after:NAME", a line each."""
    begun: Counter[str] = Counter()
    ok: Counter[str] = Counter()
    for log in logs:
        for line in log.read_text().split():
            moment, _, name = line.partition(":")
            (begun if moment == "before" else ok)[name] += 1
    return Operations(ok, begun - ok)


def hold_against(found: Operations, taken: Sequence[str], rows: Mapping[str, str], deaths: int) -> None:
    """The log of operations, what the submission server took (Message-IDs) and the outbox (a state to each) must tell
    one story. Each of the `deaths` may have come between an answer and its commit.
    """
    assert len(taken) in found.bounds(Step.SMTP_DATA), (len(taken), found.bounds(Step.SMTP_DATA))
    assert set(taken) <= set(rows), "a letter left that no row knows: invented"
    said_sent = {name for name, state in rows.items() if state == "sent"}
    assert said_sent <= set(taken), "a row says sent of a letter that the server never took: lost"
    unheard = sum(found.unknown[name] for name in (Step.SMTP_DATA, Step.DELIVER_ANSWER, Step.DELIVER_BEGIN))
    repeats = sum(count - 1 for count in Counter(taken).values())
    assert repeats <= unheard + deaths, "a letter was doubled though every answer was heard and kept"
