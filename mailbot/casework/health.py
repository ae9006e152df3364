"""What `status` says: numbers that must agree, and named reasons why all is not well (promise 2).

In: rows and `now`. Out: the object of `mailbot status --json`. Each reason begins with a code word that stays the same
and a colon (docs/alive.md lists them), and goes on with a sentence for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from mailbot.model import OutboxState, Role
from scheduler import Office
from storage import cases, folders, followups, journal, notices, outbox, pulse, restored
from storage.database import View, damage

PATIENCE = timedelta(minutes=15)
LOOPS = ("watch", "deliver", "tick")
REMEMBERED = timedelta(days=1)
"""For how long a failed mail to staff keeps `status` red: a day, in which somebody has looked."""
BEHIND = timedelta(minutes=2)
"""How far the clock may stand before what is stored: the jump of RULES 1."""
TROUBLE = (OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.BOUNCED)


def status_json(view: View, office: Office, now: datetime, around: Iterable[str] = ()) -> dict[str, object]:
    """The object of `mailbot status --json` (INTERFACES). `around`: what is wrong with the machine, not the rows."""
    problems = [*_damage(view), *problems_of(view, now), *around]
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


def problems_of(view: View, now: datetime) -> Iterator[str]:
    """Named reasons that the rows tell of: cheap enough to be asked for every few seconds."""
    yield from _silence(view, now)
    yield from _restored(view)
    for code, since, detail in pulse.problems(view):
        yield f"{code}: {detail} (since {since.isoformat(timespec='seconds')})"
    yield from _stuck_messages(view, now)
    yield from _stuck_folders(view, now)
    yield from _untold(view, now)


def _damage(view: View) -> Iterator[str]:
    if damage(view.connection):
        yield "database: it is damaged; stop mailbot and restore a backup"


def _silence(view: View, now: datetime) -> Iterator[str]:
    """No daemon, a loop that stopped, or a clock that hides both. A pass of `run --once` counts as well as a daemon's:
    a timer may start it.
    """
    beats = pulse.beats(view)
    if not beats:
        yield "daemon: mailbot has never run on this database; start `mailbot run`"
        return
    if max(beats.values()) - now > BEHIND:
        yield "clock: the clock of this machine stands before the last round of the loops; nothing else here is sure"
    stale = {name: int((now - at).total_seconds() // 60) for name, at in beats.items() if now - at > PATIENCE}
    if set(LOOPS) <= stale.keys():
        yield f"daemon: no loop has finished a round for {min(stale.values())} minutes; does `mailbot run` run?"
        return
    for name, minutes in stale.items():
        yield f"{name}: the loop has not finished a round for {minutes} minutes"


def _restored(view: View) -> Iterator[str]:
    found = restored.standing(view)
    if found is not None:
        made = found.copied_at.isoformat(timespec="seconds")
        yield f"restored: nothing leaves until `mailbot run --release`; this database comes from a backup of {made}"


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
    put_off = [
        row
        for row in outbox.in_state(view, OutboxState.RETRY)
        if row.role is Role.STAFF and now - row.created_at > PATIENCE
    ]
    if put_off:
        yield f"outbox: {len(put_off)} messages to staff are put off by the mail server for over 15 minutes"
    waiting = notices.deferred(view)
    if waiting and now - waiting[0].at > PATIENCE:
        yield f"tick: {len(waiting)} messages wait to be told to staff"
