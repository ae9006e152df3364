"""Promises 1 and 3 over the loss of a machine: a restored mailbot sends nothing until a person lets it go, nothing that
had left leaves again, and nothing that came since the backup is lost.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from promises.conftest import MakeScene
from promises.evidence import DAY, EVENING, Scene, letters, mail, plain, reply_address
from support.facade import MailServers
from support.installation import office
from support.mails import answer_to, parsed
from support.waiting import until

from mailbot.demo.faults import Refuse
from mailbot.demo.misbehaviour import Reply, Rule, Rules, Stage
from mailbot.demo.servers import EmbeddedServers

LATER = DAY + timedelta(hours=1)
HELD_BACK = "restored: nothing leaves until `mailbot run --release`"


def back_up(here: Scene, name: str = "copy.backup") -> Path:
    here.house.run("backup", name if name.startswith("/") else str(here.folder / name))
    return here.folder / name


def lose_and_restore(here: Scene, backup: Path, at: datetime | None = None) -> None:
    """The machine's database is gone; the key was kept elsewhere."""
    for file in here.folder.glob("mailbot.db*"):
        file.unlink()
    here.house.at = at or here.house.at
    here.house.run("restore", str(backup))


def everything_sent(here: Scene) -> list[bytes]:
    return [one.data for one in here.servers.sent]


def test_a_restored_installation_sends_nothing_and_says_so_until_a_person_lets_it_go(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    here.write(mail("kim@example.com"))
    here.once(DAY)
    backup = back_up(here)
    lose_and_restore(here, backup)
    before = everything_sent(here)
    here.write(mail("lee@example.com"))
    here.once(LATER)
    with here.house.daemon():
        here.write(mail("pat@example.com"))
        until(lambda: here.journal().get("processed") == 3, seconds=60)
    assert everything_sent(here) == before
    status = here.house.status(expect=1)
    assert [problem for problem in status["problems"] if problem.startswith(HELD_BACK)]
    assert len(here.cases()) == 3, "mail is read and threaded meanwhile"

    here.house.at = LATER + timedelta(minutes=10)
    listed = here.house.json("run", "--release")
    assert {one["fate"] for one in listed} == {"leaves"}
    assert len(here.to("lee@example.com")) == 1
    assert len(here.to("kim@example.com")) == 1
    assert here.house.status(expect=0)["problems"] == []
    assert "restored from a backup" in letters(here.staff("dana"))


def test_mail_that_came_between_backup_and_loss_is_taken_in_again_and_answered_by_nobody(
    scene: MakeScene, servers: MailServers
) -> None:
    here = scene(servers)
    here.write(mail("kim@example.com"))
    here.once(DAY)
    backup = back_up(here)
    here.write(mail("lee@example.com", text="Please read this."))
    here.once(DAY + timedelta(minutes=5))
    assert len(here.to("lee@example.com")) == 1
    lose_and_restore(here, backup, LATER)
    here.once(LATER)
    assert here.journal() == {"processed": 2}
    here.house.run("run", "--release")
    here.once(LATER + timedelta(days=2))
    assert [len(here.to(f"{name}@example.com", extra=1)) for name in ("kim", "lee")] == [1, 1]
    assert len(here.cases()) == 2
    told = [one for one in here.staff("dana") if "Please read this." in plain(one)]
    assert len(told) == 2
    assert "read this again: it may have been answered already" in plain(told[1])
    assert "none: it may have had one before the restore" in plain(told[1])
    here.write(mail("lee@example.com", text="And again."))
    here.once(LATER + timedelta(minutes=1))
    assert len(here.to("lee@example.com", extra=1)) == 1, "the letter of that day counts, though nobody saw it leave"


def test_what_the_lost_machine_had_taken_out_of_the_inbox_can_be_answered_by_staff(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded, more="[limits]\nautomatic_per_hour = 1000\n")
    here.once(DAY)
    backup = back_up(here)
    here.write(mail("lee@example.com", text="Please read this."))
    here.once(DAY)
    lose_and_restore(here, backup, LATER)
    here.house.run("run", "--release")
    notice = [raw for raw in embedded.mailbox("dana") if b"Please read this." in raw][-1]
    here.write(answer_to(notice, "We read it, and help."))
    here.once(LATER + timedelta(minutes=1))
    here.once(LATER + timedelta(minutes=20))
    assert "We read it, and help." in letters(here.to("lee@example.com"))
    assert reply_address(parsed(notice)) != ""


def test_what_waited_in_the_backup_and_left_since_waits_for_a_person(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    embedded.smtp_script = Rules([Rule(Stage.CONNECT, Reply("421 later"))])
    here.write(mail("kim@example.com"))
    here.once(DAY, expect=1)
    backup = back_up(here)
    embedded.smtp_script = Rules([])
    here.once(DAY + timedelta(minutes=10))
    assert len(here.to("kim@example.com")) == 1
    before = Counter(everything_sent(here))
    lose_and_restore(here, backup, LATER)
    listed = here.house.json("run", "--release")
    assert {one["fate"] for one in listed if one["letter"] == "ack-day"} == {"waits"}
    here.once(LATER + timedelta(days=1))
    after = Counter(everything_sent(here))
    assert not [data for data in before if after[data] > before[data]]
    assert len(here.to("kim@example.com")) == 1
    assert here.house.status()["outbox"]["uncertain"] >= 1
    (case,) = here.cases()
    assert case["reference"] in letters([one for one in here.staff("dana") if "restored" in plain(one)])


def held_answer(here: Scene, embedded: EmbeddedServers) -> None:
    here.write(mail("kim@example.com"))
    here.once(EVENING)
    (notice,) = [raw for raw in embedded.mailbox("dana") if b"kim@example.com" in raw]
    here.write(answer_to(notice, "We help tomorrow."))
    here.once(EVENING + timedelta(minutes=5))


def test_an_answer_whose_time_has_not_come_leaves_at_its_time_after_the_release(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    held_answer(here, embedded)
    lose_and_restore(here, back_up(here), EVENING + timedelta(hours=1))
    here.house.run("run", "--release")
    assert len(here.to("kim@example.com")) == 1
    here.once(office("2026-11-25 08:31"))
    assert "We help tomorrow." in letters(here.to("kim@example.com"))


def test_an_answer_whose_time_has_come_since_waits_and_its_author_can_send_it(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    held_answer(here, embedded)
    backup = back_up(here)
    lose_and_restore(here, backup, office("2026-11-25 10:00"))
    here.house.run("run", "--release")
    here.once(office("2026-11-25 10:05"))
    assert "We help tomorrow." not in letters(here.to("kim@example.com"))
    (held,) = [row for row in here.outbox() if row["state"] == "held"]
    mails = embedded.mailbox("dana")
    question = [raw for raw in mails if "it may have left before the restore" in plain(parsed(raw))][-1]
    here.write(answer_to(question, f"#send now {held['id']}"))
    here.once(office("2026-11-25 10:10"))
    assert "We help tomorrow." in letters(here.to("kim@example.com"))


def test_an_answer_written_after_the_backup_is_read_again_and_not_sent_again(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    here.write(mail("kim@example.com"))
    here.once(DAY)
    backup = back_up(here)
    (notice,) = [raw for raw in embedded.mailbox("dana") if b"kim@example.com" in raw]
    here.write(answer_to(notice, "We help you."))
    here.once(DAY + timedelta(minutes=5))
    here.once(DAY + timedelta(minutes=15))
    assert "We help you." in letters(here.to("kim@example.com"))
    lose_and_restore(here, backup, LATER)
    here.house.run("run", "--release")
    here.once(LATER + timedelta(minutes=30))
    assert letters(here.to("kim@example.com")).count("We help you.") == 1
    assert [row["letter"] for row in here.outbox() if row["state"] == "held"] == ["answer"]


def test_a_reply_to_a_letter_in_doubt_proves_that_it_had_left(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    embedded.smtp_script = Rules([Rule(Stage.CONNECT, Reply("421 later"))])
    here.write(mail("kim@example.com"))
    here.once(DAY, expect=1)
    backup = back_up(here)
    embedded.smtp_script = Rules([])
    here.once(DAY + timedelta(minutes=10))
    (letter,) = here.to("kim@example.com")
    here.write(mail("kim@example.com", to=reply_address(letter), fields=[f"In-Reply-To: {letter['Message-ID']}"]))
    lose_and_restore(here, backup, LATER)
    listed = here.house.json("run", "--release")
    assert {one["fate"] for one in listed if one["letter"] == "ack-day"} == {"left"}
    assert here.house.status()["cases"]["open"] == 1, "the reply joined by the token of the backup"


def test_a_copy_put_in_place_by_hand_is_held_back_too(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    held_answer(here, embedded)
    backup = back_up(here)
    for file in here.folder.glob("mailbot.db*"):
        file.unlink()
    backup.rename(here.folder / "mailbot.db")
    before = everything_sent(here)
    here.once(office("2026-11-25 10:00"))
    assert everything_sent(here) == before
    assert any(problem.startswith("restored") for problem in here.house.status(expect=1)["problems"])


@pytest.mark.parametrize("mode", ["once", "daemon"])
def test_an_older_copy_of_the_database_file_is_held_back_though_nothing_marks_it(
    scene: MakeScene, embedded: EmbeddedServers, mode: str
) -> None:
    here = scene(embedded)
    held_answer(here, embedded)
    database = here.folder / "mailbot.db"
    copy = database.read_bytes()
    if mode == "daemon":
        here.house.at = office("2026-11-25 08:31")
        with here.house.daemon():
            until(lambda: "We help tomorrow." in letters(here.to("kim@example.com")), seconds=60)
    else:
        here.once(office("2026-11-25 08:31"))
    assert letters(here.to("kim@example.com")).count("We help tomorrow.") == 1
    for path in here.folder.glob("mailbot.db-*"):
        path.unlink()
    database.write_bytes(copy)
    here.once(office("2026-11-25 10:00"))
    here.house.run("run", "--release")
    here.once(office("2026-11-25 11:00"))
    assert letters(here.to("kim@example.com")).count("We help tomorrow.") == 1
    assert [row["state"] for row in here.outbox() if row["letter"] == "answer"] == ["held"]


def test_a_release_before_the_mailbox_could_be_read_lets_nothing_go(
    scene: MakeScene, embedded: EmbeddedServers, proxy: object
) -> None:
    front = proxy(embedded.imap_port)  # type: ignore[operator]
    here = scene(embedded, imap_port=front.port)
    here.write(mail("kim@example.com"))
    here.once(DAY)
    lose_and_restore(here, back_up(here), LATER)
    front.faults = [Refuse("SELECT", "NO not now")]
    here.house.run("run", "--release", expect=1)
    assert any(problem.startswith("restored") for problem in here.house.status(expect=1)["problems"])


def test_a_release_beside_a_daemon_at_work_lets_it_send(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded, inbox="poll_seconds = 5")
    here.once(DAY)
    lose_and_restore(here, back_up(here), LATER)
    here.write(mail("lee@example.com"))
    with here.house.daemon():
        until(lambda: here.journal().get("processed") == 1, seconds=60)
        here.house.run("run", "--release")
        until(lambda: [one for one in embedded.sent if one.rcpt_to == ("lee@example.com",)], seconds=60)


@pytest.mark.parametrize("flag", [["--dry-run", "--release"], ["--yes"]])
def test_flags_that_do_not_fit_are_refused(scene: MakeScene, embedded: EmbeddedServers, flag: list[str]) -> None:
    scene(embedded).house.run("run", *flag, expect=2)


def test_a_database_that_was_not_restored_holds_nothing_back(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    assert "Nothing is held back" in here.house.run("run", "--release")


def test_the_backup_itself_is_left_as_it_is(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    here.write(mail("kim@example.com"))
    here.once(DAY)
    backup = back_up(here)
    before = backup.read_bytes()
    lose_and_restore(here, backup)
    here.house.run("run", "--release")
    assert backup.read_bytes() == before
    with closing(sqlite3.connect(here.folder / "mailbot.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
