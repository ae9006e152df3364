"""The audit: every act with a name, chained by keyed hash (promise 15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, type_coerce
from sqlalchemy.types import NullType

from storage.database import FIRST_LINK, View, chain_line
from storage.schema import audit


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome of a walk along the chain: how many rows held, the head, and the first row that did not."""

    rows: int
    head: str
    broken_at: int | None


@dataclass(frozen=True, slots=True)
class Act:
    """One row as people may see it: who did what to which row, because of which message. Codes and opaque ids only."""

    seq: int
    at: datetime
    who: str
    act: str
    subject: str
    cause: str | None


def acts(view: View, after: int = 0) -> list[Act]:
    """Every act behind a number of the chain, in its order."""
    columns = [audit.c[name] for name in Act.__dataclass_fields__]
    statement = select(*columns).where(audit.c.seq > after).order_by(audit.c.seq)
    return [Act(*row) for row in view.connection.execute(statement)]


def verify(view: View) -> Verified:
    """Walks the whole chain. A changed, removed or inserted row breaks it from there on."""
    link, count = FIRST_LINK, 0
    # As stored, unconverted: a value that is no instant or no JSON is a changed row, not an error of ours.
    stored = [type_coerce(column, NullType()) for column in audit.c if column.name != "hash"]
    rows = view.connection.execution_options(yield_per=1000).execute(
        select(*stored, audit.c.hash).order_by(audit.c.seq)
    )
    for *values, found in rows:
        link = view.keys.link(link, chain_line(values))
        if values[0] != count + 1 or link != found:
            return Verified(count, found.hex(), count + 1)
        count += 1
    return Verified(count, link.hex(), None)


def head(view: View) -> str:
    """The newest link, to be noted elsewhere: a cut tail shows by it."""
    link = view.connection.execute(select(audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).scalar()
    return (link or FIRST_LINK).hex()
