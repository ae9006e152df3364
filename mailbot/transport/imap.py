"""The door to the mailbox: a blocking IMAP client for one thread, the watch loop's.

In: an account, names of folders as in the configuration, UIDs. Out: frozen values and whole messages. Reading never
sets \\Seen, and nothing is ever expunged but UIDs we name. A fetched message is whole or absent (F11, F16). On failure
see `Session`: after any error but `CommandRefused` connect again; nothing is remembered but what the server holds.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

from mailbot.errors import CommandRefused, LyingPeer, Unreachable
from mailbot.steps import Step, step
from mailbot.transport import filing
from mailbot.transport.account import Account
from mailbot.transport.imap_answers import Fetched, checked_uid, responses
from mailbot.transport.imap_guard import MEGABYTE
from mailbot.transport.imap_session import TIMEOUT, Session
from mailbot.transport.imap_values import Filed, FolderView, Summary

# UIDs a command: the longest set stays below the 8,192 bytes that RFC 7162 §4 asks servers to take.
BATCH = 500


class Waitable(Protocol):
    """Anything that `poll` can wait on: a socket, a pipe's end."""

    def fileno(self) -> int: ...


class Mailbox(Session):
    """One connection to one mailbox, and the folder that is open in it."""

    def __init__(self, account: Account, *, timeout: float = TIMEOUT) -> None:
        super().__init__(account, timeout=timeout)
        self._selected: str | None = None
        self._view: FolderView | None = None
        self.keeps_keywords = True
        """Whether the open folder keeps keywords (PERMANENTFLAGS with \\*, RFC 9051 §7.1); some take and lose them."""

    def _drop(self) -> None:
        self._selected = self._view = None
        super()._drop()

    @property
    def can_move(self) -> bool:
        """MOVE, RFC 6851."""
        return self.can("MOVE")

    @property
    def can_uidplus(self) -> bool:
        """UID EXPUNGE, RFC 4315."""
        return self.can("UIDPLUS")

    @property
    def can_idle(self) -> bool:
        """IDLE, RFC 2177."""
        return self.can("IDLE")

    # Folders

    def exists(self, name: str) -> bool:
        """Whether a folder exists and can be opened."""
        wanted = self.naming.server_name(name)
        with self.talk("LIST") as client:
            found = [{flag.lower() for flag in flags} for flags, _, listed in client.list_folders("", wanted)
                     if listed == wanted]  # fmt: skip
        return any(not flags & {b"\\noselect", b"\\nonexistent"} for flags in found)

    def create(self, name: str) -> None:
        """Creates and subscribes a folder; one that exists already is fine. Raises `CommandRefused`."""
        wanted = self.naming.server_name(name)
        try:
            with step(Step.IMAP_CREATE), self.talk("CREATE") as client:
                client.create_folder(wanted)
        except CommandRefused:
            if not self.exists(name):
                raise
        with suppress(CommandRefused), step(Step.IMAP_CREATE), self.talk("SUBSCRIBE") as client:
            client.subscribe_folder(wanted)

    def select(self, name: str, *, again: bool = False) -> FolderView | None:
        """Opens a folder for reading and writing; None if it does not exist.

        A folder that is open already costs no command and shows what was known, unless `again`.
        """
        wanted = self.naming.server_name(name)
        if wanted == self._selected and not again:
            return self._view
        self._selected = self._view = None
        try:
            with self.talk("SELECT") as client:
                told = client.select_folder(wanted)
                view = _view(told)
        except CommandRefused:
            if self.exists(name):
                raise
            return None
        self._selected, self._view, self._news = wanted, view, False
        self.keeps_keywords = b"\\*" in told.get(b"PERMANENTFLAGS", (b"\\*",))
        return view

    def refresh(self) -> FolderView:
        """NOOP in the open folder, so that new mail is seen. `uidnext` is None once mail has come."""
        view = self._open()
        with self.talk("NOOP") as client:
            client._imap.noop()
            told = client._imap.untagged_responses.get("EXISTS")
            exists = int(told[-1]) if told else view.exists
        self._view = FolderView(view.uidvalidity, view.uidnext if exists == view.exists else None, exists)
        return self._view

    def _open(self) -> FolderView:
        if self._view is None:
            raise Unreachable("no folder is open")
        return self._view

    # Reading

    def uids(self, above: int = 0) -> list[int]:
        """The UIDs of the open folder that are greater than `above`, ascending."""
        # "n:*" names the last message even where its UID is smaller than n (RFC 9051 §9, seq-range).
        found = self._search(["UID", f"{above + 1}:*"] if above else ["ALL"])
        return [uid for uid in found if uid > above]

    def find_header(self, name: str, value: str) -> list[int]:
        """The UIDs of messages in the open folder whose header field `name` contains `value` (both ASCII)."""
        return self._search(["HEADER", name, value])

    def sent_among(self, message_ids: Iterable[str]) -> list[str]:
        """Which of these Message-IDs lie in the folder of sent mail, where the server names one (RFC 6154 §2)."""
        asked = list(message_ids)
        with self.talk("LIST") as client:
            listed = [name for flags, _, name in client.list_folders() if b"\\sent" in {flag.lower() for flag in flags}]
        if not asked or not listed:
            return []
        self._selected = self._view = None
        try:
            with self.talk("EXAMINE") as client:
                self._view = _view(client.select_folder(listed[0], readonly=True))
        except CommandRefused:
            return []
        found = [one for one in asked if self.find_header("Message-ID", one)]
        self._view = None
        return found

    def _search(self, criteria: list[str]) -> list[int]:
        # All UIDs come in one line: 11 bytes each, and a megabyte for what has come since the folder was opened.
        line = min(self._open().exists * 11, 64 * MEGABYTE) + MEGABYTE
        self._news = False
        with self.talk("SEARCH") as client, client._imap.allowing(line=line, answer=2 * line):
            return sorted({checked_uid(uid) for uid in client.search(criteria)})

    def summaries(self, uids: Sequence[int]) -> list[Summary]:
        """Size, INTERNALDATE and flags of those messages that are still there, by ascending UID."""
        found = {}
        for got in self._fetch(uids, "UID RFC822.SIZE INTERNALDATE FLAGS"):
            if got.uid is not None and got.size is not None:
                found[got.uid] = Summary(got.uid, got.size, got.received_at, got.flags)
        return [found[uid] for uid in sorted(found)]

    def fetch(self, uids: Sequence[int], *, limit: int = 64 * MEGABYTE) -> dict[int, bytes]:
        """The whole bytes of those messages that are still there.

        One of more than `limit` bytes is `LyingPeer`, before anything is allocated: ask `summaries` first.
        """
        got = self._fetch(uids, "UID BODY.PEEK[]", limit)
        return {one.uid: one.content for one in got if one.uid is not None and one.content is not None}

    def header(self, uid: int, limit: int = 65536) -> bytes | None:
        """The first `limit` bytes of a message's header; None if the message is gone."""
        got = self._fetch([uid], f"UID BODY.PEEK[HEADER]<0.{limit}>", limit)
        return next((one.content for one in got if one.content is not None), None)

    def flags(self, uids: Sequence[int]) -> dict[int, frozenset[str]]:
        """The flags of those messages that are still there."""
        asked = set(uids)
        return {
            one.uid: one.flags for one in self._fetch(uids, "UID FLAGS") if one.uid is not None and one.uid in asked
        }

    def _fetch(self, uids: Sequence[int], items: str, limit: int = MEGABYTE) -> Iterator[Fetched]:
        for part in _batches(uids):
            yield from self._fetch_batch(part, items, limit)

    def _fetch_batch(self, uids: Sequence[int], items: str, limit: int) -> list[Fetched]:
        answer = (limit + 4096) * len(uids) + MEGABYTE
        with self.talk("FETCH") as client, client._imap.allowing(literal=limit, answer=answer):
            kind, data = client._imap.uid("FETCH", ",".join(map(str, uids)), f"({items})")
            if kind != "OK":
                raise CommandRefused("FETCH refused")
            return list(_answers_for(set(uids), responses(data)))

    # Writing

    def append(self, raw: bytes, folder: str, flags: Iterable[str] = (), received_at: datetime | None = None) -> None:
        """Puts a message, ended by CRLF, into a folder. Raises `CommandRefused` (missing folder, full)."""
        with step(Step.IMAP_APPEND), self.talk("APPEND") as client:
            client.append(self.naming.server_name(folder), raw, tuple(flags), received_at)

    def move(self, uids: Sequence[int], to: str) -> None:
        """UID MOVE of one batch (RFC 6851). Raises `CommandRefused`."""
        with step(Step.IMAP_MOVE), self.talk("MOVE") as client:
            client.move(uids, self.naming.server_name(to))

    def copy(self, uids: Sequence[int], to: str) -> None:
        """UID COPY of one batch. Raises `CommandRefused`."""
        with step(Step.IMAP_COPY), self.talk("COPY") as client:
            client.copy(uids, self.naming.server_name(to))

    def mark(self, uids: Sequence[int], flag: str) -> None:
        """Sets a flag or keyword on one batch. Raises `CommandRefused`."""
        with step(Step.IMAP_FLAG), self.talk("STORE") as client:
            client.add_flags(uids, [flag], silent=True)

    def expunge(self, uids: Sequence[int]) -> None:
        """UID EXPUNGE of one batch and no other message (RFC 4315 §2.1). Raises `CommandRefused`."""
        with step(Step.IMAP_EXPUNGE), self.talk("UID EXPUNGE") as client:
            client.uid_expunge(uids)

    def file_away(self, uids: Sequence[int], to: str) -> Filed:
        """Moves messages of the open folder to another by the best way the server knows; see `filing`.

        A target that refuses (full, read-only, not to be made: F17) is no error: `Filed` says so, all stays in place.
        """
        return filing.together(filing.file_batch(self, part, to) for part in _batches(uids))

    # Waiting

    def idle(self, seconds: float, wake: Waitable | int | None = None) -> bool:
        """Waits in the open folder until the server says something (True), `wake` is readable or time is up (False).

        True at once if new mail was told in the answer to another command since the last `uids`.
        At most 9 minutes at a time: NAT forgets a silent connection (F19). A server that does not answer the end of
        IDLE within the timeout is `Unreachable`. What `wake` holds is the caller's to read.
        """
        if self._news:
            self._news = False
            return True
        # Not the library's idle(), which fails on mail told before the "+" (RFC 2177 allows it), nor its idle_check(),
        # which reads without blocking and breaks on a line that comes in two segments (its issue 519).
        with self.talk("IDLE") as client:
            imap = client._imap
            tag = imap._command("IDLE")
            while imap._get_response() is not None:
                if imap.tagged_commands[tag]:
                    del imap.tagged_commands[tag]
                    raise CommandRefused("IDLE refused")
            if not imap.untagged_responses and not imap.ahead:
                _wait(imap.sock, wake, seconds)
            imap.send(b"DONE\r\n")
            imap._command_complete("IDLE", tag)
            return bool(imap.untagged_responses)


def _view(told: dict[bytes, Any]) -> FolderView:
    uidnext = told.get(b"UIDNEXT")
    return FolderView(
        checked_uid(told.get(b"UIDVALIDITY", 0)),
        None if uidnext is None else checked_uid(uidnext),
        told.get(b"EXISTS", 0),
    )


def _answers_for(asked: set[int], got: Iterator[Fetched]) -> Iterator[Fetched]:
    """Flag changes of others pass (RFC 9051 §7.5.2); a body or a size of a message not asked for is a lie."""
    for one in got:
        if (one.content is not None or one.size is not None) and one.uid not in asked:
            raise LyingPeer("an answer for a message that was not asked for")
        yield one


def _batches(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (uids[start : start + BATCH] for start in range(0, len(uids), BATCH))


def _wait(sock: socket.socket, wake: Waitable | int | None, seconds: float) -> None:
    poller = select.poll()
    poller.register(sock, select.POLLIN)
    if wake is not None:
        poller.register(wake, select.POLLIN)
    poller.poll(max(0.0, seconds) * 1000)
