"""What one does next (RULES 7): the action links of mail to staff. Pure: how things stand in, labels and commands out.

Each link opens a mail to an *inside* address with its command written in; sending that mail is the act. A command that
still needs words ends with a blank: sent as it is, it is refused and nothing happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from mailbot.casework.when import form
from mailbot.model import Contact
from scheduler import Office

Step = tuple[str, str]
"""A label, and the command that its link writes."""

MOST = 5
NINE = time(9, 0)
TAKE = ("Take it", "#take")
NOTE = ("Write a private note (add your words)", "#note ")
SAFE = ("Mail is safe for this person", "#contact safe")
STOP = ("Stop all mail to this address", "#contact stop")
RESUME = ("Let mail go to this address again", "#contact resume")
CALL = ("Note a call (add when)", "#call ")
FOLLOW_UP = ("Plan a follow-up (add your words)", "#followup tomorrow 9:00 ")
WAIT = ("Let it wait, there is nothing to answer", "#status waiting")
CLOSE = ("Close it again, there is nothing to answer", "#status closed")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands when its mail is told of.

    `silenced`: nothing may leave to the address now, for a while or for good. `perhaps`: the reference of a case that
    this one may be part of. `quarantined`: the message's id, where its size alone keeps it in quarantine.
    """

    owned: bool
    contact: Contact
    silenced: bool = False
    reopened: bool = False
    perhaps: str | None = None
    quarantined: str | None = None


def after_mail(standing: Standing) -> tuple[Step, ...]:
    """The five things for a notice, the likeliest first. Stopping all mail is always among them, unless it is done."""
    unsure = standing.contact is Contact.UNASKED and not standing.silenced
    candidates = (
        (not standing.owned, TAKE),
        (
            not standing.owned and bool(standing.perhaps),
            (f"Join it to {standing.perhaps}", f"#join {standing.perhaps}"),
        ),
        (standing.silenced, RESUME),
        (True, NOTE),
        (not standing.owned and unsure, SAFE),
        (standing.owned, FOLLOW_UP),
        (standing.owned, CLOSE if standing.reopened else WAIT),
        (standing.contact is not Contact.STOPPED, STOP),
        (bool(standing.quarantined), ("Done, take it out of quarantine", f"#discard {standing.quarantined}")),
        (True, CALL),
        (not standing.owned, FOLLOW_UP),
    )
    return tuple(step for applies, step in candidates if applies)[:MOST]


def for_aside(message_id: str, reason: str) -> tuple[Step, ...]:
    """For a message set aside. What is too large cannot be handled by asking again."""
    release = ("Have it handled as mail from a person", f"#release {message_id}")
    discard = ("Discard it", f"#discard {message_id}")
    return (discard,) if reason == "oversized" else (release, discard)


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
