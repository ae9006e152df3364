"""The migrations build the schema that the program declares, in one transaction."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from loops.house import BY_DAY, Template, write_installation
from sqlalchemy import inspect
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex

from mailbot.errors import KeyMismatch, SchemaMismatch
from storage import install
from storage.database import Database
from storage.keyfile import read_key
from storage.schema import REVISION, metadata


def test_the_migrations_build_the_declared_tables_columns_and_keys(database: Database) -> None:
    with database.view() as view:
        context = MigrationContext.configure(view.connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_build_the_declared_indexes_with_order_and_condition(database: Database) -> None:
    """Autogenerate does not compare the order of an index's columns, nor the condition of a partial one."""
    with database.view() as view:
        named = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        built = {str(row[0]): str(row[1]) for row in view.connection.exec_driver_sql(named)}
    declared = {
        str(index.name): str(CreateIndex(index).compile(dialect=sqlite.dialect()))
        for table in metadata.tables.values()
        for index in table.indexes
    }
    assert {name: _plain(sql) for name, sql in built.items()} == {name: _plain(sql) for name, sql in declared.items()}


def _plain(sql: str) -> str:
    return " ".join(sql.replace('"', "").split())


def test_the_programs_revision_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(install.alembic_config()).get_current_head() == REVISION


def test_an_upgrade_of_an_up_to_date_database_changes_nothing(template: Template, tmp_path: Path) -> None:
    template.copy_to(tmp_path)
    before = (tmp_path / "mailbot.db").read_bytes()
    assert install.upgrade(Template.url(tmp_path), tmp_path / "mailbot.key", BY_DAY) == (REVISION, REVISION)
    assert (tmp_path / "mailbot.db").read_bytes() == before


def test_an_upgrade_that_fails_leaves_an_empty_database_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DDL is part of the transaction: what `install` does after the migrations takes them back when it fails (F39)."""
    write_installation(tmp_path)

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(install, "_write_installation", fail)
    with pytest.raises(RuntimeError):
        install.upgrade(Template.url(tmp_path), tmp_path / "mailbot.key", BY_DAY)
    with sqlite3.connect(tmp_path / "mailbot.db") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []


def test_ddl_is_undone_with_its_transaction(database: Database) -> None:
    with database.engine.connect() as connection, connection.begin() as begun:
        connection.exec_driver_sql("CREATE TABLE left_over (id INTEGER)")
        begun.rollback()
    with database.view() as view:
        assert not inspect(view.connection).has_table("left_over")


def test_a_newer_schema_is_refused_by_run_and_by_upgrade(template: Template, tmp_path: Path) -> None:
    template.copy_to(tmp_path)
    with sqlite3.connect(tmp_path / "mailbot.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    key = tmp_path / "mailbot.key"
    with pytest.raises(SchemaMismatch, match="9999"):
        Database.open(Template.url(tmp_path), read_key(key))
    with pytest.raises(SchemaMismatch, match="newer"):
        install.upgrade(Template.url(tmp_path), key, BY_DAY)


def test_an_empty_database_is_refused_with_the_command_that_helps(tmp_path: Path) -> None:
    write_installation(tmp_path)
    (tmp_path / "mailbot.db").touch(0o600)
    with pytest.raises(SchemaMismatch, match="mailbot upgrade"):
        Database.open(Template.url(tmp_path), read_key(tmp_path / "mailbot.key"))


def test_an_upgrade_with_another_key_touches_nothing(template: Template, tmp_path: Path) -> None:
    template.copy_to(tmp_path)
    (tmp_path / "mailbot.key").unlink()
    write_installation(tmp_path)
    before = (tmp_path / "mailbot.db").read_bytes()
    with pytest.raises(KeyMismatch):
        install.upgrade(Template.url(tmp_path), tmp_path / "mailbot.key", BY_DAY)
    assert (tmp_path / "mailbot.db").read_bytes() == before


def test_the_database_and_its_wal_are_for_the_owner_alone(tmp_path: Path) -> None:
    write_installation(tmp_path)
    install.create(Template.url(tmp_path), tmp_path / "mailbot.key", BY_DAY)
    database = Database.open(Template.url(tmp_path), read_key(tmp_path / "mailbot.key"))
    with database.view():
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.glob("mailbot.db*")}
    database.close()
    assert set(modes.values()) == {"0o600"}, modes
