"""What a notice says before anybody answers, what raises it, and the flood that puts it off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from loops.house import AT_NIGHT, BY_DAY, House, Running, StandingClock, a_reading, handle, office
from support.mails import first_mail, parsed, text_of

from mailbot.casework import flood, notices
from mailbot.casework.hints import SCHOOL
from mailbot.model import Attachment, Automated, Dmarc, Inbound
from mailbot.steps import Step
from storage import cases, outbox, pauses
from storage import notices as stored
from storage.cases import Case
from storage.pauses import Pause

URGENT = "He posted it. I cannot go on."


def texts(house: House, letter: str = "staff-notice", to: str = "dana@service.example") -> list[str]:
    """The plain parts of one letter to one member, oldest first."""
    rows = sorted((row for row in house.outbox() if row.letter == letter), key=lambda row: row.created_at)
    with house.database.view() as view:
        found = [(outbox.envelope(view, row)[0].to, outbox.content(view, row) or b"") for row in rows]
    return [text_of(raw).replace("\r\n", "\n") for address, raw in found if address == to]


def first_line(text: str) -> str:
    return text.split("\n")[0]


def commands(text: str) -> list[str]:
    return re.findall(r"^- .*: mailto:\S+\?subject=\S+&body=(\S+)$", text, re.MULTILINE)


def all_cases(house: House) -> list[Case]:
    with house.database.view() as view:
        return list(cases.all_cases(view))


def set_owner(house: House, case: Case, member: str) -> None:
    with house.database.transaction(Step.PROCESS_MESSAGE) as transaction:
        own = transaction.keys.hash("member", member)
        cases.set_owner(transaction, case.id, own, "test", "cause", house.clock.now())


# What it says


def test_a_notice_warns_of_everything_that_makes_an_answer_dangerous(house: House) -> None:
    handle(house, "requester", a_reading("kim@sd61.bc.ca"))
    house.clock.on(minutes=1)
    handle(
        house,
        "requester",
        a_reading(
            "kim@sd61.bc.ca",
            cc=("mum@example.org", "help@service.example"),
            reply_to=("other@example.com",),
            language="pa",
            dmarc=Dmarc.NONE,
            text="This is my response form.",
            reply="This is my response form.",
            attachments=(Attachment("scan.pdf", "application/pdf", 2048, False),),
        ),
    )
    older = all_cases(house)[0].reference
    text = texts(house)[-1]
    for words in (
        "- Others are in To or Cc. They have read this message, and may read an answer that quotes it: mum@example",
        "- The message asks for answers to another address. Yours goes to the address in From, and not to: other@exam",
        "- Nothing proves that the message comes from the domain it names.",
        "- Language: Punjabi, a guess.",
        f"- Perhaps {older}: the same address wrote there.",
        f"- {SCHOOL}",
        "- This may be an application or a response, with a deadline.",
        "- scan.pdf, application/pdf, 2 kB\n",
    ):
        assert words in text, words
    assert len(commands(text)) == 5


def test_a_crowd_in_cc_is_cut_and_counted(house: House) -> None:
    handle(house, "requester", a_reading(cc=tuple(f"one{number}@example.org" for number in range(9))))
    assert "one4@example.org, and 4 more\n" in texts(house)[-1]


def test_a_token_seen_elsewhere_is_in_the_new_notice_too(house: House) -> None:
    handle(house, "requester", a_reading())
    (case,) = all_cases(house)
    with house.database.view() as view:
        (conversation,) = cases.conversations(view, case.id)
    to = house.desk.address.reply_address(conversation.token)
    house.clock.on(minutes=1)
    handle(house, "requester", a_reading("eve@example.org", recipients=(to,)))
    assert f"shows the reply address of case {case.reference}" in texts(house)[-1]


def test_a_second_mail_says_that_the_first_has_no_answer_yet(house: House) -> None:
    handle(house, "requester", a_reading())
    (case,) = all_cases(house)
    with house.database.view() as view:
        (conversation,) = cases.conversations(view, case.id)
    to = house.desk.address.reply_address(conversation.token)
    house.clock.on(minutes=1)
    handle(house, "requester", a_reading(recipients=(to,)))
    first, second = texts(house)
    assert "has no answer yet" not in first
    assert "- The message before this one has no answer yet." in second


def test_links_have_an_address_a_subject_and_a_command(house: House) -> None:
    handle(house, "requester", a_reading())
    (case,) = all_cases(house)
    found = re.search(r"^- Write a private note \(add your words\): (\S+)$", texts(house)[-1], re.MULTILINE)
    assert found
    assert re.fullmatch(
        rf"mailto:help%2B[a-z2-7]{{26}}@service\.example"
        rf"\?subject=Write%20a%20private%20note%20%5B{case.reference}%5D&body=%23note%20",
        found[1],
    )


def test_machine_mail_has_links_too_and_its_address_in_no_subject(house: House) -> None:
    handle(house, "machine", a_reading("robot@example.org", automated=Automated.AUTO_GENERATED))
    text = texts(house)[-1]
    assert commands(text) == [
        "%23find%20robot%40example.org",
        "%23list%20open",
        "%23new%20robot%40example.org",
        "%23mute%20robot%40example.org",
        "%23help",
    ]
    assert not re.search(r"subject=[^&]*robot", text)


# Urgent words


def test_urgent_words_stand_first_and_all_staff_are_told_when_nobody_acts_for_a_quarter_of_an_hour(
    running: Running, clock: StandingClock
) -> None:
    handle(running, "requester", a_reading(text=URGENT, reply=URGENT))
    text = texts(running)[-1]
    assert first_line(text).startswith("Read first. New, from a requester.")
    assert "danger to a life: I cannot go on." in text
    assert commands(text)[:2] == ["%23take", "%23call%20"]
    assert running.letters() == ["ack-day"], "never another letter"
    clock.on(minutes=14)
    running.tick.round()
    assert "staff-due" not in running.told()
    clock.on(minutes=1)
    running.tick.round()
    assert running.told().count("staff-due") == 2
    assert first_line(texts(running, "staff-due")[0]).startswith("Read this first: words in a mail may mean danger")


def test_who_takes_the_case_stops_the_clock(running: Running, clock: StandingClock) -> None:
    from mailbot.casework import due

    handle(running, "requester", a_reading(text=URGENT, reply=URGENT))
    (case,) = all_cases(running)
    with running.database.transaction(Step.PROCESS_MESSAGE) as transaction:
        due.happened(transaction, running.desk, case, ("acted", "taken"), "cause", clock.now())
    clock.on(minutes=20)
    running.tick.round()
    assert "staff-due" not in running.told()


def test_by_night_it_is_told_again_a_minute_after_the_opening_and_again_after_fifteen(
    running: Running, clock: StandingClock
) -> None:
    clock.at = AT_NIGHT
    handle(running, "requester", a_reading(text=URGENT, reply=URGENT))
    assert first_line(texts(running)[-1]).startswith("Read first.")
    assert running.letters() == ["ack-night"]
    for at, count in (("08:30", 0), ("08:31", 1), ("08:44", 1), ("08:45", 2)):
        clock.at = office(f"2026-11-25 {at}")
        running.tick.round()
        assert len(texts(running, "staff-due")) == count, at
    assert "came while the office was closed" in first_line(texts(running, "staff-due")[0])


def test_urgent_words_pass_a_flood_and_a_mute_until_they_are_the_flood(house: House) -> None:
    for number in range(30):
        handle(house, "requester", a_reading(f"person{number}@example.net"))
    assert len(texts(house)) == notices.MOST_AN_HOUR
    with house.database.transaction(Step.PROCESS_MESSAGE) as transaction:
        pauses.begin(
            transaction, Pause.MUTED, "kim@example.net", house.clock.now() + timedelta(days=1), "t", "c", BY_DAY
        )
    house.clock.on(minutes=1)
    handle(house, "requester", a_reading("kim@example.net", text=URGENT, reply=URGENT))
    assert first_line(texts(house)[-1]).startswith("Read first.")
    for number in range(60):
        handle(house, "requester", a_reading(f"many{number}@example.net", text=URGENT, reply=URGENT))
    assert len(texts(house)) == notices.MOST_AN_HOUR + notices.MOST_URGENT_AN_HOUR


def test_junk_with_urgent_words_is_looked_at_first_and_stays_junk(house: House) -> None:
    handle(house, "junk", a_reading(text=URGENT, reply=URGENT))
    assert first_line(texts(house, "staff-quarantine")[-1]).startswith("Read first. A message was set aside")
    assert house.journal() == {"quarantined": 1}


def test_other_mail_is_told_as_before(house: House) -> None:
    handle(house, "requester", a_reading())
    assert first_line(texts(house)[-1]).startswith("New, from a requester. Mail not recorded safe.")


# A flood


def strangers(running: Running, count: int, word: str = "a") -> list[Inbound]:
    made = []
    for number in range(count):
        author = f"{word}{number}@gmail.com"
        raw = first_mail(author, text=f"Words of {author}.", message_id=f"{word}{number}@mail.example.net")
        made.append(handle(running, "requester", a_reading(author), raw=raw))
        running.clock.on(seconds=1)
    return made


def hours(running: Running, clock: StandingClock, count: int) -> Iterator[int]:
    """How many notices a member had after each hour."""
    for _ in range(count):
        clock.on(minutes=61)
        while running.tick.round():
            pass
        yield len(texts(running))


def test_sixty_mails_are_twenty_notices_one_summary_and_then_ten_an_hour(
    running: Running, clock: StandingClock
) -> None:
    strangers(running, 60)
    running.tick.round()
    (summary,) = texts(running, "staff-summary")
    assert first_line(summary) == "40 messages came in a short time. Read the cases below, oldest first."
    shown = [case.reference for case in all_cases(running)[20:]]
    assert re.findall(r"^- ([2-9A-HJKMNP-Z]{6})$", summary, re.MULTILINE) == shown
    assert commands(summary) == [*(f"%23show%20{one}" for one in shown[:5]), "%23list%20open"]
    assert list(hours(running, clock, 5)) == [30, 40, 50, 60, 60]
    for hour in range(4):
        late = texts(running)[20 + 10 * hour : 30 + 10 * hour]
        told = {re.search(r"> Words of a(\d+)@", one)[1] for one in late}  # type: ignore[index]
        assert told == {str(20 + 10 * hour + number) for number in range(10)}, "the oldest first"
        assert all("This notice comes late" in one and "Reply reaches the correspondent." in one for one in late)
    with running.database.view() as view:
        assert stored.to_follow(view, clock.now(), 99) == []


def test_a_late_notice_can_be_answered_by_reply(running: Running, clock: StandingClock) -> None:
    strangers(running, 21)
    running.tick.round()
    assert list(hours(running, clock, 1)) == [21]
    row = max((row for row in running.outbox() if row.letter == "staff-notice"), key=lambda row: row.created_at)
    with running.database.view() as view:
        mail = parsed(outbox.content(view, row) or b"")
        (conversation,) = cases.conversations(view, all_cases(running)[-1].id)
    assert (row.conversation_id, conversation.address) == (conversation.id, "a20@gmail.com")
    assert running.desk.address.secret_in_address(str(mail["Reply-To"]))


def test_a_case_that_somebody_took_or_answered_meanwhile_needs_no_late_notice(
    running: Running, clock: StandingClock
) -> None:
    strangers(running, 24)
    running.tick.round()
    taken, answered, *_ = all_cases(running)[20:]
    set_owner(running, taken, "dana@service.example")
    with running.database.transaction(Step.PROCESS_MESSAGE) as transaction:
        cases.touch(transaction, answered, cases.CaseStatus.WAITING, "cause", clock.now())
    assert list(hours(running, clock, 1)) == [22]


def test_while_the_flood_goes_on_no_late_notice_is_sent(running: Running, clock: StandingClock) -> None:
    strangers(running, 25)
    running.tick.round()
    clock.on(minutes=61)
    strangers(running, 25, "b")
    running.tick.round()
    assert len(texts(running)) == 40
    assert list(hours(running, clock, 1)) == [50]
    late = texts(running)[40:]
    assert sum(f"> Words of a{number}@gmail.com." in one for one in late for number in range(20, 25)) == 5


def test_junk_of_a_flood_is_counted_and_does_not_follow(running: Running, clock: StandingClock) -> None:
    for number in range(25):
        handle(running, "junk", a_reading(f"spam{number}@example.net"))
    running.tick.round()
    (summary,) = texts(running, "staff-summary")
    assert "- Opened and joined no case, such as junk and machine mail: 5" in summary
    list(hours(running, clock, 2))
    assert len(texts(running, "staff-quarantine")) == 20


def test_a_muted_author_waits_on_and_holds_up_nobody(running: Running, clock: StandingClock) -> None:
    strangers(running, 23)
    running.tick.round()
    with running.database.transaction(Step.PROCESS_MESSAGE) as transaction:
        until = clock.now() + timedelta(hours=3, minutes=30)
        pauses.begin(transaction, Pause.MUTED, "a20@gmail.com", until, "t", "c", clock.now())
    assert list(hours(running, clock, 5)) == [22, 22, 22, 23, 23]


def test_what_cannot_be_read_again_is_told_all_the_same(running: Running, clock: StandingClock) -> None:
    strangers(running, 20)
    handle(running, "requester", a_reading("a20@gmail.com"), raw=b"\x00" * 40)
    running.tick.round()
    assert list(hours(running, clock, 1)) == [21]


def test_a_summary_names_no_more_than_its_most(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "MOST_NAMED", 30)
    strangers(running, 20 + 30 + 7)
    running.tick.round()
    (summary,) = texts(running, "staff-summary")
    assert len(re.findall(r"^- [2-9A-HJKMNP-Z]{6}$", summary, re.MULTILINE)) == 30
    assert "- 7 more\n" in summary


def test_the_links_of_an_urgent_mail_stand_above_its_words(house: House) -> None:
    handle(house, "requester", a_reading(text=URGENT, reply=URGENT))
    text = texts(house)[-1]
    assert text.index("- Take it: mailto:") < text.index("What the person wrote")
    assert text.count("- Take it: mailto:") == 1
