"""The socket of an IMAP connection, with limits before memory is spent (F12, F11).

In: bytes of a server that may lie. Out: whole lines and whole literals, or `LyingPeer` (a literal, a line or an
answer larger than allowed; nothing is allocated for it) or `Unreachable` (closed in the middle). What was read ahead
is known, which IDLE needs.
"""

from __future__ import annotations

import imaplib
import io
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from mailbot.errors import LyingPeer, Unreachable

MEGABYTE = 1 << 20
LINE_LIMIT = MEGABYTE
CHUNK = 256 * 1024
# The first probe after a minute, then every 10 s, six times: a half-open connection is known dead in two minutes (F19).
_KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))


def open_socket(host: str, port: int, timeout: float) -> socket.socket:
    """A TCP connection with keepalive; `timeout` seconds for connecting and for every later read and write."""
    sock = socket.create_connection((host, port), timeout)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # imapclient writes a SEARCH in pieces: without this the last one waits 40 ms for the server's delayed ACK.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return sock


class GuardedConnection(imaplib.IMAP4):
    """The standard library's IMAP connection, reading through limits. `tls` None: unsecured, perhaps STARTTLS later."""

    def __init__(self, host: str, port: int, timeout: float, tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        self._seconds = timeout
        self._ahead = bytearray()
        self._ahead_of: socket.socket | None = None
        self._spent = 0
        self.literal_limit = LINE_LIMIT
        self.line_limit = LINE_LIMIT
        self.answer_limit = 64 * MEGABYTE
        super().__init__(host, port, timeout)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        sock = open_socket(self.host, self.port, self._seconds)
        if self._tls is None:
            return sock
        try:
            return self._tls.wrap_socket(sock, server_hostname=self.host)
        except BaseException:
            sock.close()
            raise

    @contextmanager
    def allowing(self, *, literal: int = LINE_LIMIT, line: int = LINE_LIMIT, answer: int) -> Iterator[None]:
        """Other limits, in bytes, while a command that needs them runs: for a literal, a line, a whole answer."""
        before = self.literal_limit, self.line_limit, self.answer_limit
        self.literal_limit, self.line_limit, self.answer_limit = literal, line, answer
        try:
            yield
        finally:
            self.literal_limit, self.line_limit, self.answer_limit = before

    @property
    def ahead(self) -> bool:
        """Whether bytes of the server lie here already, so that waiting on the socket would miss them."""
        return bool(self._ahead) or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0)

    def send(self, data: bytes) -> None:  # type: ignore[override]  # typeshed says Buffer
        """Sends, and begins to count the answer anew."""
        self._spent = 0
        super().send(data)

    def readline(self) -> bytes:
        """One whole line with its end. Longer than `line_limit`: `LyingPeer`."""
        self._forget_other_socket()
        start = 0
        while (end := self._ahead.find(b"\n", start)) < 0:
            start = len(self._ahead)
            if start > self.line_limit:
                raise LyingPeer("line too long")
            self._ahead += self._receive("connection lost")
        if end > self.line_limit:
            raise LyingPeer("line too long")
        return self._take(end + 1)

    def read(self, size: int) -> bytes:
        """A whole literal of `size` bytes, or an error and nothing. Above `literal_limit`: `LyingPeer`."""
        if size > self.literal_limit:
            raise LyingPeer("literal too large")
        self._forget_other_socket()
        if size <= len(self._ahead):
            return self._take(size)
        # BytesIO hands its buffer out without a copy: one message in memory once, not twice.
        whole = io.BytesIO()
        left = size - whole.write(self._take(len(self._ahead)))
        self._count(left)
        while left:
            left -= whole.write(self._receive("connection lost in a literal", min(left, CHUNK)))
        return whole.getvalue()

    def _forget_other_socket(self) -> None:
        # STARTTLS puts another socket here; what was read before it may be an attacker's (CVE-2011-0411).
        if self._ahead_of is not self.sock:
            self._ahead.clear()
            self._ahead_of = self.sock

    def _receive(self, lost: str, size: int = CHUNK) -> bytes:
        chunk = self.sock.recv(size)
        if not chunk:
            raise Unreachable(lost)
        return chunk

    def _take(self, size: int) -> bytes:
        self._count(size)
        taken = bytes(self._ahead[:size])
        del self._ahead[:size]
        return taken

    def _count(self, size: int) -> None:
        self._spent += size
        if self._spent > self.answer_limit:
            raise LyingPeer("answer too large")
