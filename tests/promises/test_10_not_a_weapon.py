"""Promise 10: one automatic message a day to an address outside (plus the night's), caps per class and hour, none to
automata, none on `dmarc=fail`; a flood cannot use up what known people and staff need.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from promises.conftest import MakeScene
from promises.evidence import DAY, EVENING, NIGHT, Scene, letters, mail, plain, reply_address
from support.facade import MailServers
from support.mails import parsed

from mailbot.demo.servers import EmbeddedServers

HOUR = 200
RESULT = "Authentication-Results: mx.service.example; dmarc={} header.from=example.com"
AUTOMATA = [
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated (nothing)",
    "AUTO-SUBMITTED: Auto-Notified; owner-email=kim@example.com",
    "Auto-Submitted: no\r\nAuto-Submitted: auto-replied",
    "Return-Path: <>",
    "Precedence: bulk",
    "Precedence: list",
    "Precedence: junk",
    "Precedence: auto_reply",
    "List-Id: <list.example.org>",
    "List-Unsubscribe: <mailto:leave@example.org>",
    "X-Auto-Response-Suppress: All",
    "X-Auto-Response-Suppress: DR, OOF",
    "X-Auto-Response-Suppress: AutoReply",
    "X-Autoreply: yes",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
    "Content-Type: multipart/report; report-type=disposition-notification; boundary=x",
    "Content-Type: multipart/report; report-type=feedback-report; boundary=x",
]
"""One mark each, RFC 3834 and what products write."""
MACHINES = ["no-reply@example.com", "noreply@example.com", "do-not-reply@example.com", "mailer-daemon@example.com",
            "postmaster@example.com", "MAILER-DAEMON@example.com", "bounces+123@example.com"]  # fmt: skip
SUBJECTS = ["Automatic reply: away", "Out of Office: away", "Réponse automatique : absente"]
PEOPLE = [
    "Auto-Submitted: no",
    "X-Auto-Response-Suppress: DR, RN, NRN",
    RESULT.format("pass"),
    RESULT.format("none"),
    RESULT.format("fail (p=none sp=none dis=none)"),
    RESULT.format("temperror"),
    "Authentication-Results: other.example; dmarc=fail header.from=example.com",
    "Received: from a by b; Tue, 24 Nov 2026 10:00:00 -0700\r\n" + RESULT.format("fail"),
    "X-Priority: 1",
    "Importance: high",
]
FORGED = [
    RESULT.format("fail"),
    RESULT.format("fail (p=reject)"),
    RESULT.format("pass") + "\r\n" + RESULT.format("fail"),
    RESULT.format("fail") + "\r\nAuthentication-Results: mx.service.example; dmarc=fail policy.dmarc=quarantine",
    'Authentication-Results: mx.service.example; spf=pass reason="p=none"; dmarc=fail header.from=example.com',
]


def written(mark: str, number: int, kind: str) -> tuple[str, bytes]:
    """A mail with one mark and its author; a mark that is a field of the mail takes that field's place."""
    author = f"{kind}{number:02}@example.com"
    raw = mail(author)
    if mark.startswith("Content-Type:"):
        return author, raw.replace(b"Content-Type: text/plain; charset=utf-8", mark.encode())
    return author, mark.encode() + b"\r\n" + raw


def answered(here: Scene) -> set[str]:
    return {one.rcpt_to[0] for one in here.outside()}


@pytest.mark.parametrize("when", [DAY, EVENING], ids=["day", "night"])
def test_no_automaton_is_answered_and_every_person_is(
    scene: MakeScene, embedded: EmbeddedServers, when: datetime
) -> None:
    here = scene(embedded)
    machines = [written(mark, number, "machine") for number, mark in enumerate(AUTOMATA)]
    machines += [(author, mail(author)) for author in MACHINES]
    for number, subject in enumerate(SUBJECTS):
        author = f"subject{number}@example.com"
        machines.append((author, mail(author).replace(b"Please help", subject.encode())))
    people = [written(mark, number, "person") for number, mark in enumerate(PEOPLE)]
    here.write(*(raw for _, raw in machines), *(raw for _, raw in people))
    here.once(when, expect=None)
    assert answered(here) & {author for author, _ in machines} == set()
    assert answered(here) == {author for author, _ in people}
    assert sum(here.journal().values()) == len(machines) + len(people)


@pytest.mark.parametrize("when", [DAY, EVENING], ids=["day", "night"])
def test_a_forged_address_is_not_answered(scene: MakeScene, embedded: EmbeddedServers, when: datetime) -> None:
    here = scene(embedded)
    here.write(*(written(mark, number, "forged")[1] for number, mark in enumerate(FORGED)))
    here.once(when, expect=None)
    assert answered(here) == set()
    assert "forged" in letters(here.staff("dana"))


def test_lists_junk_staff_and_our_own_addresses_are_not_answered(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    here.write(mail("kim@example.com"))
    here.once(DAY)
    token = reply_address(here.to("kim@example.com")[0])
    here.write(mail("dana@service.example"), mail("help@service.example"), mail(token), mail("HELP@service.example"))
    here.write(mail("lee@example.com", fields=["List-Id: <a.example>"]))
    here.write(mail("max@example.com"), folder="Junk")
    here.once(EVENING, expect=1)
    assert answered(here) == {"kim@example.com"}
    assert len(here.outside()) == 1
    assert servers.mailbox("help") == []


def test_two_autoresponders_fall_silent_at_once(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    here.write(mail("kim@example.com"))
    here.once(EVENING)
    (letter,) = here.outside()
    ours = parsed(letter.data)
    for field in ("Auto-Submitted: auto-replied", "X-Was: disguised"):
        here.write(
            mail("kim@example.com", to=reply_address(ours), fields=[field, f"In-Reply-To: {ours['Message-ID']}"])
        )
    here.write(letter.data)
    here.once(EVENING + timedelta(hours=1), expect=None)
    assert len(here.outside()) == 1


def test_automatic_mail_says_that_it_is(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    here.write(mail("kim@example.com"))
    here.once(EVENING)
    (letter,) = here.outside()
    fields = parsed(letter.data)
    assert fields["Auto-Submitted"] == "auto-replied"
    assert fields["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    assert letter.mail_from == "" or letter.mail_from.startswith("help+")
    received = {"Received", "Return-Path", "Delivered-To", "X-Original-To"}
    assert set(fields.keys()) - received <= {
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version",
        "Content-Type", "Content-Transfer-Encoding", "Content-Language", "Auto-Submitted", "X-Auto-Response-Suppress",
    }  # fmt: skip
    assert all(len(line) <= 998 for line in letter.data.split(b"\r\n"))
    assert b"\n" not in letter.data.replace(b"\r\n", b"")


def flood(number: int, word: str = "forged") -> list[bytes]:
    return [mail(f"{word}{each:04}@victim.example") for each in range(number)]


def begun_days_ago(here: Scene, *people: str) -> dict[str, str]:
    """People who wrote before, with the reply addresses that they were given."""
    here.write(*(mail(person) for person in people))
    here.once(DAY - timedelta(days=4))
    return {person: reply_address(here.to(person)[0]) for person in people}


@pytest.mark.timeout(240)
def test_a_thousand_forged_first_mails_by_day_meet_the_cap_and_a_known_letter_leaves_in_the_same_pass(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    begun_days_ago(here, "kim@example.com")
    notices = len(here.staff("dana"))
    here.write(*flood(1000))
    here.once(DAY)
    here.write(mail("kim@example.com"), mail("lee@example.com", fields=[RESULT.format("pass")]))
    here.once(DAY + timedelta(minutes=1))
    letters_out = Counter(one.rcpt_to[0] for one in here.outside())
    assert letters_out["kim@example.com"] == 2
    assert letters_out["lee@example.com"] == 1
    assert 0 < sum(count for address, count in letters_out.items() if address.startswith("forged")) <= HOUR
    assert max(letters_out.values()) == 2
    assert len(here.cases()) == 1003, "every mail is a case all the same"
    lines = here.staff("dana")[notices:]
    assert len(lines) <= 25, "staff are flooded"
    told = letters(lines)
    references = [case["reference"] for case in here.cases()]
    assert [reference for reference in references[1:1001] if reference not in told] == []


@pytest.mark.timeout(240)
def test_by_night_letters_over_the_cap_wait_their_turn_and_known_people_go_first(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded, more="[limits]\nautomatic_per_hour = 40\n")
    tokens = begun_days_ago(here, "kim@example.com")
    here.write(*flood(100))
    here.once(NIGHT)
    first = answered(here) - {"kim@example.com"}
    assert 0 < len(first) <= 40
    here.write(
        mail("kim@example.com", to=tokens["kim@example.com"]), mail("lee@example.com", fields=[RESULT.format("pass")])
    )
    here.once(NIGHT + timedelta(seconds=50))
    assert "office was closed" in plain(here.to("kim@example.com")[-1])
    assert "lee@example.com" in answered(here)
    for hours in (1.1, 2.2, 3.3, 4.4):
        here.once(NIGHT + timedelta(hours=hours))
    sent = Counter(one.rcpt_to[0] for one in here.outside())
    assert len([address for address in sent if address.startswith("forged")]) == 100
    assert max(count for address, count in sent.items() if address.startswith("forged")) == 1
    times = Counter(
        str(parsed(one.data)["Date"])[17:19] for one in here.outside() if one.rcpt_to[0].startswith("forged")
    )
    assert max(times.values()) <= 40


@pytest.mark.timeout(240)
def test_a_flood_that_writes_twice_is_not_taken_for_people_we_know(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded, more="[limits]\nautomatic_per_hour = 40\n")
    begun_days_ago(here, "kim@example.com")
    notices = len(here.staff("dana"))
    here.write(*flood(80))
    here.once(DAY)
    here.write(*flood(80))
    here.once(DAY + timedelta(minutes=1))
    here.write(mail("kim@example.com", fields=[RESULT.format("pass")]))
    here.once(DAY + timedelta(minutes=2))
    assert len(here.to("kim@example.com")) == 2, "the flood used up what is kept for people we know"
    assert len(here.staff("dana")) - notices <= 25, "staff are flooded"


def test_day_letters_over_the_cap_are_dropped_and_said_so(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded, more="[limits]\nautomatic_per_hour = 4\n")
    here.write(*flood(8))
    here.once(DAY)
    assert 0 < len(here.outside()) <= 4
    assert "limit of automatic letters" in letters(here.staff("dana"))
    here.once(DAY + timedelta(hours=2))
    assert len(here.outside()) <= 4, "a dropped day letter came later"


def test_all_sending_has_a_cap_and_nothing_is_lost_by_it(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded, more="[limits]\nsends_per_hour = 10\n")
    here.write(*flood(6))
    here.once(DAY)
    assert len(embedded.sent) <= 10
    for hours in (1.1, 1.9):
        here.once(DAY + timedelta(hours=hours))
    assert len(embedded.sent) == 18
