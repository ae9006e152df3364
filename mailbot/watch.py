"""watch: sees what lies in the inbox and the junk folder, journals it durably, and files the server's copies away
(RULES 2).

In: the mailbox. Out: journal rows, and what each folder showed. Nothing is remembered that is not committed: a look
that failed is simply done again. The newest batch comes first, so that nobody waits behind a backlog.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from mailbot import log
from mailbot.casework import certificates, notices
from mailbot.casework.desk import Desk
from mailbot.errors import CommandRefused, PeerError, Unreachable
from mailbot.fetching import Fetching, Sight
from mailbot.marker import check_marker
from mailbot.model import Place
from mailbot.retaking import Retaking
from mailbot.steps import Step
from mailbot.transport import FolderView, How, Mailbox, Summary
from mailbot.writing import Alert
from scheduler import Clock
from storage import folders, journal, pulse
from storage.database import Database, Transaction
from storage.folders import FolderRow

FILE_AT_ONCE = 500
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
        self.fetching = Fetching(mailbox, clock, since, most_bytes)
        filed = {place: names.named(place) for place in (Place.DONE, Place.QUARANTINE)}
        self.retaking = Retaking(database, clock, mailbox, self.fetching, filed)
        self._sights: dict[Place, Sight] = {}
        self._order = [Place.INBOX, Place.JUNK]
        self._proven = False
        self._filed = True
        """Whether something may have been filed away since `retaking` noted how far the journal knows those folders."""

    def round(self, *, full: bool = True) -> bool:
        """Files away what is due, and journals the newest batch of each folder. False when nothing was left to do.

        `full`: the whole folder is held against the journal, not only what is new.
        """
        self._ready()
        retaken = self.retaking.round()
        if retaken is not None:
            return retaken
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
        if full and self._filed and not changed:
            self.retaking.note_filed()
            self._filed = False
        return changed

    def wait(self, seconds: float, wake: int) -> None:
        """Waits for mail or for `wake` to be readable: by IDLE where the server has it, renewed within 9 minutes
        (F19).
        """
        self._ready()
        self.mailbox.select(self.names.inbox)
        sight = self._sights.get(Place.INBOX)
        if self.retaking.waits:
            self.mailbox.idle(min(seconds, IDLE_SECONDS), wake)
            return
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
        except Exception:
            # A commit whose end is not known may have been made: the next look asks the journal what it has (F29).
            self._sights.clear()
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
        batch = self.fetching.next_batch(place, sight)
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

    # Journaling

    def _journal_batch(self, place: Place, sight: Sight, batch: Sequence[Summary]) -> int:
        """Fetches and commits; returns how many messages were still there."""
        arrivals = self.fetching.fetch(place, sight, batch)
        fetched = {arrival.uid for arrival in arrivals}
        with self.database.transaction(Step.WATCH_JOURNAL) as transaction:
            now = self.clock.now()
            journal.add(transaction, self.names.named(place), sight.uidvalidity, place, arrivals, now)
        taken = {summary.uid for summary in batch}
        sight.pending = [uid for uid in sight.pending if uid not in taken]
        sight.forget_vanished(taken - fetched)
        logger.info("journaled", extra={"folder": self.names.named(place), "count": len(arrivals)})
        return len(arrivals)

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
            certificates.note(transaction, "inbox", self.mailbox.certificate_expires_at, now)
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
        self.database.check_fence(Step.WATCH_FILED)
        filed = self.mailbox.file_away(sorted(ids), self.names.named(target))
        refused = set(filed.remaining) if filed.how is How.REFUSED else set()
        done = [message_id for uid, message_id in ids.items() if uid not in refused]
        self._filed = True
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

