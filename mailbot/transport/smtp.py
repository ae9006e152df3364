"""The door outwards: one letter to one recipient at a time, over a kept connection.

In: an account, final bytes, one recipient. Out: `Answer`. The promise is about `begin`: it is called after the server's
354 and before the first byte of DATA. What is lost before it is `Unreachable` and was surely not sent; what is lost
after it without a reply code is `uncertain`. For one thread; the event loop is its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from mailbot.errors import LyingPeer, TokenRefused, Unreachable
from mailbot.steps import Step, step
from mailbot.transport.account import Account
from mailbot.transport.smtp_answers import CLOSING, Answer, Outcome, Reply, final_answer, refusal
from mailbot.transport.smtp_letter import Dsn, OutgoingLetter
from mailbot.transport.smtp_session import SmtpSession

TIMEOUT = 60.0
# RFC 5321 §4.5.3.2.6: the server may need this long after the final dot; giving up earlier makes doubles (RFC 1047).
DOT_TIMEOUT = 600.0
T = TypeVar("T")


class Submission:
    """The submission server, and the connection to it that is kept between letters.

    `timeout` seconds for connecting and for each reply, `dot_timeout` for the reply to the final dot.
    """

    def __init__(self, account: Account, *, timeout: float = TIMEOUT, dot_timeout: float = DOT_TIMEOUT) -> None:
        self.account = account
        self._timeout = timeout
        self._dot_timeout = dot_timeout
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: SmtpSession | None = None

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        """Whether a connection is kept; it may still turn out to be dead."""
        return self._session is not None and self._session.alive

    @property
    def supports_dsn(self) -> bool:
        """Whether the server offered DSN (RFC 3461); False when not connected."""
        return self._session is not None and "dsn" in self._session.offered

    @property
    def certificate_expires_at(self) -> datetime | None:
        """When the server's certificate ends, UTC; None without TLS or connection."""
        return self._session.certificate_expires_at if self._session else None

    def connect(self) -> None:
        """Connects, secures and logs in. Raises `Unreachable`, `LoginRefused`, `SubmissionRefused` or `LyingPeer`."""
        self.close()
        self._run(self._connect())

    def close(self) -> None:
        """QUIT, if the server still listens, and everything closed. Raises nothing."""
        if self._loop is None:
            return
        self._run(self._quit())
        self._loop.close()
        self._loop = None

    def noop_ok(self) -> bool:
        """Whether the kept connection still answers."""
        return self.connected and self._run(self._polite(b"NOOP"))

    def send(
        self, *, mail_from: str, to: str, data: bytes, begin: Callable[[], None], dsn: Dsn | None = None
    ) -> Answer:
        """One transaction with one recipient; `mail_from` "" is the null sender. Connects first where needed.

        `begin` is called once, after 354 and before the first byte of DATA; if it raises, no byte is sent, the
        connection is closed and its exception comes out. Raises `Unreachable` (nothing was sent), `LoginRefused` and
        `SubmissionRefused` (it is about us), `LyingPeer`, and `MessageError` for what is not fit to be sent.
        """
        letter = OutgoingLetter(mail_from, to, data, dsn)
        letter.check()
        return self._run(self._send(letter, begin))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        # A loop of our own and not asyncio.Runner, which takes SIGINT over for each call in the main thread.
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(work)

    async def _connect(self) -> SmtpSession:
        """A refused access token is tried once more with a new one, on a new connection."""
        secret = self.account.secret() if self.account.username is not None else ""
        try:
            return await self._open(secret)
        except TokenRefused:
            fresh = self.account.another(secret)
            if fresh is None:
                raise
            return await self._open(fresh)

    async def _open(self, secret: str) -> SmtpSession:
        session = SmtpSession(self.account, self._timeout)
        try:
            await session.open(secret)
        except BaseException:
            session.drop()
            raise
        self._session = session
        return session

    async def _quit(self) -> None:
        if self._session is not None:
            await self._session.quit()
        self._drop()
        # One turn of the loop, in which the transport closes its socket.
        await asyncio.sleep(0)

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.drop()

    async def _send(self, letter: OutgoingLetter, begin: Callable[[], None]) -> Answer:
        try:
            with step(Step.SMTP_ENVELOPE):
                session, reply = await self._mail(letter)
                refused = await _envelope(session, letter, reply)
            if refused is None:
                begin()
                with step(Step.SMTP_DATA):
                    return await self._data(session, letter)
        except BaseException:
            self._drop()
            raise
        if refused.code == CLOSING or not await self._polite(b"RSET"):
            self._drop()
        return refused

    async def _mail(self, letter: OutgoingLetter) -> tuple[SmtpSession, Reply]:
        """MAIL on the kept connection; on a new one where the server has closed the kept one, or forgot it."""
        kept = self._session
        if kept is not None and kept.alive:
            with suppress(Unreachable, LyingPeer):
                reply = await kept.command(*letter.mail_command(kept.offered))
                if reply.code != CLOSING:
                    return kept, reply
        self._drop()
        session = await self._connect()
        return session, await session.command(*letter.mail_command(session.offered))

    async def _data(self, session: SmtpSession, letter: OutgoingLetter) -> Answer:
        """The message and the dot. From here on only a reply code tells anything."""
        try:
            reply = await session.message(letter.on_the_wire(), self._dot_timeout)
        except (Unreachable, LyingPeer):
            reply = Reply(0, "")
        answer = final_answer(reply)
        if reply.code == CLOSING or answer.outcome is Outcome.UNCERTAIN:
            self._drop()
        return answer

    async def _polite(self, command: bytes) -> bool:
        """NOOP or RSET; False, and the connection given up, if that does not work."""
        try:
            if self._session is not None and (await self._session.command(command)).code == 250:
                return True
        except (Unreachable, LyingPeer):
            pass
        self._drop()
        return False


async def _envelope(session: SmtpSession, letter: OutgoingLetter, reply: Reply) -> Answer | None:
    """From the reply to MAIL up to 354; an answer where the server refuses the letter before that."""
    if reply.code != 250:
        return refusal(reply, "mail")
    if letter.needs_utf8 and "smtputf8" not in session.offered:
        return Answer(Outcome.NEVER, None, "5.6.7", "rcpt")
    reply = await session.command(*letter.rcpt_command(session.offered))
    if reply.code not in (250, 251, 252):
        return refusal(reply, "rcpt")
    reply = await session.command(b"DATA")
    return None if reply.code == 354 else refusal(reply, "data")
