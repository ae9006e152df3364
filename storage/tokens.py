"""Tokens: who was given which secret, for what (promises 6 and 7, RULES 4 and 9). The database holds keyed hashes
alone.

A token is the secret of a reply address or of one of our Message-IDs; both are looked up here, and outside nothing
tells which is which.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from mailbot.model import Purpose
from storage.database import Transaction, View
from storage.prepared import PreparedInsert
from storage.schema import token


@dataclass(frozen=True, slots=True)
class TokenRow:
    """What a secret stands for. `leaked`: seen from elsewhere, joins only with dmarc=pass from the exact address."""

    purpose: Purpose
    conversation_id: str | None
    outbox_id: str | None
    member_hash: bytes | None
    leaked: bool
    retired_at: datetime | None


_COLUMNS = [token.c[name] for name in TokenRow.__dataclass_fields__]
_GIVE = PreparedInsert(token)


def give(
    transaction: Transaction,
    secret: str,
    purpose: Purpose,
    *,
    conversation_id: str | None = None,
    outbox_id: str | None = None,
    member: str | None = None,
) -> None:
    """Remembers what a secret is good for."""
    keys = transaction.keys
    _GIVE.write(
        transaction.connection,
        hash=keys.hash("token", secret.lower()),
        purpose=purpose,
        conversation_id=conversation_id,
        outbox_id=outbox_id,
        member_hash=keys.hash("member", member) if member else None,
        leaked=False,
    )


def known(view: View, secrets: Iterable[str]) -> dict[str, TokenRow]:
    """Which of these secrets are ours, and for what. Equality of hashes: no timing tells a near miss (A5)."""
    hashes = {view.keys.hash("token", secret.lower()): secret for secret in secrets}
    if not hashes:
        return {}
    rows = view.connection.execute(select(token.c.hash, *_COLUMNS).where(token.c.hash.in_(list(hashes))))
    return {hashes[row.hash]: TokenRow(*row[1:]) for row in rows}


def mark_leaked(transaction: Transaction, conversation_id: str) -> None:
    """The conversation's present secrets were seen from elsewhere (A6); those of staff about it were not."""
    transaction.connection.execute(
        update(token)
        .where(token.c.conversation_id == conversation_id, token.c.purpose == Purpose.CONVERSATION)
        .values(leaked=True)
    )


def retire_others(transaction: Transaction, keep: set[bytes], now: datetime) -> None:
    """What was given to people who are no member any more is good for nothing, for ever (RULES 9)."""
    transaction.connection.execute(
        update(token)
        .where(token.c.member_hash.is_not(None), token.c.member_hash.not_in(keep), token.c.retired_at.is_(None))
        .values(retired_at=now)
    )


def given_to_others(view: View, keep: set[bytes]) -> bool:
    """Whether somebody who is no member any more still has a live token, or a case."""
    given = select(token.c.hash).where(
        token.c.member_hash.is_not(None), token.c.member_hash.not_in(keep), token.c.retired_at.is_(None)
    )
    return view.connection.execute(given.limit(1)).first() is not None


def use_up(transaction: Transaction, secret: str, now: datetime) -> None:
    """A token for one act was used."""
    hashed = transaction.keys.hash("token", secret.lower())
    transaction.connection.execute(update(token).where(token.c.hash == hashed).values(retired_at=now))


def retire(transaction: Transaction, conversation_id: str, now: datetime) -> None:
    """The conversation's secrets join nothing any more (`#contact stop|change`, STOP)."""
    transaction.connection.execute(
        update(token)
        .where(
            token.c.conversation_id == conversation_id,
            token.c.purpose == Purpose.CONVERSATION,
            token.c.retired_at.is_(None),
        )
        .values(retired_at=now)
    )
