"""After a restore: the mail that the lost machine had filed away since its backup is taken in again (RULES 2, F31).

In: the done and the quarantine folder, from where the journal knows them on. Out: journal rows for what is new in
there, in the order in which it was filed, a batch at a time: the next one waits until the last is processed, since a
member's `#cancel` must find the answer it means. Afterwards the folder of sent mail, where the host keeps one, proves
which letters had left. Progress is committed with each batch; a crash repeats nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from mailbot import log
from mailbot.errors import CommandRefused
from mailbot.fetching import Fetching, Sight
from mailbot.marker import is_mark
from mailbot.model import Place
from mailbot.steps import Step
from mailbot.transport import FolderView, Mailbox, Summary
from scheduler import Clock
from storage import outbox, restored, retaken
from storage.database import Database
from storage.retaken import FiledUntil

logger = log.get("watch")


class Retaking:
    """Part of the loop `watch`. `names`: the folders that mail is filed away to."""

    def __init__(
        self, database: Database, clock: Clock, mailbox: Mailbox, fetching: Fetching, names: Mapping[Place, str]
    ) -> None:
        self.database = database
        self.clock = clock
        self.mailbox = mailbox
        self.fetching = fetching
        self.names = names
        self.waits = False
        """Whether `process` must finish what was taken in before the next batch."""
        self._sights: dict[Place, Sight] = {}

    def round(self) -> bool | None:
        """Takes the next batch in. None where nothing is to be taken in again; False: not before `process` is done."""
        with self.database.view() as view:
            standing = restored.standing(view)
            owed = standing is not None and standing.reread_at is None
            self.waits = owed and retaken.waits(view)
        if not owed:
            return None
        return False if self.waits else self._next()

    def _next(self) -> bool:
        for place in self.names:
            if self._take(place):
                return True
        self._finish()
        return True

    def _take(self, place: Place) -> bool:
        """One batch of one folder; False where its end is reached."""
        view = self.mailbox.select(self.names[place], again=True)
        if view is None:
            return False
        sight = self._sight(place, view)
        batch = self.fetching.next_batch(place, sight)
        if not batch:
            return False
        arrivals = self.fetching.fetch(place, sight, [one for one in batch if not self._is_ours(one)])
        asked = {one.uid for one in batch}
        left = [uid for uid in sight.pending if uid not in asked]
        found = FiledUntil(self.names[place], view.uidvalidity, min(left, default=max(asked) + 1))
        with self.database.transaction(Step.WATCH_JOURNAL) as transaction:
            count = retaken.take(transaction, found, place, arrivals, self.clock.now())
        sight.pending = left
        logger.info("taken in again", extra={"folder": self.names[place], "count": count})
        return True

    def _sight(self, place: Place, view: FolderView) -> Sight:
        """What of the folder is to be compared: all above where the journal knows it, or the whole."""
        sight = self._sights.get(place)
        if sight is None or sight.uidvalidity != view.uidvalidity:
            with self.database.view() as reading:
                known = retaken.until(reading, self.names[place])
            sure = known is not None and known.uidvalidity == view.uidvalidity
            above = known.uidnext - 1 if known is not None and sure else 0
            sight = self._sights[place] = Sight(view.uidvalidity, pending=self.mailbox.uids(above=above))
        return sight

    def _is_ours(self, summary: Summary) -> bool:
        """The mark of this installation; it is no mail (RULES 1)."""
        return is_mark(summary.flags, self.mailbox.header(summary.uid) or b"") if summary.flags else False

    def _finish(self) -> None:
        with self.database.view() as view:
            asked = [outbox.message_id_of(view, row) for row in restored.doubtful(view)]
        proofs = self.mailbox.sent_among(asked)
        with self.database.transaction(Step.WATCH_FOLDER) as transaction:
            now = self.clock.now()
            restored.note_proofs(transaction, proofs, now)
            restored.note_reread(transaction, now)
        self._sights.clear()

    def note_filed(self) -> None:
        """At rest: all that lies in these folders now and is ours has a journal row. What a backup is compared from."""
        found = [at for place in self.names if (at := self._end_of(place))]
        with self.database.view() as view:
            changed = [at for at in found if retaken.until(view, at.folder) != at]
        if changed:
            with self.database.transaction(Step.WATCH_FOLDER) as transaction:
                for at in changed:
                    retaken.note_until(transaction, at)

    def _end_of(self, place: Place) -> FiledUntil | None:
        """None where the folder is missing, or cannot be opened now: it is compared from further back then."""
        with suppress(CommandRefused):
            view = self.mailbox.select(self.names[place], again=True)
            if view is not None:
                uidnext = view.uidnext or max(self.mailbox.uids(), default=0) + 1
                return FiledUntil(self.names[place], view.uidvalidity, uidnext)
        return None
