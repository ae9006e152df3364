"""Is this a staff message that may act? (promise 7, RULES 9). Pure: what the message shows in, a verdict with its
reason out.

All three or nothing: the member's address as the one From, the border's own result, and a token given to this very
person. What lacks one of them acts on nothing, whoever wrote it (A13 to A18, A22).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mailbot.casework.addresses import ServiceAddress
from mailbot.model import Dmarc, Purpose, Reading
from storage.tokens import TokenRow

STAFF = frozenset({Purpose.ANSWER, Purpose.INSIDE, Purpose.ONCE})
Mode = Literal["dmarc", "internal", "none"]


@dataclass(frozen=True, slots=True)
class Proof:
    """`authenticated`: the border vouches. `token`: what this person was given and shows, or None."""

    authenticated: bool
    token: TokenRow | None

    @property
    def acts(self) -> bool:
        return self.authenticated and self.token is not None


def staff_secrets(reading: Reading, ours: ServiceAddress) -> tuple[str, ...]:
    """Secrets that can prove a staff member: the reply address, or In-Reply-To. References alone prove nothing (RULES
    9).
    """
    by_address = (ours.secret_in_address(address) for address in reading.recipients)
    by_message_id = (ours.secret_in_message_id(name) for name in reading.in_reply_to)
    return tuple(dict.fromkeys(secret for secret in (*by_address, *by_message_id) if secret))


def prove(reading: Reading, mode: Mode, member_hash: bytes, shown: Mapping[str, TokenRow]) -> Proof:
    """`shown` are the tokens behind `staff_secrets`. Where one of them is *inside*, nothing goes out."""
    given = [
        token
        for token in shown.values()
        if token.purpose in STAFF and token.member_hash == member_hash and not token.retired_at
    ]
    foreign = [token for token in shown.values() if token.member_hash not in (None, member_hash)]
    # A colleague's token beside one's own, or two conversations at once: which one is meant cannot be told.
    if foreign or len({token.conversation_id for token in given}) != 1:
        return Proof(_authenticated(reading, mode), None)
    inside = [token for token in given if token.purpose is not Purpose.ANSWER]
    return Proof(_authenticated(reading, mode), (inside or given)[0])


def _authenticated(reading: Reading, mode: Mode) -> bool:
    if mode == "dmarc":
        return reading.dmarc is Dmarc.PASS
    if mode == "internal":
        return reading.internal and reading.dmarc is not Dmarc.FAIL
    return reading.dmarc is not Dmarc.FAIL
