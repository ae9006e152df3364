"""A scene of the demo: how it is written, how it is played, and how it is known that it went as told.

A plan is a mail that comes or time that passes, the messages that must leave because of it (and no others), and
sentences about them that are checked. Played, it is a `Scene`: what left, which sentences held, what else differed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mailbot.demo.people import ANA, Person
from mailbot.demo.stage import Left, Stage, Waiting
from scheduler.zone import zone
from storage.audit import Act

ZONE = zone("America/Vancouver")
"""The office's zone: the times of the story are its wall clock."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be known after a scene: the messages that left in it, the reminders and alerts of that time, and the
    stage as it is now.
    """

    stage: Stage
    left: tuple[Left, ...]
    reminders: tuple[Left, ...]
    new_cases: int
    new_endings: dict[str, int]
    token_before: str | None

    def to(self, person: Person) -> Left:
        """The last message that left for somebody in this scene."""
        return [one for one in self.left if one.to is person][-1]

    def all_to(self, *people: Person) -> str:
        """Subjects and texts of all that left for these people."""
        return "\n".join(f"{one.mail['Subject']}\n{one.text}" for one in self.left if one.to in people)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A sentence of the story, and how it is known to be true."""

    sentence: str
    holds: Callable[[Seen], bool]


@dataclass(frozen=True, slots=True)
class Plan:
    """A scene as it is written: `letters` is everything that leaves in it but for reminders and alerts, by person;
    without `arrives` only time passes.
    """

    name: str
    at: str
    happens: str
    arrives: Callable[[Stage, datetime], bytes] | None
    letters: dict[Person, tuple[str, ...]]
    outcomes: tuple[Outcome, ...]

    @property
    def instant(self) -> datetime:
        return datetime.fromisoformat(self.at).replace(tzinfo=ZONE)


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene as it went. `outcomes` are the sentences with whether they held; `differs` says what else was wrong.
    `turns` is when the office opened or closed since the scene before, `acts` what the audit noted meanwhile, `waiting`
    what was held when it ended.
    """

    name: str
    at: datetime
    turns: tuple[datetime, ...]
    office_open: bool
    happens: str
    arrived: bytes | None
    left: tuple[Left, ...]
    reminders: tuple[Left, ...]
    waiting: tuple[Waiting, ...]
    acts: tuple[Act, ...]
    outcomes: tuple[tuple[str, bool], ...]
    differs: tuple[str, ...]

    @property
    def inbound_id(self) -> str | None:
        """The journal's id of the mail that came."""
        return next((act.subject for act in self.acts if act.act == "message.ended"), None)

    @property
    def as_told(self) -> bool:
        return not self.differs and all(held for _, held in self.outcomes)

    def as_json(self) -> dict[str, object]:
        """Opaque ids only, as in the JSON of every command."""
        return {
            "event": "scene",
            "name": self.name,
            "at": self.at,
            "as_told": self.as_told,
            "letters": [{"role": one.to.role, "letter": one.letter, "message_id": one.message_id} for one in self.left],
        }


def play(stage: Stage, plan: Plan) -> Scene:
    """Moves the clock to the scene's time, lets its mail come in, runs one pass, and looks."""
    turns = tuple(stage.turns_before(plan.instant))
    stage.clock.move_to(plan.instant)
    sent, cases, endings = len(stage.left()), stage.cases(), stage.endings()
    token = stage.token(ANA) if sent else None
    before = stage.acts()
    arrived = plan.arrives(stage, plan.instant) if plan.arrives else None
    troubles = stage.receive(arrived)
    left = tuple(one for one in stage.left()[sent:] if not one.by_the_clock)
    reminders = tuple(one for one in stage.left()[sent:] if one.by_the_clock)
    new_endings = {state: number - endings[state] for state, number in stage.endings().items()}
    seen = Seen(stage, left, reminders, stage.cases() - cases, new_endings, token)
    outcomes = tuple((outcome.sentence, _holds(outcome, seen)) for outcome in plan.outcomes)
    return Scene(
        plan.name,
        plan.instant,
        turns,
        stage.open_now(),
        plan.happens,
        arrived,
        left,
        reminders,
        stage.waiting(),
        tuple(stage.acts()[len(before) :]),
        outcomes,
        (*troubles, *_other_letters(plan, left)),
    )


def _holds(outcome: Outcome, seen: Seen) -> bool:
    try:
        return outcome.holds(seen)
    except LookupError:  # what the sentence is about did not leave
        return False


def _other_letters(plan: Plan, left: tuple[Left, ...]) -> Iterator[str]:
    """Whoever got other messages than the story says."""
    for person in {**plan.letters, **{one.to: () for one in left}}:
        wanted = sorted(plan.letters.get(person, ()))
        found = sorted(one.letter for one in left if one.to is person)
        if wanted != found:
            yield f"{person.address}: {_listed(wanted)} expected, {_listed(found)} left"


def _listed(letters: list[str]) -> str:
    return " and ".join(letters) or "nothing"
