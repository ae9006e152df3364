"""What joins a conversation (promise 6, RULES 4): the secret, the address, and no failed authentication."""

from __future__ import annotations

from dataclasses import replace

import pytest
from loops.house import BY_DAY, a_reading

from mailbot.casework.addresses import ServiceAddress
from mailbot.casework.joining import Joining, decide, live, secrets_of
from mailbot.model import Dmarc, Purpose, Role
from storage.cases import Conversation
from storage.tokens import TokenRow

OURS = ServiceAddress("help@service.example", "+")
SECRET = "2mwdppugq3ii6jysptvd4qzbci"
CONVERSATION = Conversation("c", "case", Role.REQUESTER, "alex@example.net", SECRET, BY_DAY)
OTHER = replace(CONVERSATION, id="d", address="kim@example.net")
KNOWN = {"c": CONVERSATION, "d": OTHER}


def token(conversation: str | None = "c", **changes: object) -> TokenRow:
    return replace(TokenRow(Purpose.CONVERSATION, conversation, None, None, False, None), **changes)  # type: ignore[arg-type]


def test_the_secret_from_the_right_address_joins() -> None:
    assert decide(a_reading(), [token()], KNOWN) == Joining(conversation=CONVERSATION)


@pytest.mark.parametrize("author", ["Alex@Example.NET", "ALEX@EXAMPLE.NET"])
def test_the_letter_case_of_the_address_does_not_matter(author: str) -> None:
    assert decide(a_reading(author), [token()], KNOWN).conversation == CONVERSATION


@pytest.mark.parametrize(
    "author",
    [
        "kim@example.net",
        "alex@sub.example.net",
        "alex+x@example.net",
        "alex@example.net.test",
        "al.ex@example.net",
        "alex@example.org",
        "\u0430lex@example.net",
    ],
)
def test_the_secret_from_any_other_address_joins_nothing_and_is_known_as_leaked(author: str) -> None:
    assert decide(a_reading(author, dmarc=Dmarc.PASS), [token()], KNOWN) == Joining(leaked=CONVERSATION)


@pytest.mark.parametrize("authors", [(), ("alex@example.net", "kim@example.net")])
def test_without_exactly_one_author_nothing_is_joined(authors: tuple[str, ...]) -> None:
    assert decide(a_reading(from_=authors), [token()], KNOWN).conversation is None


def test_a_failed_authentication_outweighs_the_secret() -> None:
    assert decide(a_reading(dmarc=Dmarc.FAIL), [token()], KNOWN).conversation is None
    assert decide(a_reading(dmarc=Dmarc.NONE), [token()], KNOWN).conversation == CONVERSATION


@pytest.mark.parametrize(("dmarc", "joins"), [(Dmarc.PASS, True), (Dmarc.NONE, False), (Dmarc.FAIL, False)])
def test_a_leaked_secret_joins_only_from_the_exact_address_with_dmarc_pass(dmarc: Dmarc, joins: bool) -> None:
    found = decide(a_reading(dmarc=dmarc), [token(leaked=True)], KNOWN)
    assert (found.conversation is not None) == joins
    assert decide(a_reading("kim@example.net", dmarc=dmarc), [token(leaked=True)], KNOWN).conversation is None


def test_the_fresh_secret_beside_the_leaked_one_joins_as_a_fresh_one() -> None:
    assert decide(a_reading(), [token(leaked=True), token()], KNOWN).conversation == CONVERSATION


def test_a_retired_secret_is_an_ordinary_first_contact() -> None:
    assert decide(a_reading(), [token(retired_at=BY_DAY)], KNOWN) == Joining()


def test_secrets_of_two_conversations_join_neither_and_leak_neither() -> None:
    assert decide(a_reading(), [token(), token("d")], KNOWN) == Joining(several=True)


def test_two_secrets_of_one_conversation_join_it() -> None:
    """The reply address and the Message-ID of the same letter: what every reply shows."""
    assert decide(a_reading(), [token(), token()], KNOWN).conversation == CONVERSATION


def test_a_retired_secret_of_another_conversation_does_not_count() -> None:
    assert decide(a_reading(), [token(), token("d", retired_at=BY_DAY)], KNOWN).conversation == CONVERSATION


@pytest.mark.parametrize("purpose", [Purpose.ANSWER, Purpose.INSIDE, Purpose.RETURN])
def test_a_secret_for_another_purpose_joins_nothing(purpose: Purpose) -> None:
    assert live([token(purpose=purpose)]) == []
    assert decide(a_reading(), [token(purpose=purpose)], KNOWN) == Joining()


@pytest.mark.parametrize("role", [Role.PLATFORM, Role.STAFF])
def test_roles_that_are_not_joined_by_exact_address_do_not_join_by_it(role: Role) -> None:
    assert decide(a_reading(), [token()], {"c": replace(CONVERSATION, role=role)}).conversation is None


def test_no_secret_is_an_ordinary_first_contact() -> None:
    assert decide(a_reading(), [], {}) == Joining()


# Where secrets are looked for


@pytest.mark.parametrize(
    "shown",
    [
        {"recipients": (f"help+{SECRET}@service.example",)},
        {"recipients": (f"HELP+{SECRET.upper()}@SERVICE.EXAMPLE",)},
        {"in_reply_to": (f"{SECRET}@service.example",)},
        {"references": ("x@y.example", f"{SECRET.upper()}@Service.Example")},
    ],
)
def test_a_secret_is_found_in_recipients_in_reply_to_and_references_in_any_letter_case(
    shown: dict[str, tuple[str, ...]],
) -> None:
    assert secrets_of(a_reading(**({"recipients": ()} | shown)), OURS) == (SECRET,)


def test_without_subaddresses_the_message_id_alone_carries_the_secret() -> None:
    bare = ServiceAddress("help@service.example", "")
    reading = a_reading(recipients=(f"help+{SECRET}@service.example",), in_reply_to=(f"{SECRET}@service.example",))
    assert secrets_of(reading, bare) == (SECRET,)
    assert secrets_of(replace(reading, in_reply_to=()), bare) == ()


@pytest.mark.parametrize(
    "near",
    [
        f"help+{SECRET}x@service.example",
        f"help+{SECRET[:-1]}@service.example",
        f"help-{SECRET}@service.example",
        f"help{SECRET}@service.example",
        f"help+{SECRET}@other.example",
        f"help+{SECRET}@sub.service.example",
        f"help+{SECRET}+x@service.example",
        f"xhelp+{SECRET}@service.example",
        f"help+{'1' * 26}@service.example",
        f"help+{SECRET}\n@service.example",
        "help+@service.example",
        "help@service.example",
        "",
        "@",
    ],
)
def test_what_only_looks_like_one_of_our_addresses_carries_no_secret(near: str) -> None:
    assert OURS.secret_in_address(near) is None


@pytest.mark.parametrize(
    "near",
    [
        f"{SECRET}@other.example",
        f"{SECRET}x@service.example",
        f"x.{SECRET}@service.example",
        SECRET,
        "",
        f"{SECRET}@service.example.test",
    ],
)
def test_what_only_looks_like_one_of_our_message_ids_carries_no_secret(near: str) -> None:
    assert OURS.secret_in_message_id(near) is None


@pytest.mark.parametrize("separator", ["+", "-", "=", "."])
def test_every_separator_goes_there_and_back(separator: str) -> None:
    ours = ServiceAddress("Help.Desk@Service.example", separator)
    assert ours.secret_in_address(ours.reply_address(SECRET)) == SECRET
    assert ours.return_path(SECRET) == ours.reply_address(SECRET)
    assert ours.is_ours(ours.reply_address(SECRET).upper())


def test_without_subaddresses_answers_come_to_the_plain_address_and_nothing_comes_back() -> None:
    bare = ServiceAddress("help@service.example", "")
    assert (bare.reply_address(SECRET), bare.return_path(SECRET)) == ("help@service.example", "")
    assert bare.is_ours("HELP@service.example")
    assert not bare.is_ours(f"help+{SECRET}@service.example")


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("help@service.example", True),
        ("Help+anything@Service.Example", True),
        ("helper@service.example", False),
        ("help@other.example", False),
        ("help@service.example.test", False),
        ("", False),
    ],
)
def test_our_own_address_is_known_with_anything_behind_the_separator(address: str, ours: bool) -> None:
    assert OURS.is_ours(address) is ours
