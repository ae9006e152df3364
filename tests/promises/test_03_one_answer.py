"""Promise 3: for one cause there is at most one message; a repeat only where nobody can know whether the first arrived,
and then the same bytes. Second daemons and second installations included.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from promises import hand
from promises.conftest import MakeScene
from promises.evidence import DAY, Scene, mail
from support.facade import MailServers
from support.installation import PROGRAM
from support.processes import stop_at_rest
from support.waiting import until

from mailbot.demo.faults import Hide, OtherUidValidity, Refuse
from mailbot.demo.misbehaviour import Drop, Reply, Rule, Rules, Stage
from mailbot.demo.servers import EmbeddedServers

LATER = [timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=2), timedelta(days=1)]


def test_the_same_bytes_again_are_seen_before(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    person = mail("kim@example.com")
    here.write(person, person)
    here.once(DAY)
    here.write(person)
    here.once(DAY + timedelta(days=2))
    assert here.journal() == {"processed": 1, "seen_before": 2}
    assert len(here.to("kim@example.com")) == 1
    assert len([one for one in here.staff("dana") if "New message" in str(one["Subject"])]) == 1
    assert here.files_in("help") == {"Mailbot/Done": 3}


def test_a_mail_moved_back_into_the_inbox_is_seen_before(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    here.write(mail("kim@example.com"), mail("lee@example.com"))
    here.once(DAY)
    assert hand.move_all(servers, "Mailbot/Done", "INBOX") == 2
    here.once(DAY + timedelta(days=2))
    assert here.journal() == {"processed": 2, "seen_before": 2}
    assert sorted(one.rcpt_to[0] for one in here.outside()) == ["kim@example.com", "lee@example.com"]
    assert len(here.cases()) == 2


def test_a_mailbox_with_another_uidvalidity_is_read_anew_and_answered_by_nobody(
    scene: MakeScene, servers: MailServers, proxy: object
) -> None:
    front = proxy(servers.imap_port, Hide("MOVE"), Refuse("UID COPY", "NO full"))  # type: ignore[operator]
    here = scene(servers, imap_port=front.port)
    here.write(mail("kim@example.com"))
    here.write(mail("junk@example.com"), folder="Junk")
    here.once(DAY, expect=None)
    front.faults = [OtherUidValidity()]
    here.write(mail("lee@example.com"))
    here.once(DAY + timedelta(days=2), expect=None)
    assert [len(here.to(f"{name}@example.com")) for name in ("kim", "lee", "junk")] == [1, 1, 0]
    assert here.journal()["processed"] == 2
    assert len(here.cases()) == 2
    assert "INBOX" not in here.files_in("help")


def test_other_trace_fields_do_not_make_another_message(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    fields = {"message_id": "one@mail.example.net"}
    here.write(mail("kim@example.com", **fields))
    here.once(DAY)
    trace = ["Delivered-To: other@service.example", "Received: from a.example by b.example; Tue, 24 Nov 2026 1:2:3 +0"]
    here.write(mail("kim@example.com", fields=trace, **fields))
    here.once(DAY + timedelta(days=2))
    assert here.journal() == {"processed": 1, "seen_before": 1}
    assert len(here.to("kim@example.com")) == 1


def test_the_same_message_id_over_other_words_is_another_message(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    here.write(mail("kim@example.com", message_id="one@mail.example.net"))
    here.once(DAY)
    here.write(mail("kim@example.com", message_id="one@mail.example.net", text="Something else happened."))
    here.write(mail("evil@example.org", message_id="one@mail.example.net"))
    here.once(DAY + timedelta(days=2))
    assert here.journal() == {"processed": 3}
    assert len(here.to("kim@example.com")) == 2
    assert len(here.to("evil@example.org")) == 1


@pytest.mark.parametrize("lost", [1, 2])
def test_a_letter_whose_answer_was_lost_goes_once_more_byte_for_byte(
    scene: MakeScene, embedded: EmbeddedServers, lost: int
) -> None:
    here = scene(embedded)
    embedded.smtp_script = Rules([Rule(Stage.END, Drop(taken=True), times=lost, about="kim@example.com")])
    here.write(mail("kim@example.com"))
    here.once(DAY, expect=None)
    assert here.house.status()["outbox"]["uncertain"] == 1
    for wait in LATER:
        here.once(DAY + wait, expect=None)
    first, second = (one.data for one in here.outside(extra=lost) if one.rcpt_to == ("kim@example.com",))
    assert first == second
    assert b"\r\nMessage-ID: <" in first
    assert here.house.status()["outbox"]["uncertain"] == lost - 1
    told = any("may not have arrived" in str(line["Subject"]) for line in here.staff("dana"))
    assert told is (lost == 2), "staff are told when the repeat was lost as well"


def test_a_letter_lost_before_its_final_dot_arrives_once(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    embedded.smtp_script = Rules([Rule(Stage.DATA, Drop(), about="kim@example.com")])
    here.write(mail("kim@example.com"))
    for wait in (timedelta(0), *LATER):
        here.once(DAY + wait, expect=None)
    assert len(here.to("kim@example.com")) == 1


def test_a_retried_letter_is_the_same_message(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    embedded.smtp_script = Rules([Rule(Stage.END, Reply("451 4.3.0 later"), about="kim@example.com")])
    here.write(mail("kim@example.com"))
    here.once(DAY, expect=None)
    names = {row["message_id"] for row in here.outbox() if row["role"] != "staff"}
    here.once(DAY + timedelta(hours=2), expect=None)
    assert {str(one["Message-ID"])[1:-1] for one in here.to("kim@example.com")} == names


@pytest.mark.parametrize("command", [("run", "--once"), ("run",)])
def test_a_second_installation_on_one_mailbox_touches_nothing(
    scene: MakeScene, servers: MailServers, command: tuple[str, ...]
) -> None:
    first, second = scene(servers, "first"), scene(servers, "second")
    first.once(DAY)
    first.write(mail("kim@example.com"))
    second.house.at = DAY
    second.house.run(*command, expect=2)
    assert servers.sent == []
    assert second.files_in("help") == {"INBOX": 1}
    assert second.journal() == {}
    first.once(DAY)
    assert len(first.to("kim@example.com")) == 1


@pytest.mark.parametrize("command", [("run", "--once"), ("run",)])
def test_a_second_process_on_one_database_touches_nothing(
    scene: MakeScene, embedded: EmbeddedServers, command: tuple[str, ...]
) -> None:
    here = scene(embedded)
    with here.house.daemon(DAY):
        until(lambda: "Mailbot/Done" in embedded.folders("help"))
        before = here.audit()
        here.house.run(*command, expect=1)
        assert here.audit() == before
        here.write(mail("kim@example.com"))
        embedded.wait_sent(3)
    assert len(here.to("kim@example.com")) == 1


def test_a_child_of_a_killed_daemon_does_not_hold_the_database(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    here.write(mail("kim@example.com"))
    with here.house.daemon(DAY, expect=-signal.SIGKILL) as daemon:
        embedded.wait_sent(3)
        daemon.kill()
    here.write(mail("lee@example.com"))
    here.once(DAY + timedelta(minutes=10), expect=None)
    assert len(here.to("lee@example.com")) == 1


@contextmanager
def _another_daemon(here: Scene, imap_port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A second daemon with the same database, once the first has lost the lease: its lock file is gone."""
    (here.folder / "mailbot.db.lock").unlink()
    config = here.folder / "second.toml"
    config.write_text(here.house.config.read_text().replace(f"port = {here.servers.imap_port}", f"port = {imap_port}"))
    environment = {**here.house.environment(), "MAILBOT_CONFIG": str(config)}
    with Path(here.folder / "second.log").open("wb") as log:
        daemon = subprocess.Popen([*PROGRAM, "run"], env=environment, stderr=log)
        try:
            yield daemon
        finally:
            daemon.terminate()
            assert daemon.wait(30) == 0, (here.folder / "second.log").read_text()[-2000:]


def test_a_daemon_stopped_and_woken_after_another_took_over_writes_nothing_more(
    scene: MakeScene, servers: MailServers
) -> None:
    here = scene(servers)
    with here.house.daemon(DAY, expect=1) as first:
        here.write(mail("kim@example.com"))
        until(lambda: here.files_in("help") == {"Mailbot/Done": 1}, seconds=30)
        stop_at_rest(first, here.folder / "mailbot.db")
        with _another_daemon(here, servers.imap_port):
            here.write(mail("lee@example.com"))
            until(lambda: here.files_in("help") == {"Mailbot/Done": 2}, seconds=30)
            first.send_signal(signal.SIGCONT)
            here.write(mail("max@example.com"))
            assert first.wait(30) == 1
            until(lambda: here.files_in("help") == {"Mailbot/Done": 3}, seconds=30)
            until(lambda: here.house.status()["outbox"]["queued"] == 0)
    assert [len(here.to(f"{name}@example.com")) for name in ("kim", "lee", "max")] == [1, 1, 1]
    assert len(here.staff("dana")) == 3
    assert here.journal() == {"processed": 3}


def test_a_woken_daemon_files_nothing_away_either(scene: MakeScene, embedded: EmbeddedServers, proxy: object) -> None:
    refusing = proxy(embedded.imap_port, Hide("MOVE"), Refuse("UID COPY", "NO full"))  # type: ignore[operator]
    here = scene(embedded)
    with here.house.daemon(DAY, expect=1) as first:
        until(lambda: here.house.status()["ages"]["watch"] is not None)
        stop_at_rest(first, here.folder / "mailbot.db")
        with _another_daemon(here, refusing.port):
            here.write(mail("kim@example.com"))
            embedded.wait_sent(3)
            first.send_signal(signal.SIGCONT)
            assert first.wait(30) == 1
            assert here.files_in("help") == {"INBOX": 1}


def test_the_lease_is_no_file_that_a_crash_leaves_behind(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    with here.house.daemon(DAY, expect=-signal.SIGKILL) as daemon:
        until(lambda: here.house.status()["ages"]["tick"] is not None)
        os.kill(daemon.pid, signal.SIGKILL)
    assert (here.folder / "mailbot.db.lock").exists()
    here.once(DAY + timedelta(minutes=1))
