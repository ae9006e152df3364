"""process: one bad message harms one message, a death counts, and the same mail acts once (promises 3 and 11)."""

from __future__ import annotations

from collections import Counter

import pytest
from loops.house import BY_DAY, Running, StandingClock, put
from sqlalchemy.exc import IntegrityError
from support.mails import first_mail

from mailbot import process as process_module
from mailbot.errors import Damaged, ReaderDied
from mailbot.handlers import HANDLERS, Author
from mailbot.model import Inbound, JournalState, Place, Reading
from mailbot.process import GROUP_BYTES, Process
from mailbot.reading import Reader
from mailbot.steps import Step, observe
from storage import journal
from storage.database import Transaction
from storage.journal import JournalRow


def mail(name: str, **changes: object) -> bytes:
    return first_mail(f"{name}@example.net", message_id=f"{name}@mail.example.net", **changes)  # type: ignore[arg-type]


def arrive(running: Running, *raws: bytes, place: Place = Place.INBOX) -> list[str]:
    with running.database.transaction(Step.OPERATOR) as transaction:
        return [put(transaction, running.clock.now(), Reading(), raw=raw, place=place).id for raw in raws]


def row(running: Running, message_id: str) -> JournalRow:
    with running.database.view() as view:
        found = journal.find(view, message_id)
    assert found is not None
    return found


def dying_over(word: bytes, reader: Reader, deaths: int = 99) -> tuple[Process, Counter[bytes]]:
    """A reader whose child dies over messages that hold a word."""
    seen: Counter[bytes] = Counter()

    def read(raw: bytes) -> Reading:
        if word in raw:
            seen[word] += 1
            if seen[word] <= deaths:
                raise ReaderDied("died")
        return reader.read(raw)

    return read, seen  # type: ignore[return-value]


def reading_with(running: Running, read: object) -> Process:
    return Process(running.database, running.clock, running.desk, read)  # type: ignore[arg-type]


def test_a_message_that_kills_the_reader_twice_is_quarantined_and_the_others_are_handled(
    running: Running, reader: Reader
) -> None:
    read, seen = dying_over(b"poison", reader)
    running.process = reading_with(running, read)
    bad, *good = arrive(running, mail("bad", text="poison"), mail("alex"), mail("kim"))
    running.work()
    assert seen[b"poison"] == 2
    assert (row(running, bad).state, row(running, bad).reason) == (JournalState.QUARANTINED, "ReaderDied")
    assert {row(running, one).state for one in good} == {JournalState.PROCESSED}
    assert running.told().count("staff-quarantine") == 2


def test_a_message_that_kills_the_reader_once_is_handled_the_second_time(running: Running, reader: Reader) -> None:
    read, _ = dying_over(b"poison", reader, deaths=1)
    running.process = reading_with(running, read)
    (one,) = arrive(running, mail("bad", text="poison"))
    running.work()
    assert (row(running, one).state, row(running, one).attempts) == (JournalState.PROCESSED, 1)
    assert running.letters() == ["ack-day"]


def test_a_quarantined_message_that_is_retried_has_its_two_attempts_again(running: Running, reader: Reader) -> None:
    read, seen = dying_over(b"poison", reader, deaths=3)
    running.process = reading_with(running, read)
    (one,) = arrive(running, mail("bad", text="poison"))
    running.work()
    with running.database.transaction(Step.OPERATOR) as transaction:
        journal.retry(transaction, row(running, one), BY_DAY, "operator")
    running.work()
    assert seen[b"poison"] == 4
    assert row(running, one).state is JournalState.PROCESSED


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("canary"), IntegrityError("statement", {}, Exception())])
def test_a_handler_that_fails_undoes_its_message_alone(
    running: Running, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    real = HANDLERS[Author.REQUESTER]

    def handle(transaction: Transaction, desk: object, inbound: Inbound, now: object) -> object:
        ending = real(transaction, desk, inbound, now)  # type: ignore[arg-type]
        if inbound.reading.from_ == ("bad@example.net",):
            raise error
        return ending

    monkeypatch.setattr(process_module, "HANDLERS", {**HANDLERS, Author.REQUESTER: handle})
    bad, *good = arrive(running, mail("bad"), mail("alex"), mail("kim"))
    running.work()
    assert row(running, bad).state is JournalState.QUARANTINED
    assert {row(running, one).state for one in good} == {JournalState.PROCESSED}
    assert running.letters() == ["ack-day"] * 2
    assert running.acts().count("case.opened") == 2


def test_damage_stops_the_loop_and_quarantines_nothing(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def handle(*_: object) -> None:
        raise Damaged("x")

    monkeypatch.setattr(process_module, "HANDLERS", dict.fromkeys(HANDLERS, handle))
    (one,) = arrive(running, mail("alex"))
    with pytest.raises(Damaged):
        running.process.round()
    assert (row(running, one).state, row(running, one).attempts) == (JournalState.WAITING, 0)


def test_the_same_mail_twice_in_one_group_acts_once(running: Running) -> None:
    same = mail("alex")
    arrive(running, same, b"Received: from elsewhere\r\n" + same, same)
    running.work()
    assert running.journal() == {"processed": 1, "seen_before": 2}
    assert running.letters() == ["ack-day"]


def test_the_same_message_id_with_other_words_is_another_message(running: Running) -> None:
    arrive(running, mail("alex", text="one"), mail("alex", text="two"))
    running.work()
    assert running.journal() == {"processed": 2}


def test_messages_of_one_batch_are_handled_in_the_order_they_came(running: Running) -> None:
    """The first opens the case: what comes after must not be read before it."""
    mails = [mail(f"person{number}") for number in range(12)]
    now = running.clock.now()
    with running.database.transaction(Step.OPERATOR) as transaction:
        from mailbot.model import new_id

        arrivals = [journal.Arrival(new_id(now), number + 1, now, len(raw), raw, False, JournalState.WAITING)
                    for number, raw in enumerate(mails)]  # fmt: skip
        journal.add(transaction, "INBOX", 7, Place.INBOX, arrivals, now)
    running.work()
    with running.database.view() as view:
        opened = "SELECT cause FROM audit WHERE act = 'case.opened' ORDER BY seq"
        found = [one[0] for one in view.connection.exec_driver_sql(opened)]
    assert found == [one.id for one in arrivals]


def test_a_group_shares_one_commit_and_a_single_message_has_its_own(running: Running) -> None:
    commits: list[str] = []
    observe(lambda when, name: commits.append(str(name)) if when == "after" else None)
    try:
        arrive(running, *(mail(f"person{number}") for number in range(20)))
        running.work()
    finally:
        observe(lambda *_: None)
    assert commits.count("process.commit-message") == 1


def test_a_commit_that_fails_loses_nothing_and_answers_nobody_twice(running: Running) -> None:
    def fail(when: str, name: Step) -> None:
        if (when, name) == ("before", Step.PROCESS_MESSAGE):
            raise OSError

    (one,) = arrive(running, mail("alex"))
    observe(fail)
    try:
        with pytest.raises(OSError):  # noqa: PT011 - the disk's own error has no text here
            running.process.round()
    finally:
        observe(lambda *_: None)
    assert (row(running, one).state, running.outbox()) == (JournalState.WAITING, [])
    running.work()
    assert running.letters() == ["ack-day"]


def test_large_messages_are_not_in_memory_together(running: Running) -> None:
    filler = b"x" * 76 + b"\r\n"
    large = mail("large", text=(filler * (GROUP_BYTES // 2 // len(filler))).decode())
    arrive(running, *(large.replace(b"large", b"large%d" % number) for number in range(3)))
    held: list[int] = []

    def read(raw: bytes) -> Reading:
        held.append(len(raw))
        return Reading(from_=("alex@example.net",), identity=str(len(held)))

    running.process = reading_with(running, read)
    running.process.round()
    assert sum(held) <= GROUP_BYTES
    running.work()
    assert len(held) == 3


def test_a_released_junk_message_is_handled_as_if_it_lay_in_the_inbox(running: Running, clock: StandingClock) -> None:
    (one,) = arrive(running, mail("alex"), place=Place.JUNK)
    running.work()
    assert running.letters() == []
    with running.database.transaction(Step.OPERATOR) as transaction:
        journal.retry(transaction, row(running, one), clock.now(), "operator")
    running.work()
    assert row(running, one).state is JournalState.PROCESSED
    assert running.letters() == ["ack-day"]


def test_every_message_ends_with_an_act_and_every_act_is_chained(running: Running) -> None:
    from storage import audit

    arrive(running, mail("alex"), b"not a message", mail("list", fields=["List-Id: <x.example>"]))
    running.work()
    assert running.acts().count("message.ended") == 3
    with running.database.view() as view:
        assert audit.verify(view).broken_at is None
