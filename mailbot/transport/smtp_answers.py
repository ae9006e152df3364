"""What a submission server's reply means for one letter (RULES 14; RFC 5321 §4.2, RFC 3463).

4xx: later. 5xx about the recipient or the message: never. 5xx about us: no letter may suffer for it, so it is an error
of the peer. After the final dot, anything without such a code: uncertain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from mailbot.errors import LyingPeer, SubmissionRefused

Stage = Literal["mail", "rcpt", "data", "dot"]
CLOSING = 421
# Wrong command, wrong order, login missing or too weak (RFC 4954 §6): true of whatever letter comes next.
_ABOUT_US = frozenset({500, 502, 503, 504, 530, 534, 535, 538})
# Message too large: said at MAIL too, where SIZE was announced (RFC 1870 §6.1).
_TOO_LARGE = 552
_ENHANCED = re.compile(r"([245])\.\d{1,3}\.\d{1,3}(?!\S)")


class Outcome(StrEnum):
    """How one try to send ended."""

    SENT = "sent"
    LATER = "later"
    NEVER = "never"
    UNCERTAIN = "uncertain"


class Reply(NamedTuple):
    """A reply as it came. The text is a server's and goes no further than this module."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of one transaction: a code and an enhanced code (RFC 3463), where one came, and the stage it came at."""

    outcome: Outcome
    code: int | None
    enhanced: str | None
    stage: Stage


def refusal(reply: Reply, stage: Stage) -> Answer:
    """The meaning of a reply that is not the one hoped for. `SubmissionRefused` if it is about us, else `LyingPeer`."""
    enhanced = enhanced_code(reply)
    if 400 <= reply.code < 500:
        return Answer(Outcome.LATER, reply.code, enhanced, stage)
    if not 500 <= reply.code < 600:
        raise LyingPeer(f"{stage} answered {reply.code}")
    if reply.code in _ABOUT_US or (stage == "mail" and reply.code != _TOO_LARGE):
        raise SubmissionRefused(f"{stage} answered {reply.code}" + (f" ({enhanced})" if enhanced else ""))
    return Answer(Outcome.NEVER, reply.code, enhanced, stage)


def final_answer(reply: Reply) -> Answer:
    """The meaning of the reply to the final dot; code 0 where none came. Here a 5xx is about this letter, whatever."""
    if 200 <= reply.code < 300:
        outcome = Outcome.SENT
    elif 400 <= reply.code < 500:
        outcome = Outcome.LATER
    elif 500 <= reply.code < 600:
        outcome = Outcome.NEVER
    else:
        return Answer(Outcome.UNCERTAIN, None, None, "dot")
    return Answer(outcome, reply.code, enhanced_code(reply), "dot")


def enhanced_code(reply: Reply) -> str | None:
    """The enhanced status code at the head of a reply's text, if it is of the reply's own class (RFC 2034 §4)."""
    found = _ENHANCED.match(reply.text)
    return found[0] if found and found[1] == str(reply.code)[:1] else None
