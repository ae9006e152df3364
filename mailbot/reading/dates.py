"""The Date field in every shape that programs give it (RFC 5322 section 3.3, its obsolete forms in 4.3, and worse).

The result is for people's eyes: nothing is ever due by it (A36). What is no date gives none and a defect, never an
error.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_LONGEST = 200
_STRICT = re.compile(
    rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4})"
    rb" (\d\d):(\d\d)(?::(\d\d))? ([+-]\d{4}|GMT|UT|[ECMP][SD]T)(?: \([^()]*\))?\Z"
)
_COMMENT = re.compile(r"\([^()]*\)")
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})\s?[:.h]\s?(\d{2})(?:\s?[:.]\s?(\d{2}))?(?:[.,]\d{1,9})?\s?(?:([ap])\.?m\b\.?)?(?![\d:])"
)
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[\s,/-]*(?:de\s|d')?\s*([^\W\d_]{3,12})\.?[\s,/-]*(?:de\s)?\s*(\d{4}|\d{2,3})(?![\d:])"
)
_MONTH_FIRST = re.compile(
    r"([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?\b,?(.{0,60}?)(?<![\d:+-])(\d{4})(?![\d:])", re.DOTALL
)
_NUMERIC_ZONE = re.compile(r"(?:(?:gmt|utc?)\s?)?([+-])\s?(\d{1,2}):?(\d{2})?(?!\d)")
_NAMED_ZONE = re.compile(r"[a-z]{1,5}(?![^\W\d_])")
_HOURS = """
0 ut utc gmt z wet
-3.5 nst
-2.5 ndt
-4 ast edt
-3 adt
-5 est cdt
-6 cst mdt
-7 mst pdt
-8 pst akdt
-9 akst
-10 hst
1 bst west met mez cet
2 mest mesz cest eet
3 eest msk
4 msd
8 hkt sgt awst
9 jst kst
10 aest
11 aedt
12 nzst
13 nzdt
"""
_ZONES = {name: float(line.split()[0]) for line in _HOURS.strip().splitlines() for name in line.split()[1:]}
# The first letters of the months, accents taken off, in the languages of the common mail programs.
_MONTHS: dict[int, str] = {
    1: "jan gen ene янв sty",
    2: "feb fev фев lut helm",
    3: "mar maa mrt мар бер kwaa",
    4: "apr avr abr апр kwi huht",
    5: "may mai maj mag mei май мая touk",
    6: "jun juin giu июн cze kes",
    7: "jul juil lug июл lip hein",
    8: "aug aou ago авг sie elo",
    9: "sep set сен wrz syys",
    10: "oct okt out ott окт paz loka",
    11: "nov ноя lis marras",
    12: "dec dez dic des déc дек gru joul",
}
_BY_PREFIX = {prefix: month for month, prefixes in _MONTHS.items() for prefix in prefixes.split()}
_ENGLISH = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_SOUND_YEARS = range(1970, 2101)


def read(value: bytes | None) -> tuple[str | None, bool]:
    """A Date field as ISO 8601 with offset, or None where it is none; and whether it was written as RFC 5322 asks."""
    if value is None:
        return None, True
    if match := _STRICT.match(value):
        day, year, hour, minute, second = (int(match[group] or 0) for group in (1, 3, 4, 5, 6))
        zone = match[7].decode("ascii")
        offset = _ZONES[zone.lower()] * 60 if zone.isalpha() else int(zone[:3]) * 60 + int(zone[0] + zone[3:])
        found = _instant((year, _ENGLISH[match[2]], day), (hour, minute, second), offset)
        return found, found is not None and year in _SOUND_YEARS
    return _tolerant(value[:_LONGEST].decode("utf-8", "replace")), False


def _tolerant(text: str) -> str | None:
    text = _COMMENT.sub(" ", text).lower()
    time = _TIME.search(text)
    without = text[: time.start()] + " " + text[time.end() :] if time else text
    day = _date(without)
    return _instant(day, _clock(time), _zone(text[time.end() :]) if time else 0) if day else None


def _date(text: str) -> tuple[int, int, int] | None:
    if match := _YEAR_FIRST.search(text):
        return int(match[1]), int(match[2]), int(match[3])
    for match in _DAY_FIRST.finditer(text):
        if month := _month(match[2]):
            return _year(match[3]), month, int(match[1])
    for match in _MONTH_FIRST.finditer(text):
        if month := _month(match[1]):
            return int(match[4]), month, int(match[2])
    return None


def _year(digits: str) -> int:
    """RFC 5322 section 4.3: two digits are 1950 to 2049, three count from 1900."""
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if len(digits) == 2 and year < 50 else 1900)


@lru_cache(maxsize=256)
def _month(word: str) -> int | None:
    bare = "".join(one for one in unicodedata.normalize("NFD", word) if not unicodedata.combining(one))
    known = (_BY_PREFIX.get(form[:length]) for form in (word, bare) for length in (6, 4, 3))
    return next((month for month in known if month), None)


def _clock(time: re.Match[str] | None) -> tuple[int, int, int]:
    if time is None:
        return 0, 0, 0
    hour = int(time[1])
    if time[4]:
        hour = hour % 12 + (12 if time[4] == "p" else 0)
    return hour, int(time[2]), int(time[3] or 0)


def _zone(text: str) -> float:
    """Minutes east of Greenwich; 0 where nothing says so, which is what RFC 5322 makes of letters it does not know."""
    rest = text.strip(" ,;")
    if match := _NUMERIC_ZONE.search(rest[:40]):
        sign = -1 if match[1] == "-" else 1
        return sign * (int(match[2]) * 60 + int(match[3] or 0))
    name = _NAMED_ZONE.match(rest)
    return _ZONES.get(name[0], 0) * 60 if name else 0


def _instant(date: tuple[int, int, int], time: tuple[int, int, int], minutes: float) -> str | None:
    year, month, day = date
    hour, minute, second = time
    try:
        zone = timezone(timedelta(minutes=minutes)) if minutes else UTC
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).isoformat()
    except ValueError:
        return None
