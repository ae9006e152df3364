"""Random histories of a service: mails, answers, commands and clock steps by three people on three cases.

After each step: nothing of one conversation is in another; every staff message acted at most once; nothing left outside
hours but by `#send now`; and the tables are what the audit, replayed, says.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from attacks.service import Service, a_reader, configured, words_of
from loops.house import StandingClock, Template
from property.people import EVERYBODY, MEMBERS, PARENTS, PEOPLE, Person
from property.replay import replayed, stored
from property.town import MARK, Town, reference_of, start

from mailbot.demo.servers import EmbeddedServers
from mailbot.model import Contact, Role
from mailbot.reading import Reader
from mailbot.writing.catalogue import BY_HAND, Class
from storage import cases, outbox, records
from storage.audit import verify
from storage.outbox import OutboxRow
from storage.records import Kind

STEPS = 26
SAM = "sam@service.example"
EXPECTED_IN_QUARANTINE = {"staff mail without proof", "from our own address"}


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    with a_reader() as found:
        yield found


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def town(
    request: pytest.FixtureRequest, template: Template, tmp_path: Path, embedded: EmbeddedServers, reader: Reader
) -> Iterator[Town]:
    seed: int = request.param
    grace = f"grace_minutes = {5 if seed % 2 else 0}"
    config = configured(template, tmp_path / "house", embedded, "dmarc", grace)
    service = Service(config, StandingClock(start()), reader, embedded)
    yield Town(service, random.Random(seed))
    service.close()


class Watched:
    """What is known of a town's mail so far, and what must hold of every mail more."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.relayed: Counter[str] = Counter()

    def look(self) -> None:
        for address, message in self.town.left():
            if address in (*MEMBERS.values(), SAM):
                self._inside(message)
            else:
                self._outside(address, message)
        self._once()
        self._replay()

    def _outside(self, address: str, message: EmailMessage) -> None:
        """To a person: their own answer's words alone, in office hours."""
        person = next(one for one in EVERYBODY if one.address == address)
        whole = message.as_string() + words_of(message)
        for other in EVERYBODY:
            assert other is person or not any(sign in whole for sign in other.signs), (person, other)
        assert not any(sign in whole for sign in (*MEMBERS, *MEMBERS.values(), person.word, person.name)), whole
        marks = set(MARK.findall(whole))
        for mark in marks:
            assert self.town.meant_for[mark] is person, f"{mark} reached {person.name}"
        self.relayed.update(marks)
        assert not [mark for mark in marks if self.relayed[mark] > 1], "words left twice"
        if "Auto-Submitted" not in message:
            row = self._row(message)
            assert marks or row.letter in BY_HAND
            self._in_hours(message, row)
            self._by_right(person, row)

    def _row(self, message: EmailMessage) -> OutboxRow:
        with self.town.service.database.view() as view:
            row = outbox.by_message_id(view, str(message["Message-ID"]).strip("<>"))
        assert row
        return row

    def _by_right(self, person: Person, row: OutboxRow) -> None:
        """In a case that this person belongs to; in plain words where mail is recorded safe, and nowhere else; to a
        parent or an office while the yes for it is on record.
        """
        service = self.town.service
        with service.database.view() as view:
            case = cases.find_case(view, str(row.case_id))
            assert person in self.town.circle(case.reference)
            if row.letter in BY_HAND and BY_HAND[row.letter].letter_class is Class.SAFE:
                assert case.contact is Contact.SAFE
            if person in PARENTS and row.role is Role.GUARDIAN:
                found = records.latest(view, case.id, Kind.GUARDIAN, service.clock.at, about=person.address)
                assert found is not None
                assert found.value["answer"] == "yes"

    def _in_hours(self, message: EmailMessage, row: OutboxRow) -> None:
        """In office hours; by `#send now` with crisis lines; or in the minutes of grace of what came in hours."""
        service = self.town.service
        at = message["Date"].datetime
        if service.desk.office.is_open(at):
            return
        letter = replayed(service).letters[row.id]
        assert letter.sent_now or letter.hold == "grace", f"left at {at:%a %H:%M:%S}"
        assert not letter.sent_now or "911" in words_of(message)

    def _inside(self, message: EmailMessage) -> None:
        """To staff: one case a mail, and nothing of the others."""
        circle = self.town.circle(reference_of(message))
        whole = message.as_string() + words_of(message)
        for other in EVERYBODY:
            assert other in circle or not any(sign in whole for sign in other.signs), (circle, other, whole)

    def _once(self) -> None:
        """Each staff message has one receipt or one explanation, and one answer; what was seen before has none."""
        service = self.town.service
        answers = Counter(row for letter in ("answer", *BY_HAND) for row in _causes(service, letter))
        replies = Counter(_causes(service, "staff-receipt") + _causes(service, "staff-refusal"))
        assert [one for one, count in (answers + replies).items() if max(answers[one], replies[one]) > 1] == []
        with service.database.view() as view:
            ask = view.connection.exec_driver_sql
            again = ask(
                "SELECT act FROM audit JOIN journal ON audit.cause = journal.id"
                " WHERE journal.state = 'seen_before' AND act != 'message.ended'"
            ).all()
            acted = ask(
                "SELECT act, journal.reason FROM audit JOIN journal ON audit.cause = journal.id"
                " WHERE who LIKE 'member:%' AND coalesce(journal.reason, '') != 'staff'"
            ).all()
            reasons = {row[0] for row in ask("SELECT reason FROM journal WHERE state = 'quarantined'").all()}
        assert (again, acted) == ([], [])
        assert reasons <= EXPECTED_IN_QUARANTINE

    def _replay(self) -> None:
        told, held = replayed(self.town.service), stored(self.town.service)
        assert told.letters == held.letters
        assert told.cases == held.cases
        assert told.messages == held.messages


def _causes(service: Service, letter: str) -> list[str]:
    return [str(row.cause) for row in service.outbox() if row.letter == letter]


def seeds(short: int, deep: int) -> list[object]:
    return [*range(short), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(short, deep))]


@pytest.mark.parametrize("town", seeds(20, 200), indirect=True)
def test_conversations_stay_apart_and_every_act_is_one_whatever_people_do_and_when(town: Town) -> None:
    watched = Watched(town)
    town.begin()
    watched.look()
    for _ in range(STEPS):
        town.act()
        watched.look()
    _finish(town, watched)
    assert watched.relayed, "nobody was answered"
    with town.service.database.view() as view:
        assert verify(view).broken_at is None
    print(Counter(row.letter for row in town.service.outbox() if row.role is not Role.STAFF))
    print(Counter(row[0] for row in town.query("SELECT act FROM audit")))
    print(f"\n{len(town.written)} mails, {sum(watched.relayed.values())} answers left, {town.service.journal()}")


def _finish(town: Town, watched: Watched) -> None:
    """Two mornings later nothing waits but what a person must decide."""
    service = town.service
    for _ in range(3):
        service.clock.at = service.desk.office.next_opening(service.clock.at).astimezone(service.desk.office.zone)
        service.receive()
        watched.look()
        service.clock.on(hours=2)
    states = {(row.state, row.hold) for row in service.outbox() if row.state not in ("sent", "cancelled")}
    assert states <= {("held", "stopped")}
    assert service.journal().get("waiting") is None
    assert all(person.address in service.left() for person in PEOPLE)
