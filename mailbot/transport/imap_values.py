"""What the door to the mailbox hands out: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class FolderView:
    """What SELECT told. `exists` is the number of messages; `uidnext` None where the server does not say."""

    uidvalidity: int
    uidnext: int | None
    exists: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a message before it is fetched.

    `size` in bytes, as the server counts. `received_at` is INTERNALDATE in UTC, None where that is no real date.
    """

    uid: int
    size: int
    received_at: datetime | None
    flags: frozenset[str]


class How(StrEnum):
    """How messages were filed away, the best way first."""

    MOVED = "moved"
    COPIED_EXPUNGED = "copied-expunged"
    COPIED_MARKED = "copied-marked"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Filed:
    """What `file_away` did: the worst way of all batches, and the UIDs that are still in the folder where they were."""

    how: How
    remaining: tuple[int, ...] = ()
