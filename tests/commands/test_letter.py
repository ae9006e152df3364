"""`#letter` and `#draft`: what goes out, below which words, and every reason why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from commands.pressing import Pressing, said
from loops.house import AT_NIGHT, House
from support import reviewed
from support.mails import text_of

from mailbot.commands import COMMANDS, CommandError, Moment
from mailbot.writing import Letters
from mailbot.writing.catalogue import BY_HAND

CHECK = "Before we write more, we would like to know how best to reach you."
WORDS = "Hello Alex,\n\nyou can call us, or stay with mail."


def test_a_letter_alone_leaves_as_its_receipt_shows_it(house: House) -> None:
    dana = Pressing(house)
    receipt = dana.says("#letter safety-check")
    assert "Your answer leaves on Tuesday, November 24, 2026, at 10:05 a.m., Pacific time." in said(receipt)
    assert "The letter safety-check goes out." in said(receipt)
    row, left = dana.letter(), dana.leaving()
    assert (row.letter, row.state, row.hold) == ("safety-check", "held", "grace")
    text = text_of(bytes(left)).rstrip()
    assert text.startswith(CHECK)
    shown = "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
    assert shown in text_of(bytes(receipt)).replace("\r\n", "\n")
    assert (left["Subject"], left["Auto-Submitted"]) == ("Reply to your message", None)
    assert left["Content-Language"] == "en"


def test_words_below_come_first_and_the_letter_follows_in_one_message(house: House) -> None:
    dana = Pressing(house)
    receipt = dana.says(f"#letter safety-check\n\n{WORDS}")
    assert "The letter safety-check goes out below your words." in said(receipt)
    text = text_of(bytes(dana.leaving()))
    assert text.startswith(f"{WORDS}\n\n{CHECK}")
    assert dana.words() == text.rstrip() + "\n"


def test_at_night_it_waits_for_the_opening_and_sent_now_it_ends_with_the_crisis_lines(house: House) -> None:
    dana = Pressing(house)
    house.clock.at = AT_NIGHT
    dana.says("#letter safety-check")
    assert (dana.letter().state, dana.letter().release_wall) == ("held", "2026-11-25T08:30:00")
    dana.says("#send now")
    text = text_of(bytes(dana.leaving()))
    assert dana.letter().state == "queued"
    assert text.startswith(CHECK)
    assert "If someone is in danger now, call 911." in text
    assert text.rstrip().endswith("If you feel you cannot go on: call or text 9-8-8.")


def test_crisis_lines_that_the_letter_has_already_are_not_said_twice(house: House) -> None:
    dana = Pressing(house)
    house.clock.at = AT_NIGHT
    dana.says("#letter closing\n#send now")
    text = text_of(bytes(dana.leaving()))
    assert text.count("call 911") == 1
    assert text.count("Salal") == 1


def test_a_letter_that_speaks_plainly_is_refused_until_mail_is_recorded_safe(house: House) -> None:
    dana = Pressing(house)
    refusal = said(dana.says(f"#letter options-adult\n\n{WORDS}"))
    assert refusal.startswith("Nothing was done, and nothing was sent.")
    assert "#letter options-adult" in refusal
    assert "Mail to this person is not recorded safe, and this letter speaks plainly." in refusal
    assert "#contact safe" in refusal
    assert dana.rows() == []


def test_safe_on_a_line_above_counts_for_the_letter_below_it(house: House) -> None:
    dana = Pressing(house)
    receipt = said(dana.says("#contact safe\n#letter options-adult"))
    assert "may speak plainly from now on, until Thursday, December 24, 2026, at 10:00 a.m., Pacific time" in receipt
    assert "No stream is on record: see that it fits the person's age." in receipt
    assert "Nobody has verified yet: apply_alone_from" in receipt
    assert said(dana.leaving()).startswith("You can choose what happens next.")


def test_safe_lapses_after_thirty_days(house: House) -> None:
    dana = Pressing(house)
    dana.says("#contact safe")
    house.clock.on(days=29)
    dana.says("#letter privacy")
    assert dana.letter().letter == "privacy"
    house.clock.on(days=1, minutes=5)
    assert "Mail to this person was recorded safe over 30 days ago." in said(dana.says("#letter privacy"))
    assert "Mail to this person is not recorded safe." in said(dana.says("#note It lapsed."))
    dana.writes()
    assert "Mail not recorded safe" in said(dana.notice)
    assert "Mail: unasked" in said(dana.says("#show"))


@pytest.mark.parametrize("line", ["#contact discreet", "#stream adult", "#stream youth age 18", "#stream unknown"])
def test_what_is_recorded_while_a_letter_waits_keeps_it_back(house: House, line: str) -> None:
    dana = Pressing(house)
    dana.says("#contact safe\n#stream youth age 16")
    house.clock.at = AT_NIGHT
    dana.says("#letter referral-youth")
    assert dana.letter().state == "held"
    dana.says(line)
    at = house.clock.now() + timedelta(hours=10)
    assert dana.kept_back(at)
    assert dana.letter().hold == "stopped"
    told = said(dana.told("staff-held"))
    assert "It waits because what is on record has changed. " in told


def test_a_letter_kept_back_can_not_be_sent_now_as_it_is(house: House) -> None:
    dana = Pressing(house)
    dana.says("#contact safe")
    house.clock.at = AT_NIGHT
    dana.says("#letter privacy")
    dana.says("#contact discreet")
    refusal = said(dana.says("#send now"))
    assert "Contact with this person is discreet: only a letter that says little may go." in refusal
    assert dana.letter().state == "held"


def test_a_letter_is_not_held_over_the_day_on_which_safe_lapses(house: House) -> None:
    dana = Pressing(house)
    dana.says("#contact safe")
    refusal = said(dana.says("#letter privacy\n#hold until 2027-01-11 10:00"))
    assert "Mail to this person was recorded safe over 30 days ago." in refusal
    assert dana.rows() == []


def test_where_contact_is_discreet_a_letter_says_little_and_names_no_line(house: House) -> None:
    dana = Pressing(house)
    dana.says("#contact discreet")
    dana.says("#letter closing")
    text = text_of(bytes(dana.leaving()))
    assert "call 911" in text
    assert "Salal" not in text
    assert "Kids" not in text


def test_a_call_is_offered_at_the_time_that_is_on_record(house: House) -> None:
    dana = Pressing(house)
    refusal = said(dana.says("#letter call-offer"))
    assert "Record the call first: #call WHEN." in refusal
    dana.says("#call friday 10:00\n#letter call-offer")
    assert said(dana.leaving()).startswith("We plan to call you on Friday, November 27, 2026, at 10:00 a.m., Pacific")


def test_an_offer_that_would_leave_after_its_call_is_refused(house: House) -> None:
    dana = Pressing(house)
    house.clock.at = AT_NIGHT
    refusal = said(dana.says("#call 2026-11-25 8:00\n#letter call-offer"))
    assert "It would leave on Wednesday, November 25, 2026, at 8:30 a.m., Pacific time, and would not be" in refusal
    assert dana.rows() == []


def test_an_offer_whose_call_is_over_does_not_leave(house: House) -> None:
    dana = Pressing(house)
    house.clock.at = AT_NIGHT
    dana.says("#call 2026-11-25 9:00\n#letter call-offer")
    assert not dana.kept_back(house.clock.now() + timedelta(hours=9, minutes=25))
    assert dana.kept_back(house.clock.now() + timedelta(hours=11))


def test_a_missed_call_is_the_last_one_whose_time_has_come(house: House) -> None:
    dana = Pressing(house)
    dana.says("#call today 11:00\n#call friday 10:00")
    house.clock.on(hours=2)
    dana.says("#letter call-missed")
    assert said(dana.leaving()).startswith("We called on Tuesday, November 24, 2026, at 11:00 a.m., Pacific time")


def test_the_tool_depends_on_the_age_in_the_image_and_not_on_the_person_s_age(house: House) -> None:
    dana = Pressing(house)
    dana.says("#contact safe\n#stream adult age 40")
    assert "#facts image minor" in said(dana.says("#letter hash-tools"))
    dana.says("#facts image minor yes\n#letter hash-tools")
    assert "Take It Down" in said(dana.leaving())
    assert "StopNCII" not in said(dana.leaving())


def with_letters(house: House, made: Path) -> None:
    """The desk works with an operator's folder."""
    letters = Letters.load(made, service=house.desk.letters.service)
    house.desk = replace(house.desk, letters=letters)


def test_an_unreviewed_language_gets_english(house: House) -> None:
    dana = Pressing(house)
    dana.says("#language fr\n#letter safety-check")
    left = dana.leaving()
    assert (left["Content-Language"], left["Subject"]) == ("en", "Reply to your message")


def test_a_language_without_letters_gets_english_and_its_reviewed_sentence(house: House, tmp_path: Path) -> None:
    with_letters(house, reviewed.folder(tmp_path, french=False, interpreters=True))
    dana = Pressing(house)
    dana.says("#language pa\n#letter safety-check")
    left = dana.leaving()
    assert left["Content-Language"] == "en"
    assert text_of(bytes(left)).rstrip().endswith(reviewed.PUNJABI)
    page = left.get_body(("html",))
    assert page is not None
    assert '<p lang="pa" dir="ltr">' in page.get_content()


def test_a_reviewed_letter_leaves_in_the_case_s_language(house: House, tmp_path: Path) -> None:
    with_letters(house, reviewed.folder(tmp_path))
    dana = Pressing(house)
    dana.says("#language fr\n#letter safety-check")
    left = dana.leaving()
    assert (left["Content-Language"], left["Subject"]) == ("fr", "Réponse à votre message")
    assert text_of(bytes(left)).startswith("Avant d'écrire plus, nous aimerions savoir comment vous joindre au mieux.")


def test_another_language_afterwards_is_another_letter(house: House, tmp_path: Path) -> None:
    with_letters(house, reviewed.folder(tmp_path))
    dana = Pressing(house)
    house.clock.at = AT_NIGHT
    dana.says("#letter safety-check")
    opening = house.clock.now() + timedelta(hours=10)
    assert not dana.kept_back(opening)
    dana.says("#language fr")
    assert dana.kept_back(opening)
    assert "The letter would say something else now: cancel it, and write it again." in said(dana.told("staff-held"))


def test_the_letter_of_places_needs_places_that_somebody_has_verified(house: House, tmp_path: Path) -> None:
    dana = Pressing(house)
    refusal = said(dana.says("#contact safe\n#letter resources"))
    assert "No place in resources.toml is verified yet: an operator calls each and writes verified_on." in refusal
    with_letters(house, reviewed.folder(tmp_path, french=False, places=True))
    dana.says("#contact safe\n#stream adult\n#letter resources")
    assert "BC 211: 2-1-1" in said(dana.leaving())
    assert "Kids Help Phone" not in said(dana.leaving())


def test_a_link_s_address_takes_a_letter_and_no_words(house: House) -> None:
    dana = Pressing(house)
    receipt = dana.says("#take")
    assert "Nothing sent to this address goes outside" in said(dana.says(f"#letter safety-check\n\n{WORDS}", receipt))
    assert dana.rows() == []
    dana.says("#letter safety-check", receipt)
    assert dana.letter().letter == "safety-check"


def test_with_a_note_the_words_stay_inside_and_the_letter_goes(house: House) -> None:
    dana = Pressing(house)
    dana.says("#letter safety-check\n#note She sounded calm.")
    assert "calm" not in said(dana.leaving())


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("", "#letter safety-check"),
        ("safty-check", "#letter safety-check"),
        ("options adult", "#letter options-adult"),
        ("options", "#letter options-"),
        ("referral-youht", "#letter referral-youth"),
        ("ack-night", "#letter "),
        ("answer", "#letter "),
        ("staff-notice", "#letter "),
        ("crt", "#letter crt-apply"),
        ("safety-check.j2", "#letter safety-check"),
    ],
)
def test_a_name_that_is_none_is_refused_with_the_nearest(house: House, typed: str, nearest: str) -> None:
    with pytest.raises(CommandError) as refused:
        COMMANDS["letter"].parse(typed, Moment(house.clock.now(), house.desk.office))
    assert refused.value.nearest.startswith(nearest)
    assert refused.value.nearest.split()[1] in BY_HAND


def test_a_draft_comes_back_as_it_would_be_copied_and_nothing_goes_out(house: House) -> None:
    dana = Pressing(house)
    receipt = dana.says("#draft options-adult")
    text = text_of(bytes(receipt)).replace("\r\n", "\n")
    assert "\nYou can choose what happens next. There is no right or wrong choice here" in text
    assert "Nothing goes out." in text
    assert "As a letter it would be refused. Mail to this person is not recorded safe" in " ".join(text.split())
    assert dana.rows() == []


def test_words_below_a_draft_are_neither_sent_nor_lost(house: House) -> None:
    dana = Pressing(house)
    refusal = said(dana.says(f"#draft safety-check\n\n{WORDS}"))
    assert "With #draft nothing goes out, and there are words below it." in refusal
    assert "#letter safety-check" in refusal
    assert dana.rows() == []
