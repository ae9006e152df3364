"""What an erasure must find beside the case: messages and mail to staff that speak of it and belong to no case (RULES
12).

A delivery report, a member's refused mail, a command from anywhere: each names one of the secrets given out for the
case, or one of its addresses. Looked for in the bytes as they are, with soft line breaks undone and base64 opened;
nothing is parsed, so that no hostile message has a say.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from mailbot.model import JournalState

_SECRET = re.compile(rb"(?<![A-Za-z0-9])[A-Za-z2-7]{26}(?![A-Za-z0-9])")
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4,200}\r?\n)*[A-Za-z0-9+/]{4,200}={0,2}")
_LEAST_BASE64 = 16


@dataclass(frozen=True, slots=True)
class Traces:
    """Ids beside the case. `undecided`: messages in quarantine that only name an address; a person decides on them."""

    messages: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Marks:
    """What gives a case away: its correspondents' addresses, and whether a secret is one of its own."""

    addresses: tuple[str, ...]
    is_secret: Callable[[str], bool]

    def carried_by(self, raw: bytes) -> bool:
        """Whether the bytes show one of the case's secrets."""
        return any(self.is_secret(found[0].decode("ascii").lower()) for found in _SECRET.finditer(raw))

    def named_in(self, raw: bytes) -> bool:
        """Whether the bytes name one of the case's addresses, in any letter case and usual transfer encoding."""
        wanted = [one.encode("utf-8").lower() for one in self.addresses]
        return any(one in form for form in _forms(raw) for one in wanted)


def find(
    marks: Marks,
    messages: Iterable[tuple[str, JournalState]],
    letters: Iterable[str],
    message: Callable[[str], bytes],
    letter: Callable[[str], bytes],
    *,
    quarantined: bool,
) -> Traces:
    """Sorts what belongs to no case: spoken of, so that it goes too, or not.

    `quarantined`: what lies in quarantine and only names an address goes as well; else a person decides first, since
    it may be somebody else's words about this one.
    """
    gone: list[str] = []
    undecided: list[str] = []
    for message_id, state in messages:
        raw = message(message_id)
        if marks.carried_by(raw):
            gone.append(message_id)
        elif marks.named_in(raw):
            (undecided if state is JournalState.QUARANTINED and not quarantined else gone).append(message_id)
    told = [one for one in letters if _speaks(marks, letter(one))]
    return Traces(tuple(gone), tuple(told), tuple(undecided))


def _speaks(marks: Marks, raw: bytes) -> bool:
    return marks.carried_by(raw) or marks.named_in(raw)


def _forms(raw: bytes) -> Iterator[bytes]:
    yield raw.lower()
    yield binascii.a2b_qp(raw).lower()
    for found in _BASE64.finditer(raw):
        letters = b"".join(found[0].split())
        if len(letters) >= _LEAST_BASE64 and len(letters) % 4 == 0:
            yield binascii.a2b_base64(letters).lower()


def secrets_among(hashes: Collection[bytes], hashed: Callable[[str], bytes]) -> Callable[[str], bool]:
    """Whether a text is one of the secrets whose keyed hashes these are."""
    return lambda text: hashed(text) in hashes
