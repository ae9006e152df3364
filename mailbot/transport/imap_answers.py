"""What an IMAP server answered to FETCH, as values of ours: one response at a time, and nothing taken on trust.

In: the list that imaplib collects. Out: `Fetched`, one a response. A response without a UID stays without: servers may
send flag changes of any message at any time by sequence number alone (RFC 9051 §7.5.2), and a sequence number must
never be read as a UID, which the library does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from mailbot.errors import LyingPeer

UID_MAX = 2**32 - 1
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_UID = re.compile(rb"[ (]UID (\d{1,20})(?=[ )])", re.IGNORECASE)
_SIZE = re.compile(rb"[ (]RFC822\.SIZE (\d{1,20})(?=[ )])", re.IGNORECASE)
_FLAGS = re.compile(rb"(?<=[ (])FLAGS \(([^()]*)\)", re.IGNORECASE)
_DATE = re.compile(
    rb'INTERNALDATE " ?(\d{1,2})-([a-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"', re.IGNORECASE
)
_BODY = re.compile(rb"(?<=[ (])BODY\[[A-Z]*\](?:<0>)? ", re.IGNORECASE)
_STRING = re.compile(rb'"((?:[^"\\]|\\["\\])*)"|NIL', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """One FETCH response; None for what it did not tell. `content` is the body or header that was asked for.

    `received_at` is INTERNALDATE in UTC, None also where it is no date that exists. `size` is in bytes.
    """

    uid: int | None
    size: int | None
    flags: frozenset[str]
    received_at: datetime | None
    content: bytes | None


def checked_uid(number: int) -> int:
    """The number, if it can be a UID or a UIDVALIDITY (nz-number, 32 bits); else `LyingPeer`."""
    if not 0 < number <= UID_MAX:
        raise LyingPeer("impossible UID")
    return number


def responses(collected: Sequence[bytes | tuple[bytes, bytes] | None]) -> Iterator[Fetched]:
    """Parts imaplib's list: a tuple is text and a literal after it, plain bytes end a response."""
    fields, content = b"", None
    for item in collected:
        if isinstance(item, tuple):
            if content is not None or not _BODY.search(item[0]):
                raise LyingPeer("a literal that was not asked for")
            fields += item[0]
            content = item[1]
        elif item is not None:
            yield _fetched(fields + item, content)
            fields, content = b"", None


def _fetched(fields: bytes, content: bytes | None) -> Fetched:
    if content is None:
        fields, content = _cut_string(fields)
    flags = _FLAGS.search(fields)
    # A keyword may be called anything, UID too.
    rest = _FLAGS.sub(b"", fields)
    uid, size = _UID.search(rest), _SIZE.search(rest)
    return Fetched(
        checked_uid(int(uid[1])) if uid else None,
        int(size[1]) if size else None,
        frozenset(flags[1].decode("ascii", "replace").split()) if flags else frozenset(),
        _instant(rest),
        content,
    )


def _cut_string(fields: bytes) -> tuple[bytes, bytes | None]:
    """A short body may come as a quoted string or NIL instead of a literal (RFC 9051 §9, nstring)."""
    body = _BODY.search(fields)
    if not body:
        return fields, None
    string = _STRING.match(fields, body.end())
    if not string:
        raise LyingPeer("a body that cannot be read")
    content = re.sub(rb"\\(.)", rb"\1", string[1] or b"")
    return fields[: body.start()] + fields[string.end() :], content


def _instant(fields: bytes) -> datetime | None:
    found = _DATE.search(fields)
    if not found:
        return None
    day, month, year, hour, minute, second, sign, *zone = (part.decode() for part in found.groups())
    offset = timedelta(hours=int(zone[0]), minutes=int(zone[1])) * (-1 if sign == "-" else 1)
    try:
        clock = int(hour), int(minute), min(int(second), 59)
        local = datetime(int(year), _MONTHS.index(month.lower()) + 1, int(day), *clock, tzinfo=timezone(offset))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
