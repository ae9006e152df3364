"""The database: durable transactions, the fence, and the audit chain written with them (promises 1 and 15, RULES 1).

`Database.transaction(name)` and `Claim.writing(name)` are the only places that commit. Writers come one after another,
so that what one read is still true when it writes; the fence is checked first, and a daemon that lost its part to
another touches nothing. What differs between SQLite and PostgreSQL is in `storage.dialect`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Connection, delete, event, func, select, update
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError

from mailbot.errors import KeyMismatch, SchemaMismatch
from mailbot.steps import Step, step
from storage import dialect, sealing
from storage.dialect import Dialect, Durability
from storage.fence import Fence
from storage.prepared import Prepared, PreparedInsert
from storage.schema import REVISION, audit, installation, worker
from storage.sealing import Keyring, WrappedKeys
from storage.types import EPOCH, MICROSECOND

Taken = TypeVar("Taken")
FIRST_LINK = bytes(32)
MODE = "mailbot"
"""The execution option that says how a transaction begins: "reading", "claiming", "session"; else it writes."""


_LAST_ACT = Prepared(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1))
_ADD_ACT = PreparedInsert(audit)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act: when, who, what, on which row, because of which message; `detail` holds codes only."""

    at: datetime
    who: str
    act: str
    subject: str
    cause: str | None
    detail: dict[str, str | int | None]

    def line(self, seq: int) -> bytes:
        """The canonical bytes that the chain covers: the values as they are stored."""
        at = (self.at - EPOCH) // MICROSECOND
        return chain_line((seq, at, self.who, self.act, self.subject, self.cause, self.packed()))

    def packed(self) -> str:
        return json.dumps(self.detail, sort_keys=True, separators=(",", ":"))


def chain_line(stored: Sequence[object]) -> bytes:
    """One row of the audit as the chain covers it: seq, at (microseconds), who, act, subject, cause, detail."""
    return json.dumps(list(stored), default=repr).encode()


class View:
    """A reading connection with the keys to unseal what it finds."""

    def __init__(self, connection: Connection, keys: Keyring) -> None:
        self.connection = connection
        self.keys = keys
        self.case_keys: dict[str, bytes] = {}
        """Case keys unwrapped so far: a message asks for its case's key again and again."""


class Transaction(View):
    """A writing connection. Audit rows wait here and are chained when the savepoint or the transaction ends."""

    def __init__(self, connection: Connection, keys: Keyring) -> None:
        super().__init__(connection, keys)
        self._acts: list[AuditRow] = []

    def record(self, row: AuditRow) -> None:
        """Adds an act to the chain, in this same transaction (promise 15)."""
        self._acts.append(row)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """One message of a group: what fails inside is undone alone, acts included."""
        self.write_acts()
        try:
            with translated(self.connection.engine), self.connection.begin_nested():
                yield
                self.write_acts()
        except BaseException:
            self._acts.clear()
            raise

    def write_acts(self) -> None:
        if not self._acts:
            return
        seq, link = self._head()
        rows = []
        for act in self._acts:
            seq += 1
            link = self.keys.link(link, act.line(seq))
            rows.append(
                {
                    "seq": seq,
                    "at": act.at,
                    "who": act.who,
                    "act": act.act,
                    "subject": act.subject,
                    "cause": act.cause,
                    "detail": act.packed(),
                    "hash": link,
                }
            )
        _ADD_ACT.write_many(self.connection, rows)
        self._acts.clear()

    def _head(self) -> tuple[int, bytes]:
        last = _LAST_ACT.first(self.connection)
        return (last[0], last[1]) if last else (0, FIRST_LINK)


class Claim(Generic[Taken]):
    """What was taken in hand, and the one transaction in which it will be written down."""

    def __init__(self, taken: Taken, writing: Callable[[Step], Iterator[Transaction]]) -> None:
        self.taken = taken
        self.writing = contextmanager(writing)
        """`with claim.writing(name) as transaction`: commits, and gives back what was taken."""


class Database:
    """One open database. `fence` is what this process must find in it; `worker` names this process there."""

    def __init__(self, engine: Engine, keys: Keyring, installation_id: str, worker: str = "") -> None:
        self.engine = engine
        self.dialect = dialect.of(engine.url)
        self.keys = keys
        self.installation_id = installation_id
        self.worker = worker
        self.fence = Fence()

    @classmethod
    def open(cls, url: str, master: bytes) -> Database:
        """Opens an existing database. Raises ConfigError, SchemaMismatch or KeyMismatch, and touches nothing then."""
        worker = secrets.token_hex(8)
        engine = make_engine(url, must_exist=True, name=f"mailbot {worker}")
        try:
            return cls(engine, *_opened(engine, master), worker)
        except BaseException:
            engine.dispose()
            raise

    @contextmanager
    def transaction(self, name: Step) -> Iterator[Transaction]:
        """One durable commit, named. Raises Fenced when another daemon has taken over; then nothing was written."""
        with _translated(self.dialect), self.engine.connect() as connection, connection.begin():
            yield from self._writing(connection, name)

    def _writing(self, connection: Connection, name: Step) -> Iterator[Transaction]:
        self.fence.check(connection, name)
        transaction = Transaction(connection, self.keys)
        yield transaction
        transaction.write_acts()
        with step(name):
            connection.commit()

    @contextmanager
    def claim(self, take: Callable[[View], Taken]) -> Iterator[Claim[Taken]]:
        """Rows to work on outside any lock, and then one commit for them. Where several daemons share the database,
        what `take` locks stays this one's until then, and is free again with the end of the session, however that
        comes.
        """
        if not self.dialect.SHARED:
            with self.view() as view:
                taken = take(view)
            yield Claim(taken, lambda name: self._one(name))
            return
        with _translated(self.dialect), self.engine.connect() as connection:
            connection.execution_options(**{MODE: "claiming"})
            with connection.begin():
                yield Claim(take(View(connection, self.keys)), lambda name: self._below_the_lock(connection, name))

    def _one(self, name: Step) -> Iterator[Transaction]:
        with self.transaction(name) as transaction:
            yield transaction

    def _below_the_lock(self, connection: Connection, name: Step) -> Iterator[Transaction]:
        self.dialect.begin_writing(connection)
        yield from self._writing(connection, name)

    @contextmanager
    def view(self) -> Iterator[View]:
        """A consistent look that writes nothing."""
        with _reading(self.engine, self.dialect) as connection:
            yield View(connection, self.keys)

    def raise_fence(self) -> int:
        """Takes the next fencing number, which this process's commits ask for from now on."""
        self.fence.number = None
        with self.transaction(Step.TAKE_LEASE) as transaction:
            connection = transaction.connection
            number = int(connection.execute(select(installation.c.fence)).scalar_one()) + 1
            connection.execute(update(installation).values(fence=number))
            if not self.dialect.SHARED:  # who works alone has no colleagues: their rows came with a copy of a server's
                connection.execute(delete(worker))
        self.fence.number = number
        return number

    def check_fence(self, name: Step) -> None:
        """Before a write to a server that no commit of ours stands in front of. Raises Fenced or NotInCharge (F32)."""
        with self.view() as view:
            self.fence.check(view.connection, name)

    def close(self) -> None:
        self.engine.dispose()


def _opened(engine: Engine, master: bytes) -> tuple[Keyring, str]:
    """The keys and the id of the installation in a database, once its schema and its key are the right ones."""
    with _reading(engine, dialect.of(engine.url)) as connection:
        check_schema(connection)
        row = connection.execute(select(installation)).first()
    if row is None:
        raise SchemaMismatch("storage.database: no installation in it; run `mailbot upgrade`")
    if row.key_id != sealing.key_id(master):
        raise KeyMismatch("storage.key_file: another key than the database's; nothing was touched")
    wrapped = WrappedKeys(row.wrapped_intake_key, row.wrapped_lookup_key, row.wrapped_audit_key)
    return Keyring.open(master, wrapped), row.id


def make_engine(url: str, *, must_exist: bool, name: str = "mailbot") -> Engine:
    """The engine with the durable settings of promise 1, whose transactions write unless they say otherwise."""
    spoken = dialect.of(url)
    engine = spoken.open_engine(make_url(url), must_exist=must_exist, name=name)

    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get(MODE)
        if mode is None:
            spoken.begin_writing(connection)
        elif mode == "reading":
            spoken.begin_reading(connection)

    event.listen(engine, "begin", begin)
    return engine


@contextmanager
def _reading(engine: Engine, spoken: Dialect) -> Iterator[Connection]:
    options = {MODE: "reading", **spoken.LOOK}
    with _translated(spoken), engine.connect().execution_options(**options) as connection:
        yield connection


def translated(engine: Engine) -> AbstractContextManager[None]:
    """The driver's errors that are no row's fault, as ours."""
    return _translated(dialect.of(engine.url))


@contextmanager
def _translated(spoken: Dialect) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        ours = spoken.translated(error)
        if ours is None:
            raise
        raise ours from error


def check_schema(connection: Connection) -> None:
    """`run` refuses an older or a newer schema (F39)."""
    found = schema_revision(connection)
    if found is None:
        raise SchemaMismatch("storage.database: no schema in it; run `mailbot upgrade`")
    if found != REVISION:
        raise SchemaMismatch(
            f"storage.database: schema {found}, this program works with {REVISION}; run `mailbot upgrade`"
        )


def schema_revision(connection: Connection) -> str | None:
    """The revision that the migrations wrote, or None for an empty database."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def durability(connection: Connection) -> Durability:
    """What `check` says of promise 1."""
    return dialect.of(connection.engine.url).durability(connection)


def damage(connection: Connection) -> str | None:
    """The kind of the first damage that the database knows of itself, or None (F30)."""
    return dialect.of(connection.engine.url).damage(connection)


def newest_instant(view: View) -> datetime | None:
    """The newest instant stored: the clock must not stand before it (RULES 1). Of the last thousand acts, since a clock
    that was set back may have written some since.
    """
    last = select(audit.c.at).order_by(audit.c.seq.desc()).limit(1000).subquery()
    return view.connection.execute(select(func.max(last.c.at))).scalar()
