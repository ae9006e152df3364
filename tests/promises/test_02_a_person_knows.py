"""Promise 2: within 15 minutes of anything unreadable, undeliverable or stuck, a line is in a staff mailbox or `status`
exits 1; every message is in exactly one state, and the sums agree with what the folders showed.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from promises import hand
from promises.conftest import MakeScene
from promises.evidence import DAY, LIMITS, letters, mail
from support.facade import MailServers
from support.processes import free_port
from support.waiting import until

from mailbot.demo.faults import Hide, Refuse
from mailbot.demo.misbehaviour import Reply, Rule, Rules, Stage
from mailbot.demo.servers import EmbeddedServers

TWO_AUTHORS = mail("kim@example.com", fields=["From: lee@example.com"])


def test_all_is_well_where_nothing_went_wrong(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    here.write(mail("kim@example.com"))
    here.once(DAY)
    found = here.house.status(expect=0)
    assert found["ok"] is True
    assert found["problems"] == []
    assert found["reconciled"]["on_server"] == found["reconciled"]["in_journal"]
    assert [len(here.staff(name)) for name in ("dana", "robin", "sam")] == [1, 1, 0]
    assert here.cases()[0]["reference"] in str(here.staff("dana")[0]["Subject"])


def test_a_message_without_one_author_is_told_to_staff_and_named_by_every_pass(
    scene: MakeScene, servers: MailServers
) -> None:
    here = scene(servers)
    here.write(TWO_AUTHORS)
    here.once(DAY, expect=1)
    here.once(expect=1)
    (row,) = here.house.json("quarantine")
    for member in ("dana", "robin"):
        (line,) = here.staff(member)
        assert row["id"] in letters([line])
    assert here.outside() == []
    assert here.files_in("help") == {"Mailbot/Quarantine": 1}


def test_junk_is_told_to_staff_as_a_line_without_its_words(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    here.write(mail("kim@example.com", text="canary in the junk"), folder="Junk")
    here.once(DAY, expect=1)
    (line,) = here.staff("dana")
    assert "junk" in letters([line])
    assert "canary" not in line.as_string()
    assert "kim" not in line.as_string()
    assert here.files_in("help") == {"Junk": 1}


@pytest.mark.parametrize(("option", "loop"), [("imap_port", "watch"), ("smtp_port", "deliver")])
def test_a_server_out_of_reach_is_a_named_problem_until_it_is_back(
    scene: MakeScene, embedded: EmbeddedServers, option: str, loop: str
) -> None:
    here = scene(embedded, **{option: free_port()})
    here.write(mail("kim@example.com"))
    here.once(DAY, expect=1)
    found = here.house.status(expect=1)
    assert any(loop in problem for problem in found["problems"]), found["problems"]
    config = here.house.config.read_text()
    here.house.config.write_text(
        config.replace(f"port = {here.options[option]}", f"port = {getattr(embedded, option)}")
    )
    here.once(DAY + timedelta(minutes=10))
    assert here.house.status(expect=0)["problems"] == []
    assert len(here.to("kim@example.com")) == 1


def test_status_needs_neither_imap_nor_smtp(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded, imap_port=free_port(), smtp_port=free_port())
    assert here.house.status()["journal"]["waiting"] == 0
    here.once(DAY, expect=1)
    problems = " ".join(here.house.status(expect=1)["problems"])
    assert "watch" in problems


def test_the_running_daemon_names_a_server_that_went_away(
    scene: MakeScene, embedded: EmbeddedServers, proxy: object
) -> None:
    front = proxy(embedded.imap_port)  # type: ignore[operator]
    here = scene(embedded, imap_port=front.port)
    with here.house.daemon(DAY):
        embedded.append("help", mail("kim@example.com"))
        embedded.wait_sent(3)
        front.upstream = free_port()
        front.cut()
        found = until(here.house.status, lambda one: one["problems"], seconds=20)
        assert "watch" in " ".join(found["problems"])
        front.upstream = embedded.imap_port
        until(here.house.status, lambda one: not one["problems"], seconds=30)


def test_a_letter_refused_for_good_is_told_in_its_case_and_by_every_pass(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    embedded.smtp_script = Rules([Rule(Stage.RCPT, Reply("550 5.1.1 no such user"), about="kim@example.com")])
    here.write(mail("kim@example.com"))
    here.once(DAY, expect=1)
    told = [str(line["Subject"]) for line in here.staff("dana")]
    reference = here.cases()[0]["reference"]
    assert f"[{reference}] A letter was not sent" in told
    assert "5.1.1" in letters(here.staff("dana"))
    assert here.house.status()["outbox"]["failed"] == 1


def test_a_letter_that_waits_for_four_hours_is_told_once(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    later = Rule(Stage.RCPT, Reply("451 4.2.0 later"), times=1000, about="kim@example.com")
    embedded.smtp_script = Rules([later])
    here.write(mail("kim@example.com"))
    here.once(DAY, expect=None)
    assert len(here.staff("dana")) == 1
    here.once(DAY + timedelta(hours=4, minutes=10), expect=None)
    here.once(DAY + timedelta(hours=4, minutes=20), expect=None)
    told = [str(line["Subject"]).partition("] ")[2] for line in here.staff("dana")]
    # Nobody took the case either: that came due meanwhile.
    assert [subject for subject in told if subject != "Something is due"] == ["New message to read", "A letter is late"]


def test_a_submission_server_that_refuses_us_altogether_marks_nothing_failed(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    embedded.smtp_script = Rules([Rule(Stage.MAIL, Reply("550 5.7.1 you are blocked"), times=1)])
    here.write(mail("kim@example.com"))
    here.once(DAY, expect=1)
    found = here.house.status(expect=1)
    assert "deliver" in " ".join(found["problems"])
    assert found["outbox"]["failed"] == 0
    here.once(DAY + timedelta(minutes=10))
    assert len(here.to("kim@example.com")) == 1


def test_mail_that_waits_to_leave_for_over_15_minutes_is_a_problem(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded, smtp_port=free_port())
    here.write(mail("kim@example.com"))
    here.once(DAY, expect=1)
    here.house.at = DAY + timedelta(minutes=16)
    assert "could not be sent" in " ".join(here.house.status(expect=1)["problems"])


def test_a_done_folder_that_takes_nothing_is_a_problem_and_stops_nothing(
    scene: MakeScene, embedded: EmbeddedServers, proxy: object
) -> None:
    faults = [Hide("MOVE"), Refuse("UID COPY", "NO [OVERQUOTA] full")]
    front = proxy(embedded.imap_port, *faults)  # type: ignore[operator]
    here = scene(embedded, imap_port=front.port)
    here.write(mail("kim@example.com"))
    here.once(DAY, expect=None)
    assert "file" in " ".join(here.house.status(expect=1)["problems"])
    assert len(here.to("kim@example.com")) == 1
    front.faults = []
    here.once(DAY)
    assert here.house.status(expect=0)["problems"] == []
    assert here.files_in("help") == {"Mailbot/Done": 1}


def test_every_message_is_in_exactly_one_state_and_the_sums_agree(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers, more=LIMITS + "message_bytes = 100000\n")
    person = mail("kim@example.com")
    here.write(
        person,
        person,
        mail("lee@example.com", text="y" * 900 + ("\r\n" + "z" * 900) * 200),
        TWO_AUTHORS,
        mail("dana@service.example"),
        mail("list@example.org", fields=["List-Id: <list.example.org>"]),
    )
    here.write(mail("max@example.com"), folder="Junk")
    servers.append("help", mail("old@example.com"), received_at=DAY.replace(year=2025))
    here.once(DAY, expect=1)
    assert here.journal() == {"processed": 2, "quarantined": 4, "seen_before": 1, "imported": 1}
    here.once(DAY, expect=1)
    assert here.journal() == {"processed": 2, "quarantined": 4, "seen_before": 1, "imported": 1}
    reconciled = here.house.status()["reconciled"]
    assert reconciled["vanished"] == 0
    assert reconciled["on_server"] == reconciled["in_journal"] == 2, "what was imported, and junk"
    assert here.files_in("help") == {"INBOX": 1, "Junk": 1, "Mailbot/Done": 3, "Mailbot/Quarantine": 3}
    assert sorted(one.rcpt_to[0] for one in here.outside()) == ["kim@example.com", "lee@example.com"]


def test_a_renumbered_folder_is_told_to_a_person_and_does_not_stay_a_problem(
    scene: MakeScene, servers: MailServers
) -> None:
    here = scene(servers)
    here.write(mail("kim@example.com"), folder="Junk")
    here.once(DAY, expect=1)
    hand.remove_folder(servers, "Junk")
    here.write(mail("kim@example.com"), folder="Junk")
    here.once(DAY, expect=1)
    assert "renumbered" in letters(here.staff("dana")) + " ".join(here.house.status()["problems"])
    here.once(DAY + timedelta(hours=1), expect=1)
    assert here.house.status(expect=0)["problems"] == []
