"""A proxy in front of any IMAP or SMTP server that breaks lines, falls silent, refuses and lies as its table of
faults says.

In: the port of a server on loopback, without TLS. Out: a port that behaves like it but for the faults, and counts of
what was done. Runs in a thread of its own; `proxied` has what happens on one connection, `faults` the rows of the
table.

    with Proxy(servers.imap_port, [Hide("MOVE"), LoseAnswer("UID COPY", times=1)]) as proxy:
        ...                                     # clients use proxy.port
        proxy.faults = []                       # from now on it behaves; counts start anew
"""

from __future__ import annotations

import asyncio
import threading
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import Sequence

from mailbot.demo.faults import Fault, Table
from mailbot.demo.proxied import Connection, Protocol

LINE_LIMIT = 2**24
SECONDS = 10.0


class Proxy:
    """Use it in a `with`. `faults` may be replaced at any time, on open connections too."""

    def __init__(self, upstream: int, faults: Sequence[Fault] = (), protocol: Protocol = "imap") -> None:
        self.upstream = upstream
        self.protocol = protocol
        self.connections = 0
        self._table = Table(faults)
        self._open: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The table; a new one starts with counts of 0."""
        return self._table.faults

    @faults.setter
    def faults(self, faults: Sequence[Fault]) -> None:
        self._table = Table(faults)

    @property
    def counts(self) -> Counter[Fault]:
        """How often each fault has happened since the table was set."""
        return self._table.counts

    def cut(self) -> None:
        """Breaks every open connection now."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(SECONDS)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=LINE_LIMIT)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        await self._cut()

    async def _cut(self) -> None:
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        """A task of our own, not asyncio's: Python 3.11 complains aloud when one of its own is cancelled."""
        task = self._loop.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        try:
            far = await asyncio.open_connection("127.0.0.1", self.upstream, limit=LINE_LIMIT)
        except OSError:
            writer.close()
            return
        await Connection(lambda: self._table, self.protocol, (reader, writer), far).run()
