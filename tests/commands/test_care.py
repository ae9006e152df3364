"""What staff record of a person: stream and age, closed facts, consents, disclosures, language."""

from __future__ import annotations

import pytest
from commands.desk import Desk

from mailbot.casework.acting import who
from mailbot.commands import CommandError
from storage import audit, records
from storage.cases import Case
from storage.records import Kind, Record


def held(desk: Desk, case: Case, kind: Kind, about: str | None = None) -> Record | None:
    with desk.house.database.view() as view:
        return records.latest(view, case.id, kind, desk.house.clock.now(), about=about)


@pytest.mark.parametrize(
    ("typed", "stream", "age"),
    [
        ("youth age 16", "youth", 16),
        ("youth age 18", "youth", 18),
        ("adult age 19", "adult", 19),
        ("Adult", "adult", None),
        ("unknown", "unknown", None),
    ],
)
def test_a_stream_is_set_with_the_age(desk: Desk, typed: str, stream: str, age: int | None) -> None:
    case, conversation = desk.case_of("alex@example.net")
    desk.say(f"#stream {typed}", (case, conversation))
    assert desk.case(case).stream == stream
    found = held(desk, case, Kind.AGE)
    assert found is not None
    assert found.value == {"age": age}
    with desk.house.database.view() as view:
        assert found.who == who(view, desk.dana)


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("adult age 18", "#stream youth age 18"),
        ("youth age 19", "#stream adult age 19"),
        ("yuoth", "#stream youth"),
        ("youth 16", "#stream youth age 17"),
        ("youth age 0", "#stream"),
        ("unknown age 15", "#stream youth age 15"),
    ],
)
def test_an_age_that_does_not_fit_the_stream_is_refused(desk: Desk, typed: str, nearest: str) -> None:
    about = desk.case_of("alex@example.net")
    with pytest.raises(CommandError) as refused:
        desk.say(f"#stream {typed}", about)
    assert refused.value.nearest.startswith(nearest)
    assert desk.case(about[0]).stream == "unknown"


def test_a_stream_without_an_age_forgets_the_age_before(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#stream youth age 17", about)
    desk.house.clock.on(seconds=1)
    desk.say("#stream adult", about)
    found = held(desk, about[0], Kind.AGE)
    assert found is not None
    assert found.value == {"age": None}


def test_facts_are_added_to_those_before(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#facts threatened self image minor unknown", about)
    desk.house.clock.on(seconds=1)
    (said,) = desk.say("#facts shared bc yes", about)
    found = held(desk, about[0], Kind.FACTS)
    assert found is not None
    assert found.value == {"situation": "shared", "person": "self", "image_minor": "unknown", "bc": "yes"}
    assert "what happened: shared, about: self" in said


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "sharde",
        "shared threatened",
        "self child",
        "image minor maybe",
        "bc yes bc no",
        "image yes",
        "he has pictures",
    ],
)
def test_facts_have_no_free_words(desk: Desk, typed: str) -> None:
    about = desk.case_of("alex@example.net")
    with pytest.raises(CommandError):
        desk.say(f"#facts {typed}", about)
    assert held(desk, about[0], Kind.FACTS) is None


def test_a_consent_names_its_purpose_and_the_message_it_was_said_in(desk: Desk) -> None:
    case, conversation = desk.case_of("alex@example.net")
    (said,) = desk.say("#consent yes C3P", (case, conversation))
    assert said.startswith("The person consents to c3p. Said in the message that came")
    found = held(desk, case, Kind.CONSENT, "c3p")
    assert found is not None
    assert found.value["answer"] == "yes"
    assert found.value["said_in"]
    assert held(desk, case, Kind.CONSENT, "police") is None


def test_a_consent_can_be_taken_back(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#consent yes police\n#consent yes c3p", about)
    desk.house.clock.on(seconds=1)
    desk.say("#consent no police", about)
    police, c3p = (held(desk, about[0], Kind.CONSENT, purpose) for purpose in ("police", "c3p"))
    assert police is not None
    assert c3p is not None
    assert (police.value["answer"], c3p.value["answer"]) == ("no", "yes")


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("yes polise", "#consent yes police"),
        ("maybe c3p", "#consent yes c3p"),
        ("yes", "#consent yes c3p"),
        ("no dispach", "#consent no dispatch"),
    ],
)
def test_a_consent_that_no_letter_would_find_is_refused(desk: Desk, typed: str, nearest: str) -> None:
    with pytest.raises(CommandError) as refused:
        desk.say(f"#consent {typed}", desk.case_of("alex@example.net"))
    assert refused.value.nearest == nearest


@pytest.mark.parametrize("typed", ["the ministry child-protection", "the ministry child protection", "police danger"])
def test_a_disclosure_without_permission_is_recorded_and_nothing_is_sent(desk: Desk, typed: str) -> None:
    case, conversation = desk.case_of("alex@example.net")
    before = desk.house.letters()
    desk.say(f"#disclose {typed}", (case, conversation))
    found = held(desk, case, Kind.DISCLOSURE)
    assert found is not None
    assert found.value["ground"] in ("child-protection", "danger")
    assert desk.house.letters() == before


@pytest.mark.parametrize("typed", ["", "danger", "police because", "police dangr"])
def test_a_disclosure_needs_somebody_and_a_ground(desk: Desk, typed: str) -> None:
    with pytest.raises(CommandError):
        desk.say(f"#disclose {typed}", desk.case_of("alex@example.net"))


def test_a_language_without_reviewed_letters_says_so(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    (said,) = desk.say("#language pa", about)
    assert desk.case(about[0]).language == "pa"
    assert "not reviewed" in said
    (said,) = desk.say("#language en", about)
    assert "not reviewed" not in said


def test_a_language_by_its_name_is_refused_with_its_code(desk: Desk) -> None:
    with pytest.raises(CommandError) as refused:
        desk.say("#language Punjabi", desk.case_of("alex@example.net"))
    assert refused.value.nearest == "#language pa"


def test_the_audit_of_care_holds_no_word_of_it(desk: Desk) -> None:
    about = desk.case_of("alex@example.net")
    desk.say("#stream youth age 17\n#facts held\n#consent yes canary purpose\n#disclose canary-person danger", about)
    with desk.house.database.view() as view:
        assert audit.verify(view).broken_at is None
        noted = str(view.connection.exec_driver_sql("SELECT * FROM audit").all())
    assert "canary" not in noted
