"""Where a member's words end and the signature begins (RULES 8)."""

from __future__ import annotations

import pytest

from mailbot.casework.signoff import sign_off
from mailbot.model import Member

DANA = Member("dana@service.example", "Dana Miller", "dana@service.example", aliases=("d.miller@service.example",))
KNOWN = "Dana M.\nThis message is for you alone. Please delete it after reading.\nservice.example"


@pytest.mark.parametrize(
    "signature",
    [
        "Dana",
        "dana",
        "Dana Miller",
        "DANA MILLER",
        "- Dana",
        "*Dana Miller*",
        "Dana (she/her)",
        "Dana Miller, support worker",
        "Dana Miller | Support worker",
        "Kind regards,\nDana",
        "Dana Miller\nSupport worker\n250-555-0100",
        "Dana Miller\n\nSupport worker\nA Service",
        "Support worker\ndana@service.example",
        "The team\n\nD.Miller@service.example",
    ],
)
def test_a_block_with_a_sign_of_the_member_is_cut_and_shown(signature: str) -> None:
    words, cut = sign_off(f"We will call you.\n\n{signature}\n", DANA)
    assert words in ("We will call you.", "We will call you.\n\nThe team")
    assert f"{words}\n\n{cut}" == f"We will call you.\n\n{signature}\n".rstrip()


@pytest.mark.parametrize(
    "words",
    [
        "We will call you.",
        "Dana will call you tomorrow",
        "Please ask for Dana",
        "Dana,\n\nwe will call you at nine",
        "Hello Dana\n\nwe will call you at nine",
        "Danae",
        "The shelter is at\n\n12 Main Street\nVictoria",
        "#assign Dana",
        "#take\n#assign Dana Miller",
        "Dana Miller helps people like you. She has done so for many years and will call you tomorrow.",
        "",
    ],
)
def test_words_are_no_signature(words: str) -> None:
    assert sign_off(words, DANA) == (words, "")


def test_only_what_stands_from_the_name_on_is_cut() -> None:
    assert sign_off("Yes, tomorrow works\nDana", DANA) == ("Yes, tomorrow works", "Dana")
    assert sign_off("Kind regards,\n\nDana", DANA) == ("Kind regards,", "Dana")
    assert sign_off("#take\nDana", DANA) == ("#take", "Dana")
    assert sign_off("#take\nSupport, dana@service.example", DANA) == ("#take", "Support, dana@service.example")
    assert sign_off("Dana", DANA) == ("", "Dana")


def test_the_configured_signature_is_cut_though_it_holds_sentences() -> None:
    member = Member("dana@service.example", "Dana Miller", "dana@service.example", signature=KNOWN)
    wrapped = KNOWN.replace("Please delete", "Please\ndelete")
    assert sign_off(f"We will call you.\n\n{wrapped}", member) == ("We will call you.", wrapped)
    assert sign_off(KNOWN, member) == ("", KNOWN)
    assert sign_off(f"{KNOWN}\n\nWe will call you.", member)[1] == ""
