"""Old mail as threads: which imported messages belong together (RULES 2). Pure: values in, groups out.

Nothing secret of ours is in old mail, so the headers must do, and only within one correspondent (promise 4): the same
exact address, and a Message-ID that one message has or names and the other names too. A subject joins nothing (A9).
What failed its domain's proof stands alone: it must not slip into somebody's case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

MOST_NAMED = 20
"""How many Message-IDs of one message count; more is no thread but a costly header (A35)."""


@dataclass(frozen=True, slots=True)
class Old:
    """One imported message: its row, whose it is, when it came, its own Message-ID and those that it names."""

    id: str
    address: str
    at: datetime
    own: str | None
    named: tuple[str, ...]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """Messages that belong together, oldest first. `into`: the conversation that holds others of them already."""

    messages: tuple[Old, ...]
    into: str | None = None


def together(messages: Iterable[Old], known: Mapping[tuple[str, str], str]) -> list[Thread]:
    """Groups messages; the thread whose first message is the oldest comes first.

    `known`: conversations of earlier imports, by address and the Message-ID of a message in them.
    """
    leader: dict[str, str] = {}
    first_with: dict[tuple[str, str], str] = {}
    ordered = sorted(messages, key=lambda one: (one.at, one.id))
    for one in ordered:
        leader[one.id] = one.id
        for name in _names(one):
            other = first_with.setdefault((one.address, name), one.id)
            _unite(leader, one.id, other)
    groups: dict[str, list[Old]] = {}
    for one in ordered:
        groups.setdefault(_leader(leader, one.id), []).append(one)
    return [Thread(tuple(group), _known(group, known)) for group in groups.values()]


def _names(one: Old) -> tuple[str, ...]:
    """Every Message-ID that ties a message to others; angle brackets and letter case as they were written."""
    if one.alone:
        return ()
    return (*((one.own,) if one.own else ()), *one.named[:MOST_NAMED])


def _known(group: Iterable[Old], known: Mapping[tuple[str, str], str]) -> str | None:
    return next(
        (known[one.address, name] for one in group for name in _names(one) if (one.address, name) in known), None
    )


def _leader(leader: dict[str, str], one: str) -> str:
    while leader[one] != one:
        leader[one] = leader[leader[one]]
        one = leader[one]
    return one


def _unite(leader: dict[str, str], one: str, other: str) -> None:
    leader[_leader(leader, one)] = _leader(leader, other)
