"""Promise 15: each change of a case, a contact or an outbox row writes an audit row in the same transaction, chained by
hash.
"""

from __future__ import annotations

import json
import signal
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from promises.conftest import MakeScene
from promises.evidence import DAY, EVENING, Scene, mail, reply_address
from support.facade import MailServers

from mailbot.demo.misbehaviour import Drop, Reply, Rule, Rules, Stage
from mailbot.demo.servers import EmbeddedServers

KIM = "kim@example.com"
EDITS = {
    "a word changed": "UPDATE audit SET who = 'nobody' WHERE seq = 3",
    "an act changed": "UPDATE audit SET act = 'case.closed' WHERE seq = 1",
    "a subject changed": "UPDATE audit SET subject = 'aaaaaaaaaaaaaaaa' WHERE seq = (SELECT max(seq) FROM audit)",
    "a detail changed": "UPDATE audit SET detail = '{}' WHERE seq = 2",
    "an instant changed": "UPDATE audit SET at = (SELECT max(at) FROM audit) WHERE seq = 1",
    "a cause changed": "UPDATE audit SET cause = NULL WHERE seq = 2",
    "a hash changed": "UPDATE audit SET hash = zeroblob(32) WHERE seq = 4",
    "the first row gone": "DELETE FROM audit WHERE seq = 1",
    "a row gone from the middle": "DELETE FROM audit WHERE seq = 3",
    "a row gone and the rest moved up": "DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = seq - 1 WHERE seq > 3",
    "a row put in": "INSERT INTO audit SELECT max(seq) + 1, at, who, act, subject, cause, detail, hash FROM audit",
    "two rows exchanged": "UPDATE audit SET seq = -1 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; "
    "UPDATE audit SET seq = 3 WHERE seq = -1",
}


def moves(here: Scene) -> dict[str, list[str]]:
    """Of each outbox row the states that the audit tells of, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in here.audit():
        if row["act"] == "outbox.queued":
            found[row["subject"]].append("queued")
        elif row["act"].startswith("outbox."):
            found[row["subject"]].append(json.loads(row["detail"])["to"])
    return found


def check(here: Scene) -> None:
    """The audit tells of every outbox row, up to the state it is in, and of every case; and the chain holds."""
    told = moves(here)
    for row in here.outbox():
        assert told[row["id"]][0] in ("queued", "held")
        assert told[row["id"]][-1] == row["state"], row
    with here.database() as database:
        cases = [row["id"] for row in database.execute('SELECT id FROM "case"')]
        ended = [row["id"] for row in database.execute("SELECT id FROM journal WHERE ended_at IS NOT NULL")]
    subjects = {row["subject"] for row in here.audit()}
    assert [case for case in cases if case not in subjects] == []
    assert [message for message in ended if message not in subjects] == []
    assert all(row["who"] and row["act"] and row["at"] for row in here.audit())
    here.house.run("audit", "verify")


def test_each_message_case_and_letter_is_told_of(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    here.write(mail(KIM), mail("lee@example.com", fields=["From: max@example.com"]))
    here.once(DAY, expect=1)
    here.write(mail(KIM, to=reply_address(here.to(KIM)[0])))
    here.once(EVENING, expect=1)
    check(here)
    assert all(states == ["queued", "sending", "sent"] for states in moves(here).values())
    message, *_ = [row for row in here.audit() if row["act"] == "outbox.queued"]
    assert message["cause"] in {row["subject"] for row in here.audit() if row["act"] == "message.ended"}


def test_every_fate_of_a_letter_is_told_of(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    people = {
        "fail@example.com": Rule(Stage.RCPT, Reply("550 5.1.1 unknown"), about="fail@example.com"),
        "retry@example.com": Rule(Stage.RCPT, Reply("451 4.2.0 later"), about="retry@example.com"),
        "lost@example.com": Rule(Stage.END, Drop(taken=True), about="lost@example.com"),
    }
    embedded.smtp_script = Rules(list(people.values()))
    here.write(*(mail(person) for person in people))
    here.once(DAY, expect=1)
    here.once(DAY + timedelta(hours=1), expect=1)
    check(here)
    fates = {tuple(states) for states in moves(here).values()}
    assert fates == {
        ("queued", "sending", "sent"),
        ("queued", "sending", "failed"),
        ("queued", "sending", "retry", "sending", "sent"),
        ("queued", "sending", "uncertain", "sending", "sent"),
    }


def test_stop_and_an_operators_acts_are_told_of(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    here.write(mail(KIM))
    here.once(DAY)
    here.write(mail(KIM, to=reply_address(here.to(KIM)[0]), text="STOP"))
    here.write(mail("lee@example.com", fields=["From: max@example.com"]))
    here.once(DAY + timedelta(minutes=1), expect=1)
    acts = [row["act"] for row in here.audit()]
    assert any(act.startswith("contact.") for act in acts)
    assert any(act.startswith("case.") and "contact" in act for act in acts), acts
    (row,) = here.house.json("quarantine")
    seen: list[dict[str, Any]] = []
    case = here.cases()[0]["reference"]
    for command in (("quarantine", "show", row["id"]), ("quarantine", "retry", row["id"]), ("case", case, "--text")):
        here.house.run(*command)
        seen.append(here.audit()[-1])
    assert [one["who"] for one in seen] == ["operator"] * 3
    assert len({one["act"] for one in seen}) == 3
    check(here)


def test_an_act_and_its_name_survive_a_kill_together(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    for number in range(2):
        here.write(*(mail(f"person{number}{each}@example.com") for each in range(10)))
        with here.house.daemon(DAY, expect=-signal.SIGKILL) as daemon:
            embedded.wait_sent(len(embedded.sent) + 3)
            daemon.kill()
        check(here)


@pytest.fixture
def told(scene: MakeScene, embedded: EmbeddedServers) -> Scene:
    here = scene(embedded)
    here.write(mail(KIM))
    here.once(DAY)
    return here


def test_verify_finds_every_kind_of_forgery(told: Scene) -> None:
    before = (told.folder / "mailbot.db").read_bytes()
    assert told.house.json("audit", "verify")[0]["broken_at"] is None
    for name, edit in EDITS.items():
        with told.database() as database:
            database.executescript(edit)
        assert told.house.json("audit", "verify", expect=1)[0]["broken_at"] is not None, name
        (told.folder / "mailbot.db").write_bytes(before)
        for left in told.folder.glob("mailbot.db-*"):
            left.unlink()


def test_the_head_shows_what_was_cut_from_the_end(told: Scene) -> None:
    (found,) = told.house.json("audit", "verify")
    with told.database() as database:
        database.execute("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
    (cut,) = told.house.json("audit", "verify", expect=None)
    assert cut["head"] != found["head"]
    assert cut["rows"] == found["rows"] - 1
