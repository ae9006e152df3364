"""Codes that ask a member twice (`#contact change`): bound to what they confirm, good once, and only for a while.

The database holds a keyed hash of code and matter together, so that a code for another member, case or address finds
nothing.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from sqlalchemy import insert, update

from storage.database import Transaction, View
from storage.schema import confirmation

CODE_BYTES = 10


def ask(transaction: Transaction, matter: tuple[str, ...], expires_at: datetime) -> str:
    """A new code for this matter: 80 random bits as 16 characters."""
    code = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode()
    transaction.connection.execute(
        insert(confirmation).values(hash=_hash(transaction, matter, code), expires_at=expires_at)
    )
    return code


def confirm(transaction: Transaction, matter: tuple[str, ...], code: str, now: datetime) -> bool:
    """Whether the code is this matter's, unused and in time; it is used up then."""
    used = transaction.connection.execute(
        update(confirmation)
        .where(
            confirmation.c.hash == _hash(transaction, matter, code.upper()),
            confirmation.c.used_at.is_(None),
            confirmation.c.expires_at > now,
        )
        .values(used_at=now)
    )
    return used.rowcount == 1


def _hash(view: View, matter: tuple[str, ...], code: str) -> bytes:
    return view.keys.hash("confirmation", "\0".join((*matter, code)))
