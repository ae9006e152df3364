"""The audit: every act with a name, chained by keyed hash (promise 15)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select

from storage.database import FIRST_LINK, AuditRow, View
from storage.schema import audit


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome of a walk along the chain: how many rows held, the head, and the first row that did not."""

    rows: int
    head: str
    broken_at: int | None


def verify(view: View) -> Verified:
    """Walks the whole chain. A changed, removed or inserted row breaks it from there on."""
    link, count = FIRST_LINK, 0
    rows = view.connection.execution_options(yield_per=1000).execute(select(audit).order_by(audit.c.seq))
    for row in rows:
        act = AuditRow(row.at, row.who, row.act, row.subject, row.cause, json.loads(row.detail))
        link = view.keys.link(link, act.line(count + 1))
        if row.seq != count + 1 or link != row.hash:
            return Verified(count, row.hash.hex(), count + 1)
        count += 1
    return Verified(count, link.hex(), None)


def head(view: View) -> str:
    """The newest link, to be noted elsewhere: a cut tail shows by it."""
    link = view.connection.execute(select(audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).scalar()
    return (link or FIRST_LINK).hex()
