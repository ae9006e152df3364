"""Promise 7: staff mail acts only if it is proved, carries a token of that person, is human and clear; and once."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.facade import MailServers
from support.installation import Installation, office
from support.mails import answer_to, first_mail, parsed, text_of
from support.waiting import until

DAY = office("2026-11-25 10:00")
PERSON = "alex@example.net"
FORGED = "Authentication-Results: mx.service.example; dmarc=fail header.from=service.example"


def _begun(folder: Path, servers: MailServers) -> tuple[Installation, bytes]:
    """Alex wrote, and Dana has the notice."""
    house = Installation(folder, servers, grace_minutes=0)
    servers.append("help", first_mail(PERSON))
    house.once(DAY)
    notice = until(lambda: [raw for raw in servers.mailbox("dana") if PERSON in text_of(raw)])[-1]
    until(lambda: servers.mailbox("alex"))
    return house, notice


def _answers(servers: MailServers) -> list[str]:
    letters = [raw for raw in servers.mailbox("alex") if "Auto-Submitted" not in parsed(raw)]
    return [text_of(raw).strip() for raw in letters]


def test_a_proved_answer_reaches_the_person_and_acts_once(tmp_path: Path, servers: MailServers) -> None:
    house, notice = _begun(tmp_path, servers)
    answer = answer_to(notice, "You can call us.")
    servers.append("help", answer)
    house.once()
    until(lambda: _answers(servers))
    servers.append("help", answer)
    house.once()
    assert _answers(servers) == ["You can call us."]
    assert any("The exact words" in text_of(raw) for raw in servers.mailbox("dana"))


@pytest.mark.parametrize("lacks", ["the border's result", "the token", "the person"])
def test_what_lacks_one_proof_reaches_nobody_and_is_explained_once(
    tmp_path: Path, embedded: MailServers, lacks: str
) -> None:
    house, notice = _begun(tmp_path, embedded)
    mail = answer_to(notice, "You can call us.")
    if lacks == "the border's result":
        mail = answer_to(notice, "You can call us.", fields=(FORGED,))
    elif lacks == "the token":
        asked = parsed(notice)
        mail = mail.replace(f"To: {asked['Reply-To']}".encode(), b"To: help@service.example")
        mail = mail.replace(b"In-Reply-To", b"References")
    else:
        mail = answer_to(notice, "You can call us.", author="Robin <robin@service.example>")
    for number in range(2):
        embedded.append("help", mail.replace(b"@staff.example>", b"%d@staff.example>" % number))
    house.once(expect=None)
    assert _answers(embedded) == []
    member = "robin" if lacks == "the person" else "dana"
    explained = [raw for raw in embedded.mailbox(member) if "Nothing was done" in text_of(raw)]
    assert len(explained) == 1
    assert "You can call us" not in text_of(explained[0])
