"""The migrations build the schema that the program declares, in one transaction."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import upgrade as alembic_upgrade
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from loops.databases import ON_POSTGRESQL, ON_SQLITE
from loops.house import BY_DAY, House, Template, write_installation
from sqlalchemy import Connection, create_engine, insert, inspect, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex
from support.postgresql import Cluster

from mailbot.errors import KeyMismatch, SchemaMismatch
from mailbot.steps import Step
from storage import install
from storage.database import Database
from storage.keyfile import read_key, write_key
from storage.schema import REVISION, installation, metadata, pulse


def test_the_migrations_build_the_declared_tables_columns_and_keys(database: Database) -> None:
    with database.view() as view:
        context = MigrationContext.configure(view.connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


@ON_SQLITE
def test_the_migrations_build_the_declared_indexes_with_order_and_condition(database: Database) -> None:
    """Autogenerate does not compare the order of an index's columns, nor the condition of a partial one."""
    named = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    with database.view() as view:
        built = {str(row[0]): str(row[1]) for row in view.connection.exec_driver_sql(named)}
    declared = {
        str(index.name): str(CreateIndex(index).compile(dialect=sqlite.dialect()))
        for table in metadata.tables.values()
        for index in table.indexes
    }
    assert {name: _plain(sql) for name, sql in built.items()} == {name: _plain(sql) for name, sql in declared.items()}


@ON_POSTGRESQL
def test_a_server_builds_the_same_indexes_from_migrations_and_from_the_declaration(
    database: Database, cluster: Cluster
) -> None:
    """The server writes an index in words of its own: so both are built, and its words compared."""
    declared = create_engine(cluster.url(cluster.database()))
    metadata.create_all(declared)
    with declared.connect() as connection, database.view() as view:
        wanted, built = _indexes(connection), _indexes(view.connection)
    declared.dispose()
    assert {name: sql for name, sql in built.items() if not name.startswith("alembic")} == wanted
    assert len(wanted) > 40


def _indexes(connection: Connection) -> dict[str, str]:
    named = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    return {str(row[0]): str(row[1]) for row in connection.exec_driver_sql(named)}


def _plain(sql: str) -> str:
    return " ".join(sql.replace('"', "").split())


def test_the_programs_revision_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(install.alembic_config()).get_current_head() == REVISION


@ON_SQLITE
def test_an_upgrade_of_an_up_to_date_file_changes_no_byte(template: Template, tmp_path: Path) -> None:
    template.copy_to(tmp_path)
    before = (tmp_path / "mailbot.db").read_bytes()
    assert install.upgrade(Template.url(tmp_path), tmp_path / "mailbot.key", BY_DAY) == (REVISION, REVISION)
    assert (tmp_path / "mailbot.db").read_bytes() == before


def test_a_second_upgrade_keeps_the_installation(house: House, tmp_path: Path) -> None:
    upgraded = install.upgrade(Template.url(tmp_path), tmp_path / "mailbot.key", BY_DAY)
    assert upgraded == (REVISION, REVISION)
    with house.database.view() as view:
        assert view.connection.execute(select(installation.c.id)).scalars().all() == [house.database.installation_id]


@pytest.fixture(params=["file", pytest.param("server", marks=pytest.mark.live)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without a schema, with its configuration and key in `tmp_path`."""
    more = ""
    if request.param == "server":
        cluster: Cluster = request.getfixturevalue("cluster")
        more = f'[storage]\ndatabase = "{cluster.url(cluster.database())}"\n'
    write_installation(tmp_path, more=more)
    return Template.url(tmp_path)


def test_an_upgrade_that_fails_leaves_an_empty_database_empty(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DDL is part of the transaction: what `install` does after the migrations takes them back when it fails (F39)."""

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(install, "_write_installation", fail)
    with pytest.raises(RuntimeError):
        install.upgrade(empty, tmp_path / "mailbot.key", BY_DAY)
    engine = create_engine(empty)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_two_upgrades_at_the_same_time_make_one_installation(empty: str, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", UPGRADE, empty, str(tmp_path / "mailbot.key")]
    racing = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    found = sorted(one.communicate(timeout=60)[0].strip() for one in racing)
    assert found == [REVISION, REVISION, "None"]
    Database.open(empty, read_key(tmp_path / "mailbot.key")).close()


UPGRADE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from storage.install import upgrade
print(upgrade(sys.argv[1], Path(sys.argv[2]), datetime(2026, 11, 24, tzinfo=UTC))[0])
"""


def test_a_database_of_the_first_schema_is_migrated_with_what_is_in_it(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command

    monkeypatch.setattr(command, "upgrade", lambda config, _: _to_first(config))
    monkeypatch.setattr(install, "_write_installation", lambda *_: None)
    install.upgrade(empty, tmp_path / "mailbot.key", BY_DAY)
    monkeypatch.undo()
    engine = create_engine(empty)
    with engine.begin() as connection:
        connection.execute(insert(pulse).values(loop="watch", beat_at=BY_DAY))
    engine.dispose()
    assert install.upgrade(empty, tmp_path / "mailbot.key", BY_DAY) == ("0001", REVISION)
    database = Database.open(empty, read_key(tmp_path / "mailbot.key"))
    with database.view() as view:
        assert compare_metadata(MigrationContext.configure(view.connection), metadata) == []
        assert view.connection.execute(select(pulse.c.loop)).scalars().all() == ["watch"]
    database.close()


def _to_first(config: Config) -> None:
    alembic_upgrade(config, "0001")


def test_ddl_is_undone_with_its_transaction(database: Database) -> None:
    with database.engine.connect() as connection, connection.begin() as begun:
        connection.exec_driver_sql("CREATE TABLE left_over (id INTEGER)")
        begun.rollback()
    with database.view() as view:
        assert not inspect(view.connection).has_table("left_over")


def test_a_newer_schema_is_refused_by_run_and_by_upgrade(house: House, tmp_path: Path) -> None:
    with house.database.transaction(Step.OPERATOR) as transaction:
        transaction.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    key = tmp_path / "mailbot.key"
    with pytest.raises(SchemaMismatch, match="9999"):
        Database.open(Template.url(tmp_path), read_key(key))
    with pytest.raises(SchemaMismatch, match="newer"):
        install.upgrade(Template.url(tmp_path), key, BY_DAY)


def test_an_empty_database_is_refused_with_the_command_that_helps(empty: str, tmp_path: Path) -> None:
    if empty.startswith("sqlite"):
        (tmp_path / "mailbot.db").touch(0o600)
    with pytest.raises(SchemaMismatch, match="mailbot upgrade"):
        Database.open(empty, read_key(tmp_path / "mailbot.key"))


def test_an_upgrade_with_another_key_touches_nothing(house: House, tmp_path: Path) -> None:
    (tmp_path / "mailbot.key").unlink()
    write_key(tmp_path / "mailbot.key")
    with pytest.raises(KeyMismatch):
        install.upgrade(Template.url(tmp_path), tmp_path / "mailbot.key", BY_DAY)
    with house.database.view() as view:
        assert view.connection.execute(select(installation.c.id)).scalars().all() == [house.database.installation_id]


def test_the_database_and_its_wal_are_for_the_owner_alone(tmp_path: Path) -> None:
    write_installation(tmp_path)
    install.create(Template.url(tmp_path), tmp_path / "mailbot.key", BY_DAY)
    database = Database.open(Template.url(tmp_path), read_key(tmp_path / "mailbot.key"))
    with database.view():
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.glob("mailbot.db*")}
    database.close()
    assert set(modes.values()) == {"0o600"}, modes
