"""The letter to an address that somebody gave us: it says nothing of the matter, and where silence leads."""

from __future__ import annotations

from datetime import datetime

import pytest

from mailbot.writing import Letters


@pytest.mark.parametrize(
    ("language", "subject", "first"),
    [
        ("en", "Reply to your message", "Someone gave us this address to write to them."),
        ("fr", "Réponse à votre message", "Quelqu'un nous a donné cette adresse pour lui écrire."),
    ],
)
def test_it_asks_for_a_reply_and_names_one_number_and_nothing_else(
    letters: Letters, night: dict[str, datetime], language: str, subject: str, first: str
) -> None:
    rendered = letters.written("contact-confirm", language, night)
    assert rendered.subject == subject
    assert rendered.text.startswith(first)
    assert "250-555-0199" in rendered.text
    assert "911" not in rendered.text
    assert len(rendered.text.split()) <= 72


def test_it_says_the_same_at_every_hour(letters: Letters, night: dict[str, datetime], day: dict[str, datetime]) -> None:
    assert letters.render("contact-confirm", "en", night) == letters.render("contact-confirm", "en", day)
