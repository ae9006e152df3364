"""deliver: what each answer of a submission server does to a letter; none leaves twice but as promised."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from loops.fixtures import MakeRunning
from loops.house import AT_NIGHT, BY_DAY, Running, StandingClock, office

from mailbot.deliver import Deliver, retry_at
from mailbot.demo.misbehaviour import Act, Drop, Reply, Rule, Rules, Stage, Stall
from mailbot.demo.servers import EmbeddedServers
from mailbot.errors import MailbotError, PeerError, SubmissionRefused, Unreachable
from mailbot.model import OutboxState, Priority, Role, new_secret
from mailbot.steps import Step
from storage import contacts, outbox
from storage.outbox import Draft, Envelope, OutboxRow

DAY, ANSWER = Priority.DAY_LETTER, Priority.STAFF_ANSWER


def queue(
    running: Running, to: str = "alex@example.net", *, priority: Priority = DAY, slot: str | None = None,
    letter: str = "", known: bool = False, role: Role = Role.REQUESTER,
) -> str:  # fmt: skip
    """A letter that waits, with bytes of its own; or an acknowledgement that is written at the attempt."""
    content = f"From: <help@service.example>\r\nTo: <{to}>\r\nSubject: x\r\n\r\n{new_secret()}\r\n".encode()
    draft = Draft(
        cause=new_secret()[:16], role=role, letter=letter or "letter", language="en", priority=priority,
        message_id=f"{new_secret()}@service.example", envelope=Envelope(to, "help+back@service.example"),
        slot=slot, content=None if letter else content, known=known,
    )  # fmt: skip
    with running.database.transaction(Step.OPERATOR) as transaction:
        outbox_id = outbox.add(transaction, draft, running.clock.now())
    assert outbox_id is not None
    return outbox_id


def row(running: Running, outbox_id: str) -> OutboxRow:
    with running.database.view() as view:
        return outbox.find(view, outbox_id)


def misbehave(servers: EmbeddedServers, stage: Stage, *acts: Act, about: str | None = None) -> None:
    servers.smtp_script = Rules([Rule(stage, act, about=about) for act in acts])


def try_once(running: Running) -> type[MailbotError] | None:
    """One round, and the kind of error that ended it."""
    try:
        running.deliver.round()
    except MailbotError as error:
        return type(error)
    return None


@pytest.mark.parametrize(("stage", "act", "state", "error"), [
    (Stage.CONNECT, Reply("421 4.3.2 later"), "queued", Unreachable),
    (Stage.CONNECT, Reply("554 5.3.2 no"), "queued", SubmissionRefused),
    (Stage.CONNECT, Drop(), "queued", Unreachable),
    (Stage.MAIL, Reply("451 4.3.0 later"), "retry", None),
    (Stage.MAIL, Reply("421 4.3.0 later"), "retry", None),
    (Stage.MAIL, Reply("550 5.7.1 not you"), "queued", SubmissionRefused),
    (Stage.MAIL, Reply("530 5.7.0 log in"), "queued", SubmissionRefused),
    (Stage.MAIL, Reply("552 5.3.4 too large"), "failed", None),
    (Stage.MAIL, Drop(), "queued", Unreachable),
    (Stage.RCPT, Reply("450 4.2.0 greylisted"), "retry", None),
    (Stage.RCPT, Reply("550 5.1.1 nobody"), "failed", None),
    (Stage.RCPT, Reply("530 5.7.0 log in"), "queued", SubmissionRefused),
    (Stage.RCPT, Drop(), "queued", Unreachable),
    (Stage.RCPT, Stall(), "queued", Unreachable),
    (Stage.DATA, Reply("451 4.3.0 later"), "retry", None),
    (Stage.DATA, Reply("554 5.6.0 no"), "failed", None),
    (Stage.DATA, Reply("503 5.5.1 order"), "queued", SubmissionRefused),
    (Stage.DATA, Drop(), "queued", Unreachable),
    (Stage.END, Reply("451 4.3.0 later"), "retry", None),
    (Stage.END, Reply("421 4.3.0 later"), "retry", None),
    (Stage.END, Reply("554 5.7.1 spam"), "failed", None),
    (Stage.END, Reply("530 5.7.0 odd here"), "failed", None),
    (Stage.END, Drop(), "uncertain", None),
    (Stage.END, Drop(taken=True), "uncertain", None),
    (Stage.END, Stall(), "uncertain", None),
    (Stage.END, Reply("354 go on"), "uncertain", None),
])  # fmt: skip
def test_every_answer_at_every_stage_puts_the_letter_where_the_rules_say(
    running: Running, embedded: EmbeddedServers, stage: Stage, act: Act, state: str, error: type[PeerError] | None
) -> None:
    letter = queue(running)
    misbehave(embedded, stage, act, act)
    assert try_once(running) is error
    found = row(running, letter)
    assert found.state == state
    assert found.attempts == (0 if state == "queued" else 1)
    code = int(act.line[:3]) if isinstance(act, Reply) and state in ("retry", "failed") else None
    assert found.last_code == code
    assert len(embedded.sent) == (1 if isinstance(act, Drop) and act.taken else 0)


def test_an_accepted_letter_is_sent_with_its_code_and_to_one_recipient(
    running: Running, embedded: EmbeddedServers
) -> None:
    letter = queue(running)
    running.send()
    (taken,) = embedded.sent
    assert (taken.rcpt_to, taken.mail_from) == (("alex@example.net",), "help+back@service.example")
    found = row(running, letter)
    assert (found.state, found.last_code, found.ended_at) == ("sent", 250, running.clock.now())


def test_letters_go_over_one_connection_one_recipient_each(running: Running, embedded: EmbeddedServers) -> None:
    for number in range(45):
        queue(running, f"person{number}@example.net")
    running.send()
    assert len(embedded.sent) == 45
    assert {len(one.rcpt_to) for one in embedded.sent} == {1}
    assert embedded.smtp_connections == 1


# Trying again


def test_a_letter_is_tried_after_1_5_15_30_minutes_then_hourly_for_five_days_and_then_failed(
    running: Running, embedded: EmbeddedServers, clock: StandingClock
) -> None:
    letter, waits = queue(running), list[float]()
    embedded.smtp_script = lambda stage, _: Reply("450 4.2.0 greylisted") if stage is Stage.RCPT else None
    running.send()
    while (found := row(running, letter)).state == "retry":
        waits.append((found.next_attempt_at - clock.now()).total_seconds() / 60)
        clock.at = found.next_attempt_at - timedelta(seconds=1)
        assert not running.deliver.round()
        clock.at = found.next_attempt_at
        running.send()
    assert waits[:4] == [1, 5, 15, 30]
    assert all(54 <= wait <= 66 for wait in waits[4:])
    assert len(set(waits[4:])) > 20
    assert timedelta(days=5) <= clock.now() - BY_DAY < timedelta(days=5, minutes=67)
    assert (found.state, found.last_code, found.told_at) == ("failed", 450, None)


def test_the_retry_schedule_never_shortens(clock: StandingClock) -> None:
    for attempts in range(5, 200):
        assert timedelta(minutes=54) <= retry_at(attempts, clock.now()) - clock.now() <= timedelta(minutes=66)


def test_one_letters_trouble_is_its_own(running: Running, embedded: EmbeddedServers) -> None:
    bad = queue(running, "bad@example.net")
    others = [queue(running, f"person{number}@example.net") for number in range(3)]
    misbehave(embedded, Stage.RCPT, Reply("550 5.1.1 nobody"), about="bad@example.net")
    running.send()
    assert row(running, bad).state == "failed"
    assert {row(running, one).state for one in others} == {OutboxState.SENT}


def test_a_letter_refused_after_another_was_taken_loses_no_answer(running: Running, embedded: EmbeddedServers) -> None:
    """An answer waits for the next letter's beginning to be committed; a letter refused before DATA has none."""
    letters = [queue(running, f"person{number}@example.net", priority=Priority(number)) for number in range(4)]
    embedded.smtp_script = Rules([
        Rule(Stage.RCPT, Reply("550 5.1.1 nobody"), about="person1@example.net"),
        Rule(Stage.RCPT, Reply("450 4.2.0 later"), about="person2@example.net"),
    ])  # fmt: skip
    running.send()
    assert [row(running, one).state for one in letters] == ["sent", "failed", "retry", "sent"]


def test_a_server_that_closes_a_kept_connection_costs_no_letter_an_attempt(
    running: Running, embedded: EmbeddedServers
) -> None:
    first = queue(running)
    running.send()
    embedded.smtp_script = Rules([Rule(Stage.MAIL, Reply("421 4.4.2 idle too long"))])
    second = queue(running, "kim@example.net")
    running.send()
    assert [row(running, one).state for one in (first, second)] == ["sent", "sent"]


# Servers out of reach, servers that refuse us


def test_a_server_out_of_reach_gives_back_everything_that_was_not_begun(
    running: Running, embedded: EmbeddedServers
) -> None:
    letters = [queue(running, f"person{number}@example.net") for number in range(5)]
    embedded.smtp_script = Rules([Rule(Stage.RCPT, Drop(), 9, about="person2@example.net")])
    assert try_once(running) is Unreachable
    assert [row(running, one).state for one in letters] == ["sent", "sent", "queued", "queued", "queued"]
    embedded.smtp_script = Rules()
    running.send()
    assert [one.rcpt_to[0] for one in embedded.sent] == [f"person{number}@example.net" for number in range(5)]


def test_after_an_outage_a_letter_has_all_its_attempts_and_the_hour_all_its_sends(
    make_running: MakeRunning, embedded: EmbeddedServers
) -> None:
    """What was never begun is no attempt, and counts for no limit: an outage must not end in an hour of silence."""
    running = make_running(more="[limits]\nsends_per_hour = 20\nautomatic_per_hour = 20")
    letters = [queue(running, f"person{number}@example.net") for number in range(5)]
    embedded.smtp_script = lambda stage, _: Drop() if stage is Stage.CONNECT else None
    for _ in range(10):
        assert try_once(running) is Unreachable
        running.clock.on(minutes=1)
    assert {row(running, one).attempts for one in letters} == {0}
    embedded.smtp_script = Rules([Rule(Stage.RCPT, Reply("450 4.2.0 greylisted"), about="person0@example.net")])
    running.send()
    assert [row(running, one).state for one in letters] == ["retry", *["sent"] * 4]
    assert row(running, letters[0]).next_attempt_at - running.clock.now() == timedelta(minutes=1)


def test_a_refusal_of_us_stops_the_loop_and_marks_no_letter_failed(running: Running, embedded: EmbeddedServers) -> None:
    for number in range(3):
        queue(running, f"person{number}@example.net")
    embedded.smtp_script = lambda stage, _: Reply("535 5.7.8 go away") if stage is Stage.MAIL else None
    with pytest.raises(SubmissionRefused):
        running.send()
    assert running.states() == ["queued"] * 3
    assert embedded.sent == []


# Uncertain


def test_an_uncertain_letter_goes_once_more_with_the_same_bytes_and_then_waits_for_a_person(
    running: Running, embedded: EmbeddedServers, clock: StandingClock
) -> None:
    letter = queue(running)
    embedded.smtp_script = lambda stage, _: Drop(taken=True) if stage is Stage.END else None
    running.send()
    assert len(embedded.sent) == 1
    clock.on(minutes=1)
    running.send()
    first, second = embedded.sent
    assert first.data == second.data
    found = row(running, letter)
    assert (found.state, found.repeated, found.next_attempt_at) == ("uncertain", True, outbox.NEVER)
    clock.on(days=300)
    running.send()
    assert len(embedded.sent) == 2


def test_an_uncertain_letter_that_arrives_at_its_repeat_is_sent_and_nobody_was_troubled(
    running: Running, embedded: EmbeddedServers, clock: StandingClock
) -> None:
    """RULES 14: once more, and only then are staff told."""
    letter = queue(running)
    misbehave(embedded, Stage.END, Drop())
    running.send()
    running.tick.round()
    clock.on(minutes=1)
    running.send()
    assert row(running, letter).state == "sent"
    running.tick.round()
    assert "staff-trouble" not in running.told()


def test_staff_are_told_once_when_the_repeat_is_uncertain_too(
    running: Running, embedded: EmbeddedServers, clock: StandingClock
) -> None:
    queue(running)
    misbehave(embedded, Stage.END, Drop(), Drop())
    for _ in range(3):
        running.send()
        running.tick.round()
        clock.on(minutes=1)
    assert running.told().count("staff-trouble") == 2  # Dana and Robin


def test_a_repeat_that_could_not_begin_is_still_the_one_repeat(
    running: Running, embedded: EmbeddedServers, clock: StandingClock
) -> None:
    letter = queue(running)
    embedded.smtp_script = lambda stage, _: Drop(taken=True) if stage is Stage.END else None
    running.send()
    clock.on(minutes=1)
    embedded.smtp_script = lambda stage, _: Drop() if stage is Stage.CONNECT else None
    assert try_once(running) is Unreachable
    embedded.smtp_script = lambda stage, _: Drop(taken=True) if stage is Stage.END else None
    for _ in range(4):
        clock.on(hours=2)
        running.send()
    assert len(embedded.sent) == 2
    assert row(running, letter).next_attempt_at == outbox.NEVER


# After a crash


def crashed(running: Running, monkeypatch: pytest.MonkeyPatch, moment: str, name: Step) -> None:
    """The process dies at a step: nothing of it runs after that moment, clean-up included."""
    from mailbot import steps

    class Death(BaseException):
        pass

    def die(when: str, at: Step) -> None:
        if (when, at) == (moment, name):
            monkeypatch.setattr(Deliver, "_settle", lambda *_: None)
            raise Death

    steps.observe(die)
    try:
        with suppress(Death):
            running.send()
    finally:
        steps.observe(lambda *_: None)
        monkeypatch.undo()
    running.submission.close()
    running.deliver = Deliver(running.database, running.clock, running.desk, running.submission)


@pytest.mark.parametrize(("moment", "name", "state", "sends"), [
    ("before", Step.SMTP_ENVELOPE, "queued", 1),
    ("before", Step.DELIVER_BEGIN, "queued", 1),
    ("after", Step.DELIVER_BEGIN, "uncertain", 1),
    ("before", Step.SMTP_DATA, "uncertain", 1),
    ("after", Step.SMTP_DATA, "uncertain", 2),
])  # fmt: skip
def test_after_a_crash_what_was_begun_is_uncertain_and_what_was_not_waits_again(
    running: Running, embedded: EmbeddedServers, clock: StandingClock, monkeypatch: pytest.MonkeyPatch,
    moment: str, name: Step, state: str, sends: int,
) -> None:  # fmt: skip
    letter = queue(running)
    crashed(running, monkeypatch, moment, name)
    assert row(running, letter).state == "sending"
    running.deliver.recover()
    assert row(running, letter).state == state
    clock.on(minutes=1)
    running.send()
    assert row(running, letter).state == "sent"
    assert len(embedded.sent) == sends
    assert len({one.data for one in embedded.sent}) == 1


def test_a_commit_that_fails_after_the_answer_loses_neither_answer_nor_letters(
    running: Running, embedded: EmbeddedServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full for a moment: the answers are kept in memory and recorded when it can be written again."""
    letters = [queue(running, f"person{number}@example.net") for number in range(3)]
    real, failing = running.database.transaction, [False]

    def transaction(name: Step):  # type: ignore[no-untyped-def]
        failing[0] = failing[0] or (name is Step.DELIVER_BEGIN and len(embedded.sent) == 1)
        if failing[0]:
            raise OSError("no space left")
        return real(name)

    monkeypatch.setattr(running.database, "transaction", transaction)
    with pytest.raises(OSError, match="no space"):
        running.send()
    monkeypatch.undo()
    running.send()
    assert [row(running, one).state for one in letters] == ["sent"] * 3
    assert len(embedded.sent) == 3


# Whether at all


def test_nothing_leaves_to_a_stopped_address_and_staff_mail_is_not_meant(
    running: Running, embedded: EmbeddedServers
) -> None:
    stopped, notice = queue(running), queue(running, "dana@service.example", role=Role.STAFF)
    with running.database.transaction(Step.OPERATOR) as transaction:
        for address in ("alex@example.net", "dana@service.example"):
            contacts.stop(transaction, address, None, "cause", BY_DAY)
    running.send()
    found = row(running, stopped)
    assert (found.state, found.reason) == ("cancelled", "stopped")
    assert row(running, notice).state == "sent"
    assert [one.rcpt_to[0] for one in embedded.sent] == ["dana@service.example"]


def test_an_uncertain_letter_to_a_stopped_address_is_not_repeated(
    running: Running, embedded: EmbeddedServers, clock: StandingClock
) -> None:
    letter = queue(running)
    misbehave(embedded, Stage.END, Drop())
    running.send()
    with running.database.transaction(Step.OPERATOR) as transaction:
        contacts.stop(transaction, "alex@example.net", None, "cause", BY_DAY)
    clock.on(hours=1)
    running.send()
    assert row(running, letter).state == "uncertain"
    assert embedded.sent == []


def test_letters_leave_in_the_order_of_the_rules_known_people_first(
    running: Running, embedded: EmbeddedServers
) -> None:
    for priority in reversed(Priority):
        queue(running, f"stranger.{priority}@example.net", priority=priority)
        queue(running, f"known.{priority}@example.net", priority=priority, known=True)
    running.send()
    assert [one.rcpt_to[0] for one in embedded.sent] == [
        f"{who}.{priority}@example.net" for priority in range(6) for who in ("known", "stranger")]  # fmt: skip


def test_over_the_hours_limit_letters_wait_and_answers_have_a_reserve(
    make_running: MakeRunning, embedded: EmbeddedServers, clock: StandingClock
) -> None:
    running = make_running(more="[limits]\nsends_per_hour = 20\nautomatic_per_hour = 20")
    for number in range(25):
        queue(running, f"person{number:02}@example.net")
    running.send()
    assert len(embedded.sent) == 18
    assert sorted(running.states()) == ["queued"] * 7 + ["sent"] * 18
    for number in range(3):
        queue(running, f"answered{number}@example.net", priority=ANSWER)
    running.send()
    assert [one.rcpt_to[0] for one in embedded.sent[18:]] == ["answered0@example.net", "answered1@example.net"]
    clock.on(minutes=62)
    running.send()
    assert len(embedded.sent) == 28
    assert set(running.states()) == {"sent"}


def test_what_waits_for_a_limit_too_long_shows_in_status(
    make_running: MakeRunning, embedded: EmbeddedServers, clock: StandingClock
) -> None:
    from mailbot.casework import health

    running = make_running(more="[limits]\nsends_per_hour = 2\nautomatic_per_hour = 2")
    for number in range(3):
        queue(running, f"person{number}@example.net", priority=Priority.NOTICE)
    for _ in range(17):
        running.send()
        clock.on(minutes=1)
    with running.database.view() as view:
        problems = health.status_json(view, running.desk.office, clock.now())["problems"]
    assert any("could not be sent" in str(problem) for problem in problems), problems  # type: ignore[attr-defined]


# Made at the attempt


def ack(running: Running, at: datetime, to: str = "alex@example.net") -> str:
    """One first mail's acknowledgement, queued at an instant."""
    from loops.house import a_reading, handle

    running.clock.at = at
    handle(running, "requester", a_reading(to))
    (letter,) = [one for one in running.outbox() if one.role == "requester" and one.created_at == running.clock.now()]
    return letter.id


def letters_to(embedded: EmbeddedServers, address: str) -> list[str]:
    sent = [one.data for one in embedded.sent if one.rcpt_to == (address,)]
    return ["night" if b"office was closed" in data else "day" for data in sent]


def test_a_day_letter_whose_office_closed_before_it_began_leaves_as_the_nights(
    running: Running, embedded: EmbeddedServers
) -> None:
    letter = ack(running, office("2026-11-24 16:29:59"))
    running.clock.at = office("2026-11-24 16:30:00")
    running.send()
    assert row(running, letter).letter == "ack-night"
    assert row(running, letter).slot == "night:2026-11-24"
    assert letters_to(embedded, "alex@example.net") == ["night"]


def test_an_outage_over_closing_time_does_not_let_the_day_letter_out_at_night(
    running: Running, embedded: EmbeddedServers
) -> None:
    """Tried by day and never begun: at night it is made anew, with the crisis lines (RULES 5, promise 9)."""
    letter = ack(running, office("2026-11-24 16:20"))
    embedded.smtp_script = lambda stage, _: Drop() if stage is Stage.CONNECT else None
    assert try_once(running) is Unreachable
    embedded.smtp_script = Rules()
    running.clock.at = office("2026-11-24 17:00")
    running.send()
    assert row(running, letter).letter == "ack-night"
    assert letters_to(embedded, "alex@example.net") == ["night"]


def test_greylisting_over_closing_time_does_not_let_the_day_letter_out_at_night(
    running: Running, embedded: EmbeddedServers
) -> None:
    letter = ack(running, office("2026-11-24 16:29"))
    misbehave(embedded, Stage.RCPT, Reply("450 4.2.0 greylisted"), about="alex@example.net")
    running.send()
    assert row(running, letter).state == "retry"
    running.clock.at = office("2026-11-24 16:31")
    running.send()
    assert (row(running, letter).letter, row(running, letter).state) == ("ack-night", "sent")


def test_a_letter_once_begun_keeps_its_bytes_over_closing_time(running: Running, embedded: EmbeddedServers) -> None:
    letter = ack(running, office("2026-11-24 16:29"))
    embedded.smtp_script = Rules([Rule(Stage.END, Drop(taken=True), about="alex@example.net")])
    running.send()
    running.clock.at = office("2026-11-24 17:00")
    running.send()
    first, second = (one for one in embedded.sent if one.rcpt_to == ("alex@example.net",))
    assert first.data == second.data
    assert row(running, letter).letter == "ack-day"


def test_a_day_letter_whose_night_was_answered_already_is_cancelled(
    running: Running, embedded: EmbeddedServers
) -> None:
    """The noon-to-noon night: a letter of this morning before opening has used the night that began yesterday."""
    with running.database.transaction(Step.OPERATOR) as transaction:
        draft = Draft("other", Role.REQUESTER, "ack-night", "en", Priority.NIGHT_LETTER, "x@service.example",
                      Envelope("alex@example.net", ""), slot="night:2026-11-24", content=b"x\r\n")  # fmt: skip
        outbox.add(transaction, draft, BY_DAY)
    letter = ack(running, office("2026-11-24 16:29"))
    running.clock.at = office("2026-11-24 16:31")
    running.send()
    found = row(running, letter)
    assert (found.state, found.reason) == ("cancelled", "slot taken")


def test_a_night_letter_that_begins_after_opening_is_the_day_letter_where_it_opened_a_case(
    running: Running, embedded: EmbeddedServers
) -> None:
    letter = ack(running, office("2026-11-25 08:29:59"))
    running.clock.at = office("2026-11-25 08:30:00")
    running.send()
    assert (row(running, letter).letter, row(running, letter).state) == ("ack-day", "sent")


def test_joined_mail_whose_night_letter_did_not_begin_before_opening_gets_none(
    running: Running, embedded: EmbeddedServers
) -> None:
    """By day joined mail is never acknowledged (RULES 5 d)."""
    from loops.house import a_reading, handle

    from storage import cases

    ack(running, BY_DAY)
    running.send()
    with running.database.view() as view:
        (case,) = cases.all_cases(view)
        (conversation,) = cases.conversations(view, case.id)
    to = running.desk.address.reply_address(conversation.token)
    running.clock.at = office("2026-11-25 08:29")
    handle(running, "requester", a_reading(recipients=(to,)))
    assert running.letters() == ["ack-day", "ack-night"]
    running.clock.at = office("2026-11-25 08:31")
    running.send()
    assert running.states() == ["sent", "cancelled"]


def test_a_night_letter_over_its_limit_waits_its_turn_known_people_first(
    make_running: MakeRunning, embedded: EmbeddedServers, clock: StandingClock
) -> None:
    running = make_running(more="[limits]\nautomatic_per_hour = 10")
    for number in range(12):
        ack(running, AT_NIGHT + timedelta(milliseconds=number), f"person{number:02}@example.net")
    running.send()
    gone = [one.rcpt_to[0] for one in embedded.sent if one.rcpt_to[0].startswith("person")]
    assert gone == [f"person{number:02}@example.net" for number in range(9)]
    clock.on(minutes=62)
    running.send()
    assert len([one for one in embedded.sent if one.rcpt_to[0].startswith("person")]) == 12


def test_a_letter_that_no_envelope_can_carry_fails_alone(running: Running, embedded: EmbeddedServers) -> None:
    bad = queue(running, "a\u00e4 b@example.net", priority=ANSWER)
    good = queue(running)
    running.send()
    assert row(running, good).state == "sent"
    assert row(running, bad).state == "failed"


def test_stopping_gives_back_what_was_not_begun(running: Running, embedded: EmbeddedServers) -> None:
    for number in range(5):
        queue(running, f"person{number}@example.net")
    running.deliver.stopping = lambda: len(embedded.sent) >= 2
    running.deliver.round()
    assert sorted(running.states()) == ["queued", "queued", "queued", "sent", "sent"]
