"""watch: sees what lies in the inbox and the junk folder, journals it durably, and files the server's copies away
(RULES 2).

In: the mailbox. Out: journal rows, and what each folder showed. Nothing is remembered that is not committed: a look
that failed is simply done again. The newest batch comes first, so that nobody waits behind a backlog.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from mailbot import log
from mailbot.casework import notices
from mailbot.casework.desk import Desk
from mailbot.errors import CommandRefused, LyingPeer, PeerError, Unreachable
from mailbot.marker import check_marker
from mailbot.model import JournalState, Place, new_id
from mailbot.steps import Step
from mailbot.transport import FolderView, How, Mailbox, Summary
from mailbot.writing import Alert
from scheduler import Clock
from storage import folders, journal, pulse
from storage.database import Database, Transaction
from storage.folders import FolderRow
from storage.journal import Arrival

BATCH_UIDS = 100
BATCH_BYTES = 8 * 1024 * 1024
FILE_AT_ONCE = 500
SIZE_SLACK = 1024 * 1024
SINGLY_AFTER, HEADER_AFTER = 1, 3
IDLE_SECONDS = 9 * 60

logger = log.get("watch")


@dataclass(frozen=True, slots=True)
class Folders:
    """Names of the folders, as configured, and where a copy of each kind belongs."""

    inbox: str
    junk: str
    done: str
    quarantine: str

    def named(self, place: Place) -> str:
        return {
            Place.INBOX: self.inbox,
            Place.JUNK: self.junk,
            Place.DONE: self.done,
            Place.QUARANTINE: self.quarantine,
        }[place]


@dataclass(slots=True)
class Sight:
    """What is in view of one folder: UIDs seen but not journaled, the newest first, and the numbers of the last full
    look.
    """

    uidvalidity: int = 0
    top_uid: int = 0
    pending: list[int] = field(default_factory=list)
    on_server: int = 0
    vanished: int = 0


class Watch:
    """The loop `watch`. `since`: mail received before it is imported, never acknowledged. `most_bytes`: larger mail
    is left whole.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        desk: Desk,
        mailbox: Mailbox,
        names: Folders,
        since: datetime,
        most_bytes: int,
    ) -> None:
        self.database = database
        self.clock = clock
        self.desk = desk
        self.mailbox = mailbox
        self.names = names
        self.since = since
        self.most_bytes = most_bytes
        self._sights: dict[Place, Sight] = {}
        self._failures: Counter[tuple[Place, int, int]] = Counter()
        self._order = [Place.INBOX, Place.JUNK]
        self._proven = False

    def round(self, *, full: bool = True) -> bool:
        """Files away what is due, and journals the newest batch of each folder. False when nothing was left to do.

        `full`: the whole folder is held against the journal, not only what is new.
        """
        self._ready()
        changed, watched = False, set()
        for place in tuple(self._order):
            with self._putting_off(place):
                view = self.mailbox.select(self.names.named(place), again=full)
                if view is not None:
                    changed |= self._file_away(place, view)
                    changed |= self._look(place, view, full)
                    watched.add(self.names.named(place))
                elif place is Place.INBOX:
                    raise Unreachable(f"inbox.folder = {self.names.inbox}: the server has no such folder")
        if full:
            self._forget_others(watched)
        return changed

    def wait(self, seconds: float, wake: int) -> None:
        """Waits for mail or for `wake` to be readable: by IDLE where the server has it, renewed within 9 minutes
        (F19).
        """
        self._ready()
        self.mailbox.select(self.names.inbox)
        sight = self._sights.get(Place.INBOX)
        # The server tells of mail once. What it told in the answer to SELECT, IDLE will not tell again: look first.
        if sight is None or self.mailbox.uids(above=sight.top_uid):
            return
        self.mailbox.idle(min(seconds, IDLE_SECONDS), wake)

    def _ready(self) -> None:
        """Connects where needed; makes the done and quarantine folders; proves that the mailbox is this database's
        (RULES 1).
        """
        if self.mailbox.connected and self._proven:
            return
        self._proven = False
        self.mailbox.connect()
        self._sights.clear()
        made = {f"folder:{place}": self._made(self.names.named(place)) for place in (Place.DONE, Place.QUARANTINE)}
        address, now = self.desk.address.plain, self.clock.now()
        made["mark"] = check_marker(self.mailbox, self.names.done, address, self.database.installation_id, now)
        with self.database.transaction(Step.WATCH_FOLDER) as transaction:
            for code, fine in made.items():
                if fine:
                    pulse.end_problem(transaction, code)
                else:
                    pulse.raise_problem(transaction, code, "the server refuses to make it; is the mailbox full?", now)
        self._proven = True

    def _made(self, name: str) -> bool:
        """Whether a folder is there or could be made; a server that refuses stops nothing (F17)."""
        try:
            if not self.mailbox.exists(name):
                self.mailbox.create(name)
        except CommandRefused:
            return False
        return True

    @contextmanager
    def _putting_off(self, place: Place) -> Iterator[None]:
        """A folder that fails is the last to be looked at next time, so that the other is not kept waiting by it."""
        try:
            yield
        except PeerError:
            self._order.sort(key=lambda one: one is place)
            raise

    def _forget_others(self, watched: set[str]) -> None:
        """A folder that is gone, or no longer named by the configuration, counts as read."""
        with self.database.view() as view:
            others = [row.name for row in folders.all_folders(view) if row.name not in watched]
        if others:
            with self.database.transaction(Step.WATCH_FOLDER) as transaction:
                for name in others:
                    folders.forget(transaction, name)

    # Looking

    def _look(self, place: Place, view: FolderView, full: bool) -> bool:
        sight = self._sight(place, view, full)
        batch = self._next_batch(place, sight)
        # A server that lists what it then does not give must not keep a pass going for ever.
        more = bool(batch) and (self._journal_batch(place, sight, batch) > 0 or bool(sight.pending))
        if batch or full:
            self._note(place, sight, more)
        return more

    def _sight(self, place: Place, view: FolderView, full: bool) -> Sight:
        """What is in the folder and not in the journal, brought up to date: the difference alone, or the whole on a
        full look.
        """
        sight = self._sights.get(place)
        if sight is None or sight.uidvalidity != view.uidvalidity or (full and not sight.pending):
            sight = self._whole(place, view)
            self._sights[place] = sight
            return sight
        fresh = [uid for uid in self.mailbox.uids(above=sight.top_uid) if uid not in sight.pending]
        if fresh:
            sight.pending[:0] = sorted(fresh, reverse=True)
            sight.top_uid = max(fresh)
            sight.on_server += len(fresh)
        return sight

    def _whole(self, place: Place, view: FolderView) -> Sight:
        name = self.names.named(place)
        uids = self.mailbox.uids()
        with self.database.view() as reading:
            known = folders.find(reading, name)
            unknown = journal.unknown_uids(reading, name, view.uidvalidity, uids)
        if known is not None and known.uidvalidity != view.uidvalidity:
            self._renumbered(name, view)
        return Sight(
            view.uidvalidity,
            max(uids, default=0),
            sorted(unknown, reverse=True),
            len(uids),
            known.vanished if known else 0,
        )

    def _renumbered(self, name: str, view: FolderView) -> None:
        """UIDVALIDITY changed: every UID is new, what was processed is met again as `seen before`, staff are told
        (F13).
        """
        logger.warning("folder renumbered", extra={"folder": name})
        with self.database.transaction(Step.WATCH_FOLDER) as transaction:
            now = self.clock.now()
            journal.drop_stale_filing(transaction, name, view.uidvalidity)
            found = Alert(
                what="The mail server renumbered a folder",
                since=now.astimezone(self.desk.office.zone),
                todo="Nothing: what is there is compared, and no message acts twice",
            )
            notices.alert(transaction, self.desk, found, f"uidvalidity:{view.uidvalidity}", now)

    def _next_batch(self, place: Place, sight: Sight) -> list[Summary]:
        """The newest messages that fit one FETCH; those that failed before come last, and singly (F11, F12)."""
        key = self._failures
        clean = [uid for uid in sight.pending if key[place, sight.uidvalidity, uid] < SINGLY_AFTER][:BATCH_UIDS]
        uids = clean or sorted(sight.pending, key=lambda uid: key[place, sight.uidvalidity, uid])[:1]
        if not uids:
            return []
        with self._blaming(place, sight, uids):
            told = {summary.uid: summary for summary in self.mailbox.summaries(uids)}
        self._forget_vanished(sight, set(uids) - set(told))
        return _within_bytes(told[uid] for uid in uids if uid in told) or self._next_batch(place, sight)

    def _forget_vanished(self, sight: Sight, gone: set[int]) -> None:
        """Gone between search and fetch: not an error of the loop, but counted (F15, F16)."""
        if gone:
            sight.pending = [uid for uid in sight.pending if uid not in gone]
            sight.vanished += len(gone)
            sight.on_server -= len(gone)

    # Journaling

    def _journal_batch(self, place: Place, sight: Sight, batch: Sequence[Summary]) -> int:
        """Fetches and commits; returns how many messages were still there."""
        with self._blaming(place, sight, [summary.uid for summary in batch]):
            arrivals = self._fetch(place, sight, batch)
        fetched = {arrival.uid for arrival in arrivals}
        with self.database.transaction(Step.WATCH_JOURNAL) as transaction:
            now = self.clock.now()
            journal.add(transaction, self.names.named(place), sight.uidvalidity, place, arrivals, now)
        taken = {summary.uid for summary in batch}
        sight.pending = [uid for uid in sight.pending if uid not in taken]
        self._forget_vanished(sight, taken - fetched)
        logger.info("journaled", extra={"folder": self.names.named(place), "count": len(arrivals)})
        return len(arrivals)

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

    def _note(self, place: Place, sight: Sight, more: bool) -> None:
        """Records the look: what the folder showed, how much of it is journaled, since when something is missing
        (promise 2).
        """
        name = self.names.named(place)
        with self.database.transaction(Step.WATCH_LOOK) as transaction:
            now = self.clock.now()
            known = folders.find(transaction, name)
            behind = (known.behind_since if known else None) or now
            row = FolderRow(
                name,
                sight.uidvalidity,
                sight.top_uid,
                now,
                sight.on_server,
                sight.on_server - len(sight.pending),
                sight.vanished,
                behind if sight.pending else None,
            )
            folders.save(transaction, row)
            if not more:
                pulse.beat(transaction, "watch", now)

    # Filing away

    def _file_away(self, place: Place, view: FolderView) -> bool:
        name = self.names.named(place)
        with self.database.view() as reading:
            due = journal.to_file(reading, name, view.uidvalidity, FILE_AT_ONCE)
        changed = False
        for target in sorted({to for _, _, to in due}):
            ids = {uid: message_id for message_id, uid, to in due if to is target}
            changed |= self._file(place, target, ids)
        return changed

    def _file(self, place: Place, target: Place, ids: dict[int, str]) -> bool:
        self.database.check_fence()
        filed = self.mailbox.file_away(sorted(ids), self.names.named(target))
        refused = set(filed.remaining) if filed.how is How.REFUSED else set()
        done = [message_id for uid, message_id in ids.items() if uid not in refused]
        with self.database.transaction(Step.WATCH_FILED) as transaction:
            journal.filed(transaction, done, target)
            self._note_refusal(transaction, target, bool(refused))
        sight = self._sights.get(place)
        if sight is not None and filed.how is not How.COPIED_MARKED:
            sight.on_server = max(0, sight.on_server - len(done))
        return bool(done)

    def _note_refusal(self, transaction: Transaction, target: Place, refused: bool) -> None:
        """A done folder that is full or read-only stops nothing; `status` says so (F17)."""
        code = f"filing:{target}"
        if refused:
            pulse.raise_problem(transaction, code, "the server refuses to file messages away", self.clock.now())
        else:
            pulse.end_problem(transaction, code)


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
