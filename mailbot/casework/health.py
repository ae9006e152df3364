"""What `status` says: numbers that must agree, and named reasons why all is not well (promise 2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from mailbot.model import OutboxState, Role
from scheduler import Office
from storage import cases, folders, followups, journal, notices, outbox, pulse
from storage.database import View, damage

PATIENCE = timedelta(minutes=15)
LOOPS = ("watch", "deliver", "tick")
REMEMBERED = timedelta(days=1)
"""For how long a failed mail to staff keeps `status` red: a day, in which somebody has looked."""
TROUBLE = (OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.BOUNCED)


def status_json(view: View, office: Office, now: datetime) -> dict[str, object]:
    """The object of `mailbot status --json` (INTERFACES)."""
    problems = list(_problems(view, now))
    looks = folders.all_folders(view)
    return {
        "ok": not problems,
        "problems": problems,
        "journal": journal.counts(view),
        "reconciled": {
            "at": max((row.looked_at for row in looks), default=None),
            "on_server": sum(row.on_server for row in looks),
            "in_journal": sum(row.in_journal for row in looks),
            "vanished": sum(row.vanished for row in looks),
        },
        "outbox": outbox.counts(view),
        "cases": cases.counts(view),
        "followups_due": followups.due_count(view, now.astimezone(office.zone)),
        "ages": _ages(view, now),
        "office": {"open": office.is_open(now), "next_opening": office.next_opening(now).astimezone(office.zone)},
    }


def _ages(view: View, now: datetime) -> dict[str, float | None]:
    """Seconds since each loop last did its whole round; None where it never did."""
    beats = pulse.beats(view)
    return {name: max(0.0, (now - beats[name]).total_seconds()) if name in beats else None for name in LOOPS}


def _problems(view: View, now: datetime) -> Iterator[str]:
    """Named reasons, each with what it means."""
    if damage(view.connection):
        yield "database: it is damaged; stop mailbot and restore a backup"
    for code, since, detail in pulse.problems(view):
        yield f"{code}: {detail} (since {since.isoformat(timespec='seconds')})"
    for name, age in _ages(view, now).items():
        if age is not None and age > PATIENCE.total_seconds():
            yield f"{name}: the loop has not finished a round for {int(age // 60)} minutes"
    yield from _stuck_messages(view, now)
    yield from _stuck_folders(view, now)
    yield from _untold(view, now)


def _stuck_messages(view: View, now: datetime) -> Iterator[str]:
    stuck = journal.waiting_since(view, now - PATIENCE)
    if stuck:
        yield f"process: {stuck} messages wait for over 15 minutes"
    late = outbox.waiting_since(view, now - PATIENCE)
    if late:
        yield f"deliver: {late} messages could not be sent for over 15 minutes"


def _stuck_folders(view: View, now: datetime) -> Iterator[str]:
    for row in folders.all_folders(view):
        if row.behind_since and now - row.behind_since > PATIENCE:
            yield f"watch: {row.on_server - row.in_journal} messages of {row.name} are not journaled"


def _untold(view: View, now: datetime) -> Iterator[str]:
    """Trouble that no mail can tell of: a letter to staff itself failed, or its line has not left."""
    failed = [
        row for row in outbox.in_state(view, *TROUBLE) if row.role is Role.STAFF and now - row.created_at < REMEMBERED
    ]
    if failed:
        yield f"outbox: {len(failed)} messages to staff did not arrive"
    waiting = notices.deferred(view)
    if waiting and now - waiting[0][1] > PATIENCE:
        yield f"tick: {len(waiting)} messages wait to be told to staff"
