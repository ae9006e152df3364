"""The demo from begin to end, as events: each scene, then what each mailbox holds, `status`, and whether all was so.

JSON follows the rule of every command: opaque ids and numbers, no address, no name, no text.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage

from mailbot.demo.people import MAILBOXES, Person
from mailbot.demo.scene import Scene, play
from mailbot.demo.stage import Stage, raised, text_of
from mailbot.demo.story import SCENES


@dataclass(frozen=True, slots=True)
class Box:
    """What somebody's inbox holds at the end. `complete`: all that left for this person and nothing else, in order."""

    person: Person
    mails: tuple[EmailMessage, ...]
    letters: tuple[str, ...]
    complete: bool

    @property
    def texts(self) -> tuple[str, ...]:
        """The plain parts."""
        return tuple(text_of(mail) for mail in self.mails)

    def looks_like(self, other: Box) -> bool:
        """Whether both show the same mails, and there are some."""
        return bool(self.mails) and self.subjects == other.subjects

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(str(mail["Subject"]) for mail in self.mails)

    def as_json(self) -> dict[str, object]:
        """Persons are numbered as they are shown."""
        return {
            "event": "mailbox",
            "person": MAILBOXES.index(self.person) + 1,
            "role": self.person.role,
            "letters": list(self.letters),
            "complete": self.complete,
        }


@dataclass(frozen=True, slots=True)
class Status:
    """What `mailbot status` says at the end."""

    found: dict[str, object]

    def as_json(self) -> dict[str, object]:
        return {"event": "status", **self.found}


@dataclass(frozen=True, slots=True)
class Cases:
    """What `mailbot cases` says at the end."""

    found: list[dict[str, object]]

    def as_json(self) -> dict[str, object]:
        return {"event": "cases", "cases": self.found}


@dataclass(frozen=True, slots=True)
class Ending:
    """Whether the story went as told; `differs` names what did not."""

    scenes: int
    sentences: int
    differs: tuple[str, ...]
    seconds: float

    @property
    def as_told(self) -> bool:
        return not self.differs

    def as_json(self) -> dict[str, object]:
        return {
            "event": "end",
            "as_told": self.as_told,
            "scenes": self.scenes,
            "sentences": self.sentences,
            "differs": len(self.differs),
            "seconds": round(self.seconds, 1),
        }


@dataclass(slots=True)
class Told:
    """All events of one telling, for whoever shows them together."""

    scenes: list[Scene] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    cases: Cases = field(default_factory=lambda: Cases([]))
    status: Status = field(default_factory=lambda: Status({}))
    ending: Ending = field(default_factory=lambda: Ending(0, 0, ("it was not told to its end",), 0.0))

    def hear(self, event: Scene | Box | Cases | Status | Ending) -> None:
        """Keeps one event."""
        if isinstance(event, Scene):
            self.scenes.append(event)
        elif isinstance(event, Box):
            self.boxes.append(event)
        elif isinstance(event, Cases):
            self.cases = event
        elif isinstance(event, Status):
            self.status = event
        else:
            self.ending = event


def tell() -> Generator[Scene | Box | Cases | Status | Ending]:
    """Plays the story on a stage of its own. Raises OSError where no loopback port can be had."""
    with raised(SCENES[0].instant) as stage:
        started = time.monotonic()
        scenes, boxes = [], []
        for plan in SCENES:
            scenes.append(play(stage, plan))
            yield scenes[-1]
        for person in MAILBOXES:
            boxes.append(_box(stage, person))
            yield boxes[-1]
        yield Cases(stage.cases_json())
        stage.clock.move_to(stage.clock.now() + timedelta(minutes=1))
        status = Status(stage.status())
        yield status
        differs = (*_wrong_scenes(scenes), *_wrong_boxes(boxes), *_wrong_status(status))
        yield Ending(len(scenes), sum(len(scene.outcomes) for scene in scenes), differs, time.monotonic() - started)


def _box(stage: Stage, person: Person) -> Box:
    mails = tuple(stage.mailbox(person))
    left = [one for one in stage.left() if one.to is person]
    complete = [str(mail["Message-ID"]) for mail in mails] == [str(one.mail["Message-ID"]) for one in left]
    return Box(person, mails, tuple(one.letter for one in left), complete)


def _wrong_scenes(scenes: list[Scene]) -> Iterator[str]:
    for scene in scenes:
        yield from (f"{scene.name}: not so: {sentence}" for sentence, held in scene.outcomes if not held)
        yield from (f"{scene.name}: {difference}" for difference in scene.differs)


def _wrong_boxes(boxes: list[Box]) -> Iterator[str]:
    yield from (f"{box.person.name}'s mailbox does not hold what left for it" for box in boxes if not box.complete)


def _wrong_status(status: Status) -> Iterator[str]:
    if not status.found["ok"]:
        yield "status names a problem"
