"""What the embedded SMTP server does wrong on request: a table of rules, or a function of stage and addresses.

In: the stage of a transaction and whom it is about. Out: what to do instead of behaving, or None. Nothing here
speaks SMTP; `smtpside` asks and obeys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where in a transaction something can go wrong. END is after the final dot, before its answer."""

    CONNECT = "connect"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    END = "end"


@dataclass(frozen=True, slots=True)
class Reply:
    """Answers `line`, for example "451 4.3.0 try later". With 421, and at CONNECT, it also closes (RFC 5321 3.8)."""

    line: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Closes the connection without an answer. With `taken`, at END, the message is recorded and delivered all the
    same."""

    taken: bool = False


@dataclass(frozen=True, slots=True)
class Stall:
    """Keeps the connection open and says nothing more until the client, or the whole server, goes away. `taken` as
    for `Drop`."""

    taken: bool = False


Act = Reply | Drop | Stall


@dataclass(frozen=True, slots=True)
class Rule:
    """At `stage`, for the first `times` that it fits, do `act`; `about` limits it to one address (see `Script`)."""

    stage: Stage
    act: Act
    times: int = 1
    about: str | None = None


Script = Callable[[Stage, tuple[str, ...]], Act | None]
"""Asked at every stage with the addresses it is about: none at CONNECT, the sender at MAIL ("" for the null sender),
the recipient at RCPT, all recipients at DATA and END. It runs in the server's thread and must not block."""


class Rules:
    """A script from a list of rules: the first that fits and is not used up decides."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self._rules = tuple(rules)
        self._left = [rule.times for rule in rules]

    def __call__(self, stage: Stage, addresses: tuple[str, ...]) -> Act | None:
        for place, rule in enumerate(self._rules):
            if self._left[place] and rule.stage is stage and (rule.about is None or rule.about in addresses):
                self._left[place] -= 1
                return rule.act
        return None
