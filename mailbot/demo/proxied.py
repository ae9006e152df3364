"""One connection through the misbehaving proxy: passes lines and literals on and does what the table of faults says.

In: the two ends of a connection and a table. Out: the same conversation, broken, silenced or falsified where a fault
names the place. An IMAP literal is passed on as it is, never read as lines; an SMTP message is never read as
commands.
"""

from __future__ import annotations

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Coroutine
from typing import Literal

from mailbot.demo.faults import (
    COMMANDS,
    CutAfter,
    CutInLiteral,
    EndlessLine,
    Hide,
    LoseAnswer,
    Refuse,
    Silence,
    SplitLines,
    Stall,
    Table,
)

LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r?\n$")
CHUNK = 2**16
Protocol = Literal["imap", "smtp", "raw"]
"""`raw` passes bytes on as they come, TLS for example: only `CutAfter` and `Silence` mean anything there."""
Streams = tuple[StreamReader, StreamWriter]


class _Broken(Exception):
    """This connection ends here."""


class Connection:
    """One client and its connection to the server. `faults` gives the table in force at the moment it is asked."""

    def __init__(self, faults: Callable[[], Table], protocol: Protocol, near: Streams, far: Streams) -> None:
        self._faults = faults
        self._protocol = protocol
        self._client, self._to_client = near
        self._server, self._to_server = far
        self._gone = {self._to_client: 0, self._to_server: 0}
        self._silent_after: int | None = None
        self._lost: bytes | None = None
        self._in_message = False

    async def run(self) -> None:
        """Until either side goes away or a fault breaks the line."""
        tasks = [asyncio.create_task(way) for way in self._ways()]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._to_client.close()
            self._to_server.close()

    def _ways(self) -> tuple[Coroutine[None, None, None], Coroutine[None, None, None]]:
        if self._protocol == "raw":
            return self._pump(self._client, self._to_server), self._pump(self._server, self._to_client)
        return self._forward_commands(), self._forward_answers()

    async def _pump(self, reader: StreamReader, writer: StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if not self._is_silent():
                await self._pass(writer, data)

    def _is_silent(self) -> bool:
        """Whether nothing passes any more on this connection."""
        if self._faults().due(Silence, lambda _: True):
            self._silent_after = 0
        return self._silent_after == 0

    async def _forward_commands(self) -> None:
        begins, dropped = True, False
        while line := await self._client.readline():
            if self._is_silent():
                continue
            if begins:
                dropped = await self._answered_here(line)
            if not dropped:
                await self._pass(self._to_server, line)
            literal = self._literal(line)
            begins = literal is None or (dropped and not literal[1])
            if literal is not None and not begins:
                await self._pass_literal(self._client, None if dropped else self._to_server, literal[0])

    async def _forward_answers(self) -> None:
        while line := await self._server.readline():
            if self._lost is not None and line.startswith(self._lost):
                raise _Broken
            if self._is_silent():
                break
            if self._silent_after is not None:
                self._silent_after -= 1
            literal = self._literal(line)
            await self._pass_line(self._faults().rewritten(line))
            if literal is not None:
                await self._pass_literal(self._server, self._to_client, literal[0])
        if self._silent_after == 0:
            await asyncio.Event().wait()

    async def _answered_here(self, line: bytes) -> bool:
        """Does what the table says of a command; True where the server must not hear of it."""
        tag, command = self._parsed(line)

        def named(fault: LoseAnswer | Stall | Refuse | EndlessLine) -> bool:
            return fault.command == command

        if refused := self._faults().due(Refuse, named):
            await self._answer(tag, refused.answer)
            return True
        if self._faults().due(Hide, lambda fault: command in COMMANDS.get(fault.capability, ())):
            await self._answer(tag, "BAD unknown command")
            return True
        if endless := self._faults().due(EndlessLine, named):
            await self._send_without_end(endless.size)
            return True
        if stalled := self._faults().due(Stall, named):
            self._silent_after = stalled.lines
        if self._faults().due(LoseAnswer, named):
            self._lost = tag
        return False

    async def _answer(self, tag: bytes, answer: str) -> None:
        text = answer.encode() if self._protocol == "smtp" else tag + b" " + answer.encode()
        await self._pass(self._to_client, text + b"\r\n")

    async def _send_without_end(self, size: int) -> None:
        self._silent_after = 0
        self._to_client.write(b"* OK ")
        for _ in range(size // CHUNK):
            self._to_client.write(b"x" * CHUNK)
            await self._to_client.drain()

    async def _pass_literal(self, reader: StreamReader, writer: StreamWriter | None, size: int) -> None:
        cut = None
        if reader is self._server:
            cut = self._faults().due(CutInLiteral, lambda fault: fault.count < size)
        left = cut.count if cut else size
        while left:
            piece = await reader.read(min(left, CHUNK))
            if not piece:
                raise _Broken
            left -= len(piece)
            if writer is not None:
                await self._pass(writer, piece)
        if cut:
            raise _Broken

    async def _pass_line(self, line: bytes) -> None:
        half = len(line) // 2
        if split := self._faults().due(SplitLines, lambda _: True):
            await self._pass(self._to_client, line[:half])
            await asyncio.sleep(split.pause)
            line = line[half:]
        await self._pass(self._to_client, line)

    async def _pass(self, writer: StreamWriter, data: bytes) -> None:
        """Writes `data`, or the part of it that a `CutAfter` leaves."""
        before = self._gone[writer]
        to_server = writer is self._to_server
        cut = self._faults().due(
            CutAfter, lambda fault: fault.to_server is to_server and before + len(data) > fault.count >= before
        )
        part = data if cut is None else data[: cut.count - before]
        self._gone[writer] += len(part)
        writer.write(part)
        await writer.drain()
        if cut is not None:
            raise _Broken

    def _literal(self, line: bytes) -> tuple[int, bool] | None:
        """Size of the literal that follows a line, and whether it comes without being asked for (RFC 7888)."""
        found = LITERAL.search(line) if self._protocol == "imap" else None
        return (int(found[1]), bool(found[2])) if found else None

    def _parsed(self, line: bytes) -> tuple[bytes, str]:
        """Tag and name of a command; SMTP has no tags."""
        words = line.split()
        if self._protocol == "smtp":
            return b"", self._smtp_name(line)
        name = b" ".join(words[1:3] if words[1:2] in ([b"UID"], [b"uid"]) else words[1:2])
        return words[0] if words else b"", name.decode("latin-1").upper()

    def _smtp_name(self, line: bytes) -> str:
        """The command, "" for a line of a message, "." for its end."""
        if self._in_message and line.rstrip() != b".":
            return ""
        name = line.partition(b" ")[0].strip().decode("latin-1").upper()
        self._in_message = name == "DATA"
        return name
