"""Whether the database is whole: read through once a day, its pages and the audit chain (F30).

In: the database. Out: the kind of the first damage, or None. A proof that failed is noted where the database still can
be written; then nothing starts on it until it has been proved whole.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from mailbot.errors import Damaged
from mailbot.steps import Step
from storage import audit, pulse
from storage.database import Database, View, damage
from storage.schema import installation

DAILY = timedelta(days=1)
CODE = "integrity"


def is_due(view: View, now: datetime) -> bool:
    """Once a day; and where the clock was set back behind the last proof."""
    last = view.connection.execute(select(installation.c.proved_at)).scalar()
    return last is None or not timedelta() <= now - last < DAILY


def prove(database: Database, now: datetime) -> None:
    """Reads everything once. Raises Damaged, and has noted it then."""
    found = _damage(database)
    with database.transaction(Step.TICK) as transaction:
        if found is None:
            pulse.end_problem(transaction, CODE)
            transaction.connection.execute(update(installation).values(proved_at=now))
        else:
            pulse.raise_problem(transaction, CODE, f"the database is damaged ({found}); restore a backup", now)
    if found is not None:
        raise Damaged(f"the database is damaged ({found}); restore a backup")


def refuse_known_damage(database: Database, now: datetime) -> None:
    """At the start: what failed its last proof must pass one before anything runs on it."""
    with database.view() as view:
        known = any(code == CODE for code, _, _ in pulse.problems(view))
    if known:
        prove(database, now)


def _damage(database: Database) -> str | None:
    with database.view() as view:
        found = damage(view.connection)
        if found is not None:
            return found
        broken = audit.verify(view).broken_at
    return None if broken is None else f"audit chain at row {broken}"
