"""Alerts: what cannot wait for anybody's next look, one mail a cause and one when it is over (RULES 15).

They go to supervisors, at any hour, and hold references alone. A letter to staff is never a cause, so that no alert is
about an alert; `status` names what mail cannot tell of. Each is noted in the transaction that queues its mail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from mailbot.casework.acknowledgement import NIGHT
from mailbot.casework.desk import Desk
from mailbot.casework.due import persons_conversation
from mailbot.casework.staffmail import Telling, tell
from mailbot.model import OutboxState, Role
from mailbot.writing import Alert, AlertOver
from scheduler import Office
from storage import alerts, cases, pulse, rates
from storage.alerts import AlertRow, Cause
from storage.database import Transaction
from storage.outbox import OutboxRow

PATIENCE = timedelta(minutes=15)
HOUR = 60
FEW = 5
MOST_AN_HOUR = 20
HOURLY = "alerts"
MAIL, LETTER, QUARANTINE, MINOR = "mail", "letter", "quarantine", "minor"
BEATING = ("watch", "deliver")
NOT_DONE = {"watch": "fetched", "process": "read", "deliver": "sent", "tick": "looked after"}
TODO = {
    MAIL: "Ask whoever looks after the mail server; the command status says more",
    LETTER: "See that the person is reached in another way, if that is safe",
    QUARANTINE: "Somebody must look: send the line #release and its number, or #discard",
    MINOR: "Take it, or see that somebody does",
}
MANY = {
    LETTER: "{} letters to people failed, or may not have arrived",
    QUARANTINE: "{} messages have been in quarantine for an office hour",
    MINOR: "{} cases of minors have been without an owner for an office hour",
}


def of_letters(transaction: Transaction, rows: Iterable[OutboxRow], now: datetime) -> None:
    """Letters to people that failed or may not have arrived."""
    for row in rows:
        if row.role is not Role.STAFF and row.state in (OutboxState.FAILED, OutboxState.UNCERTAIN):
            kind = "A night letter with crisis lines" if row.letter == NIGHT else "A letter to a person"
            what = f"{kind} {'failed' if row.state is OutboxState.FAILED else 'may not have arrived'}"
            alerts.raise_alert(transaction, Cause(f"{LETTER}:{row.id}", what, now, row.id, row.case_id))


def look(transaction: Transaction, desk: Desk, awake_since: datetime, now: datetime) -> bool:
    """Finds what began and what is over, and tells both; False when there was nothing to tell."""
    over = alerts.ended(transaction) + _mail(transaction, awake_since, now)
    for cause in (*_quarantined(transaction, desk.office, now), *_minors(transaction, desk.office, now)):
        alerts.raise_alert(transaction, cause)
    return _tell_over(transaction, desk, over, now) | _tell_new(transaction, desk, now)


# Causes


def mail_stands(
    beats: Mapping[str, datetime], problems: Iterable[tuple[str, datetime, str]], awake_since: datetime, now: datetime
) -> tuple[str, datetime] | None:
    """The loop through which no mail has come for fifteen minutes, and since when. Time asleep counts for nothing."""
    stuck = [(since, code.removeprefix("loop:")) for code, since, _ in problems if code.startswith("loop:")]
    # A loop without a beat in this waking: since it began, for a machine that slept has no fault yet.
    stuck += [(beats.get(loop, awake_since), loop) for loop in BEATING if _quiet(beats, loop, awake_since, now)]
    late = sorted(one for one in stuck if now - one[0] >= PATIENCE)
    return (late[0][1], late[0][0]) if late else None


def _quiet(beats: Mapping[str, datetime], loop: str, awake_since: datetime, now: datetime) -> bool:
    return now - max(beats.get(loop, awake_since), awake_since) >= PATIENCE


def _mail(transaction: Transaction, awake_since: datetime, now: datetime) -> list[AlertRow]:
    """Notes that mail stands still; returns the alert where it flows again: no problem is open, and both loops have
    beaten since.
    """
    beats = pulse.beats(transaction)
    problems = pulse.problems(transaction)
    standing = alerts.find(transaction, MAIL)
    found = mail_stands(beats, problems, awake_since, now)
    if found is not None:
        what = f"Mail was not {NOT_DONE[found[0]]} for fifteen minutes"
        alerts.raise_alert(transaction, Cause(MAIL, what, found[1]))
        return []
    open_still = any(code.startswith("loop:") for code, _, _ in problems)
    if standing is None or open_still or any(beats.get(loop, standing.since) <= standing.since for loop in BEATING):
        return []
    return [standing]


def _quarantined(transaction: Transaction, office: Office, now: datetime) -> list[Cause]:
    """Junk apart: of that staff had a line, and spam would be an alert that never ends."""
    found = alerts.set_aside(transaction, now - timedelta(minutes=HOUR), QUARANTINE)
    return [
        Cause(f"{QUARANTINE}:{row_id}", f"Message {row_id} is in quarantine for an office hour", since, row_id, case_id)
        for row_id, case_id, since in found
        if office.office_minutes_between(since, now) >= HOUR
    ]


def _minors(transaction: Transaction, office: Office, now: datetime) -> list[Cause]:
    what = "Nobody has taken the case of a minor for an office hour"
    return [
        Cause(f"{MINOR}:{case_id}", what, since, case_id, case_id)
        for case_id, since in alerts.free_minors(transaction, MINOR)
        if office.office_minutes_between(since, now) >= HOUR
    ]


# Telling


def _tell_new(transaction: Transaction, desk: Desk, now: datetime) -> bool:
    """Each by itself; many of a kind at once in one mail. Over the hourly number they wait, and come together then."""
    changed = False
    for group, rows in _groups(alerts.untold(transaction)).items():
        if rates.in_last_hour(transaction, HOURLY, now) >= MOST_AN_HOUR:
            continue
        for row in rows[:1] if len(rows) > FEW else rows:
            what = MANY[group].format(len(rows)) if len(rows) > FEW else row.what
            found = Alert(what, row.since.astimezone(desk.office.zone), TODO[group])
            _send(transaction, desk, "alert", found, row, now, named=len(rows) <= FEW)
            rates.count(transaction, HOURLY, now)
        for row in rows:
            alerts.told(transaction, row.code, now)
        changed = True
    return changed


def _tell_over(transaction: Transaction, desk: Desk, over: list[AlertRow], now: datetime) -> bool:
    """What nobody heard of ends in silence."""
    for row in over:
        alerts.end(transaction, row.code, now)
    for group, rows in _groups(row for row in over if row.told_at is not None).items():
        for row in rows[:1] if len(rows) > FEW else rows:
            what = MANY[group].format(len(rows)) if len(rows) > FEW else row.what
            zone = desk.office.zone
            found = AlertOver(what, row.since.astimezone(zone), now.astimezone(zone))
            _send(transaction, desk, "alert-over", found, row, now, named=len(rows) <= FEW)
    return bool(over)


def _groups(rows: Iterable[AlertRow]) -> dict[str, list[AlertRow]]:
    found: dict[str, list[AlertRow]] = defaultdict(list)
    for row in rows:
        found[row.group].append(row)
    return found


def _send(
    transaction: Transaction,
    desk: Desk,
    letter: str,
    found: Alert | AlertOver,
    row: AlertRow,
    now: datetime,
    *,
    named: bool,
) -> None:
    """`named`: with the case's reference, and commands in a reply are about that case."""
    case = cases.find_case(transaction, row.case_id) if named and row.case_id else None
    conversation = persons_conversation(transaction, case) if case else None
    fields = {"alert" if letter == "alert" else "over": replace(found, reference=case.reference if case else None)}
    cause = f"{row.code}@{int(row.since.timestamp())}"
    tell(transaction, desk, Telling(letter, fields, cause, case, conversation), now, to=desk.supervisors())
