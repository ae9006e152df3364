"""What each watched folder showed, so that folder and journal can be held against each other (promise 2, RULES 2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from storage.database import Transaction, View
from storage.schema import folder


@dataclass(frozen=True, slots=True)
class FolderRow:
    """The last look at one folder. Every UID up to `top_uid` has a journal row or has vanished."""

    name: str
    uidvalidity: int
    top_uid: int
    looked_at: datetime
    on_server: int
    in_journal: int
    vanished: int
    behind_since: datetime | None


_COLUMNS = [folder.c[name] for name in FolderRow.__dataclass_fields__]


def find(view: View, name: str) -> FolderRow | None:
    row = view.connection.execute(select(*_COLUMNS).where(folder.c.name == name)).first()
    return FolderRow(**row._mapping) if row else None


def all_folders(view: View) -> list[FolderRow]:
    return [FolderRow(**row._mapping) for row in view.connection.execute(select(*_COLUMNS).order_by(folder.c.name))]


def read_until(view: View) -> datetime | None:
    """The instant until which every watched folder has been read to its end; None while one is behind, or none was
    seen.
    """
    rows = all_folders(view)
    if not rows or any(row.behind_since for row in rows):
        return None
    return min(row.looked_at for row in rows)


def save(transaction: Transaction, row: FolderRow) -> None:
    """Records a look."""
    transaction.connection.execute(delete(folder).where(folder.c.name == row.name))
    transaction.connection.execute(
        insert(folder).values(**{name: getattr(row, name) for name in FolderRow.__dataclass_fields__})
    )


def forget(transaction: Transaction, name: str) -> None:
    """The folder is watched no more, or is gone: it keeps nothing waiting."""
    transaction.connection.execute(delete(folder).where(folder.c.name == name))
