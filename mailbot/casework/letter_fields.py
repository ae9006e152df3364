"""What a letter's fields hold: gathered from records and the calendar, never from received mail (LETTERS, "Fields").

A field that nobody recorded refuses the letter, with the command that records it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mailbot.casework.acting import CommandError
from mailbot.casework.desk import Desk
from mailbot.casework.gates import Situation
from mailbot.casework.rules import CALL
from mailbot.model import Contact
from mailbot.writing.catalogue import Letter
from storage import followups, records
from storage.cases import Conversation
from storage.database import View
from storage.followups import FollowUp
from storage.records import Kind


@dataclass(frozen=True, slots=True)
class Wanted:
    """For which letter, in which conversation, in which situation, at which instant."""

    letter: Letter
    conversation: Conversation
    situation: Situation
    now: datetime


def gather(view: View, desk: Desk, wanted: Wanted) -> dict[str, object]:
    """The fields of the letter's row, no more. CommandError where one has no data."""
    if wanted.letter.name == "resources":
        _refuse_without_places(desk, wanted)
    if wanted.letter.lines and wanted.letter.name != "language-offer":
        _refuse_without_lines(desk, wanted)
    return {name: FIELDS[name](view, desk, wanted) for name in wanted.letter.fields}


def _refuse_without_places(desk: Desk, wanted: Wanted) -> None:
    """Others name places where there are verified ones; this letter is made of them."""
    letter = wanted.letter
    if not desk.letters.library.resources.for_letter(letter.needs, "en", wanted.situation.audience):
        raise CommandError(
            "No place in resources.toml is verified yet: an operator calls each and writes verified_on.",
            "#letter request-details",
        )


def _refuse_without_lines(desk: Desk, wanted: Wanted) -> None:
    """An operator's file may have none for this use; a letter of help lines without any would be a shut door."""
    use = str(wanted.letter.lines)
    if not desk.letters.library.lines.for_letter(use, "en", wanted.situation.audience):
        raise CommandError(
            f'No help line in lines.toml has "{use}" among its uses and serves this person.', "#letter request-details"
        )


def _at(_view: View, desk: Desk, wanted: Wanted) -> datetime:
    return wanted.now.astimezone(desk.office.zone)


def _discreet(_view: View, _desk: Desk, wanted: Wanted) -> bool:
    return wanted.situation.contact is Contact.DISCREET


def _audience(_view: View, _desk: Desk, wanted: Wanted) -> object:
    return wanted.situation.audience


def _image_minor(_view: View, _desk: Desk, wanted: Wanted) -> bool:
    """The age in the image decides which tool takes it, not the person's age today (G5)."""
    known = wanted.situation.facts.get("image_minor")
    if known not in ("yes", "no") and wanted.letter.name == "hash-tools":
        raise CommandError(
            "Which tool it is depends on the age in the image. Record it first: #facts image minor yes, or no.",
            "#facts image minor yes",
        )
    return known == "yes"


def _call_at(view: View, desk: Desk, wanted: Wanted) -> datetime:
    """The next call that is noted; for a call that was missed, the last one whose time has come."""
    office_now = wanted.now.astimezone(desk.office.zone)
    found = (
        _missed(view, wanted, office_now) if wanted.letter.name == "call-missed" else _next(view, wanted, office_now)
    )
    if found is None:
        raise CommandError("No such call is on record. Record the call first: #call WHEN.", "#call tomorrow 10:00")
    return datetime.strptime(found.due_wall, followups.WALL).replace(tzinfo=desk.office.zone)


def _next(view: View, wanted: Wanted, office_now: datetime) -> FollowUp | None:
    calls = (one for one in followups.of_case(view, wanted.conversation.case_id) if one.kind == CALL)
    return next((one for one in calls if one.due_wall > office_now.strftime(followups.WALL)), None)


def _missed(view: View, wanted: Wanted, office_now: datetime) -> FollowUp | None:
    return followups.last_before(view, wanted.conversation.case_id, CALL, office_now)


def _permitted_facts(view: View, _desk: Desk, wanted: Wanted) -> str:
    """What the young person allows to be told, as the member recorded it; "" for nothing beyond help itself."""
    conversation = wanted.conversation
    found = records.latest(view, conversation.case_id, Kind.GUARDIAN, wanted.now, about=conversation.address)
    return str(found.value.get("what", "")) if found else ""


FIELDS: Mapping[str, Callable[[View, Desk, Wanted], object]] = {
    "at": _at,
    "discreet": _discreet,
    "audience": _audience,
    "image_minor": _image_minor,
    "call_at": _call_at,
    "permitted_facts": _permitted_facts,
}
