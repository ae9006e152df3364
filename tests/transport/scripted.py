"""A server that plays a written dialogue, a thread a connection: says what no well-behaved server would say.

`smtp(...)` and `imap(...)` write the ordinary parts of a dialogue; a test changes single answers: bytes are sent, CLOSE
breaks the line, STALL says nothing more, a function does what it likes with the `Peer`.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Self


class _Act:
    pass


CLOSE, STALL = _Act(), _Act()


class Hangup(Exception):
    """Ends a play."""


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.file = sock.makefile("rb")
        self.heard: list[bytes] = []

    def say(self, text: bytes) -> None:
        self.sock.sendall(text)

    def line(self) -> bytes:
        line = self.file.readline()
        if not line:
            raise Hangup
        self.heard.append(line.rstrip(b"\r\n"))
        return self.heard[-1]

    def message(self) -> bytes:
        lines = []
        while (line := self.file.readline()) != b".\r\n":
            if not line:
                raise Hangup
            lines.append(line)
        return b"".join(lines)

    def secure(self, context: ssl.SSLContext) -> None:
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.file = self.sock.makefile("rb")

    def act(self, what: Answer) -> None:
        if what is CLOSE:
            raise Hangup
        if what is STALL:
            while self.file.read(1):
                pass
            raise Hangup
        if isinstance(what, bytes):
            self.say(what)
        elif callable(what):
            what(self)


Play = Callable[[Peer], None]
Answer = bytes | _Act | Play


class ScriptedServer:
    """Plays the n-th script for the n-th connection, and the last one for all that follow."""

    def __init__(self, *plays: Play) -> None:
        self._plays = plays
        self.peers: list[Peer] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self.peers:
            with suppress(OSError):
                peer.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def heard(self) -> list[bytes]:
        """Every line of every connection, in order."""
        return [line for peer in self.peers for line in peer.heard]

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                peer = Peer(self._listener.accept()[0])
                play = self._plays[min(len(self.peers), len(self._plays) - 1)]
                self.peers.append(peer)
                thread = threading.Thread(target=self._serve, args=(peer, play), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, peer: Peer, play: Play) -> None:
        with suppress(Hangup, OSError, ssl.SSLError):
            play(peer)
        with suppress(OSError):
            peer.file.close()
            peer.sock.close()


SMTP_ANSWERS: dict[str, Answer] = {
    "greeting": b"220 mx.test ESMTP\r\n",
    "EHLO": b"250-mx.test\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 DSN\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go\r\n",
    "dot": b"250 2.0.0 taken\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "NOOP": b"250 2.0.0 ok\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


def smtp(changes: Mapping[str, Answer | Sequence[Answer]] | None = None, taken: list[bytes] | None = None) -> Play:
    """An SMTP dialogue; a list of answers is used up one by one, its last one stays. Whole messages go to `taken`."""
    answers = {
        verb: list(a) if isinstance(a, list | tuple) else [a]
        for verb, a in (SMTP_ANSWERS | dict(changes or {})).items()
    }

    def answer(peer: Peer, verb: str) -> None:
        left = answers.get(verb, [b"500 5.5.1 what\r\n"])
        peer.act(left.pop(0) if len(left) > 1 else left[0])

    def play(peer: Peer) -> None:
        answer(peer, "greeting")
        while True:
            verb = peer.line().partition(b" ")[0].decode("latin-1").upper()
            goes = verb == "DATA" and answers["DATA"][0] == SMTP_ANSWERS["DATA"]
            answer(peer, verb)
            if verb == "QUIT":
                return
            if goes:
                message = peer.message()
                if taken is not None:
                    taken.append(message)
                answer(peer, "dot")

    return play


IMAP_ANSWERS: dict[str, Answer] = {
    "greeting": b"* OK ready\r\n",
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 NAMESPACE MOVE UIDPLUS IDLE\r\nTAG OK done\r\n",
    "LOGIN": b"TAG OK done\r\n",
    "NAMESPACE": b'* NAMESPACE (("" "/")) NIL NIL\r\nTAG OK done\r\n',
    "LIST": b"TAG OK done\r\n",
    "SELECT": b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\nTAG OK [READ-WRITE] done\r\n",
    "NOOP": b"TAG OK done\r\n",
    "LOGOUT": b"* BYE bye\r\nTAG OK done\r\n",
}


def imap(changes: Mapping[str, Answer] | None = None) -> Play:
    """An IMAP dialogue: TAG in an answer becomes the command's tag; "UID FETCH" and its like are verbs of two words."""
    answers = IMAP_ANSWERS | dict(changes or {})

    def play(peer: Peer) -> None:
        peer.act(answers["greeting"])
        while True:
            tag, *words = peer.line().split() or [b""]
            if not words:
                return
            count = 2 if words[0].upper() == b"UID" else 1
            verb = b" ".join(words[:count]).decode("latin-1").upper()
            answer = answers.get(verb, b"TAG OK done\r\n")
            peer.act(answer.replace(b"TAG", tag) if isinstance(answer, bytes) else answer)
            if verb == "LOGOUT":
                return

    return play
