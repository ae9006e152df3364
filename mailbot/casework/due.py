"""Follow-ups: what an event in a case starts and ends, and who is told when one is due (RULES 7 and 15).

A follow-up fires once, on the office's wall clock, in office hours unless it is urgent: the row's end and the mail are
one transaction. The decisions are plain functions of row, rules, calendar and `now`; due times are computed again
when they have come, so that a closure added meanwhile moves them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from mailbot.casework import next_steps, telephone
from mailbot.casework.desk import Desk
from mailbot.casework.rules import CALL, STAFF, TOLD, Rule, Rules
from mailbot.casework.staffmail import Telling, owner_of, readers, tell
from mailbot.model import CaseStatus, Member, Role
from mailbot.writing import Due, DueList
from scheduler import Office
from storage import cases, followups
from storage.cases import Case, Conversation
from storage.database import Transaction, View
from storage.followups import WALL, FollowUp

AT_ONCE = 500
FEW = 5
"""How many cases one rule brings up singly; more at once, as at an opening, are one mail with their references."""
MOST_NAMED = 100
PERSONS_WORDS = {STAFF: "A member of staff asked to look at this case again.", CALL: "A call is due."}


class Move(Enum):
    """What becomes of a follow-up whose stored time has come."""

    WAIT = auto()
    LATER = auto()
    TELL = auto()
    DROP = auto()


def due_at(row: FollowUp, rule: Rule | None, office: Office) -> datetime:
    """When it is due by the calendar of this moment, in the office's zone."""
    if rule is not None:
        return rule.after.end(row.created_at, office)
    return datetime.strptime(row.due_wall, WALL).replace(tzinfo=office.zone)


def decide(row: FollowUp, rules: Rules, office: Office, now: datetime) -> Move:
    """Tells it now, later since the calendar changed, at the next opening, or never since its rule is gone."""
    rule = rules.named(row.kind)
    if rule is None and row.kind not in PERSONS_WORDS:
        return Move.DROP
    # To the minute, as the row keeps it.
    if due_at(row, rule, office).strftime(WALL) > now.astimezone(office.zone).strftime(WALL):
        return Move.LATER
    return Move.TELL if row.urgent or office.is_open(now) else Move.WAIT


def happened(
    transaction: Transaction,
    desk: Desk,
    case: Case,
    events: Collection[str],
    cause: str,
    now: datetime,
    who: str = "mailbot",
) -> None:
    """Something happened in a case: ends the follow-ups that these events end, then starts those that they start. One
    that runs already runs on; a closed case starts none.
    """
    running = followups.of_case(transaction, case.id)
    ending = desk.rules.ending(events)
    for row in running:
        if row.kind in ending:
            followups.end(transaction, row.id, ending[row.kind], cause, now, who)
    left = {row.kind for row in running} - ending.keys()
    for rule in desk.rules.starting(events):
        if rule.name not in left and case.status is not CaseStatus.CLOSED:
            due = rule.after.end(now, desk.office)
            followups.add(transaction, case.id, rule.name, due, desk.zone, cause, now)


def first_line(rows: Collection[FollowUp], rules: Rules) -> tuple[str, FollowUp] | None:
    """What the first line of a notice says is due, and when: the earliest that a person or a rule wants there."""
    for row in sorted(rows, key=lambda one: one.due_wall):
        rule = rules.named(row.kind)
        words = rule.first_line if rule else {STAFF: "Due", CALL: "A call is due"}.get(row.kind)
        if words:
            return words, row
    return None


def persons_conversation(view: View, case: Case) -> Conversation | None:
    """The requester's newest conversation: what commands about a case are about."""
    found = [one for one in cases.conversations(view, case.id) if one.role is Role.REQUESTER]
    return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class _Found:
    """One follow-up to tell."""

    row: FollowUp
    rule: Rule | None
    case: Case
    due: datetime


def tell_due(transaction: Transaction, desk: Desk, now: datetime) -> bool:
    """Tells what is due and ends its rows, with the reason; False when nothing was."""
    office = desk.office
    office_now = now.astimezone(office.zone)
    rows = followups.due(transaction, office_now, AT_ONCE, urgent=not office.is_open(now))
    found: dict[tuple[str, str], _Found] = {}
    for row in rows:
        rule = desk.rules.named(row.kind)
        match decide(row, desk.rules, office, now):
            case Move.LATER:
                followups.move(transaction, row, due_at(row, rule, office), now)
            case Move.DROP:
                followups.end(transaction, row.id, "no such rule", None, now)
            case Move.TELL:
                followups.end(transaction, row.id, "told", None, now)
                # Two cases that became one may have the same rule twice: it is told once.
                key = (row.case_id, row.kind if rule else row.id)
                case_of = cases.find_case(transaction, row.case_id)
                found.setdefault(key, _Found(row, rule, case_of, due_at(row, rule, office)))
    _tell(transaction, desk, list(found.values()), now)
    return bool(rows)


def _tell(transaction: Transaction, desk: Desk, found: list[_Found], now: datetime) -> None:
    groups: dict[tuple[str, tuple[Member, ...]], list[_Found]] = defaultdict(list)
    for one in found:
        groups[one.rule.name if one.rule else one.row.id, _whom(transaction, desk, one, now)].append(one)
    for (_, members), group in groups.items():
        if len(group) > FEW:
            _tell_list(transaction, desk, group, members, now)
        else:
            for one in group:
                _tell_one(transaction, desk, one, members, now)
    for one in found:
        if one.rule:
            happened(transaction, desk, one.case, (TOLD + one.rule.name,), one.row.id, now)


def _whom(transaction: Transaction, desk: Desk, one: _Found, now: datetime) -> tuple[Member, ...]:
    match one.rule.tells if one.rule else "owner":
        case "pool":
            return desk.with_role(Role.STAFF)
        case "supervisors":
            return desk.supervisors()
        case _:
            return readers(desk, transaction, one.case, now)


def _tell_one(transaction: Transaction, desk: Desk, one: _Found, members: tuple[Member, ...], now: datetime) -> None:
    what = one.rule.words if one.rule else PERSONS_WORDS[one.row.kind]
    is_call = one.row.kind == CALL
    number = _number(transaction, one.case, now) if is_call else ""
    due = Due(one.case.reference, what, followups.text_of(transaction, one.row) or None, one.due, number=number)
    conversation = persons_conversation(transaction, one.case)
    owned = owner_of(desk, transaction, one.case) is not None
    links = telephone.TAPS if is_call else next_steps.for_due(owned=owned)
    telling = Telling("staff-due", {"due": due}, one.row.id, one.case, conversation, links=links)
    tell(transaction, desk, telling, now, to=members)


def _number(view: View, case: Case, now: datetime) -> str:
    """Whom to call, and when it is safe (LETTERS, staff-call-due)."""
    return telephone.recorded(view, case.id, now) or "no number is recorded; #show mails you what the person wrote"


def _tell_list(
    transaction: Transaction, desk: Desk, group: list[_Found], members: tuple[Member, ...], now: datetime
) -> None:
    first = group[0]
    what = first.rule.words if first.rule else ""
    references = tuple(one.case.reference for one in group)
    for start in range(0, len(references), MOST_NAMED):
        due_list = DueList(what, references[start : start + MOST_NAMED], first.due)
        cause = f"{group[start].row.id}:list"
        tell(transaction, desk, Telling("staff-due-list", {"due_list": due_list}, cause), now, to=members)
