"""The embedded IMAP server: pymap with its dictionary backend, in memory, on a loopback port.

In: accounts with passwords. Out: a server that speaks IDLE, MOVE, UIDPLUS and gives a folder made again a new
UIDVALIDITY, and a short way past IMAP for whoever started it: put a message in, read a folder, list folders.
Everything here runs in the event loop of `servers.EmbeddedServers`. Nothing survives `stop`.
"""

from __future__ import annotations

import asyncio
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping, Sequence
from datetime import datetime
from ssl import SSLContext
from uuid import uuid4

import pymap.mime
from proxyprotocol.result import ProxyResultLocal
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Identity, Login
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement
from pymap.user import UserMetadata
from pysasl.hashing import BuiltinHash

LINE_LIMIT = 2**20
"""Longest command line in bytes; asyncio's own 64 kB is too short for a UID set of a large backlog."""


def _whole(view: memoryview, *lines: Sequence[tuple[int, int, int]]) -> memoryview:
    """All bytes from the first line to the last. pymap's own cuts the last byte where a message is all header: a
    lost newline."""
    known = [line for group in lines for line in group]
    return view[known[0][0] : known[-1][2]] if known else view[:0]


pymap.mime.get_raw = _whole  # type: ignore[attr-defined]


class _Config(Config):
    """No look-up of the machine's own name for each greeting: it can take seconds on a machine without DNS."""

    @property
    def greeting(self) -> bytes:
        return b"embedded server ready"


class ImapSide:
    """An IMAP server for `accounts` (name → password). `port` is known after `start`; with `tls` it knows STARTTLS, and
    `tls_port` speaks TLS from the first byte."""

    def __init__(self, accounts: Mapping[str, str], port: int = 0, tls: SSLContext | None = None) -> None:
        self._accounts = dict(accounts)
        self.port = port
        self.tls_port = 0
        self._tls = tls
        self._sessions: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.AbstractServer] = []

    async def start(self) -> None:
        """Binds the port; `OSError` if it is taken."""
        self._config = _Config(
            Namespace(passlib_cfg=None, proxy_protocol=None), host="127.0.0.1", port=self.port,
            tls_enabled=self._tls is not None, ssl_context=self._tls, demo_data=False, demo_user="", demo_password="",
            hash_context=BuiltinHash(rounds=1), cpu_subsystem=Subsystem.for_asyncio(), invalid_user_sleep=0.0,
        )  # fmt: skip
        self._login = Login(self._config)
        for name, password in self._accounts.items():
            hashed = self._config.hash_context.hash(password)
            await self._identity(name).set(UserMetadata(self._config, name, password=hashed))
        self._imap = IMAPServer(self._login, self._config)
        self.port = await self._listen(self.port, None)
        if self._tls is not None:
            self.tls_port = await self._listen(0, self._tls)

    async def stop(self) -> None:
        """Ends every session, clients that never logged out included: since Python 3.12 the server would wait for
        them for ever."""
        for server in self._servers:
            server.close()
        for session in self._sessions:
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    async def append(self, account: str, raw: bytes, folder: str, at: datetime) -> None:
        """Puts `raw` into a folder, made if it is missing, with `at` (aware) as INTERNALDATE. Sessions in IDLE are
        told."""
        box = await self._folder(account, folder, make=True)
        await box.append(AppendMessage(raw, at), recent=True)

    async def messages(self, account: str, folder: str) -> list[bytes]:
        """The raw messages of a folder in the order of their UIDs; none where there is no such folder."""
        try:
            box = await self._folder(account, folder)
        except KeyError:
            return []
        found = [message async for message in box.messages()]
        return [bytes((await message.load_content(FetchRequirement.CONTENT)).content) for message in found]

    async def folders(self, account: str) -> list[str]:
        tree = await (await self._boxes(account)).list_mailboxes()
        return sorted(entry.name for entry in tree.list() if entry.exists)

    async def _listen(self, port: int, tls: SSLContext | None) -> int:
        server = await asyncio.start_server(self._accept, "127.0.0.1", port, limit=LINE_LIMIT, ssl=tls)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        """A task of our own, not asyncio's: Python 3.11 complains aloud when one of its own is cancelled."""
        client = SocketInfo.get(writer, ProxyResultLocal(), unique_id=uuid4().bytes)
        session = asyncio.get_running_loop().create_task(self._imap(reader, writer, client))
        self._sessions.add(session)
        session.add_done_callback(self._sessions.discard)

    def _identity(self, name: str) -> Identity:
        return Identity(name, self._login, None, frozenset())

    async def _boxes(self, account: str) -> MailboxSet:
        async with self._identity(account).new_session() as session:
            return session.mailbox_set

    async def _folder(self, account: str, folder: str, *, make: bool = False) -> MailboxData:
        boxes = await self._boxes(account)
        try:
            return await boxes.get_mailbox(folder)
        except KeyError:
            if not make:
                raise
            await boxes.add_mailbox(folder)
            return await boxes.get_mailbox(folder)
