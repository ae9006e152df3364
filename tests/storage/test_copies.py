"""A backup of either database goes back into either, whole; and what a restore does to letters that may have left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from loops.house import BY_DAY, VANCOUVER, House, a_reading, handle
from sqlalchemy import insert, select, update
from support.postgresql import Cluster

from mailbot.errors import ConfigError, Damaged
from mailbot.model import Hold, OutboxState, Priority, Role, new_secret
from mailbot.steps import Step
from storage import backups, cases, copies, holds, install, journal, outbox, rekeying, restored, restoring, sealing
from storage.database import Database, View
from storage.keyfile import read_key
from storage.outbox import NEVER, Draft, Envelope, OutboxRow
from storage.schema import installation, metadata, worker

LATER = BY_DAY + timedelta(hours=2)
NewPlace = Callable[[str], str]


@pytest.fixture
def new_place(tmp_path: Path, request: pytest.FixtureRequest) -> NewPlace:
    """`new_place(kind)`: the URL of a database that is absent (a file) or empty (on a server)."""

    def make(kind: str) -> str:
        if kind == "file":
            (tmp_path / "there").mkdir()
            return f"sqlite:///{tmp_path / 'there' / 'mailbot.db'}"
        cluster: Cluster = request.getfixturevalue("cluster")
        name = cluster.database()
        request.addfinalizer(lambda: cluster.drop(name))
        return cluster.url(name)

    return make


def _rows(view: View) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but those that a restore writes."""
    kept = [table for table in metadata.sorted_tables if table.name not in ("installation", "audit", "worker")]
    return {table.name: sorted(map(tuple, view.connection.execute(select(table)))) for table in kept}


def _key_file(house: House) -> Path:
    return house.config.storage.key_file


@pytest.mark.parametrize("into", ["file", pytest.param("server", marks=pytest.mark.live)])
def test_a_backup_of_either_database_goes_back_into_either(
    house: House, tmp_path: Path, into: str, new_place: NewPlace
) -> None:
    inbound = handle(house, "requester", a_reading("alex@example.net"), raw=bytes(range(256)) * 40)
    with house.database.transaction(Step.OPERATOR) as transaction:
        for row in outbox.in_state(transaction, OutboxState.QUEUED):
            outbox.move(transaction, row, OutboxState.CANCELLED, BY_DAY)
        transaction.connection.execute(insert(worker).values(id="gone", beats=1, server=""))
    with house.database.view() as view:
        before = _rows(view)
        fence_before = view.connection.execute(select(installation.c.fence)).scalar_one()
    made = backups.make(house.database, tmp_path / "copy", BY_DAY)
    url = new_place(into)
    found = restoring.restore(tmp_path / "copy", url, _key_file(house), VANCOUVER, LATER)
    assert (found.made_at, found.backup.acts) == (BY_DAY, made.acts)
    there = Database.open(url, read_key(_key_file(house)))
    with there.view() as view:
        assert _rows(view) == before
        assert journal.raw(view, inbound.id) == bytes(range(256)) * 40
        assert restored.standing(view) == restored.Restored(BY_DAY, LATER, None)
        assert view.connection.execute(select(worker)).first() is None
        fence = view.connection.execute(select(installation.c.fence)).scalar_one()
        backups.proved(view, tmp_path / "copy")
    there.close()
    assert fence > fence_before + 1000, "no daemon of before the loss may find its own number"


@pytest.mark.parametrize("into", ["file", pytest.param("server", marks=pytest.mark.live)])
def test_a_database_in_which_something_happened_is_refused(
    house: House, tmp_path: Path, into: str, new_place: NewPlace
) -> None:
    handle(house, "requester", a_reading())
    backups.make(house.database, tmp_path / "copy", BY_DAY)
    url = new_place(into)
    restoring.restore(tmp_path / "copy", url, _key_file(house), VANCOUVER, LATER)
    with pytest.raises(ConfigError, match="not empty"):
        restoring.restore(tmp_path / "copy", url, _key_file(house), VANCOUVER, LATER)


@pytest.mark.parametrize("into", ["file", pytest.param("server", marks=pytest.mark.live)])
def test_a_new_installation_counts_as_empty(house: House, tmp_path: Path, into: str, new_place: NewPlace) -> None:
    handle(house, "requester", a_reading())
    backups.make(house.database, tmp_path / "copy", BY_DAY)
    url = new_place(into)
    install.create(url, _key_file(house), BY_DAY)
    restoring.restore(tmp_path / "copy", url, _key_file(house), VANCOUVER, LATER)
    there = Database.open(url, read_key(_key_file(house)))
    with there.view() as view:
        assert len(cases.all_cases(view)) == 1
    there.close()


def test_a_copy_that_lacks_a_row_is_no_backup(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handle(house, "requester", a_reading())
    write = copies.write

    def more(database: Database, path: Path) -> list[range]:
        return [range(one.stop, one.stop + 1) for one in write(database, path)]

    monkeypatch.setattr(copies, "write", more)
    with pytest.raises(Damaged, match="lacks rows"):
        backups.make(house.database, tmp_path / "copy", BY_DAY)
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == []


# What may have left


def _settled(house: House) -> dict[str, OutboxRow]:
    with house.database.transaction(Step.OPERATOR) as transaction:
        transaction.connection.execute(update(installation).values(copied_at=BY_DAY))
    restored.settle_once(house.database, VANCOUVER, LATER)
    return {row.cause: row for row in house.outbox()}


def _add(house: House, cause: str, state: OutboxState, *, answer: bool = False, until: object = None) -> None:
    with house.database.transaction(Step.OPERATOR) as transaction:
        found = outbox.add(
            transaction,
            Draft(
                cause=cause,
                role=Role.REQUESTER,
                letter="answer" if answer else "ack-day",
                language="en",
                priority=Priority.DAY_LETTER,
                message_id=f"{new_secret()}@service.example",
                envelope=Envelope(to="alex@example.net", mail_from=""),
                author_hash=b"0" * 16 if answer else None,
            ),
            BY_DAY,
        )
        assert found
        row = outbox.find(transaction, found)
        if until is not None:
            holds.hold_until(transaction, row, until, "Dana", cause, BY_DAY)  # type: ignore[arg-type]
        for step in {
            OutboxState.RETRY: ["sending", "retry"],
            OutboxState.UNCERTAIN: ["sending", "uncertain"],
            OutboxState.SENDING: ["sending"],
            OutboxState.SENT: ["sending", "sent"],
            OutboxState.FAILED: ["failed"],
        }.get(state, []):
            outbox.move(transaction, outbox.find(transaction, found), OutboxState(step), BY_DAY)


@pytest.mark.parametrize("state", [OutboxState.QUEUED, OutboxState.RETRY, OutboxState.SENDING, OutboxState.UNCERTAIN])
def test_an_automatic_letter_that_waited_in_the_backup_is_uncertain_for_good(house: House, state: OutboxState) -> None:
    _add(house, "one", state)
    row = _settled(house)["one"]
    assert (row.state, row.next_attempt_at, row.repeated) == (OutboxState.UNCERTAIN, NEVER, True)
    with house.database.view() as view:
        assert outbox.ready(view, LATER + timedelta(days=400), 10) == []
        assert [fate for *_, fate in restored.fates(view)] == ["waits"]


@pytest.mark.parametrize("state", [OutboxState.QUEUED, OutboxState.RETRY])
def test_an_answer_that_waited_in_the_backup_stops(house: House, state: OutboxState) -> None:
    _add(house, "one", state, answer=True)
    row = _settled(house)["one"]
    assert (row.state, row.hold, row.release_wall) == (OutboxState.HELD, Hold.STOPPED, None)


@pytest.mark.parametrize(("minutes", "hold"), [(-1, Hold.STOPPED), (1, Hold.UNTIL)])
def test_a_held_answer_keeps_its_time_only_if_that_is_to_come(house: House, minutes: int, hold: Hold) -> None:
    _add(house, "one", OutboxState.HELD, answer=True, until=(LATER + timedelta(minutes=minutes)).astimezone(VANCOUVER))
    assert _settled(house)["one"].hold is hold


@pytest.mark.parametrize("state", [OutboxState.SENT, OutboxState.FAILED])
def test_what_had_ended_in_the_backup_stays_as_it_is(house: House, state: OutboxState) -> None:
    _add(house, "one", state)
    assert _settled(house)["one"].state is state


def test_settling_happens_once(house: House) -> None:
    _settled(house)
    _add(house, "after", OutboxState.QUEUED)
    restored.settle_once(house.database, VANCOUVER, LATER + timedelta(hours=1))
    assert house.outbox()[-1].state is OutboxState.QUEUED
    assert house.acts().count("installation.restored") == 1


def test_a_letter_that_somebody_answers_had_left(house: House) -> None:
    _add(house, "one", OutboxState.QUEUED)
    _add(house, "two", OutboxState.QUEUED, answer=True)
    _settled(house)
    with house.database.transaction(Step.OPERATOR) as transaction:
        named = [outbox.message_id_of(transaction, row) for row in outbox.in_state(transaction, *OutboxState)]
        assert restored.note_proofs(transaction, [*named, "unknown@example.net"], LATER) == 2
    assert {row.state for row in house.outbox()} == {OutboxState.SENT}
    with house.database.view() as view:
        assert {fate for *_, fate in restored.fates(view)} == {"left"}


def test_an_old_letter_that_came_to_the_queue_meanwhile_waits_at_the_release(house: House) -> None:
    _add(house, "old", OutboxState.QUEUED, answer=True)
    row = _settled(house)["old"]
    with house.database.transaction(Step.OPERATOR) as transaction:
        holds.release_now(transaction, row, "Dana", "cause", LATER)
        restored.let_go(transaction, "operator", LATER)
        assert restored.standing(transaction) is None
    assert house.outbox()[0].hold is Hold.STOPPED


def test_ten_thousand_cases_keep_their_keys_under_another_master_key(house: House) -> None:
    with house.database.transaction(Step.OPERATOR) as transaction:
        key = sealing.new_key()
        wrapped = transaction.keys.wrap(key)
        common = {
            "status": "open",
            "stream": "unknown",
            "language": "en",
            "contact": "unasked",
            "opened_at": BY_DAY,
            "updated_at": BY_DAY,
            "wrapped_key": wrapped,
        }
        rows = [{"id": f"{n:016}", "reference": f"{n:08}", **common} for n in range(10_000)]
        transaction.connection.execute(insert(metadata.tables["case"]), rows)
    found = rekeying.rekey(house.database, _key_file(house), "operator", LATER)
    assert found.cases == 10_000
    there = Database.open(house.config.storage.database, read_key(_key_file(house)))
    with there.view() as view:
        assert {cases.case_key(view, f"{n:016}") for n in (0, 5_000, 9_999)} == {key}
    there.close()
