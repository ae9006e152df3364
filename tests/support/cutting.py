"""A network in front of PostgreSQL that breaks at a COMMIT: before it reaches the server, or before its answer returns.

The client cannot tell the one from the other (F29). `cut` arms it for one COMMIT to come; `commits` counts them.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Literal

Moment = Literal["before", "after"]


class CuttingProxy:
    """Listens on `port` while the `with` lasts, and passes everything on to the server's port."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.commits = 0
        self.cuts = 0
        self._lock = threading.Lock()
        self._cut_at: tuple[Moment, int] | None = None
        self._open: list[socket.socket] = []

    def __enter__(self) -> CuttingProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # shutdown wakes the thread in accept; close alone leaves it there
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            one.close()

    def cut(self, moment: Moment, number: int) -> None:
        """Breaks the connection at the COMMIT of that number from now on, counted from 1."""
        with self._lock:
            self._cut_at = (moment, self.commits + number)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port))
            except OSError:
                client.close()
                continue
            self._open += [client, server]
            swallow = threading.Event()
            for source, target, pump in ((client, server, self._to_server), (server, client, self._to_client)):
                threading.Thread(target=pump, args=(source, target, swallow), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket, swallow: threading.Event) -> None:
        while data := _received(client):
            moment = self._moment() if b"COMMIT" in data else None
            if moment == "before":
                break
            if moment == "after":
                swallow.set()
            if not _sent(server, data):
                break
        _end(client, server)

    def _to_client(self, server: socket.socket, client: socket.socket, swallow: threading.Event) -> None:
        while data := _received(server):
            if swallow.is_set() or not _sent(client, data):
                break
        _end(client, server)

    def _moment(self) -> Moment | None:
        with self._lock:
            self.commits += 1
            if self._cut_at is None or self._cut_at[1] != self.commits:
                return None
            self.cuts += 1
            return self._cut_at[0]


def _received(source: socket.socket) -> bytes:
    with suppress(OSError):
        return source.recv(65536)
    return b""


def _sent(target: socket.socket, data: bytes) -> bool:
    with suppress(OSError):
        target.sendall(data)
        return True
    return False


def _end(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
