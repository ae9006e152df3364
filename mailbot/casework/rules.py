"""Rules of follow-ups as data: what comes due by itself in a case, and who is told (RULES 7 and 15).

In: templates/followups.toml, or the file of that name in an operator's templates folder. Out: frozen rules, checked
whole before one is used. ConfigError names file, rule, key, value and what was expected.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from mailbot.errors import ConfigError
from scheduler import Office

FILE = "followups.toml"
STAFF, CALL = "staff", "call"
"""Kinds of follow-ups that people set (`#followup`, `#call`): no rule may have these names."""
TOLD = "told "
EVENTS = (
    "case opened",
    "mail from the person",
    "urgent words",
    "urgent words by night",
    "taken",
    "acted",
    "answered",
    "closed",
)
Unit = Literal["business day", "office hour", "office minute"]
_AFTER = re.compile(rf"([1-9][0-9]{{0,2}}) ({'|'.join(get_args(Unit))})s?")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_EXPECTED = {
    "name": "small letters, digits and hyphens, at most 32, and not staff or call",
    "starts": f"a list of {', '.join(EVENTS)}, or told RULE",
    "after": 'a number below 1000 and a unit, as "1 business day", "2 office hours" or "15 office minutes"',
    "ends": f"a list of {', '.join(EVENTS)}",
    "tells": "owner, pool or supervisors",
    "words": "a sentence of 1 to 200 characters",
    "first_line": "a few words, at most 60 characters",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A length of office time."""

    count: int
    unit: Unit

    def end(self, start: datetime, office: Office) -> datetime:
        """When it is over, in the office's zone; out of hours it begins at the next opening."""
        if self.unit != "business day":
            minutes = self.count * (60 if self.unit == "office hour" else 1)
            return office.add_office_minutes(start, minutes).astimezone(office.zone)
        opened = start if office.is_open(start) else office.next_opening(start)
        return office.add_business_days(opened, self.count).astimezone(office.zone)


def _span(value: object) -> Span:
    found = _AFTER.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError
    units: dict[str, Unit] = {one: one for one in get_args(Unit)}
    return Span(int(found[1]), units[found[2]])


def _name(value: str) -> str:
    if not _NAME.fullmatch(value) or value in (STAFF, CALL):
        raise ValueError
    return value


def _event(value: str) -> str:
    if value not in EVENTS:
        raise ValueError
    return value


def _start(value: str) -> str:
    return value if value.startswith(TOLD) else _event(value)


class Rule(BaseModel):
    """One rule. It `starts` with an event in a case and is due `after` a while, unless an event `ends` it first.

    `words` is the sentence that is told. One with a `first_line` may stand in the first line of a notice.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, AfterValidator(_name)]
    starts: tuple[Annotated[str, AfterValidator(_start)], ...] = Field(min_length=1, strict=False)
    after: Annotated[Span, BeforeValidator(_span)]
    ends: tuple[Annotated[str, AfterValidator(_event)], ...] = Field(min_length=1, strict=False)
    tells: Literal["owner", "pool", "supervisors"]
    words: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
    first_line: str | None = Field(None, min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    rule: list[Rule] = []


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules, in the file's order."""

    all: tuple[Rule, ...] = ()

    def named(self, name: str) -> Rule | None:
        return next((rule for rule in self.all if rule.name == name), None)

    def starting(self, events: Collection[str]) -> Iterator[Rule]:
        """Rules that one of these events starts."""
        return (rule for rule in self.all if not set(events).isdisjoint(rule.starts))

    def ending(self, events: Collection[str]) -> dict[str, str]:
        """Rules that one of these events ends, by name, with that event."""
        return {rule.name: event for rule in self.all for event in events if event in rule.ends}


def load(folder: Path | None) -> Rules:
    """The rules of an operator's templates folder, else ours. Raises ConfigError."""
    own = folder / FILE if folder is not None else None
    try:
        raw = own.read_bytes() if own is not None and own.exists() else (files("templates") / FILE).read_bytes()
        return parse(raw.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{FILE}: expected a readable file in UTF-8") from fault


def parse(text: str) -> Rules:
    """The rules in the text of a file. Raises ConfigError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError(f"{FILE}: expected TOML: {fault}") from fault
    try:
        found = tuple(_File.model_validate(table).rule)
    except ValidationError as fault:
        raise ConfigError(f"{FILE}: {_complaint(fault.errors()[0], table)}") from fault
    _check_names(found)
    return Rules(found)


def _complaint(fault: ErrorDetails, table: dict[str, Any]) -> str:
    place = fault["loc"]
    if len(place) < 3 or place[0] != "rule" or not isinstance(place[1], int):
        return f"{'.'.join(map(str, place))}: expected nothing but tables [[rule]]"
    rule, key = table["rule"][place[1]], str(place[2])
    where = f"rule {place[1] + 1} ({rule.get('name', 'no name')}): {key}"
    if key not in _EXPECTED:
        return f"{where} = {rule[key]!r}: no such key; expected {', '.join(_EXPECTED)}"
    if key not in rule:
        return f"{where} is missing: expected {_EXPECTED[key]}"
    return f"{where} = {rule[key]!r}: expected {_EXPECTED[key]}"


def _check_names(rules: tuple[Rule, ...]) -> None:
    names = [rule.name for rule in rules]
    for number, rule in enumerate(rules, 1):
        if rule.name in names[: number - 1]:
            raise ConfigError(f"{FILE}: rule {number}: name = {rule.name!r}: expected a name of its own")
        for start in rule.starts:
            if start.startswith(TOLD) and start.removeprefix(TOLD) not in names:
                where = f"rule {number} ({rule.name}): starts"
                raise ConfigError(f"{FILE}: {where} = {start!r}: expected told and one of {', '.join(names)}")
