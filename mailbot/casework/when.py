"""WHEN: the office's wall clock in a staff member's words (INTERFACES "Staff commands", docs/decisions/when.md).

In: what was typed, the instant, the office. Out: an aware wall time in the office's zone, later than now and on a whole
minute; or a `CommandError` with the nearest right form. Nothing is guessed: what can be read in two ways is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NoReturn

from mailbot.casework.acting import CommandError
from mailbot.casework.typed import plain
from scheduler.office import WEEKDAYS, Office

FARTHEST = timedelta(days=731)
"""Two years: beyond it a slip in the year is likelier than a plan."""

_FLAGS = re.IGNORECASE | re.ASCII
_END = r"(?![A-Za-z0-9]|:[0-9])"
_SPAN = re.compile(rf"in ([0-9]{{1,3}}|an?) (minute|hour|day|week)s?{_END}", _FLAGS)
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?![0-9-])")
_NAME = re.compile(
    rf"(today|tomorrow|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?"
    rf"|sun(?:day)?){_END}",
    _FLAGS,
)
_TO_TIME = re.compile(r",? (?:at )?|,? ?T(?=[0-9])", _FLAGS)
_HALF = r"(?: ?([ap])\.?m\.?)"
_TIME = re.compile(rf"(?:([0-9]{{1,2}}):([0-9]{{2}}){_HALF}?|([0-9]{{1,2}}){_HALF}|(noon)){_END}", _FLAGS)
_BARE = re.compile(r"([0-9]{1,2})(?![0-9])")
# What makes a day without a time vague, so that it is not taken for the beginning of a follow-up's text.
_VAGUE = re.compile(rf"(?:at|or|morning|afternoon|evening|night|midnight){_END}|[0-9]", _FLAGS)


@dataclass(frozen=True, slots=True)
class _Scale:
    """What a time of day is measured on: the words for its day, the day, the instant, the office."""

    typed: str
    day: date
    now: datetime
    office: Office


def parse_when(text: str, now: datetime, office: Office) -> datetime:
    """The wall time that `text` names, in the office's zone. Raises CommandError, and nothing else."""
    found, rest = parse_when_head(text, now, office)
    if rest:
        raise CommandError("Something stands behind the time that is no part of it.", form(found))
    return found


def parse_when_head(text: str, now: datetime, office: Office) -> tuple[datetime, str]:
    """The wall time that `text` begins with, and the words behind it."""
    words = plain(text)
    span = _SPAN.match(words)
    if span and span[2].lower() in ("minute", "hour"):
        return _from_now(span, now, office), _behind(words[span.end() :])
    typed, day = _day(words, now, office)
    _refuse_far(day, now.astimezone(office.zone).date())
    scale = _Scale(typed, day, now, office)
    rest = words[len(typed) :]
    gap = _TO_TIME.match(rest)
    clock = _TIME.match(rest, gap.end()) if gap else None
    if clock is None:
        _refuse_vague(scale, rest)
        return _checked(_opening_on(day, now, office), now, office), _behind(rest)
    return _at(scale, _clock(clock, scale)), _behind(rest[clock.end() :])


def form(at: datetime) -> str:
    """An instant as one writes it: `2026-12-01 10:30`."""
    return f"{at:%Y-%m-%d %H:%M}"


def _from_now(span: re.Match[str], now: datetime, office: Office) -> datetime:
    """`in 2 hours`, to the next whole minute: never earlier than asked."""
    length = timedelta(**{f"{span[2].lower()}s": _count(span[1])})
    exact = now.astimezone(UTC) + length + timedelta(seconds=59, microseconds=999_999)
    return _checked(exact.replace(second=0, microsecond=0).astimezone(office.zone), now, office)


def _count(typed: str) -> int:
    number = int(typed) if typed.isdigit() else 1
    if number == 0:
        raise CommandError("In nothing is now.", "in 2 hours")
    return number


def _day(words: str, now: datetime, office: Office) -> tuple[str, date]:
    """The words for a day at the head, and the day."""
    today = now.astimezone(office.zone).date()
    if span := _SPAN.match(words):
        days = _count(span[1]) * (7 if span[2].lower() == "week" else 1)
        return span[0], today + timedelta(days=days)
    if written := _DATE.match(words):
        return written[0], _date(written, now, office)
    if name := _NAME.match(words):
        return name[0], _named(name[0].lower(), words, now, office)
    return _not_understood(words, now, office)


def _date(written: re.Match[str], now: datetime, office: Office) -> date:
    try:
        return date(int(written[1]), int(written[2]), int(written[3]))
    except ValueError:
        raise CommandError("There is no such day.", form(_next_opening(now, office))) from None


def _refuse_far(found: date, today: date) -> None:
    if found - today > FARTHEST:
        raise CommandError("That day is more than two years ahead. Is the year right?", _this_year(found, today))


def _this_year(found: date, today: date) -> str:
    month_and_day = f"{found:%m-%d}"
    return f"{today.year if month_and_day > f'{today:%m-%d}' else today.year + 1}-{month_and_day}"


def _named(name: str, words: str, now: datetime, office: Office) -> date:
    today = now.astimezone(office.zone).date()
    if name in ("today", "tomorrow"):
        return today + timedelta(days=int(name == "tomorrow"))
    ahead = (WEEKDAYS.index(name[:3]) - today.weekday()) % 7
    if ahead == 0:
        # On a Friday "friday" is today to some and in a week to others.
        behind = words[len(name) :]
        raise CommandError(
            "That is the day today is: it may mean today or in a week.", f"today{behind}" if behind else "in 7 days"
        )
    return today + timedelta(days=ahead)


def _not_understood(words: str, now: datetime, office: Office) -> NoReturn:
    clock = _TIME.match(words)
    if clock:
        today = _Scale("today", now.astimezone(office.zone).date(), now, office)
        wall = _clock(clock, today)
        ahead = _utc(datetime.combine(today.day, wall, tzinfo=office.zone)) > _utc(now)
        raise CommandError("A time needs its day.", f"{'today' if ahead else 'tomorrow'} {wall:%H:%M}")
    if _BARE.match(words):
        raise CommandError("A number alone may be an hour, a day or a date.", "tomorrow 9:00")
    raise CommandError("This is no time that can be understood in one way only.", form(_next_opening(now, office)))


def _refuse_vague(scale: _Scale, rest: str) -> None:
    """`tomorrow 9`, `friday morning`: a day without a time, but with half of one."""
    behind = rest.lstrip(" ,.;")
    if not _VAGUE.match(behind):
        return
    number = re.match(r"(?:at )?([0-9]{1,2})(?![0-9])", behind, _FLAGS)
    hour = int(number[1]) if number and int(number[1]) < 24 else scale.office.opens.hour
    minute = 0 if number else scale.office.opens.minute
    raise CommandError("The time of day can be read in more than one way.", f"{scale.typed} {hour}:{minute:02d}")


def _clock(found: re.Match[str], scale: _Scale) -> time:
    """The time of day. 24 hours where nothing else is said."""
    if found[6]:
        return time(12)
    hour, minute, half = int(found[1] or found[4]), int(found[2] or 0), (found[3] or found[5] or "").lower()
    if minute > 59 or hour > 23 or half and not 1 <= hour <= 12:
        raise CommandError("There is no such time of day.", f"{scale.typed} 14:30")
    if half == "a" and hour == 12:
        raise CommandError("12 a.m. is midnight to some and noon to others.", f"{scale.typed} noon")
    if half:
        return time(hour % 12 + (12 if half == "p" else 0), minute)
    _refuse_half_day(found[1], time(hour, minute), scale)
    return time(hour, minute)


def _refuse_half_day(typed: str, wall: time, scale: _Scale) -> None:
    """`friday 2:30` in an office that is open at 14:30 was hardly meant for the night; `02:30` says so."""
    office = scale.office
    later = wall.replace(hour=wall.hour + 12) if wall.hour < 12 else wall
    if len(typed) == 1 and wall < office.opens <= later < office.closes:
        raise CommandError("That hour is in the night. Was the afternoon meant?", f"{scale.typed} {later:%H:%M}")


def _at(scale: _Scale, wall: time) -> datetime:
    return _checked(datetime.combine(scale.day, wall, tzinfo=scale.office.zone), scale.now, scale.office)


def _opening_on(day: date, now: datetime, office: Office) -> datetime:
    """A day without a time: its opening, or the first one after a day on which the office stays closed."""
    if office.is_business_day(day):
        return datetime.combine(day, office.opens, tzinfo=office.zone)
    return office.next_opening(office.at_wall(day, time(12))).astimezone(office.zone)


def _checked(at: datetime, now: datetime, office: Office) -> datetime:
    """Later than now, and a wall time that comes exactly once."""
    at = at.replace(fold=0)
    if at.utcoffset() != at.replace(fold=1).utcoffset():
        raise CommandError(
            "The clocks change then: that time comes twice or not at all.", form(at + timedelta(hours=2))
        )
    if _utc(at) <= _utc(now):
        raise CommandError("That is past.", form(_next_opening(now, office)))
    return at


def _utc(at: datetime) -> datetime:
    # Two times of one zone compare by their wall clocks alone.
    return at.astimezone(UTC)


def _next_opening(now: datetime, office: Office) -> datetime:
    return office.next_opening(now).astimezone(office.zone)


def _behind(rest: str) -> str:
    return rest.lstrip(" ,:;-")
