"""The five things one does next, as a table: how things stand, and which commands a notice offers."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from mailbot.casework.next_steps import (
    Standing,
    after_answer,
    after_mail,
    for_aside,
    for_due,
    for_flood,
    for_machine,
    for_unproved,
    for_waiting,
)
from mailbot.commands import COMMANDS, Moment
from mailbot.commands.command import CommandError
from mailbot.commands.lines import parse_all, split
from mailbot.model import Contact, Role
from scheduler.office import Office
from scheduler.zone import zone

VANCOUVER = zone("America/Vancouver")
OFFICE = Office(VANCOUVER)
LATE = Office(VANCOUVER, opens=time(10, 0))
CLOSED_AT_CHRISTMAS = Office(VANCOUVER, closures=tuple(date(2026, 12, day) for day in range(24, 30)))
LETTER = "a2abcdefghijklmn"
MESSAGE = "b2abcdefghijklmn"
JOIN = "#join 7K2QMX"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VANCOUVER)


WORKDAY = at("2026-11-24 23:10")

TABLE: list[tuple[str, Standing, list[str]]] = [
    (
        "a case of nobody",
        Standing(False, Contact.UNASKED),
        ["#take", "#note ", "#contact safe", "#contact stop", "#call "],
    ),
    (
        "a case of nobody that may be part of another",
        Standing(False, Contact.UNASKED, perhaps="7K2QMX"),
        ["#take", JOIN, "#note ", "#contact safe", "#contact stop"],
    ),
    (
        "a case of nobody whose mail is safe",
        Standing(False, Contact.SAFE),
        ["#take", "#note ", "#contact stop", "#call ", "#followup tomorrow 9:00 "],
    ),
    (
        "a case of nobody with discreet mail",
        Standing(False, Contact.DISCREET),
        ["#take", "#note ", "#contact stop", "#call ", "#followup tomorrow 9:00 "],
    ),
    (
        "a case that has an owner",
        Standing(True, Contact.UNASKED),
        ["#note ", "#followup tomorrow 9:00 ", "#status waiting", "#contact stop", "#call "],
    ),
    (
        "a closed case to which somebody wrote",
        Standing(True, Contact.SAFE, reopened=True),
        ["#note ", "#followup tomorrow 9:00 ", "#status closed", "#contact stop", "#call "],
    ),
    (
        "an unproven STOP: staff decide",
        Standing(True, Contact.UNASKED, silenced=True),
        ["#contact resume", "#note ", "#followup tomorrow 9:00 ", "#status waiting", "#contact stop"],
    ),
    (
        "an unproven STOP in a case of nobody that may be part of another",
        Standing(False, Contact.UNASKED, silenced=True, perhaps="7K2QMX"),
        ["#take", JOIN, "#contact resume", "#note ", "#contact stop"],
    ),
    (
        "a stopped address",
        Standing(True, Contact.STOPPED, silenced=True),
        ["#contact resume", "#note ", "#followup tomorrow 9:00 ", "#status waiting", "#call "],
    ),
    (
        "words that may mean danger to a life",
        Standing(False, Contact.UNASKED, urgent=True),
        ["#take", "#call ", "#contact safe", "#contact stop", "#note "],
    ),
    (
        "such words in a case that has an owner",
        Standing(True, Contact.SAFE, urgent=True),
        ["#call ", "#note ", "#contact stop", "#followup tomorrow 9:00 ", "#show"],
    ),
    (
        "what may be an application",
        Standing(False, Contact.UNASKED, application=True),
        ["#take", "#letter boundary-application", "#note ", "#contact stop", "#call "],
    ),
    (
        "a guardian",
        Standing(False, Contact.UNASKED, role=Role.GUARDIAN),
        ["#take", "#note ", "#contact stop", "#call ", "#followup tomorrow 9:00 "],
    ),
    (
        "the tribunal",
        Standing(False, Contact.UNASKED, role=Role.TRIBUNAL),
        ["#take", "#note ", "#show", "#call ", "#followup tomorrow 9:00 "],
    ),
    (
        "an agency in a case that has an owner",
        Standing(True, Contact.SAFE, role=Role.AGENCY),
        ["#note ", "#followup tomorrow 9:00 ", "#status waiting", "#show", "#call "],
    ),
    (
        "a platform",
        Standing(True, Contact.SAFE, role=Role.PLATFORM),
        ["#note ", "#followup tomorrow 9:00 ", "#status waiting", "#show", "#call "],
    ),
    (
        "a mail too large to open",
        Standing(False, Contact.UNASKED, quarantined=MESSAGE),
        ["#take", "#note ", "#contact safe", "#contact stop", f"#discard {MESSAGE}"],
    ),
]


@pytest.mark.parametrize(("standing", "wanted"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_notice_offers_the_five_things_that_fit(standing: Standing, wanted: list[str]) -> None:
    assert [command for _, command in after_mail(standing)] == wanted


@pytest.mark.parametrize("standing", [row[1] for row in TABLE], ids=[row[0] for row in TABLE])
def test_every_command_of_a_link_is_one_of_ours_and_acts_or_asks_for_words(standing: Standing) -> None:
    """What ends with a blank needs words: sent as it is, it is refused, so that a tap alone notes nothing false."""
    for _, command in after_mail(standing):
        assert command.split()[0].removeprefix("#") in COMMANDS
        if command.endswith(" "):
            with pytest.raises(CommandError):
                parse_all(split(command), Moment(WORKDAY, OFFICE))
        else:
            parse_all(split(command), Moment(WORKDAY, OFFICE))


@pytest.mark.parametrize("owned", [True, False])
@pytest.mark.parametrize("contact", [Contact.UNASKED, Contact.SAFE, Contact.DISCREET])
@pytest.mark.parametrize("silenced", [True, False])
@pytest.mark.parametrize("perhaps", [None, "7K2QMX"])
@pytest.mark.parametrize("quarantined", [None, MESSAGE])
@pytest.mark.parametrize("urgent", [True, False])
@pytest.mark.parametrize("application", [True, False])
@pytest.mark.parametrize("role", [Role.REQUESTER, Role.GUARDIAN])
def test_stopping_all_mail_is_never_pushed_out_by_other_things(
    owned: bool,
    contact: Contact,
    silenced: bool,
    perhaps: str | None,
    quarantined: str | None,
    urgent: bool,
    application: bool,
    role: Role,
) -> None:
    steps = after_mail(
        Standing(
            owned,
            contact,
            silenced,
            perhaps=perhaps,
            quarantined=quarantined,
            urgent=urgent,
            application=application,
            role=role,
        )
    )
    assert len(steps) == 5
    assert "#contact stop" in [command for _, command in steps]
    assert len({label for label, _ in steps}) == 5


@pytest.mark.parametrize(
    "steps",
    [
        for_due(owned=True),
        for_due(owned=False),
        after_answer(),
        for_machine("robot@example.org"),
        for_machine(None),
        for_unproved(MESSAGE),
        for_flood(["7K2QMX", "QQ9ZZT", "AAAAAA", "BBBBBB", "CCCCCC", "DDDDDD"]),
    ],
)
def test_links_of_other_mail_are_commands_too_and_each_is_offered_once(steps: tuple[tuple[str, str], ...]) -> None:
    assert len({label for label, _ in steps}) == len(steps) <= 6
    for _, command in steps:
        assert command.split()[0].removeprefix("#") in COMMANDS
        if command.endswith(" "):
            with pytest.raises(CommandError):
                parse_all(split(command), Moment(WORKDAY, OFFICE))
        else:
            parse_all(split(command), Moment(WORKDAY, OFFICE))


def test_a_summary_shows_the_first_five_cases_and_the_list_of_all() -> None:
    found = [command for _, command in for_flood(["7K2QMX", "QQ9ZZT", "AAAAAA", "BBBBBB", "CCCCCC", "DDDDDD"])]
    assert found == ["#show 7K2QMX", "#show QQ9ZZT", "#show AAAAAA", "#show BBBBBB", "#show CCCCCC", "#list open"]


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [
        ("junk", [f"#release {MESSAGE}", f"#discard {MESSAGE}"]),
        ("no-author", [f"#release {MESSAGE}", f"#discard {MESSAGE}"]),
        ("oversized", [f"#discard {MESSAGE}"]),
    ],
)
def test_a_message_set_aside_can_be_handled_or_discarded(reason: str, wanted: list[str]) -> None:
    assert [command for _, command in for_aside(MESSAGE, reason)] == wanted


@pytest.mark.parametrize(
    ("office", "now", "label", "when"),
    [
        (OFFICE, "2026-11-24 23:10", "tomorrow", "tomorrow 9:00"),
        (OFFICE, "2026-11-26 09:00", "tomorrow", "tomorrow 9:00"),
        (OFFICE, "2026-11-27 09:00", "Monday", "2026-11-30 08:30"),
        (OFFICE, "2026-11-28 12:00", "Monday", "2026-11-30 08:30"),
        (OFFICE, "2026-11-29 23:00", "tomorrow", "tomorrow 9:00"),
        (LATE, "2026-11-24 23:10", "Wednesday", "2026-11-25 10:00"),
        (CLOSED_AT_CHRISTMAS, "2026-12-23 15:00", "Wednesday", "2026-12-30 08:30"),
    ],
)
def test_a_waiting_letter_goes_now_later_or_never_and_later_is_an_hour_of_the_office(
    office: Office, now: str, label: str, when: str
) -> None:
    assert for_waiting(LETTER, office, at(now)) == (
        ("Send it now", f"#send now {LETTER}"),
        (f"Hold it until {label}", f"#hold until {when} {LETTER}"),
        ("Cancel it", f"#cancel {LETTER}"),
    )
    parse_all(split(f"#hold until {when} {LETTER}"), Moment(at(now), office))


def test_a_letter_for_a_stopped_address_can_only_be_cancelled() -> None:
    assert for_waiting(LETTER, OFFICE, WORKDAY, silenced=True) == (("Cancel it", f"#cancel {LETTER}"),)
