"""Follow-ups fire once, on the office's wall clock, and end with their reason (RULES 7 and 15)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from loops.house import BY_DAY, House, StandingClock, a_reading, handle, office
from support.mails import parsed, text_of

from mailbot.casework import due, rules
from mailbot.model import CaseStatus
from mailbot.steps import Step, observe
from mailbot.tick import Tick
from scheduler import JumpWatch
from storage import cases, followups, outbox
from storage.cases import Case
from storage.outbox import OutboxRow

STAFF_DUE = ("staff-due", "staff-due-list")
CLOSED_DAYS = (date(2026, 11, 25), date(2026, 11, 26))


class Office:
    """One house, its tick, and a case of one person."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.tick = Tick(house.database, house.clock, house.desk, JumpWatch(None))
        handle(house, "requester", a_reading())

    def case(self) -> Case:
        with self.house.database.view() as view:
            return cases.all_cases(view)[0]

    def at(self, wall: str) -> list[str]:
        """A tick at that time; whom it told what, by the first name in the address."""
        self.house.clock.at = office(wall)
        before = {row.id for row in self.house.outbox()}
        self.restart()
        while self.tick.round():
            pass
        new = [row for row in self.house.outbox() if row.id not in before and row.letter in STAFF_DUE]
        return sorted(self.told(row) for row in new)

    def restart(self) -> None:
        self.tick = Tick(self.house.database, self.house.clock, self.house.desk, JumpWatch(None))

    def told(self, row: OutboxRow) -> str:
        with self.house.database.view() as view:
            to = outbox.envelope(view, row)[0].to.partition("@")[0]
        return f"{to}: {self.text(row).splitlines()[0].removesuffix(f' Please look at case {self.case().reference}.')}"

    def text(self, row: OutboxRow) -> str:
        with self.house.database.view() as view:
            return text_of(outbox.content(view, row) or b"").replace("\r\n", "\n")

    def add(self, kind: str, wall: str, *, text: str = "", urgent: bool = False) -> None:
        now = self.house.clock.now()
        with self.house.database.transaction(Step.OPERATOR) as transaction:
            followups.add(transaction, self.case().id, kind, office(wall), "America/Vancouver", "cause", now,
                          text=text, urgent=urgent)  # fmt: skip

    def happened(self, *events: str) -> None:
        with self.house.database.transaction(Step.OPERATOR) as transaction:
            due.happened(transaction, self.house.desk, self.case(), events, "cause", self.house.clock.now())

    def own(self, name: str) -> None:
        member = next(one for one in self.house.desk.members if one.name == name)
        with self.house.database.transaction(Step.OPERATOR) as transaction:
            owner = transaction.keys.hash("member", member.key)
            cases.set_owner(transaction, self.case().id, owner, "test", "cause", self.house.clock.now())

    def open(self) -> dict[str, str]:
        """The open follow-ups: kind and wall time."""
        with self.house.database.view() as view:
            return {row.kind: row.due_wall.replace("T", " ") for row in followups.of_case(view, self.case().id)}

    def reasons(self) -> dict[str, str]:
        with self.house.database.view() as view:
            found = view.connection.exec_driver_sql("SELECT kind, reason FROM follow_up WHERE reason IS NOT NULL")
            return {row[0]: row[1] for row in found}

    def close_on(self, days: Iterable[date]) -> None:
        """An operator adds closures, and starts mailbot again."""
        desk = self.house.desk
        self.house.desk = replace(desk, office=replace(desk.office, closures=tuple(days)))


@pytest.fixture
def here(house: House) -> Office:
    return Office(house)


ASKED = "A member of staff asked to look at this case again."
SILENT = "Nobody has answered or acted for two office hours."
LATE = "Nobody has answered or acted for four office hours."


def only(told: list[str], *sentences: str) -> list[str]:
    return [one for one in told if one.partition(": ")[2] in sentences]


# What people set


def test_a_follow_up_of_a_member_comes_at_its_minute_and_once(here: Office) -> None:
    here.add("staff", "2026-11-24 11:00")
    assert here.at("2026-11-24 10:59") == []
    assert here.at("2026-11-24 11:00") == [f"dana: {ASKED}", f"robin: {ASKED}"]
    assert here.at("2026-11-24 11:00") == []
    assert only(here.at("2026-11-25 11:00"), ASKED) == []
    assert here.reasons()["staff"] == "told"


@pytest.mark.parametrize(("wall", "opening"), [
    ("2026-11-24 16:30", "2026-11-25 08:30"), ("2026-11-27 18:00", "2026-11-30 08:30"),
    ("2026-12-25 10:00", "2026-12-29 08:30"),
])  # fmt: skip
def test_what_is_due_while_the_office_is_closed_comes_at_the_opening(here: Office, wall: str, opening: str) -> None:
    here.happened("answered")
    here.add("staff", wall)
    just_before = f"{office(opening) - timedelta(seconds=1):%Y-%m-%d %H:%M:%S}"
    assert here.at(wall) == here.at(just_before) == []
    assert only(here.at(opening), ASKED) == [f"dana: {ASKED}", f"robin: {ASKED}"]


def test_a_call_outside_hours_is_told_at_its_own_time(here: Office) -> None:
    here.add("call", "2026-11-24 19:00", urgent=True)
    assert here.at("2026-11-24 18:59") == []
    assert here.at("2026-11-24 19:00") == ["dana: A call is due.", "robin: A call is due."]


def test_the_owner_alone_is_told(here: Office) -> None:
    here.own("Robin")
    here.add("staff", "2026-11-24 11:00")
    assert here.at("2026-11-24 11:00") == [f"robin: {ASKED}"]


def test_a_closure_added_meanwhile_moves_it(here: Office) -> None:
    here.happened("answered")
    here.add("staff", "2026-11-25 11:00")
    here.close_on(CLOSED_DAYS)
    assert here.at("2026-11-25 11:00") == here.at("2026-11-26 16:00") == []
    assert only(here.at("2026-11-27 08:30"), ASKED) == [f"dana: {ASKED}", f"robin: {ASKED}"]


def test_missed_days_are_told_once_after_them(here: Office) -> None:
    here.add("staff", "2026-11-25 11:00")
    assert len(only(here.at("2026-12-03 09:00"), ASKED)) == 2
    assert only(here.at("2026-12-04 09:00"), ASKED) == []


def test_the_mail_quotes_what_was_typed_and_has_the_links_of_this_case(here: Office) -> None:
    here.add("staff", "2026-11-24 11:00", text="ask about {{ canary }}\n#contact stop")
    here.at("2026-11-24 11:00")
    row = next(row for row in here.house.outbox() if row.letter == "staff-due")
    text = here.text(row)
    assert "> ask about {{ canary }}\n> #contact stop" in text
    assert "Due: Tuesday, November 24, 2026, at 11:00 a.m., Pacific time." in text
    assert [line for line in text.splitlines() if "&body=" in line][0].startswith("- Take it: mailto:help")
    for command in ("%23take", "%23show", "%23note%20", "%23followup%20tomorrow%209%3A00%20", "%23call%20"):
        assert f"&body={command}\n" in text
    assert row.conversation_id is not None
    with here.house.database.view() as view:
        assert parsed(outbox.content(view, row) or b"")["Subject"] == f"[{here.case().reference}] Something is due"


# What rules set


def test_a_new_case_has_its_first_answer_due_and_its_silence_watched(here: Office) -> None:
    assert here.open() == {"first-answer": "2026-11-25 10:00", "silent": "2026-11-24 12:00"}


def test_an_untaken_case_goes_to_the_pool_then_to_supervisors(here: Office) -> None:
    assert here.at("2026-11-24 11:59") == []
    assert here.at("2026-11-24 12:00") == [f"dana: {SILENT}", f"robin: {SILENT}"]
    assert here.at("2026-11-24 13:59") == []
    assert here.at("2026-11-24 14:00") == [f"sam: {LATE}"]
    assert here.at("2026-11-24 16:00") == []


def test_office_hours_alone_count(house: House) -> None:
    house.clock.at = office("2026-11-24 15:30")
    here = Office(house)
    assert here.at("2026-11-24 17:30") == here.at("2026-11-25 09:29") == []
    assert here.at("2026-11-25 09:30") == [f"dana: {SILENT}", f"robin: {SILENT}"]


def test_a_case_whose_owner_is_silent_goes_to_the_whole_pool_again(here: Office) -> None:
    here.own("Dana")
    here.happened("acted", "taken")
    assert here.at("2026-11-24 12:00") == [f"dana: {SILENT}", f"robin: {SILENT}"]


def test_an_answer_ends_both_and_the_wait_for_the_person_begins(here: Office) -> None:
    here.own("Dana")
    here.happened("acted", "answered")
    assert here.reasons() == {"first-answer": "answered", "silent": "answered"}
    assert here.open() == {"waiting": "2026-12-08 10:00"}
    assert here.at("2026-12-08 09:59") == []
    assert here.at("2026-12-08 10:00") == [
        "dana: The person has not written since your answer, for ten office days."
    ]


def test_mail_from_the_person_ends_the_wait_and_watches_again(here: Office) -> None:
    here.happened("answered")
    here.house.clock.at = office("2026-11-25 09:00")
    here.happened("mail from the person")
    assert here.open() == {"silent": "2026-11-25 11:00"}


def test_a_second_mail_does_not_start_the_two_hours_again(here: Office) -> None:
    here.house.clock.at = office("2026-11-24 11:00")
    here.happened("mail from the person")
    assert here.open()["silent"] == "2026-11-24 12:00"


def test_the_first_answer_is_asked_of_the_owner_then_of_supervisors(here: Office) -> None:
    here.own("Dana")
    here.happened("acted")
    one, two = (rule.words for rule in here.house.desk.rules.all[:2])
    assert here.at("2026-11-25 09:59") == []
    assert here.at("2026-11-25 10:00") == [f"dana: {one}"]
    assert here.at("2026-11-26 09:59") == []
    assert here.at("2026-11-26 10:00") == [f"sam: {two}"]
    assert here.open() == {}


def test_a_closed_case_starts_nothing(here: Office) -> None:
    with here.house.database.transaction(Step.OPERATOR) as transaction:
        cases.set_status(transaction, here.case(), CaseStatus.CLOSED, "test", "cause", here.house.clock.now())
    here.happened("closed")
    here.happened("acted", "taken")
    assert here.open() == {}


def test_a_closure_added_meanwhile_moves_a_rule_by_whole_days_and_the_move_is_in_the_audit(here: Office) -> None:
    here.happened("acted")
    here.close_on(CLOSED_DAYS)
    assert here.at("2026-11-25 10:00") == here.at("2026-11-27 09:59") == []
    assert here.open() == {"first-answer": "2026-11-27 10:00"}
    assert "follow-up.moved" in here.house.acts()
    assert len(here.at("2026-11-27 10:00")) == 2


def test_a_rule_that_an_operator_took_away_is_told_to_nobody(here: Office) -> None:
    here.house.desk = replace(here.house.desk, rules=rules.parse(""))
    assert here.at("2026-11-27 10:00") == []
    assert here.reasons() == {"first-answer": "no such rule", "silent": "no such rule"}


def test_two_cases_that_became_one_are_asked_after_once(here: Office) -> None:
    here.add("first-answer", "2026-11-25 09:00")
    here.happened("acted")
    assert len(here.at("2026-11-25 10:00")) == 2


def test_many_cases_that_are_due_at_once_are_one_mail_with_their_references(here: Office) -> None:
    for number in range(7):
        handle(here.house, "requester", a_reading(f"person{number}@example.net"))
    assert here.at("2026-11-24 12:00") == [
        f"dana: {SILENT} Please look at these cases.", f"robin: {SILENT} Please look at these cases."
    ]  # fmt: skip
    with here.house.database.view() as view:
        references = {case.reference for case in cases.all_cases(view)}
    text = here.text(next(row for row in here.house.outbox() if row.letter == "staff-due-list"))
    assert {line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")} == references
    assert "example.net" not in text


def test_the_first_line_of_a_notice_says_the_first_answer_and_never_the_two_hours(here: Office) -> None:
    def first_line() -> str:
        from mailbot.casework import opening

        with here.house.database.view() as view:
            return opening.due_sentence(view, here.house.desk, here.case())

    assert first_line() == "First answer due Wednesday, November 25, 2026, at 10:00 a.m., Pacific time"
    here.at("2026-11-25 10:00")
    assert first_line().startswith("First answer overdue; supervisors are told Thursday, November 26, 2026")
    here.add("call", "2026-11-25 15:00")
    assert first_line().startswith("A call is due Wednesday, November 25, 2026, at 3:00 p.m.")
    here.happened("answered")
    here.add("staff", "2026-11-25 14:00")
    assert first_line().startswith("Due Wednesday, November 25, 2026, at 2:00 p.m.")


# The clock, and crashes


def test_a_crash_before_the_commit_tells_nobody_and_the_next_tick_tells_once(here: Office) -> None:
    here.add("staff", "2026-11-24 11:00")
    here.house.clock.at = office("2026-11-24 11:00")
    seen: list[int] = []

    def fail(when: str, name: Step) -> None:
        seen.append(1)
        if (when, name) == ("before", Step.TICK) and len(here.house.told()) == 2 and seen.count(1) > 4:
            raise OSError

    observe(fail)
    try:
        with pytest.raises(OSError):  # noqa: PT011 - it has no text here
            here.tick.round()
    finally:
        observe(lambda *_: None)
    assert "staff-due" not in here.house.told()
    assert len(here.at("2026-11-24 11:00")) == 2
    assert here.at("2026-11-24 11:01") == []


def test_nothing_fires_while_the_clock_is_not_to_be_trusted_and_nothing_twice(
    here: Office, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock stands two hours ahead, is set back and is right again later (F33)."""
    boot = [0.0]
    monkeypatch.setattr(clock, "boottime", lambda: boot[0])
    here.add("staff", "2026-11-24 11:00")
    here.tick.round()

    def step(wall: datetime, seconds: float) -> int:
        clock.at = wall
        boot[0] += seconds
        here.tick.round()
        return here.house.told().count("staff-due")

    assert step(BY_DAY + timedelta(hours=1), 10) == 0
    assert step(BY_DAY + timedelta(seconds=20), 10) == 0
    assert step(BY_DAY + timedelta(minutes=60), 3580) == 2
    assert step(BY_DAY + timedelta(minutes=30), 10) == 2
    assert step(BY_DAY + timedelta(minutes=60), 1800) == 2
    assert step(BY_DAY + timedelta(minutes=75), 900) == 2




@pytest.mark.parametrize(
    ("kind", "wall", "urgent", "now", "move"),
    [
        ("staff", "2026-11-24 11:00", False, "2026-11-24 10:59:59", due.Move.LATER),
        ("staff", "2026-11-24 11:00", False, "2026-11-24 11:00", due.Move.TELL),
        ("staff", "2026-11-24 16:29", False, "2026-11-24 16:29:59", due.Move.TELL),
        ("staff", "2026-11-24 16:29", False, "2026-11-24 16:30", due.Move.WAIT),
        ("call", "2026-11-24 16:30", True, "2026-11-24 16:30", due.Move.TELL),
        ("first-answer", "2026-11-24 09:00", False, "2026-11-24 15:00", due.Move.LATER),
        ("first-answer", "2026-11-24 09:00", False, "2026-11-25 10:00", due.Move.TELL),
        ("unknown", "2026-11-24 09:00", False, "2026-11-24 15:00", due.Move.DROP),
    ],
)
def test_what_becomes_of_a_row_whose_time_has_come(
    house: House, kind: str, wall: str, urgent: bool, now: str, move: due.Move
) -> None:
    row = followups.FollowUp("id", "case", kind, wall.replace(" ", "T"), "America/Vancouver", urgent, BY_DAY)
    assert due.decide(row, house.desk.rules, house.desk.office, office(now)) is move
