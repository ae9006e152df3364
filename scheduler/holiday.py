"""The days on which the office of a calendar is closed by law or custom.

The only module that imports `holidays`, and late: it costs 0.09 s, which most commands do not need.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

CATEGORIES = ("public", "government", "optional")
"""`public` alone lacks Boxing Day and some of the days that move to a Monday."""


@lru_cache(maxsize=64)
def closed_days(calendar: str, year: int) -> frozenset[date]:
    """The holidays of one year: `calendar` is "CA-BC", or "" for an office that keeps none; else ValueError."""
    if calendar == "":
        return frozenset()
    if calendar != "CA-BC":
        raise ValueError(f"no such calendar: {calendar}")
    from holidays import country_holidays

    days = country_holidays("CA", subdiv="BC", years=year, categories=CATEGORIES, language="en_CA")
    # The public service of British Columbia keeps Easter Monday; the library does not have it in any category.
    easter_mondays = {friday + timedelta(days=3) for friday in days.get_named("Good Friday")}
    return frozenset(days) | easter_mondays
