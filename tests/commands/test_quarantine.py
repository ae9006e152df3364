"""`#release` and `#discard`: quarantine and junk by mail (RULES 10)."""

from __future__ import annotations

import pytest
from commands.desk import Desk
from loops.house import a_reading, handle

from mailbot.casework.acting import who
from mailbot.commands import CommandError
from mailbot.model import Place
from storage import journal


@pytest.mark.parametrize(("word", "state", "reason"), [
    ("release", "waiting", "released"), ("discard", "processed", "discarded"),
])  # fmt: skip
def test_a_message_in_junk_is_released_or_discarded_by_the_member(
    desk: Desk, word: str, state: str, reason: str
) -> None:
    inbound = handle(desk.house, "junk", a_reading("alex@example.net"), place=Place.JUNK)
    desk.say(f"#{word} {inbound.id.upper()}", None)
    with desk.house.database.view() as view:
        row = journal.find(view, inbound.id)
        assert row is not None
        assert (row.state, row.reason) == (state, reason)
        assert desk.acts()[0][0] == who(view, desk.dana)


@pytest.mark.parametrize("word", ["release", "discard"])
def test_a_message_that_is_not_in_quarantine_is_refused_like_one_that_does_not_exist(desk: Desk, word: str) -> None:
    processed = handle(desk.house, "requester", a_reading("alex@example.net"))
    reasons = set()
    for message_id in (processed.id, "a2abcdefghijklmn"):
        with pytest.raises(CommandError) as refused:
            desk.say(f"#{word} {message_id}", None)
        reasons.add(refused.value.reason)
    assert len(reasons) == 1


@pytest.mark.parametrize("word", ["release", "discard"])
@pytest.mark.parametrize("typed", ["", "12", "all", "a2abcdefghijklmn b2abcdefghijklmn"])
def test_an_id_is_needed(desk: Desk, word: str, typed: str) -> None:
    with pytest.raises(CommandError) as refused:
        desk.say(f"#{word} {typed}", None)
    assert refused.value.nearest == f"#{word} ID"


def test_an_oversized_message_that_has_its_case_is_not_handled_again(desk: Desk) -> None:
    inbound = handle(desk.house, "requester", a_reading("alex@example.net"), oversized=True)
    with pytest.raises(CommandError, match="belongs to a case"):
        desk.say(f"#release {inbound.id}", None)
