"""Which letter may go to whom: every gate, with the reason and what to do (LETTERS, "Gates")."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailbot.casework.gates import GATES, SIBLINGS, Situation, refusal
from mailbot.commands import COMMANDS, CommandError, Moment
from mailbot.model import Contact, Role, Stream
from mailbot.writing.catalogue import BY_HAND, Class
from mailbot.writing.rows import Audience, Gate
from scheduler import Office
from scheduler.zone import zone

SAFE = Situation(contact=Contact.SAFE)
ADULT = replace(SAFE, stream=Stream.ADULT, age=40)
EIGHTEEN = replace(SAFE, stream=Stream.YOUTH, age=18)
SIXTEEN = replace(SAFE, stream=Stream.YOUTH, age=16)
YOUTH = replace(SAFE, stream=Stream.YOUTH)
GUARDIAN = replace(SAFE, role=Role.GUARDIAN)
MOMENT = Moment(datetime(2026, 11, 24, 18, tzinfo=UTC), Office(zone("America/Vancouver")))
PLAIN = [name for name, letter in BY_HAND.items() if letter.letter_class is not Class.ANYONE]
QUIET = [name for name, letter in BY_HAND.items() if letter.letter_class is Class.ANYONE]


def refused(name: str, situation: Situation) -> str:
    """The nearest command of a refusal; "" where the letter may go."""
    found = refusal(BY_HAND[name], situation)
    return found.nearest if found else ""


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("contact", [Contact.UNASKED, Contact.DISCREET, Contact.STOPPED])
def test_a_letter_that_speaks_plainly_needs_safe_mail(name: str, contact: Contact) -> None:
    everything = replace(SIXTEEN, permitted=True, facts={"situation": "held", "person": "child"})
    found = refusal(BY_HAND[name], replace(everything, contact=contact))
    assert found is not None
    assert found.nearest == ("#letter safety-check" if contact is Contact.DISCREET else "#contact safe")


@pytest.mark.parametrize("name", QUIET)
@pytest.mark.parametrize("contact", [Contact.UNASKED, Contact.DISCREET, Contact.SAFE])
def test_a_letter_that_anybody_may_read_goes_to_any_address_that_wrote(name: str, contact: Contact) -> None:
    assert refused(name, Situation(contact=contact)) == ""


@pytest.mark.parametrize("name", BY_HAND)
def test_nothing_goes_to_a_stopped_address(name: str) -> None:
    everything = replace(SIXTEEN, stopped=True, permitted=True, facts={"situation": "held", "person": "child"})
    assert refused(name, everything) == "#contact resume"


def test_safe_that_lapsed_is_said_apart() -> None:
    found = refusal(BY_HAND["privacy"], Situation(lapsed=True))
    assert found is not None
    assert "over 30 days ago" in found.reason
    assert found.nearest == "#contact safe"


@pytest.mark.parametrize(
    ("name", "situation", "nearest"),
    [
        ("options-adult", ADULT, ""),
        ("options-adult", SAFE, ""),
        ("options-adult", SIXTEEN, "#letter options-youth"),
        ("options-adult", EIGHTEEN, "#letter options-youth"),
        ("options-youth", SIXTEEN, ""),
        ("options-youth", EIGHTEEN, ""),
        ("options-youth", SAFE, ""),
        ("options-youth", ADULT, "#letter options-adult"),
        ("takedown-self-help", YOUTH, "#letter takedown-youth"),
        ("takedown-youth", ADULT, "#letter takedown-self-help"),
        ("referral-adult", SIXTEEN, "#letter referral-youth"),
        ("referral-youth", SIXTEEN, ""),
        ("referral-youth", replace(SIXTEEN, age=17), ""),
        ("referral-youth", EIGHTEEN, "#letter referral-18"),
        ("referral-youth", YOUTH, "#stream youth age N"),
        ("referral-youth", SAFE, "#stream youth age N"),
        ("referral-youth", ADULT, "#letter referral-adult"),
        ("referral-18", EIGHTEEN, ""),
        ("referral-18", SIXTEEN, "#letter referral-youth"),
        ("referral-18", YOUTH, "#stream youth age 18"),
        ("referral-18", ADULT, "#stream youth age 18"),
        ("guardian-talk", SIXTEEN, ""),
        ("guardian-talk", YOUTH, ""),
        ("guardian-talk", EIGHTEEN, "#letter referral-18"),
        ("guardian-limits", ADULT, "#letter options-adult"),
        ("possession-only", replace(SAFE, facts={"situation": "held"}), ""),
        ("possession-only", replace(SAFE, facts={"situation": "shared"}), "#facts held"),
        ("possession-only", SAFE, "#facts held"),
    ],
)
def test_letters_by_stream_age_and_facts(name: str, situation: Situation, nearest: str) -> None:
    assert refused(name, situation) == nearest


@pytest.mark.parametrize(
    ("name", "situation", "nearest"),
    [
        ("guardian-first", SAFE, "#facts child"),
        ("guardian-first", replace(SAFE, facts={"person": "child"}), ""),
        ("guardian-first", GUARDIAN, ""),
        ("guardian-info", GUARDIAN, "#guardian permit ADDRESS WHAT"),
        ("guardian-info", replace(GUARDIAN, permitted=True), ""),
        ("guardian-info", replace(SAFE, facts={"person": "child"}), "#guardian permit ADDRESS WHAT"),
        ("privacy", replace(GUARDIAN, permitted=True), "#letter guardian-info"),
        ("safety-check", GUARDIAN, "#letter guardian-first"),
        ("safety-check", replace(GUARDIAN, permitted=True), ""),
    ],
)
def test_a_guardian_gets_what_the_young_person_permits(name: str, situation: Situation, nearest: str) -> None:
    assert refused(name, situation) == nearest


@pytest.mark.parametrize("role", [Role.PLATFORM, Role.RESPONDENT, Role.TRIBUNAL, Role.AGENCY])
@pytest.mark.parametrize("name", BY_HAND)
def test_no_letter_to_a_person_goes_to_anybody_else(name: str, role: Role) -> None:
    everything = replace(SIXTEEN, role=role, permitted=True, facts={"situation": "held", "person": "child"})
    assert refusal(BY_HAND[name], everything) is not None


@pytest.mark.parametrize(
    ("situation", "audience"),
    [
        (ADULT, Audience.ADULT),
        (EIGHTEEN, Audience.EIGHTEEN),
        (SIXTEEN, Audience.MINOR),
        (YOUTH, Audience.UNKNOWN),
        (SAFE, Audience.UNKNOWN),
    ],
)
def test_an_age_that_nobody_recorded_is_written_for_a_child(situation: Situation, audience: Audience) -> None:
    assert situation.audience is audience


def test_every_gate_is_asked_and_some_letter_has_it() -> None:
    used = {gate for letter in BY_HAND.values() for gate in letter.gates}
    assert set(GATES) == set(Gate) == used
    by_age = {Gate.ADULT, Gate.YOUTH, Gate.YOUTH_WITH_GUARDIAN, Gate.EIGHTEEN, Gate.MINOR}
    assert set(SIBLINGS) == {name for name, letter in BY_HAND.items() if by_age & set(letter.gates)}
    assert set(SIBLINGS.values()) <= set(BY_HAND)


def test_every_nearest_form_is_a_command_that_can_be_said() -> None:
    situations = [ADULT, EIGHTEEN, SIXTEEN, YOUTH, SAFE, GUARDIAN, Situation(), replace(SAFE, stopped=True)]
    nearest = {refused(name, situation) for name in BY_HAND for situation in situations} - {""}
    for line in nearest:
        word, _, rest = line.removeprefix("#").partition(" ")
        rest = rest.replace("ADDRESS", "a@example.net").replace("age N", "age 16")
        try:
            COMMANDS[word].parse(rest, MOMENT)
        except CommandError as error:
            pytest.fail(f"{line}: {error.reason}")
