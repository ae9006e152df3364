"""`mailbot import`: old mail becomes closed cases; nobody is answered, nobody is told, nothing happens twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.installation import Installation, office
from support.mails import first_mail

from mailbot.demo.servers import EmbeddedServers

OLD = office("2025-11-03 09:00")
NOW = office("2026-11-24 10:00")


def old(author: str, message_id: str, text: str = "old words", **options: object) -> bytes:
    return first_mail(author, message_id=f"{message_id}@mail.example.net", text=text, **options)  # type: ignore[arg-type]


def naming(*message_ids: str) -> list[str]:
    return [f"References: {' '.join(f'<{one}@mail.example.net>' for one in message_ids)}"]


@pytest.fixture
def house(tmp_path: Path, embedded: EmbeddedServers) -> Installation:
    found = Installation(tmp_path, embedded)
    found.at = NOW
    return found


def journaled(house: Installation, servers: EmbeddedServers, *mails: bytes, folder: str = "INBOX") -> None:
    for number, raw in enumerate(mails):
        servers.append("help", raw, folder, OLD.replace(minute=number))
    house.once()


def test_a_thread_is_one_closed_case_and_another_person_another(house: Installation, embedded: EmbeddedServers) -> None:
    journaled(
        house,
        embedded,
        old("kim@example.org", "a"),
        old("kim@example.org", "b", fields=naming("a", "ours")),
        old("kim@example.org", "c", fields=naming("ours")),
        old("lee@example.org", "d", fields=naming("a")),
        old("kim@example.org", "e"),
    )
    assert house.json("cases") == []
    (done,) = house.json("import")
    assert done == {"messages": 5, "cases": 3, "joined": 0, "set_aside": {}, "unreadable": []}
    cases = house.json("cases")
    assert [case["status"] for case in cases] == ["closed"] * 3
    assert [case["messages"] for case in cases] == [3, 1, 1]
    assert cases[0]["opened_at"].startswith("2025-11-03T16:00")
    assert house.status()["journal"]["imported"] == 5
    house.run("audit", "verify")


def test_nothing_leaves_for_anybody_and_nothing_is_due(house: Installation, embedded: EmbeddedServers) -> None:
    journaled(house, embedded, old("kim@example.org", "a"))
    house.run("import")
    house.once(office("2026-11-27 10:00"))
    assert embedded.sent == []
    (case,) = house.json("cases")
    assert house.json("case", case["reference"])[0]["followups"] == []
    assert house.status()["followups_due"] == 0


def test_importing_again_does_nothing_and_later_mail_joins_its_thread(
    house: Installation, embedded: EmbeddedServers
) -> None:
    journaled(house, embedded, old("kim@example.org", "a"))
    house.run("import")
    (again,) = house.json("import")
    assert (again["messages"], again["cases"]) == (0, 0)
    journaled(house, embedded, old("kim@example.org", "b", fields=naming("a")))
    (later,) = house.json("import")
    assert (later["messages"], later["cases"], later["joined"]) == (1, 0, 1)
    assert [case["messages"] for case in house.json("cases")] == [2]


def test_what_failed_its_domains_proof_joins_nobodys_thread(house: Installation, embedded: EmbeddedServers) -> None:
    failed = ["Authentication-Results: mx.service.example; dmarc=fail (p=reject) header.from=example.org"]
    journaled(house, embedded, old("kim@example.org", "a"), old("kim@example.org", "b", fields=[*failed, *naming("a")]))
    (done,) = house.json("import")
    assert done["cases"] == 2


def test_junk_machines_members_and_copies_become_no_case(house: Installation, embedded: EmbeddedServers) -> None:
    journaled(
        house,
        embedded,
        old("bot@example.org", "m", fields=["Auto-Submitted: auto-replied"]),
        old("dana@service.example", "s"),
        old("a@example.org>, <b@example.org", "n"),
        old("kim@example.org", "k"),
        old("kim@example.org", "k", fields=["Received: by mx.example; Mon, 3 Nov 2025 09:00:00 -0700"]),
    )
    journaled(house, embedded, old("spam@example.org", "j"), folder="Junk")
    (done,) = house.json("import")
    assert done["set_aside"] == {"a copy": 1, "junk": 1, "machine": 1, "nobody": 1, "staff": 1}
    assert (done["messages"], done["cases"]) == (1, 1)
    assert house.status()["journal"]["imported"] == 6
    assert house.json("import")[0]["set_aside"] == {}


def test_a_stop_of_long_ago_still_silences_where_its_domain_proved_it(
    house: Installation, embedded: EmbeddedServers
) -> None:
    proved = ["Authentication-Results: mx.service.example; dmarc=pass header.from=example.org"]
    journaled(house, embedded, old("kim@example.org", "a", "STOP", fields=proved))
    house.run("import")
    embedded.append("help", old("kim@example.org", "new", fields=proved))
    house.once()
    assert [one for one in embedded.sent if one.rcpt_to == ("kim@example.org",)] == []


def test_it_works_beside_a_daemon(house: Installation, embedded: EmbeddedServers) -> None:
    journaled(house, embedded, old("kim@example.org", "a"))
    with house.daemon():
        assert house.json("import")[0]["cases"] == 1
        embedded.append("help", old("lee@example.org", "new"))
        embedded.wait_sent(3)
    assert sorted(case["status"] for case in house.json("cases")) == ["closed", "open"]
