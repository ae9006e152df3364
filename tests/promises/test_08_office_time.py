"""Promise 8: office time is the office's wall clock; a held letter leaves once, at the opening, never early."""

from __future__ import annotations

from pathlib import Path

from support.facade import MailServers
from support.installation import Installation, office
from support.mails import answer_to, first_mail, parsed, text_of
from support.waiting import until

PERSON = "alex@example.net"


def _answers(servers: MailServers) -> list[str]:
    letters = [raw for raw in servers.mailbox("alex") if "Auto-Submitted" not in parsed(raw)]
    return [text_of(raw).strip() for raw in letters]


def test_a_held_letter_leaves_once_at_the_opening_and_never_early(tmp_path: Path, servers: MailServers) -> None:
    house = Installation(tmp_path, servers)
    servers.append("help", first_mail(PERSON))
    house.once(office("2026-12-14 23:10"))
    notice = until(lambda: [raw for raw in servers.mailbox("dana") if PERSON in text_of(raw)])[-1]
    servers.append("help", answer_to(notice, "You can call us."))
    house.once(office("2026-12-14 23:30"))
    (held,) = [row for row in house.json("outbox") if row["state"] == "held"]
    assert held["release_at"] == "2026-12-15T08:30:00-07:00", "permanent time of British Columbia, not an hour later"
    house.once(office("2026-12-15 08:29:40"))
    assert _answers(servers) == []
    house.once(office("2026-12-15 08:30"))
    until(lambda: _answers(servers))
    house.once(office("2026-12-15 08:40"))
    assert _answers(servers) == ["You can call us."]


def test_check_tests_the_known_fact_of_the_zone(tmp_path: Path, embedded: MailServers) -> None:
    house = Installation(tmp_path, embedded)
    found = {one["name"]: one for one in house.json("check", expect=None)}
    assert found["zone"]["result"] == "ok"
    assert "19:00 UTC" in found["zone"]["found"]
