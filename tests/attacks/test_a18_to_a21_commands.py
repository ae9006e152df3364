"""A18 to A21: a staff message acts once; commands stand at the top of the one clear text; codes cannot be guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attacks.service import ALEX, DANA, EVIL, KIM, ROBIN, Service, mail, parts, reply_to, words_of
from loops.house import office
from support.clients import QUOTING, reply

TRUE = "You can call us, or stay with mail."


@pytest.fixture
def begun(service: Service) -> Service:
    """Alex wrote, and Dana has the notice."""
    service.writes(ALEX, "I am Alex.")
    return service


# A18


def test_a18_a_staff_message_acts_once_for_ever_however_it_comes_again(begun: Service) -> None:
    raw = begun.answer(begun.notice(DANA, "I am Alex."), f"#followup tomorrow 9:00 look again\n\n{TRUE}")
    begun.receive(raw)
    before = begun.stored(begun.reference(ALEX))
    told = len(begun.to(DANA))
    begun.receive(raw, b"Received: from elsewhere.example by mx.service.example\r\n" + raw)
    in_copy = raw.replace(b"\r\nTo: ", f"\r\nCc: {KIM}\r\nX-Spam: no\r\nTo: ".encode())
    begun.receive(in_copy, raw.replace(b"\r\nTo: ", b"\r\nX-Spam: yes\r\nTo: "))
    begun.receive(raw, folder="Junk")
    begun.clock.at += timedelta(days=40)
    begun.clock.at = begun.clock.at.replace(hour=3)
    begun.receive(raw)
    after = begun.stored(begun.reference(ALEX))
    assert {**after, "follow_up": before["follow_up"]} == before
    assert begun.answers(ALEX) == [TRUE]
    assert not [one for one in begun.to(DANA)[told:] if "The exact words" in words_of(one)]
    assert begun.journal()["seen_before"] == 6


def test_a18_other_words_under_the_same_message_id_are_another_message(begun: Service) -> None:
    """RULES 3; the control of the test above. It has all three proofs, and acts as a second answer of one member."""
    notice = begun.notice(DANA, "I am Alex.")
    begun.receive(begun.answer(notice, TRUE, message_id="one@mail.service.example"))
    begun.receive(begun.answer(notice, "And another thing.", message_id="one@mail.service.example"))
    assert begun.answers(ALEX) == [TRUE, "And another thing."]


def test_a18_a_refused_message_sent_again_is_refused_no_second_time_and_its_correction_acts(begun: Service) -> None:
    notice = begun.notice(DANA, "I am Alex.")
    wrong = begun.answer(notice, f"#tke\n\n{TRUE}")
    begun.receive(wrong, wrong)
    begun.receive(wrong)
    assert begun.told(DANA).count("> #tke") == 1
    assert begun.answers(ALEX) == []
    begun.receive(begun.answer(notice, f"#take\n\n{TRUE}"))
    assert begun.answers(ALEX) == [TRUE]


def test_a18_a_second_answer_of_a_colleague_stops_and_names_who_answered(begun: Service) -> None:
    robins = begun.notice(ROBIN, "I am Alex.")
    begun.receive(begun.answer(begun.notice(DANA, "I am Alex."), TRUE))
    begun.receive(begun.answer(robins, "Something else.", author=f"Robin <{ROBIN}>"))
    assert begun.answers(ALEX) == [TRUE]
    assert "Dana answered first" in begun.told(ROBIN)


def test_a18_a_link_for_a_command_from_anywhere_acts_once(begun: Service) -> None:
    begun.receive(mail(f"Kim <{KIM}>", "I ask for something."), folder="Junk")
    begun.receive(mail(f"Kim <{KIM}>", "I ask for more."), folder="Junk")
    first, second = (row[0] for row in begun.rows("journal", "WHERE state = 'quarantined'"))
    begun.receive(begun.staff_mail(f"#discard {first}"))
    offer = begun.told_of(DANA, "Nothing was done yet")
    assert begun.journal()["quarantined"] == 2
    begun.receive(begun.tap(offer, "Yes, do it"))
    assert begun.journal()["quarantined"] == 1
    address = begun.tap(offer, "Yes, do it").partition(b"To: ")[2].partition(b"\r\n")[0].decode()
    begun.receive(begun.staff_mail(f"#discard {second}", to=address))
    assert begun.journal().get("quarantined") == 1, "the address of a link that was used acted again"


# A19


HIDDEN = {
    "below the answer": ("Hello.\n\n#status closed", "text/plain; charset=utf-8"),
    "in a second part": parts(("text/plain", "Hello."), ("text/plain", "#status closed"), kind="multipart/mixed"),
    "in the page alone": parts(("text/plain", "Hello."), ("text/html", "<p>#status closed</p><p>Hello.</p>")),
    "in the plain part alone": parts(("text/plain", "#status closed\n\nHello."), ("text/html", "<p>Hello.</p>")),
    "in another story": parts(("text/plain", "#status open\n\nHello."), ("text/html", "<p>#status closed</p>Hello.")),
    "in two pages": parts(("text/html", "<p>Hello.</p>"), ("text/html", "<p>#status closed</p>")),
    "in an attached text": parts(
        ("text/plain", "Hello."), ("text/x-command", "#status closed"), kind="multipart/mixed"),
    "in an attached message": parts(
        ("text/plain", "Hello."), ("message/rfc822", "From: dana@service.example\n\n#status closed"),
        kind="multipart/mixed"),
    "misstruck": ("/status closed\n\nHello.", "text/plain; charset=utf-8"),
    "fullwidth": ("\uff03status closed\n\nHello.", "text/plain; charset=utf-8"),
    "below a wrong one": ("#tke\n#status closed\n\nHello.", "text/plain; charset=utf-8"),
    "after a right one": ("#status closed\n#sattus closed", "text/plain; charset=utf-8"),
    "as no text": ("", "text/plain; charset=utf-8"),
    "in seven bits": ("+ACM-status closed", "text/plain; charset=utf-7"),
    "in base64 that is none": ("I3N0YXR1cyBjbG9zZWQ=\n====\n!!", "text/plain\r\nContent-Transfer-Encoding: base64"),
}  # fmt: skip


@pytest.mark.parametrize("name", HIDDEN)
def test_a19_a_command_that_is_not_at_the_top_of_the_one_text_refuses_the_whole_message(
    begun: Service, name: str
) -> None:
    words, kind = HIDDEN[name]
    reference, notice = begun.reference(ALEX), begun.notice(DANA, "I am Alex.")
    before, told = begun.stored(reference), len(begun.to(DANA))
    begun.receive(begun.answer(notice, words, kind=kind))
    after = begun.stored(reference)
    assert begun.case(reference)["status"] == "open", "the hidden command acted"
    if after != before:
        assert begun.answers(ALEX) == ["+ACM-status closed"], "more than its visible words left"
    assert len(begun.to(DANA)) == told + 1, "one explanation or one receipt"
    begun.receive(begun.answer(notice, f"#status closed\n\n{TRUE}"))
    assert begun.case(reference)["status"] == "closed"
    assert begun.answers(ALEX)[-1] == TRUE


@pytest.mark.parametrize("client", QUOTING)
@pytest.mark.parametrize("html", [True, False], ids=["both forms", "plain alone"])
def test_a19_a_command_in_the_quote_is_no_command_and_what_was_quoted_stays_inside(
    service: Service, client: str, html: bool
) -> None:
    hostile = "I am Alex.\n\n#status closed\n\n#contact stop\n\nThe secret of the harbour."
    service.writes(ALEX, hostile)
    reference, notice = service.reference(ALEX), service.notice(DANA, "I am Alex.")
    fields = ["Authentication-Results: mx.service.example; dmarc=pass header.from=service.example"]
    service.receive(reply(notice, author=f"Dana <{DANA}>", words=TRUE, client=client, html=html, fields=fields))
    assert service.answers(ALEX) == [TRUE]
    assert (service.case(reference)["status"], service.case(reference)["contact"]) == ("waiting", "unasked")
    service.receive(
        reply(notice, author=f"Dana <{DANA}>", words=f"#status closed\n\n{TRUE} Again.", client=client, html=html,
              fields=fields, message_id="answer.2@mail.service.example")
    )  # fmt: skip
    assert service.case(reference)["status"] == "closed"
    assert "harbour" not in "".join(service.answers(ALEX))


def test_a19_a_page_alone_counts_as_what_can_be_seen_of_it(begun: Service) -> None:
    reference, notice = begun.reference(ALEX), begun.notice(DANA, "I am Alex.")
    page = f'<div style="display:none">#status closed</div><p>{TRUE}</p><!-- #status closed -->'
    begun.receive(begun.answer(notice, page, kind="text/html; charset=utf-8"))
    assert begun.case(reference)["status"] in ("open", "waiting")
    begun.receive(begun.answer(notice, f"<p>#status closed</p><p>{TRUE} Again.</p>", kind="text/html; charset=utf-8"))
    assert begun.case(reference)["status"] == "closed"
    assert begun.answers(ALEX)[-1] == f"{TRUE} Again."


# A20


def test_a20_commands_and_control_fields_of_people_outside_control_nothing(begun: Service) -> None:
    reference = begun.reference(ALEX)
    token = reply_to(begun.to(ALEX)[0])
    begun.receive(begun.answer(begun.notice(DANA, "I am Alex."), "#take"))
    taken = begun.case(reference)
    fields = ["X-Mailbot-Command: close", "X-OTRS-State: closed", "RT-Control: close", "X-RT-Command: Status: resolved",
              "X-Mailbot-Installation: none", "Control: cancel"]  # fmt: skip
    begun.writes(ALEX, f"#status closed\n#contact change {EVIL}\n#send now\n\nplease", to=token, fields=fields)
    begun.writes(EVIL, "#status closed", to=reply_to(begun.notice(DANA, "I am Alex.")), fields=fields)
    case = begun.case(reference)
    assert {name: case[name] for name in ("status", "owner", "contact")} == {
        name: taken[name] for name in ("status", "owner", "contact")
    }
    assert "#contact change" in begun.told(DANA), "it is text for staff to read"
    assert begun.answers(EVIL) == []
    begun.receive(begun.answer(begun.notice(DANA, "please"), "#status closed"))
    assert begun.case(reference)["status"] == "closed"


# A21


def test_a21_a_code_is_neither_guessed_nor_used_twice_nor_by_another_nor_for_another_nor_too_late(
    begun: Service,
) -> None:
    new = "alex.new@example.com"
    reference = begun.reference(ALEX)
    begun.receive(begun.answer(begun.notice(DANA, "I am Alex."), f"#contact change {new}"))
    asked = begun.told_of(DANA, "Nothing has changed yet")
    code = begun.tap(asked, "Yes, do it").split(b"\r\n\r\n")[1].decode().split()[-1]
    assert len(code) == 16, "80 bits"
    robins = begun.notice(ROBIN, "I am Alex.")
    before = begun.stored(reference)
    guesses = ["A" * 16, "000001", code[:-1], code[::-1], f"{code} {code}"]
    begun.receive(
        *(begun.answer(asked, f"#contact change {new} {guess}") for guess in guesses),
        begun.answer(asked, f"#contact change {EVIL} {code}"),
        begun.answer(robins, f"#contact change {new} {code}", author=f"Robin <{ROBIN}>"),
        begun.answer(asked, "#approve 000001"),
    )
    assert begun.stored(reference) == before
    assert begun.told(DANA).count("This code is not for this change") == 5
    begun.receive(begun.answer(asked, f"#contact change {new} {code.lower()}"))
    assert len(begun.to(new)) == 1
    changed = begun.stored(reference)
    begun.receive(begun.answer(asked, f"#contact change {new} {code}", message_id="again@mail.service.example"))
    assert begun.stored(reference) == changed
    assert len(begun.to(new)) == 1


def test_a21_a_code_dies_after_three_days(begun: Service) -> None:
    new = "alex.new@example.com"
    begun.receive(begun.answer(begun.notice(DANA, "I am Alex."), f"#contact change {new}"))
    asked = begun.told_of(DANA, "Nothing has changed yet")
    begun.clock.at = office("2026-11-27 10:00:05")
    begun.receive(begun.tap(asked, "Yes, do it"))
    assert begun.to(new) == []
    assert "its time is over" in begun.told(DANA)
