"""The office's calendar: when it is open, when it opens next, which night it is, how many office minutes went by.

Plain functions of an instant. Instants are aware and come out in UTC; questions about days are answered on the wall
clock of the office's zone (promise 8). Hours are half-open: at 08:30:00 it is open, at 16:30:00 it is closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from mailbot.errors import ConfigError
from scheduler.holiday import closed_days

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON = 3660
"""Days that a search looks ahead; an office that stays closed for ten years is a mistake in the configuration."""


@dataclass(frozen=True, slots=True)
class Office:
    """Opening hours. `days` are names out of WEEKDAYS; an open day wins over a holiday, a closure over everything."""

    zone: ZoneInfo
    opens: time = time(8, 30)
    closes: time = time(16, 30)
    days: tuple[str, ...] = WEEKDAYS[:5]
    holidays: str = "CA-BC"
    closures: tuple[date, ...] = ()
    open_days: tuple[date, ...] = ()

    def is_open(self, instant: datetime) -> bool:
        """Whether people are there."""
        local = instant.astimezone(self.zone)
        return self.opens <= local.time() < self.closes and self.is_business_day(local.date())

    def is_business_day(self, day: date) -> bool:
        """Whether the office opens on that day at all."""
        if day in self.closures:
            return False
        if day in self.open_days:
            return True
        return WEEKDAYS[day.weekday()] in self.days and day not in closed_days(self.holidays, day.year)

    def next_opening(self, instant: datetime) -> datetime:
        """The first instant strictly after `instant` at which the office opens: tomorrow's, while it is open."""
        return next(opening for opening, _ in self._periods(instant) if opening > instant)

    def next_closing(self, instant: datetime) -> datetime:
        """The first instant strictly after `instant` at which the office closes."""
        return next(closing for _, closing in self._periods(instant) if closing > instant)

    def night_of(self, instant: datetime) -> date:
        """The noon-to-noon slot of an instant, named by the day of the noon that begins it (RULES 5)."""
        wall = instant.astimezone(self.zone).replace(tzinfo=None)
        return (wall - timedelta(hours=12)).date()

    def add_business_days(self, instant: datetime, count: int) -> datetime:
        """The same wall time on the `count`-th business day after the instant's own day; `count` is 1 or more."""
        if count < 1:
            raise ValueError("count must be 1 or more")
        local = instant.astimezone(self.zone)
        day = next(islice(self._business_days(local.date() + timedelta(days=1)), count - 1, None))
        return self.at_wall(day, local.time())

    def add_office_minutes(self, instant: datetime, minutes: int) -> datetime:
        """The instant by which so many minutes of office time have gone by; `minutes` is 1 or more."""
        if minutes < 1:
            raise ValueError("minutes must be 1 or more")
        left = timedelta(minutes=minutes)
        for opening, closing in self._periods(instant):
            start = max(opening, instant)
            if start < closing and closing - start >= left:
                return (start + left).astimezone(UTC)
            left -= max(closing - start, timedelta(0))
        raise AssertionError("the periods never end")  # _business_days raises before

    def office_minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole minutes of office time from `start` to `end`; 0 where `end` is not later."""
        seconds = 0.0
        for opening, closing in self._periods(start):
            if opening >= end:
                break
            seconds += max(0.0, (min(closing, end) - max(opening, start)).total_seconds())
        return int(seconds // 60)

    def at_wall(self, day: date, wall: time) -> datetime:
        """The instant at which the office's clock shows that day and time.

        Ask when it is due, since zone data may change before (F34). A time that the clock skips is taken as if it had
        not been set forward yet; of one that comes twice, the first.
        """
        return datetime.combine(day, wall, tzinfo=self.zone).astimezone(UTC)

    def _periods(self, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Openings with their closings, from the business day of `instant` on."""
        for day in self._business_days(instant.astimezone(self.zone).date()):
            yield self.at_wall(day, self.opens), self.at_wall(day, self.closes)

    def _business_days(self, first: date) -> Iterator[date]:
        quiet = 0
        day = first
        while quiet < HORIZON:
            quiet += 1
            if self.is_business_day(day):
                quiet = 0
                yield day
            day += timedelta(days=1)
        raise ConfigError("hours: the office does not open within ten years; look at days, closures and open_days")
