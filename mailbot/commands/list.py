"""`#list mine|open|waiting|overdue`: cases in a line each, the longest untouched first, with a link to see one."""

from __future__ import annotations

from datetime import timedelta
from difflib import get_close_matches

from mailbot.casework.desk import Desk
from mailbot.casework.shown import line_of
from mailbot.casework.urgent import RULE
from mailbot.commands.command import Acting, Command, CommandError, Moment, Shown, Told
from mailbot.model import CaseStatus
from storage import case_lists
from storage.cases import Case
from storage.database import Transaction

FORM = "#list mine|open|waiting|overdue"
WORDS = ("mine", "open", "waiting", "overdue")
MOST = 100
LINKED = 5
ONE_DAY = timedelta(days=1)
UNTOUCHED = "The longest untouched first"


def parse(arguments: str, _moment: Moment) -> str:
    word = arguments.lower()
    if word not in WORDS:
        near = get_close_matches(word, WORDS, 1)
        raise CommandError("A list is mine, open, waiting or overdue.", f"#list {near[0] if near else 'mine'}")
    return word


def apply(transaction: Transaction, desk: Desk, acting: Acting, word: str) -> Told:
    found = _found(transaction, desk, acting, word)
    first = case_lists.with_follow_up(transaction, RULE, MOST) if word == "open" else []
    count = len(found)
    more = f" These are the first {MOST}; there are more." if count > MOST else ""
    sentence = f"{_named(word)}: {min(count, MOST) or 'none'}.{more}"
    if not found:
        return Told(sentence)
    groups = (("Read these first: words in their mail may mean danger to a life", first), (UNTOUCHED, found))
    shown = tuple(
        Shown(heading, tuple(line_of(transaction, desk, case) for case in group[:MOST]))
        for heading, group in groups
        if group
    )
    return Told(sentence, shown, links_to(list(dict.fromkeys((*first, *found)))))


def links_to(found: list[Case]) -> tuple[tuple[str, str], ...]:
    """The way to see the first ones whole."""
    return tuple((f"Show {case.reference}", f"#show {case.reference}") for case in found[:LINKED])


def _found(transaction: Transaction, desk: Desk, acting: Acting, word: str) -> list[Case]:
    match word:
        case "mine":
            owner = transaction.keys.hash("member", acting.member.key)
            return case_lists.owned_by(transaction, owner, MOST + 1)
        case "overdue":
            return _overdue(transaction, desk, acting)
        case _:
            return case_lists.with_status(transaction, CaseStatus(word), MOST + 1)


def _overdue(transaction: Transaction, desk: Desk, acting: Acting) -> list[Case]:
    """A business day is never shorter than a day, and often longer."""
    untouched = case_lists.untouched_since(transaction, acting.now - ONE_DAY, MOST + 1)
    return [case for case in untouched if desk.office.add_business_days(case.updated_at, 1) <= acting.now]


def _named(word: str) -> str:
    return {
        "mine": "Your cases",
        "open": "Open cases",
        "waiting": "Cases that wait for the person",
        "overdue": "Open cases in which nothing happened for a business day",
    }[word]


COMMAND = Command("list", "Lists cases.", (FORM,), parse, apply, needs_case=False, reads=True)
