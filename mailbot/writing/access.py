"""What a person gets who asks what is held about them: the index of `mailbot export`, as plain text.

Frozen data in, text out. It is read with any program, and nothing in it can act: no markup, no link that was received.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

RULE = "=" * 72
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Carried:
    """An attachment as the index tells of it. `sha256` is "" where its content could not be cut out."""

    filename: str | None
    content_type: str
    size: int
    sealed: bool
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of the exchange. `file` is its name in the archive, None where it is left out, and `why` it is."""

    direction: Literal["in", "out"]
    at: datetime
    subject: str
    text: str
    state: str
    carried: tuple[Carried, ...] = ()
    file: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Something recorded about the person: when, what kind, and the value."""

    at: datetime
    kind: str
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Holding:
    """All that the index tells. Instants are in the office's zone. `left_out` counts what a person decides on."""

    reference: str
    sender_name: str
    made_at: datetime
    opened_at: datetime
    facts: Mapping[str, str]
    recorded: tuple[Known, ...]
    due: tuple[str, ...]
    pieces: tuple[Piece, ...]
    left_out: Mapping[str, int]


def index(held: Holding) -> str:
    """The whole index."""
    return "\n".join(_lines(held)) + "\n"


def _lines(held: Holding) -> Iterable[str]:
    yield f"{held.sender_name}: what is recorded under reference {held.reference}"
    yield f"Made on {_moment(held.made_at)}. All times are the office's."
    yield "This is confidential. It holds what you wrote and what was written to you."
    yield from _section("Recorded")
    yield f"First message: {_moment(held.opened_at)}"
    yield from (f"{name}: {value}" for name, value in held.facts.items())
    for one in held.recorded:
        value = ", ".join(f"{name} {_plain(found)}" for name, found in one.value.items())
        yield f"{_moment(one.at)}: {one.kind}: {value}"
    yield from (f"Comes up again: {one}" for one in held.due)
    yield from _section("Not in this copy")
    yield "Words of and to other people, and notes of staff, are not in this copy. A person decides about each."
    yield from (f"{name}: {count}" for name, count in held.left_out.items() if count)
    for number, piece in enumerate(held.pieces, 1):
        yield from _message(number, piece)


def _message(number: int, piece: Piece) -> Iterable[str]:
    who = "You wrote" if piece.direction == "in" else "We wrote"
    yield from _section(f"{number}. {who}, {_moment(piece.at)}")
    yield f"Subject: {piece.subject}"
    yield f"State: {piece.state}"
    yield f"Original: {piece.file}" if piece.file else f"The original is not in this copy: {piece.why}"
    for one in piece.carried:
        kept = "sealed, nobody has looked" if one.sealed else "inside the original"
        print_ = f", SHA-256 {one.sha256}" if one.sha256 else ""
        yield f"Attachment: {one.filename or 'no name'}, {one.content_type}, {one.size} bytes, {kept}{print_}"
    yield ""
    yield from (f"{INDENT}{line}" for line in piece.text.splitlines())


def _section(title: str) -> Iterable[str]:
    yield from ("", RULE, title, "")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} (UTC{at:%z})"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
