"""Fetches what a folder holds, in batches that no single message can break (RULES 2).

In: UIDs of the open folder, in the order in which they are wanted. Out: arrivals for the journal. A message that
breaks the talk, or that the server will not give, is asked for singly and after the others, and at last by its header
alone: it keeps no other message waiting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from mailbot.errors import CommandRefused, LyingPeer, Unreachable
from mailbot.model import JournalState, Place, new_id
from mailbot.transport import Mailbox, Summary
from scheduler import Clock
from storage.journal import Arrival

BATCH_UIDS = 100
BATCH_BYTES = 8 * 1024 * 1024
SIZE_SLACK = 1024 * 1024
SINGLY_AFTER, HEADER_AFTER = 1, 3


@dataclass(slots=True)
class Sight:
    """What is in view of one folder: UIDs not journaled yet, in the order wanted, and the numbers of the last full
    look.
    """

    uidvalidity: int = 0
    top_uid: int = 0
    pending: list[int] = field(default_factory=list)
    on_server: int = 0
    vanished: int = 0

    def forget_vanished(self, gone: set[int]) -> None:
        """Gone between search and fetch: not an error of the loop, but counted (F15, F16)."""
        if gone:
            self.pending = [uid for uid in self.pending if uid not in gone]
            self.vanished += len(gone)
            self.on_server -= len(gone)


class Fetching:
    """Remembers, while the process lives, which messages made trouble. `since` and `most_bytes` as of `Watch`."""

    def __init__(self, mailbox: Mailbox, clock: Clock, since: datetime, most_bytes: int) -> None:
        self.mailbox = mailbox
        self.clock = clock
        self.since = since
        self.most_bytes = most_bytes
        self._failures: Counter[tuple[Place, int, int]] = Counter()

    def next_batch(self, place: Place, sight: Sight) -> list[Summary]:
        """The first messages that fit one FETCH; those that failed before come last, and singly (F11, F12)."""
        key = self._failures
        clean = [uid for uid in sight.pending if key[place, sight.uidvalidity, uid] < SINGLY_AFTER][:BATCH_UIDS]
        uids = clean or sorted(sight.pending, key=lambda uid: key[place, sight.uidvalidity, uid])[:1]
        if not uids:
            return []
        with self._blaming(place, sight, uids):
            told = {summary.uid: summary for summary in self.mailbox.summaries(uids)}
        sight.forget_vanished(set(uids) - set(told))
        return _within_bytes(told[uid] for uid in uids if uid in told) or self.next_batch(place, sight)

    def fetch(self, place: Place, sight: Sight, batch: Sequence[Summary]) -> list[Arrival]:
        """What is still there of a batch, by ascending UID."""
        with self._blaming(place, sight, [summary.uid for summary in batch]):
            return self._fetch(place, sight, batch)

    @contextmanager
    def _blaming(self, place: Place, sight: Sight, uids: Sequence[int]) -> Iterator[None]:
        """One of these broke the talk, or was refused (Exchange says NO to what it cannot convert): from now on they
        are asked for singly and after the others, so that no message is kept waiting by another.
        """
        try:
            yield
        except (Unreachable, LyingPeer, CommandRefused):
            self._failures.update((place, sight.uidvalidity, uid) for uid in uids)
            raise

    def _fetch(self, place: Place, sight: Sight, batch: Sequence[Summary]) -> list[Arrival]:
        large = [s for s in batch if self._too_large(place, sight, s)]
        whole = (
            self.mailbox.fetch([s.uid for s in batch if s not in large], limit=self._most(batch))
            if len(large) < len(batch)
            else {}
        )
        found = [(s, whole[s.uid], False) for s in batch if s.uid in whole]
        headers = [(s, self.mailbox.header(s.uid), True) for s in large]
        found += [(s, header, True) for s, header, _ in headers if header is not None]
        now = self.clock.now()
        in_order = sorted(found, key=lambda one: one[0].uid)
        return [self._arrival(summary, raw, oversized, now) for summary, raw, oversized in in_order]

    def _most(self, batch: Sequence[Summary]) -> int:
        """What a message of this batch may have at most: servers err about sizes, but not by that much (F12)."""
        return min(self.most_bytes, 2 * max(summary.size for summary in batch) + SIZE_SLACK)

    def _too_large(self, place: Place, sight: Sight, summary: Summary) -> bool:
        """Over the limit; or a message that could not be fetched three times, whatever size the server names (F12)."""
        return summary.size > self.most_bytes or self._failures[place, sight.uidvalidity, summary.uid] >= HEADER_AFTER

    def _arrival(self, summary: Summary, raw: bytes, oversized: bool, now: datetime) -> Arrival:
        received_at = summary.received_at or now
        state = JournalState.IMPORTED if received_at < self.since else JournalState.WAITING
        return Arrival(
            new_id(now), summary.uid, received_at, summary.size if oversized else len(raw), raw, oversized, state
        )


def _within_bytes(summaries: Iterable[Summary]) -> list[Summary]:
    """As many as fit a batch's bytes, at least one."""
    taken: list[Summary] = []
    size = 0
    for summary in summaries:
        size += summary.size
        if taken and size > BATCH_BYTES:
            break
        taken.append(summary)
    return taken
