"""Statements of the hot way, compiled once and run by the driver itself.

SQLAlchemy builds, caches and wraps a statement anew each time it is executed: measured, 90 microseconds for one that is
kept in a module, several hundred for one that is built; the driver needs a tenth of it (docs/performance.md). So what
runs for every message is written in Core, for both databases, compiled here for the one in use, and its values
converted by the columns' own types. Errors are SQLAlchemy's, and a lost connection is given back to the pool as lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any] | None
Statement = Any
"""A statement of Core: select, insert, update."""


class _Compiled:
    """One statement for one database."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self.named = compiled.positiontup is None
        names: Iterable[str] = compiled.positiontup or compiled.binds
        self._binds = [
            (name, _to_driver(compiled.binds[name].type, dialect), compiled.binds[name].value) for name in names
        ]
        columns = getattr(statement, "selected_columns", ())
        self._results = [_from_driver(column.type, dialect) for column in columns]
        self._converts = any(self._results)

    def parameters(self, values: dict[str, Any]) -> Any:
        """What the driver is given: by name or in order, converted."""
        found = [
            (name, convert(values.get(name, fixed)) if convert else values.get(name, fixed))
            for name, convert, fixed in self._binds
        ]
        return dict(found) if self.named else [value for _, value in found]

    def row(self, raw: Sequence[Any]) -> tuple[Any, ...]:
        if not self._converts:
            return tuple(raw)
        return tuple(
            convert(value) if convert is not None and value is not None else value
            for convert, value in zip(self._results, raw, strict=True)
        )


def _to_driver(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _from_driver(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


class Prepared:
    """A statement with `bindparam`s, kept by a module. Its parameters are given by name; those of `values()` must be
    given too, since nothing is left out of a compiled statement.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def all(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Every row."""
        compiled, cursor = self._run(connection, values)
        return [compiled.row(raw) for raw in cursor.fetchall()]

    def first(self, connection: Connection, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        compiled, cursor = self._run(connection, values)
        raw = cursor.fetchone()
        cursor.close()
        return None if raw is None else compiled.row(raw)

    def scalar(self, connection: Connection, **values: Any) -> Any:
        """The first value of the first row, or None."""
        row = self.first(connection, **values)
        return None if row is None else row[0]

    def write(self, connection: Connection, **values: Any) -> int:
        """Runs it; how many rows it changed."""
        _, cursor = self._run(connection, values)
        return int(cursor.rowcount)

    def write_many(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Runs it once for each of these sets of values."""
        if rows:
            self._run(connection, rows)

    def _run(self, connection: Connection, values: dict[str, Any] | Sequence[dict[str, Any]]) -> tuple[_Compiled, Any]:
        compiled = self._compiled_for(connection.dialect)
        if not connection.in_transaction():
            connection.begin()  # as SQLAlchemy's first statement does; our BEGIN hangs on its event
        cursor = connection.connection.cursor()
        if many := not isinstance(values, dict):
            parameters: Any = [compiled.parameters(one) for one in values]
        else:
            parameters = compiled.parameters(values)
        for hear in connection.dispatch.before_cursor_execute:  # as SQLAlchemy does: whoever listens hears all
            hear(connection, cursor, compiled.sql, parameters, None, many)
        try:
            (cursor.executemany if many else cursor.execute)(compiled.sql, parameters)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _translated(connection, compiled.sql, error, cursor) from error
        return compiled, cursor

    def _compiled_for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return found


def _translated(connection: Connection, sql: str, error: Any, cursor: Any) -> BaseException:
    """SQLAlchemy's error for a driver's; a connection that is gone must not be used again."""
    base = connection.dialect.loaded_dbapi.Error
    if connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor):
        connection.invalidate(error)
    found: BaseException = DBAPIError.instance(sql, None, error, base, hide_parameters=True, dialect=connection.dialect)
    return found


class PreparedInsert:
    """One row into a table; what is not given has the column's own default, or none."""

    def __init__(self, table: Table, *, or_nothing: bool = False) -> None:
        self._defaults = {
            column.name: column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
            for column in table.c
        }
        # This construct of PostgreSQL's is understood by SQLite too: both write ON CONFLICT DO NOTHING.
        statement = insert(table).values({name: bindparam(name) for name in self._defaults})
        self._prepared = Prepared(statement.on_conflict_do_nothing() if or_nothing else statement)

    def write(self, connection: Connection, **values: Any) -> bool:
        """Adds the row; with `or_nothing` False where one of its unique keys is taken."""
        return self._prepared.write(connection, **{**self._defaults, **values}) == 1

    def write_many(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Adds these rows."""
        self._prepared.write_many(connection, [{**self._defaults, **row} for row in rows])


class PreparedUpdate:
    """Rows found by equality of some columns; a statement for each set of columns that is ever written."""

    def __init__(self, table: Table, *found_by: str) -> None:
        self._table, self._found_by = table, found_by
        self._prepared: dict[tuple[str, ...], Prepared] = {}

    def write(self, connection: Connection, *found_by: Any, **values: Any) -> int:
        """Sets the values where the columns are those; how many rows it changed."""
        names = tuple(values)
        prepared = self._prepared.get(names)
        if prepared is None:
            prepared = self._prepared[names] = Prepared(self._statement(names))
        keys = {f"found_{name}": value for name, value in zip(self._found_by, found_by, strict=True)}
        return prepared.write(connection, **keys, **values)

    def _statement(self, names: tuple[str, ...]) -> Statement:
        columns = self._table.c
        keys = [columns[name] == bindparam(f"found_{name}", type_=columns[name].type) for name in self._found_by]
        return update(self._table).where(*keys).values({name: bindparam(name) for name in names})
