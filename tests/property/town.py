"""A town: three people who ask for help, a parent and an office for each, a stranger who knows too much, two members
of staff, and a clock.

`Town.act` does one thing that somebody might do; whom words are for is remembered by a mark that stands in them, so
that every mail that leaves can be judged by itself.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage

from attacks.service import PASS, Service, mail, reply_to, words_of
from loops.house import office
from property.people import (
    CIRCLES,
    COMMANDS,
    EVERYBODY,
    LETTERS,
    MEMBERS,
    OFFICES,
    PARENTS,
    PEOPLE,
    RECORDS,
    STRANGER,
    WITH_ANSWER,
    Person,
)
from support.clients import CLIENTS, reply

MARK = re.compile(r"mark\d+x")


@dataclass
class Town:
    """The players before one service; `chance` decides everything."""

    service: Service
    chance: random.Random
    meant_for: dict[str, Person | None] = field(default_factory=dict)
    written: list[bytes] = field(default_factory=list)
    _about: dict[str, Person] = field(default_factory=dict)
    _seen: int = 0
    _numbers: int = 0

    # What may happen

    def begin(self) -> None:
        """Everybody has written once, and somebody was answered: the control."""
        for person in PEOPLE:
            self._writes(person, self._words(person))
        name, notice, person = self._a_notice()
        self._answers(name, notice, self._marked(person))
        self.service.clock.on(minutes=6)
        self._receive()

    def act(self) -> None:
        """One thing happens."""
        does: dict[Callable[[], None], int] = {
            self.somebody_replies: 3, self.somebody_writes_anew: 1, self.somebody_says_stop: 1, self.an_answer: 6,
            self.a_command: 4, self.a_note: 1, self.a_reply_to_a_receipt: 3, self.a_slip: 1, self.a_crossing: 1,
            self.a_forgery: 1, self.a_stranger: 1, self.a_vacation: 1, self.a_replay: 2, self.time_goes_on: 6,
            self.a_record: 3, self.a_letter: 3, self.a_door: 3, self.words_through_a_door: 3, self.a_look_up: 1,
            self.a_flood_ends: 1, self.two_cases_of_one: 3, self.an_office_answers: 1,
        }  # fmt: skip
        chosen = self.chance.choices(list(does), list(does.values()))[0]
        print(f"{self.service.clock.at:%a %H:%M:%S} {chosen.__name__}")
        chosen()

    def somebody_replies(self) -> None:
        person = self.chance.choice(PEOPLE)
        letters = self.service.to(person.address)
        if letters:
            self._writes(person, self._words(person), to=reply_to(self.chance.choice(letters)))

    def somebody_writes_anew(self) -> None:
        person = self.chance.choice(PEOPLE)
        self._writes(person, self._words(person))

    def somebody_says_stop(self) -> None:
        person = self.chance.choice(PEOPLE)
        letters = self.service.to(person.address)
        if letters and self.chance.random() < 0.4:
            self._writes(person, "STOP", to=reply_to(letters[-1]))

    def an_answer(self) -> None:
        name, notice, person = self._a_notice()
        lines = self.chance.sample(WITH_ANSWER, self.chance.choice((0, 0, 0, 1, 2)))
        self._answers(name, notice, "\n".join([*lines, "" if lines else "", self._marked(person)]).strip())

    def a_command(self) -> None:
        name, notice, _ = self._a_notice()
        self._answers(name, notice, self.chance.choice(COMMANDS))

    def a_record(self) -> None:
        name, notice, _ = self._a_notice()
        self._answers(name, notice, "\n".join(self.chance.sample(RECORDS, self.chance.choice((1, 2)))))

    def a_letter(self) -> None:
        """A letter of the house, mostly refused; its own words above it, sometimes."""
        name, notice, person = self._a_notice()
        letter = f"#letter {self.chance.choice(LETTERS)}"
        safe = "#contact safe\n"
        above = self.chance.choice(("", safe, f"{safe}#stream adult\n", f"{safe}#facts held\n"))
        below = f"\n\n{self._marked(person)}" if self.chance.random() < 0.3 else ""
        self._answers(name, notice, f"{above}{letter}{below}")

    def a_door(self) -> None:
        """A guardian or an office is to be written to, by consent or without; or a person who only telephoned."""
        name, notice, _ = self._a_notice()
        person = self.whose(notice)
        if person in CIRCLES:
            _, parent, office = CIRCLES[person]
            self._answers(name, notice, self.chance.choice((
                f"#guardian permit {parent.address} that help exists", f"#guardian refuse {parent.address}",
                f"#talk agency {office.address}", f"#consent yes agency\n#talk agency {office.address}",
                f"#consent no agency\n#talk agency {office.address}", f"#new {person.address}",
            )))  # fmt: skip

    def words_through_a_door(self) -> None:
        """Reply to a door reaches whom it names, and nobody else. A receipt may quote a door, and is none."""
        name = self.chance.choice(list(MEMBERS))
        doors = [one for one in self.service.to(MEMBERS[name]) if words_of(one).startswith("Reply to this mail to")]
        if doors:
            door = self.chance.choice(doors[-4:])
            behind = next(one for one in EVERYBODY if f"\n{one.address}\n" in words_of(door))
            above = self.chance.choice(("", "", "#contact safe\n#letter guardian-info\n\n", "#letter safety-check\n\n"))
            self._answers(name, door, f"{above}{self._marked(behind)}")

    def an_office_answers(self) -> None:
        """An office or a parent presses Reply on what they had of us."""
        writer = self.chance.choice((*PARENTS, *OFFICES))
        letters = self.service.to(writer.address)
        if letters:
            self._writes(writer, self._words(writer), to=reply_to(letters[-1]))

    def a_look_up(self) -> None:
        name, notice, person = self._a_notice()
        self._answers(name, notice, f"#find {person.address}")

    def a_flood_ends(self) -> None:
        name, notice, person = self._a_notice()
        self._answers(name, notice, f"#mute {person.address}{self.chance.choice(('', ' over'))}")

    def two_cases_of_one(self) -> None:
        """A person writes anew, and staff see that it is the same: the cases become one, mostly, or a message moves."""
        name, notice, _ = self._a_notice()
        person = self.whose(notice)
        self._writes(person, self._words(person))
        own = (reference for reference, whose in self._about.items() if whose is person)
        other = self.chance.choice([reference for reference in own if reference != reference_of(notice)])
        if self.chance.random() < 0.4:
            came = self.query(
                'SELECT reference, journal.id FROM journal JOIN "case" ON "case".id = journal.case_id'
                " WHERE conversation_id IS NOT NULL ORDER BY journal.id"
            )
            of_this = [one for one in came if one[0] == reference_of(notice)]
            chosen = self.chance.choice(of_this or came)
            self._answers(name, notice, f"#move {chosen[1]} {other}")
            return
        self._answers(name, notice, f"#merge {other}")
        asked = [one for one in self.service.to(MEMBERS[name]) if "- Yes, do it: mailto:" in words_of(one)]
        if asked and self.chance.random() < 0.8:
            self._taps(name, asked[-1])

    def a_note(self) -> None:
        name, notice, _ = self._a_notice()
        text = self.chance.choice((f"#note {self._marked(None)}", f"#followup tomorrow 9:00 {self._marked(None)}"))
        self._answers(name, notice, text)

    def a_reply_to_a_receipt(self) -> None:
        name = self.chance.choice(list(MEMBERS))
        told = [one for one in self.service.to(MEMBERS[name]) if "Reply stays inside" in words_of(one)]
        if told:
            text = self.chance.choice(("#cancel", "#send now", "#hold until tomorrow 9:00", self._marked(None)))
            self._answers(name, self.chance.choice(told[-6:]), text)

    def a_slip(self) -> None:
        name, notice, _ = self._a_notice()
        slip = self.chance.choice(("#tke", "/take", "#send later", "#hold until never", "#status clsoed", "#take it"))
        self._answers(name, notice, f"{slip}\n\n{self._marked(None)}")

    def a_crossing(self) -> None:
        """Words with the reference or the reply address of somebody else's case."""
        name, notice, _ = self._a_notice()
        person = self.whose(notice)
        others = [ref for ref, whose in self._about.items() if whose is not person]
        letters = [one for other in PEOPLE if other is not person for one in self.service.to(other.address)]
        for text in (f"Case {self.chance.choice(others)}.", f"Write to {reply_to(self.chance.choice(letters))} now."):
            self._answers(name, notice, f"{self._marked(None)} {text}")

    def a_forgery(self) -> None:
        """Somebody writes as Dana, to an address that they should not know, without what our border says of Dana."""
        name, notice, _ = self._a_notice()
        raw = mail(f"{name} <{MEMBERS[name]}>", f"#status closed\n\n{self._marked(None)}", to=reply_to(notice))
        self._receive(raw)

    def a_stranger(self) -> None:
        """A stranger writes to an address that was given to somebody else, a member perhaps."""
        letters = [one for person in PEOPLE for one in self.service.to(person.address)]
        letters += self.service.to(MEMBERS["Dana"])
        self._writes(STRANGER, self._words(STRANGER), to=reply_to(self.chance.choice(letters)))

    def a_vacation(self) -> None:
        name, notice, _ = self._a_notice()
        self._answers(name, notice, self._marked(None), ["Auto-Submitted: auto-replied"])

    def a_replay(self) -> None:
        raw = self.chance.choice(self.written)
        again = b"Received: from elsewhere.example by mx.service.example; Tue, 24 Nov 2026 10:00:00 -0700\r\n" + raw
        self._receive(self.chance.choice((raw, raw, again)) if PASS.encode() not in raw else raw)

    def time_goes_on(self) -> None:
        clock, house = self.service.clock, self.service.desk.office
        opening = house.next_opening(clock.at).astimezone(house.zone)
        closing = house.next_closing(clock.at).astimezone(house.zone)
        step = timedelta(minutes=self.chance.randint(1, 50))
        night = clock.at.replace(hour=self.chance.choice((2, 6, 19, 23)), minute=self.chance.randint(0, 59))
        choices = [clock.at + step, clock.at + step, opening - timedelta(seconds=1), opening, opening + step,
                   closing - timedelta(seconds=40), closing, night, night + timedelta(days=1)]  # fmt: skip
        clock.at = max(clock.at, self.chance.choice(choices))
        self._receive()

    # How it is done

    def _a_notice(self) -> tuple[str, EmailMessage, Person]:
        """Who acts on which notice, often the newest; and whom a Reply reaches."""
        name = self.chance.choice(list(MEMBERS))
        notices = [one for one in self.service.to(MEMBERS[name]) if ", under the name" in words_of(one)]
        notice = self.chance.choice(notices[-3:] if self.chance.random() < 0.7 else notices)
        return name, notice, next(one for one in EVERYBODY if f"{one.address}, under the name" in words_of(notice))

    def whose(self, told: EmailMessage) -> Person:
        """The person whose case a mail to staff is about; KeyError where it is about none."""
        return self._about[reference_of(told)]

    def circle(self, reference: str) -> tuple[Person, ...]:
        """Everybody whom this case may have a conversation with; nobody where it is none."""
        person = self._about.get(reference)
        return CIRCLES.get(person, (person,)) if person else ()

    def _words(self, person: Person) -> str:
        self._numbers += 1
        return f"This is about {person.word}, number {self._numbers}. Please help me."

    def _marked(self, person: Person | None) -> str:
        """Words for a person, or for nobody outside."""
        self._numbers += 1
        mark = f"mark{self._numbers}x"
        self.meant_for[mark] = person
        return f"These are the words of {mark}, please read them."

    def _writes(self, person: Person, words: str, **options: str) -> None:
        self._receive(mail(f"{person.name} <{person.address}>", words, **options))

    def _taps(self, name: str, told: EmailMessage) -> None:
        """A member taps the link that does what was asked twice."""
        self._receive(self.service.tap(told, "Yes, do it", author=f"{name} <{MEMBERS[name]}>"))

    def _answers(self, name: str, notice: EmailMessage, words: str, fields: list[str] | None = None) -> None:
        self._numbers += 1
        raw = reply(
            notice,
            author=f"{name} <{MEMBERS[name]}>",
            words=words,
            client=self.chance.choice(list(CLIENTS)),
            signature=name,
            html=self.chance.random() < 0.8,
            fields=[PASS, *(fields or [])],
            message_id=f"staff.{self._numbers}@mail.service.example",
        )
        self._receive(raw)

    def _receive(self, *mails: bytes) -> None:
        self.written += mails
        self.service.receive(*mails, folder="INBOX")
        for case_id, reference in self.query('SELECT id, reference FROM "case"'):
            if reference not in self._about:
                self._about[reference] = self._opener(case_id)

    def query(self, statement: str) -> list[tuple[str, ...]]:
        with self.service.database.view() as view:
            return [tuple(row) for row in view.connection.exec_driver_sql(statement).all()]

    def _opener(self, case_id: str) -> Person:
        """Who wrote the mail that opened a case, by its conversation's address hash."""
        keys = self.service.database.keys
        hashed = {keys.hash("address", person.address): person for person in EVERYBODY}
        (row,) = self.service.rows("conversation", "WHERE case_id = ?", case_id)
        return next(hashed[value] for value in row if isinstance(value, bytes) and value in hashed)

    # What left since the last look

    def left(self) -> list[tuple[str, EmailMessage]]:
        """Each mail that left since it was asked last, with its recipient."""
        new = self.service.sent()[self._seen :]
        self._seen += len(new)
        return new


def start() -> datetime:
    """A Tuesday morning."""
    return office("2026-11-24 10:00")


def reference_of(told: EmailMessage) -> str:
    """The case that a mail to staff is about; "" or another word where it is about none."""
    return str(told["Subject"]).partition("[")[2].partition("]")[0]
