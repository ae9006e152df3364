"""The mails of `check` are nobody's: a daemon at work knows them again, tells nobody, and files them away."""

from __future__ import annotations

import pytest
from promises.conftest import MakeScene, scene
from promises.evidence import DAY, mail
from support.facade import MailServers
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers

__all__ = ["scene"]


@pytest.mark.live
def test_on_real_servers_a_check_proves_the_host_and_leaves_the_inbox_as_it_was(
    scene: MakeScene, live: MailServers
) -> None:
    _check_beside_a_daemon(scene, live)


def test_beside_a_daemon_a_check_opens_no_case_and_nobody_hears_of_it(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    _check_beside_a_daemon(scene, embedded)


def _check_beside_a_daemon(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    with here.house.daemon(DAY):
        until((here.folder / "mailbot.db.heartbeat").exists, seconds=30)
        found = {one["name"]: one["result"] for one in here.house.json("check", "--wait", "60")}
        assert found["subaddresses"] == found["forged results"] == "ok"
        here.write(mail("kim@example.com"))
        until(lambda: here.journal().get("processed", 0), lambda count: count == 4, seconds=30)
        until(lambda: here.files_in("help"), lambda folders: folders == {"Mailbot/Done": 4}, seconds=30)
    assert here.house.status()["reconciled"]["vanished"] == 0
    assert len(here.cases()) == 1
    assert {one["role"] for one in here.outbox()} == {"requester", "staff"}
    assert len(here.outbox()) == 3
    ends = [row["detail"] for row in here.audit() if row["act"] == "message.ended"]
    assert sum('"self-proof"' in detail for detail in ends) == 3


def test_a_mail_to_ourselves_that_came_late_or_into_the_junk_folder_is_nobodys_either(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded, inbox='junk_folder = "Junk"')
    here.house.run("check", "--wait", "1")
    sent = [one.data for one in embedded.sent]
    assert len(sent) == 3
    for raw, folder in zip(sent, ("INBOX", "Junk", "Junk"), strict=True):
        embedded.append("help", b"Delivered-To: help@service.example\r\n" + raw, folder)
    here.once(DAY)
    assert here.journal() == {"processed": 3}
    assert here.outbox() == []
    assert here.files_in("help") == {"Mailbot/Done": 6}


def test_a_bounce_of_such_a_mail_is_told_to_nobody(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    here.house.run("check", "--wait", "1")
    address = next(one.mail_from for one in embedded.sent)
    assert address != "help@service.example"
    bounce = mail("mailer-daemon@mx.service.example", fields=[f"Delivered-To: {address}"])
    here.write(bounce)
    here.once(DAY)
    assert here.outbox() == []
    assert here.cases() == []


def test_a_secret_that_our_key_does_not_vouch_for_makes_no_mail_ours(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    here.write(mail("kim@example.com", fields=[f"Delivered-To: help+{'a' * 26}@service.example"]))
    here.once(DAY)
    assert len(here.cases()) == 1
