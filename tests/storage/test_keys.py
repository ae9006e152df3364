"""Encryption at rest: sealed values stay in their place, another key opens nothing, the key's file is the owner's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops.databases import ON_SQLITE
from loops.house import House, Template, a_reading, handle, write_installation
from sqlalchemy import select, update

from mailbot.errors import ConfigError, Damaged, KeyMismatch
from mailbot.steps import Step
from storage import cases, journal, outbox, schema, sealing
from storage.database import Database
from storage.keyfile import read_key, write_key

KEY = sealing.new_key()


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_again_in_its_place(data: bytes) -> None:
    blob = sealing.seal(KEY, data, "outbox", "sealed_bytes", "row")
    assert sealing.unseal(KEY, blob, "outbox", "sealed_bytes", "row") == data
    assert len(data) < 8 or data not in blob


@pytest.mark.parametrize("place", [
    ("journal_raw", "sealed_bytes", "row"), ("outbox", "sealed_envelope", "row"), ("outbox", "sealed_bytes", "other"),
])  # fmt: skip
def test_a_sealed_value_moved_to_another_table_column_or_row_is_refused(place: tuple[str, str, str]) -> None:
    blob = sealing.seal(KEY, b"words", "outbox", "sealed_bytes", "row")
    with pytest.raises(Damaged):
        sealing.unseal(KEY, blob, *place)


@given(st.integers(0, 33), st.integers(1, 255))
def test_a_sealed_value_with_one_byte_changed_is_refused(where: int, by: int) -> None:
    blob = bytearray(sealing.seal(KEY, b"words", "t", "c", "r"))
    blob[where] ^= by
    with pytest.raises(Damaged):
        sealing.unseal(KEY, bytes(blob), "t", "c", "r")


@given(st.integers(0, 33))
def test_a_sealed_value_cut_short_is_refused(length: int) -> None:
    with pytest.raises(Damaged):
        sealing.unseal(KEY, sealing.seal(KEY, b"words", "t", "c", "r")[:length], "t", "c", "r")


def test_bytes_moved_to_another_journal_row_are_refused(house: House) -> None:
    first, second = (handle(house, "requester", a_reading(f"{name}@example.net")) for name in ("alex", "kim"))
    with house.database.transaction(Step.OPERATOR) as transaction:
        raw = schema.journal_raw
        other = select(raw.c.sealed).where(raw.c.id == first.id).scalar_subquery()
        transaction.connection.execute(update(raw).where(raw.c.id == second.id).values(sealed=other))
    with house.database.view() as view, pytest.raises(Damaged):
        journal.raw(view, second.id)


def test_a_cases_messages_open_by_the_cases_key_alone(house: House) -> None:
    """RULES 12: once a case has taken a message over, the intake key no longer opens it."""
    inbound = handle(house, "requester", a_reading(), raw=b"the bytes")
    with house.database.view() as view:
        row = journal.find(view, inbound.id)
        assert row is not None
        assert row.case_id is not None
        wrapped = view.connection.exec_driver_sql("SELECT wrapped_key FROM journal").scalar_one()
        assert journal.raw(view, inbound.id) == b"the bytes"
        assert sealing.unwrap_with(cases.case_key(view, row.case_id), wrapped)
        with pytest.raises(Damaged):
            view.keys.unwrap_intake(wrapped)


@ON_SQLITE
def test_another_key_is_refused_and_no_file_changes(template: Template, tmp_path: Path) -> None:
    template.copy_to(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(KeyMismatch, match="nothing was touched"):
        Database.open(Template.url(tmp_path), sealing.new_key())
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_key_whose_id_was_forged_opens_no_key(house: House) -> None:
    other = sealing.new_key()
    with house.database.transaction(Step.OPERATOR) as transaction:
        transaction.connection.execute(update(schema.installation).values(key_id=sealing.key_id(other)))
    with pytest.raises(KeyMismatch):
        Database.open(house.config.storage.database, other)


def test_a_file_that_is_no_database_is_damage_and_not_a_traceback(tmp_path: Path) -> None:
    write_installation(tmp_path)
    (tmp_path / "mailbot.db").write_bytes(b"not a database, and long enough to be looked at as one" * 20)
    with pytest.raises(Damaged):
        Database.open(Template.url(tmp_path), sealing.new_key())


def test_keys_are_never_printed(database: Database) -> None:
    assert repr(database.keys) == "Keyring()"


def test_an_address_and_a_token_with_the_same_letters_have_different_hashes(database: Database) -> None:
    assert database.keys.hash("address", "same") != database.keys.hash("token", "same")


@ON_SQLITE
def test_nothing_received_or_written_is_readable_in_the_file(house: House, tmp_path: Path) -> None:
    handle(house, "requester", a_reading("canary.author@example.net", text="canary text"), raw=b"canary raw")
    with house.database.view() as view:
        assert any(b"canary" in (outbox.content(view, row) or b"") for row, _ in outbox.listing(view, everything=True))
    files = [file.read_bytes() for file in tmp_path.glob("mailbot.db*")]
    assert files
    assert not any(b"canary" in data for data in files)


def test_a_new_key_file_is_readable_by_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        key = write_key(tmp_path / "key")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert read_key(tmp_path / "key") == key


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    key = write_key(tmp_path / "key")
    with pytest.raises(ConfigError, match="never overwritten"):
        write_key(tmp_path / "key")
    assert read_key(tmp_path / "key") == key


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused_with_its_mode(tmp_path: Path, mode: int) -> None:
    write_key(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(ConfigError, match=f"0{mode:o}; expected 0600"):
        read_key(tmp_path / "key")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "not base64!\n", "AAAA\n", "AAAA\nBBBB\n", "é\n"])
def test_a_file_that_is_no_key_is_refused_without_showing_what_is_in_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_key(file)
    assert text.strip("\n") not in str(caught.value) or not text.strip("\n")


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        read_key(tmp_path / "key")
