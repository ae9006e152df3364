"""Promise 9: whoever writes a readable mail outside hours gets crisis lines at least once that night, at once."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest
from promises.conftest import MakeScene
from promises.evidence import DAY, EVENING, NIGHT, mail, plain, reply_address
from support.facade import MailServers
from support.installation import office

from mailbot.demo.misbehaviour import Reply, Rule, Rules, Stage
from mailbot.demo.servers import EmbeddedServers

KIM = "kim@example.com"
PASS = "Authentication-Results: mx.service.example; dmarc=pass header.from=example.com"
LINES = ("911", "1-800-563-0808", "604-255-6344", "1-800-668-6868", "9-8-8")


def is_night_letter(letter: EmailMessage) -> bool:
    """Our office was closed, and every crisis line stands in the text and in the page."""
    page = letter.get_body(("html",))
    assert page is not None
    texts = (plain(letter), " ".join(str(page.get_content()).split()))
    assert all(line in text for line in LINES for text in texts)
    return "office was closed" in texts[0]


def test_at_two_in_the_morning_the_crisis_lines_go_out_at_once(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    here.write(mail(KIM))
    here.once(NIGHT)
    (letter,) = here.to(KIM)
    assert is_night_letter(letter)
    assert "Tuesday, November 24, 2026" in plain(letter), "it says when the office opens"


def test_the_daemon_sends_the_crisis_lines_within_seconds(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    with here.house.daemon(NIGHT):
        here.write(mail(KIM))
        servers.wait_sent(1, seconds=20)
    assert is_night_letter(here.to(KIM)[0])


def test_whatever_kind_of_readable_mail_comes_at_night_it_is_answered(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded, more="[limits]\nmessage_bytes = 200000\n")
    odd = {
        "empty@example.com": mail("empty@example.com", text=""),
        "french@example.com": mail(
            "french@example.com", text="Bonjour, j'ai besoin d'aide, quelqu'un partage mes photos."
        ),
        "japanese@example.com": mail("japanese@example.com", text="助けてください。写真が共有されました。"),
        "large@example.com": mail("large@example.com", text=("x" * 900 + "\r\n") * 300),
        "unproven@example.com": mail("unproven@example.com", fields=[PASS.replace("pass", "none")]),
        "proven@example.com": mail("proven@example.com", fields=[PASS]),
        "none@example.com": mail("none@example.com", fields=[PASS.replace("pass", "fail (p=none dis=none)")]),
        "page@example.com": mail("page@example.com").replace(b"text/plain", b"text/html"),
        "picture@example.com": mail("picture@example.com").replace(b"text/plain; charset=utf-8", b"image/jpeg"),
        "sealed@example.com": mail("sealed@example.com").replace(b"text/plain;", b"application/pkcs7-mime;"),
        "undated@example.com": mail("undated@example.com")
        .replace(b"Date:", b"X-Date:")
        .replace(b"Message-ID:", b"X-ID:"),
        "unknown@example.com": mail("unknown@example.com").replace(b"utf-8", b"x-klingon"),
        "open@example.com": mail("open@example.com").replace(b"text/plain", b'multipart/mixed; boundary="never"'),
    }
    here.write(*odd.values())
    here.once(NIGHT, expect=1)
    answered = {one.rcpt_to[0] for one in here.outside()}
    assert answered == set(odd)
    assert [address for address in odd if not any(line in plain(here.to(address)[0]) for line in LINES)] == []


def test_once_from_noon_to_noon(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    counts = []
    for at in ("2026-11-27 17:00", "2026-11-28 02:00", "2026-11-28 11:55", "2026-11-28 12:05", "2026-11-28 23:00"):
        here.write(mail(KIM))
        here.once(office(at))
        counts.append(len(here.to(KIM)))
    assert counts == [1, 1, 1, 2, 2]


def test_joined_mail_too_and_whatever_the_day_sent(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    here.write(mail(KIM))
    here.once(DAY)
    token = reply_address(here.to(KIM)[0])
    here.write(mail(KIM, to=token))
    here.once(EVENING)
    day, night = here.to(KIM)
    assert not is_night_letter(day)
    assert is_night_letter(night)
    assert len(here.cases()) == 1


def test_weekends_holidays_and_the_minutes_around_office_hours(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    instants = {
        "2026-11-11 10:00": True,
        "2026-11-24 08:29": True,
        "2026-11-24 08:31": False,
        "2026-11-24 16:28": False,
        "2026-11-24 16:31": True,
        "2026-11-28 12:30": True,
        "2026-11-29 09:00": True,
        "2026-12-24 10:00": False,
        "2026-12-25 11:00": True,
    }
    seen = {}
    for number, at in enumerate(instants):
        here.write(mail(f"person{number}@example.com"))
        here.once(office(at))
        (letter,) = here.to(f"person{number}@example.com")
        seen[at] = is_night_letter(letter)
    assert seen == instants


def test_a_closure_of_the_house_is_night(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded, more="[hours]\nclosures = [2026-11-24]\nopen_days = [2026-11-28]\n")
    here.write(mail(KIM))
    here.once(DAY)
    here.write(mail("lee@example.com"))
    here.once(office("2026-11-28 10:00"))
    assert is_night_letter(here.to(KIM)[0])
    assert not is_night_letter(here.to("lee@example.com")[0])


def test_by_day_only_mail_that_opens_a_case_and_once_in_a_day(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    counts = []
    for after in (0, 1, 23.9, 24.1):
        here.write(mail(KIM))
        here.once(DAY + timedelta(hours=after))
        counts.append(len(here.to(KIM)))
    here.write(mail(KIM, to=reply_address(here.to(KIM)[0])))
    here.once(DAY + timedelta(days=2))
    counts.append(len(here.to(KIM)))
    assert counts == [1, 1, 1, 2, 2]
    assert len(here.cases()) == 4


@pytest.mark.parametrize(("written", "leaves", "night"), [("16:29", "16:35", True), ("08:25", "08:35", False)])
def test_a_letter_that_waited_over_the_opening_or_closing_is_true_when_it_leaves(
    scene: MakeScene, embedded: EmbeddedServers, written: str, leaves: str, night: bool
) -> None:
    here = scene(embedded)
    embedded.smtp_script = Rules([Rule(Stage.CONNECT, Reply("421 4.3.2 later"), times=100)])
    here.write(mail(KIM))
    here.once(office(f"2026-11-24 {written}"), expect=1)
    embedded.smtp_script = Rules()
    here.once(office(f"2026-11-24 {leaves}"))
    (letter,) = here.to(KIM)
    assert is_night_letter(letter) is night
