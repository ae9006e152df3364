"""The replay of the audit: the rows of the audit alone, folded into what the tables must hold (promise 15).

Every fold checks what the row says of the state before. What the audit does not hold (addresses, words) is not
compared.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from loops.house import House

from mailbot.model import MOVES, OutboxState


@dataclass
class Letter:
    """An outbound message by its acts."""

    letter: str
    state: str = "queued"
    hold: str | None = None
    sent_now: bool = False


@dataclass
class Case:
    """A case by its acts."""

    status: str = "open"
    contact: str = "unasked"
    owner: str | None = None
    follow_ups: set[str] = field(default_factory=set)
    notes: int = 0
    conversations: int = 0


@dataclass
class Replay:
    """Everything that the audit tells."""

    letters: dict[str, Letter] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    case_of: dict[str, str] = field(default_factory=dict)

    def fold(self, act: str, subject: str, detail: dict[str, str]) -> None:
        kind, _, what = act.partition(".")
        if kind == "outbox":
            self._outbox(what, subject, detail)
        elif kind == "case":
            self._case(what, subject, detail)
        elif kind == "message":
            self._message(what, subject, detail)
        elif act == "follow-up.added":
            self.case_of[subject] = detail["case"]
            self.cases[detail["case"]].follow_ups.add(subject)
        elif act == "follow-up.ended":
            self.cases[self.case_of[subject]].follow_ups.remove(subject)
        elif act == "note.added":
            self.cases[detail["case"]].notes += 1
        elif act == "conversation.opened":
            self.cases[detail["case"]].conversations += 1

    def _outbox(self, what: str, subject: str, detail: dict[str, str]) -> None:
        if what == "queued":
            assert subject not in self.letters
            self.letters[subject] = Letter(detail["letter"])
            return
        letter = self.letters[subject]
        if what == "renamed":
            letter.letter = detail["to"]
            return
        if what == "moved":
            assert letter.state == detail["from"], (subject, letter, detail)
        to = {"moved": detail.get("to"), "held": "held", "stopped": "held", "released": "queued", "sent-now": "queued",
              "cancelled": "cancelled"}[what]  # fmt: skip
        # A letter held may be held anew; an answer with `#send now` above it may be leaving already.
        stays = to == letter.state and what in ("held", "stopped", "sent-now")
        assert stays or OutboxState(str(to)) in MOVES[OutboxState(letter.state)], (what, letter)
        letter.state = str(to)
        letter.hold = {"held": detail.get("hold"), "stopped": "stopped", "sent-now": None}.get(what, letter.hold)
        letter.sent_now |= what == "sent-now"

    def _case(self, what: str, subject: str, detail: dict[str, str]) -> None:
        if what == "opened":
            self.cases[subject] = Case()
            return
        case = self.cases[subject]
        if what in ("touched", "status"):
            assert case.status == detail["from"], (subject, case, detail)
            case.status = detail["to"]
        elif what == "owner":
            case.owner = detail["owner"]
        elif what == "contact":
            case.contact = detail["contact"]
        elif what == "merged":
            self._merged(case, detail["into"])

    def _merged(self, source: Case, into: str) -> None:
        """Everything of a case is another one's from then on."""
        target = self.cases[into]
        self.case_of |= dict.fromkeys(source.follow_ups, into)
        target.follow_ups |= source.follow_ups
        target.notes += source.notes
        target.conversations += source.conversations
        source.follow_ups, source.notes, source.conversations = set(), 0, 0

    def _message(self, what: str, subject: str, detail: dict[str, str]) -> None:
        if what == "ended":
            self.messages[subject] = detail["state"]
        elif what == "retried":
            del self.messages[subject]
        elif what == "discarded":
            self.messages[subject] = "processed"


def replayed(house: House) -> Replay:
    """The audit from its first row to its last."""
    found = Replay()
    with house.database.view() as view:
        rows = view.connection.exec_driver_sql("SELECT act, subject, detail FROM audit ORDER BY seq").all()
    for act, subject, detail in rows:
        found.fold(act, subject, json.loads(detail))
    return found


def stored(house: House) -> Replay:
    """The same from the tables."""
    found = Replay()
    with house.database.view() as view:
        ask = view.connection.exec_driver_sql
        for row_id, letter, state, hold, urgent in ask("SELECT id, letter, state, hold, urgent FROM outbox").all():
            found.letters[row_id] = Letter(letter, state, hold, bool(urgent))
        for row_id, status, contact, owner in ask('SELECT id, status, contact, owner FROM "case"').all():
            found.cases[row_id] = Case(status, contact, owner.hex()[:12] if owner else None)
        for row_id, case_id, ended in ask("SELECT id, case_id, ended_at FROM follow_up").all():
            found.case_of[row_id] = case_id
            if ended is None:
                found.cases[case_id].follow_ups.add(row_id)
        for (case_id,) in ask("SELECT case_id FROM note").all():
            found.cases[case_id].notes += 1
        for (case_id,) in ask("SELECT case_id FROM conversation").all():
            found.cases[case_id].conversations += 1
        found.messages = {row[0]: row[1] for row in ask("SELECT id, state FROM journal").all()}
    return found
