"""What an erasure finds beside the case: by the case's own secrets, or by the person's address in any usual form."""

from __future__ import annotations

import base64
import quopri

import pytest

from mailbot.casework.traces import Marks, find
from mailbot.model import JournalState, new_secret

ADDRESS, SECRET = "kim.canary@example.com", new_secret()
MARKS = Marks((ADDRESS,), lambda text: text == SECRET)
LONG = "x" * 60

NAMED = {
    "as it is": f"Original-Recipient: rfc822;{ADDRESS}",
    "in another letter case": ADDRESS.upper(),
    "broken by a soft line break": quopri.encodestring(f"{LONG} {ADDRESS} {LONG}\n".encode()).decode(),
    "in base64": base64.encodebytes(f"{LONG} {ADDRESS} {LONG}".encode()).decode(),
    "in base64 with CRLF": base64.encodebytes(f"{LONG} {ADDRESS} {LONG}".encode()).decode().replace("\n", "\r\n"),
}
CARRIED = {
    "a reply address": f"To: help+{SECRET}@service.example",
    "in capitals": f"To: help+{SECRET.upper()}@service.example",
    "a Message-ID": f"In-Reply-To: <{SECRET}@service.example>",
}
NEITHER = {
    "another secret": f"To: help+{new_secret()}@service.example",
    "letters that only contain it": f"a{SECRET}b",
    "another address": "lee@example.com",
    "nothing": "",
}


def found(raw: str, state: JournalState = JournalState.PROCESSED, *, quarantined: bool = False) -> tuple[bool, bool]:
    """(goes, waits for a person)"""
    traces = find(MARKS, [("m", state)], [], lambda _: raw.encode(), lambda _: b"", quarantined=quarantined)
    return bool(traces.messages), bool(traces.undecided)


@pytest.mark.parametrize("form", NAMED)
def test_the_address_is_found(form: str) -> None:
    assert found(NAMED[form]) == (True, False)


@pytest.mark.parametrize("form", CARRIED)
def test_a_secret_is_found_even_in_quarantine(form: str) -> None:
    assert found(CARRIED[form]) == (True, False)
    assert found(CARRIED[form], JournalState.QUARANTINED) == (True, False)


@pytest.mark.parametrize("form", NEITHER)
def test_anything_else_stays(form: str) -> None:
    assert found(NEITHER[form]) == (False, False)


def test_what_only_names_the_address_in_quarantine_waits_for_a_person() -> None:
    assert found(ADDRESS, JournalState.QUARANTINED) == (False, True)
    assert found(ADDRESS, JournalState.QUARANTINED, quarantined=True) == (True, False)


def test_mail_to_staff_that_speaks_of_the_person_is_found_too() -> None:
    letters = {"speaks": ADDRESS.encode(), "silent": b"nothing"}
    assert find(MARKS, [], letters, lambda _: b"", letters.__getitem__, quarantined=False).letters == ("speaks",)


def test_without_an_address_nothing_is_named() -> None:
    assert not Marks((), lambda _: False).named_in(b"anything")
