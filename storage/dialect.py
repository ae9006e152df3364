"""What differs between SQLite and PostgreSQL, behind one small face; `Database` and everything above know no dialect.

In: the URL of `storage.database`. Out: the module that speaks to that database. The statements of the rooms are
SQLAlchemy's and the same on both; here is only what the two do each in their own way: durable settings, how a writing
transaction begins, which of the driver's errors mean what, and how a database proves that it is sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, cast

from sqlalchemy import Connection
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DBAPIError

from mailbot.errors import OurError


@dataclass(frozen=True, slots=True)
class Durability:
    """Whether a commit survives the loss of power (promise 1), and the settings in force, in the database's words."""

    fine: bool
    settings: str


class Dialect(Protocol):
    """One kind of database. Its modules are the implementations; each function says more there."""

    SHARED: bool
    """Whether several daemons may work on one database at the same time (RULES 1)."""
    LOOK: dict[str, Any]
    """Execution options that make a transaction one consistent look."""

    def open_engine(self, url: URL, *, must_exist: bool, name: str = "mailbot") -> Engine:
        """An engine whose every connection has the durable settings; the server lists them by `name`. ConfigError for
        what the operator must mend first.
        """

    def begin_reading(self, connection: Connection) -> None:
        """A look begins."""

    def begin_writing(self, connection: Connection) -> None:
        """From here on this transaction is the only one that writes, and reads what the last one left."""

    def kind(self, error: DBAPIError) -> str:
        """The error's name in the database's own words; never its text, which quotes values."""

    def translated(self, error: DBAPIError) -> OurError | None:
        """The error that this one means where it is no row's fault; None where it is."""

    def durability(self, connection: Connection) -> Durability:
        """What `check` says."""

    def damage(self, connection: Connection) -> str | None:
        """The kind of the first damage that the database knows of itself (F30), or None."""


def of(url: str | URL) -> Dialect:
    """The dialect of a URL. Imported when it is needed: psycopg costs a tenth of a second."""
    if make_url(url).get_backend_name() == "postgresql":
        from storage import postgresql

        return cast("Dialect", postgresql)
    from storage import sqlite

    return cast("Dialect", sqlite)
