"""What one does next (RULES 7): the action links of mail to staff. Pure: how things stand in, labels and commands out.

Each link opens a mail to an *inside* address with its command written in; sending that mail is the act. A command that
still needs words ends with a blank: sent as it is, it is refused and nothing happens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from mailbot.casework.when import form
from mailbot.model import Contact, Role
from scheduler import Office

Step = tuple[str, str]
"""A label, and the command that its link writes."""

MOST = 5
NINE = time(9, 0)
PERSONS = frozenset({Role.REQUESTER, Role.GUARDIAN})
TAKE = ("Take it", "#take")
NOTE = ("Write a private note (add your words)", "#note ")
SAFE = ("Mail is safe for this person", "#contact safe")
STOP = ("Stop all mail to this address", "#contact stop")
RESUME = ("Let mail go to this address again", "#contact resume")
CALL = ("Note a call (add when)", "#call ")
FOLLOW_UP = ("Plan a follow-up (add your words)", "#followup tomorrow 9:00 ")
AGAIN = ("Bring it up again tomorrow (add your words)", "#followup tomorrow 9:00 ")
WAIT = ("Let it wait, there is nothing to answer", "#status waiting")
CLOSE_AGAIN = ("Close it again, there is nothing to answer", "#status closed")
NO_FORMS = ("Send the letter that says where applications go", "#letter boundary-application")
CLOSE = ("Close the case", "#status closed")
SHOW = ("Show the whole case", "#show")
LIST = ("List the open cases", "#list open")
HELP = ("List the commands", "#help")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands when its mail is told of.

    `silenced`: nothing may leave to the address now, for a while or for good. `perhaps`: the reference of a case that
    this one may be part of. `quarantined`: the message's id, where its size alone keeps it in quarantine. `urgent`: its
    words may mean danger to a life. `application`: it may be one for the tribunal, with a deadline.
    """

    owned: bool
    contact: Contact
    silenced: bool = False
    reopened: bool = False
    perhaps: str | None = None
    quarantined: str | None = None
    role: Role = Role.REQUESTER
    urgent: bool = False
    application: bool = False


def after_mail(standing: Standing) -> tuple[Step, ...]:
    """The five things for a notice, the likeliest first. Stopping all mail to a person is always among them, unless it
    is done; an office's mail is not stopped.
    """
    person = standing.role in PERSONS
    unsure = standing.role is Role.REQUESTER and standing.contact is Contact.UNASKED and not standing.silenced
    return _first(
        (not standing.owned, TAKE),
        (standing.urgent, CALL),
        (
            not standing.owned and bool(standing.perhaps),
            (f"Join it to {standing.perhaps}", f"#join {standing.perhaps}"),
        ),
        (person and standing.application and not standing.silenced, NO_FORMS),
        (standing.silenced, RESUME),
        (not standing.urgent or standing.owned, NOTE),
        (not standing.owned and unsure and not standing.application, SAFE),
        (standing.owned and not standing.urgent, FOLLOW_UP),
        (standing.owned and not standing.urgent, CLOSE_AGAIN if standing.reopened else WAIT),
        (person and standing.contact is not Contact.STOPPED, STOP),
        (bool(standing.quarantined), ("Done, take it out of quarantine", f"#discard {standing.quarantined}")),
        (not person, SHOW),
        (True, CALL),
        (True, NOTE),
        (True, FOLLOW_UP),
        (True, SHOW),
    )


def _first(*candidates: tuple[bool, Step]) -> tuple[Step, ...]:
    return tuple(dict.fromkeys(step for applies, step in candidates if applies))[:MOST]


def for_machine(author: str | None) -> tuple[Step, ...]:
    """For mail that a machine wrote: it belongs to no case. `author`: its one address, exactly as read."""
    if author is None:
        return (LIST, HELP)
    return (
        ("Look for cases of this address", f"#find {author}"),
        LIST,
        ("It is a person: open a case for this address", f"#new {author}"),
        ("Tell me of these in summaries, for a day", f"#mute {author}"),
        HELP,
    )


def for_aside(message_id: str, reason: str) -> tuple[Step, ...]:
    """For a message set aside. What is too large cannot be handled by asking again."""
    release = ("Have it handled as mail from a person", f"#release {message_id}")
    discard = ("Discard it", f"#discard {message_id}")
    return (discard,) if reason == "oversized" else (release, discard)


def for_unproved(message_id: str) -> tuple[Step, ...]:
    """For mail in a member's name that proved nothing: who did not write it throws it away."""
    return (("Discard it", f"#discard {message_id}"),)


def for_due(*, owned: bool) -> tuple[Step, ...]:
    """For something that is due in a case."""
    return _first(
        (not owned, TAKE), (True, SHOW), (True, NOTE), (True, AGAIN), (owned, WAIT), (owned, CLOSE), (True, CALL)
    )


def for_flood(references: Iterable[str]) -> tuple[Step, ...]:
    """For a summary: the first cases whole, and the list of all."""
    return (*((f"Show {reference}", f"#show {reference}") for reference in list(references)[:MOST]), LIST)


def after_answer() -> tuple[Step, ...]:
    """For an answer that leaves now: what may follow it."""
    return (FOLLOW_UP, CALL, NOTE, SHOW, CLOSE)


def for_waiting(letter: str, office: Office, now: datetime, *, silenced: bool = False) -> tuple[Step, ...]:
    """For a letter that waits: now, later, never. To a stopped address nothing leaves until it is resumed."""
    cancel = ("Cancel it", f"#cancel {letter}")
    if silenced:
        return (cancel,)
    day, when = _later(office, now)
    return (("Send it now", f"#send now {letter}"), (f"Hold it until {day}", f"#hold until {when} {letter}"), cancel)


def _later(office: Office, now: datetime) -> tuple[str, str]:
    """Tomorrow at nine where the office is open then, else its next opening: a link must not be refused."""
    tomorrow = now.astimezone(office.zone).date() + timedelta(days=1)
    nine = office.at_wall(tomorrow, NINE)
    if office.is_open(nine):
        return "tomorrow", "tomorrow 9:00"
    opening = office.next_opening(nine - timedelta(hours=9)).astimezone(office.zone)
    return f"{opening:%A}", form(opening)
