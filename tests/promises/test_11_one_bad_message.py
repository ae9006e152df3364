"""Promise 11: reading runs in a limited child process; two deaths mean quarantine, and the next message is handled."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from promises.conftest import MakeScene
from promises.evidence import DAY, NIGHT, letters, mail
from support.facade import MailServers
from support.live import LiveServers
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers

POISON = "poison@attacker.example"


def with_body(body: bytes, *, kind: str = "text/plain") -> bytes:
    raw = mail(POISON).replace(b"text/plain; charset=utf-8", kind.encode())
    return raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body


def nested(levels: int) -> bytes:
    return b"".join(
        b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (level, level + 1)
        for level in range(levels)
    )


BAD = {
    "1,500 levels": with_body(nested(1500), kind='multipart/mixed; boundary="b0"'),
    "5,000 parts": with_body(b"--x\r\n\r\nx\r\n" * 5000, kind="multipart/mixed; boundary=x"),
    "9,000 levels of page": with_body(b"<div>" * 9000 + b"x", kind="text/html"),
    "half-open tags": with_body(b"<a href='" * 200_000, kind="text/html"),
    "nested comments": b"Comments: " + b"(" * 60_000 + b"\r\n" + mail(POISON),
    "comments in From": mail(POISON).replace(b"From: ", b"From: " + b"(" * 40_000),
    "encoded words": b"Subject: " + b"=?utf-8?q?=41?= " * 20_000 + b"\r\n" + mail(POISON),
    "6,000 fields": b"X-A: b\r\n" * 6000 + mail(POISON),
    "2,500 references": b"References: " + b"<a@b>\r\n " * 2500 + b"\r\n" + mail(POISON),
    "a field of 600 kB": b"X-Long: " + b"y" * 600_000 + b"\r\n" + mail(POISON),
    "thousands of recipients": b"Cc: "
    + b", ".join(b"a%d@example.org" % n for n in range(5000))
    + b"\r\n"
    + mail(POISON),
    "line ends alone": b"\r\n" * 1000,
    "NUL": b"\x00" * 5000,
    "no header": b"hello\r\nworld\r\n",
    "every byte": bytes(range(256)) * 40,
    "bad base64": with_body(b"\xff=" * 100_000).replace(
        b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1
    ),
    "codec of a library": with_body(b"x\x9c" * 1000, kind="text/plain; charset=zlib_codec"),
    "dates": mail(POISON).replace(b"Tue, 24 Nov 2026", b"Tue, 99 Nov 99999999"),
}
"""What once broke a reader (THREATS A24 to A47)."""


@pytest.mark.live  # the embedded server's own parser breaks on some of them
def test_every_kind_of_hostile_mail_harms_itself_alone(scene: MakeScene, live: LiveServers) -> None:
    here = scene(live)
    people = [f"person{number:02}@example.com" for number in range(len(BAD))]
    for person, bad in zip(people, BAD.values(), strict=True):
        here.write(bad, mail(person))
    here.once(NIGHT, expect=1)
    assert {one.rcpt_to[0] for one in here.outside()} >= set(people)
    assert here.journal().get("waiting", 0) == 0
    assert sum(here.journal().values()) == 2 * len(BAD)
    assert here.files_in("help").keys() == {"Mailbot/Done", "Mailbot/Quarantine"}


def reading_child(daemon: int) -> int:
    """The process that reads, found among the daemon's children as an operator finds it; 0 while there is none."""
    tasks = Path(f"/proc/{daemon}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return children[0] if children else 0


def test_a_reader_that_is_killed_again_and_again_stops_nobody(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    with here.house.daemon(DAY) as daemon:
        for number in range(3):
            child = until(lambda: reading_child(daemon.pid))
            os.kill(child, 9)
            here.write(mail(f"person{number}@example.com"))
            until(lambda number=number: len(here.outside()) > number, seconds=30)  # type: ignore[misc]
    assert here.journal() == {"processed": 3}


def test_a_mail_over_which_the_reader_hangs_twice_is_quarantined_and_the_next_is_answered(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    with here.house.daemon(NIGHT) as daemon:
        first = until(lambda: reading_child(daemon.pid))
        os.kill(first, signal.SIGSTOP)
        here.write(mail(POISON))
        second = until(lambda: reading_child(daemon.pid), lambda child: child not in (0, first), seconds=20)
        os.kill(second, signal.SIGSTOP)
        until(here.journal, lambda found: found.get("quarantined") == 1, seconds=20)
        here.write(mail("kim@example.com"))
        embedded.wait_sent(5)
    assert {one.rcpt_to for one in here.outside()} == {("kim@example.com",)}
    (row,) = here.house.json("quarantine")
    assert row["id"] in letters(here.staff("dana"))
    assert here.files_in("help") == {"Mailbot/Done": 1, "Mailbot/Quarantine": 1}


def test_what_is_quarantined_can_be_tried_again_and_discarded(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    here.write(mail("kim@example.com", fields=["From: lee@example.com"]))
    here.once(DAY, expect=1)
    (row,) = here.house.json("quarantine")
    here.house.run("quarantine", "retry", row["id"])
    here.once(DAY + timedelta(minutes=1), expect=1)
    assert here.journal() == {"quarantined": 1}
    here.house.run("quarantine", "discard", row["id"])
    here.once(DAY + timedelta(minutes=2))
    assert here.journal() == {"processed": 1}
    assert here.outside() == []


def test_a_message_tried_again_in_a_flood_stops_nobody(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    here.write(*(mail(f"person{number}@example.com") for number in range(25)))
    here.once(DAY)
    here.write(mail("kim@example.com"), folder="Junk")
    here.once(DAY, expect=1)
    (row,) = here.house.json("quarantine")
    here.house.run("quarantine", "retry", row["id"])
    here.write(mail("lee@example.com"))
    here.once(DAY)
    assert len(here.to("lee@example.com")) == 1
    assert here.journal() == {"processed": 27}
