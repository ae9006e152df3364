"""The embedded SMTP server: aiosmtpd on a loopback port, which records what it took and misbehaves on request.

In: SMTP from anybody. Out: a `Transaction` for each message taken, handed to a callback before the 250 leaves. Where
the script of `misbehaviour` says so, it answers another code, breaks the line or falls silent. Lines over RFC 5321's
1000 bytes are refused, as the strictest servers do. Everything here runs in the event loop of
`servers.EmbeddedServers`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from ssl import SSLContext
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mailbot.demo.misbehaviour import Act, Drop, Reply, Rules, Script, Stage

SIZE_LIMIT = 100 * 2**20
DSN_OPTION = re.compile(r" +((?:RET|ENVID|NOTIFY|ORCPT)=\S+)", re.IGNORECASE)
"""An option of RFC 3461. aiosmtpd refuses them, and writes all options in capitals, which breaks an ENVID."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One message that the server took.

    `mail_from` is "" for the null sender; `data` is what stood on the wire, dots unstuffed. Options of MAIL and RCPT as
    written (SIZE, BODY and SMTPUTF8 in capitals), those of several recipients one after the other.
    """

    mail_from: str
    rcpt_to: tuple[str, ...]
    data: bytes
    mail_options: tuple[str, ...]
    rcpt_options: tuple[str, ...]
    helo: str
    at: datetime


Taker = Callable[[Transaction], Awaitable[None]]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Offers:
    """What EHLO offers beside 8BITMIME and SIZE.

    `logins` (name → password): AUTH PLAIN and LOGIN, which are then required. `tls`: STARTTLS, and a second port for
    TLS from the first byte.
    """

    smtputf8: bool = True
    dsn: bool = True
    logins: Mapping[str, str] | None = None
    tls: SSLContext | None = None


class SmtpSide:
    """An SMTP server that hands every message to `taker`. `port` is known after `start`; `script` may be replaced at
    any time."""

    def __init__(self, taker: Taker, offers: Offers, clock: Clock, port: int = 0) -> None:
        self.script: Script = Rules()
        self.clock = clock
        self.connections = 0
        self.port = port
        self.tls_port = 0
        self.offers = offers
        self.taker = taker
        self.open: set[_Connection] = set()
        self._servers: list[asyncio.AbstractServer] = []

    async def start(self) -> None:
        """Binds the port; `OSError` if it is taken."""
        self.port = await self._listen(self.port, None)
        if self.offers.tls is not None:
            self.tls_port = await self._listen(0, self.offers.tls)

    async def stop(self) -> None:
        """Closes the port and every connection, stalled ones too."""
        for server in self._servers:
            server.close()
        for connection in tuple(self.open):
            connection.hang_up()

    async def _listen(self, port: int, tls: SSLContext | None) -> int:
        loop = asyncio.get_running_loop()
        starttls = self.offers.tls if tls is None else None
        server = await loop.create_server(lambda: _Connection(self, starttls), "127.0.0.1", port, ssl=tls)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    # aiosmtpd calls `handle_*` of the handler it is given.

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, host: str, lines: list[str]
    ) -> list[str]:
        session.host_name = host
        return [*lines[:-1], "250-DSN", lines[-1]] if self.offers.dsn else lines

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: _Connection, session: Session, envelope: Envelope
    ) -> str:
        act = self.script(Stage.END, tuple(envelope.rcpt_tos))
        if act is None or (act.line.startswith("2") if isinstance(act, Reply) else act.taken):
            await self.taker(server.transaction())
        if isinstance(act, Reply):
            return act.line
        if act is not None:
            await server.obey(Stage.END, act)
        return "250 2.0.0 taken"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """aiosmtpd's authenticator: a plain comparison with `offers.logins`."""
        known = self.offers.logins or {}
        right = isinstance(data, LoginPassword) and known.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=right, handled=False)


class _Connection(SMTP):
    """One client. Every stage first asks the script."""

    def __init__(self, side: SmtpSide, starttls: SSLContext | None) -> None:
        logins = bool(side.offers.logins)
        super().__init__(
            side, hostname="mx.service.example", ident="ESMTP", data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=side.offers.smtputf8, auth_require_tls=not logins, authenticator=side.authenticate,
            tls_context=starttls, loop=asyncio.get_running_loop(),
        )  # fmt: skip
        self._side = side
        self._mail_dsn: list[str] = []
        self._rcpt_dsn: list[str] = []

    def hang_up(self) -> None:
        """Closes the connection; also ends a stalled one, whose coroutine is cancelled when the transport is gone."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._side.open.add(self)
        self._side.connections += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._side.open.discard(self)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        # Private in aiosmtpd, and the only place before its greeting.
        if not await self._misbehaves(Stage.CONNECT):
            await super()._handle_client()

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        arg, self._mail_dsn = self._without_dsn(arg)
        self._rcpt_dsn = []
        if self._side.offers.logins and not (self.session and self.session.authenticated):
            await self.push("530 5.7.0 authentication required")
        elif not await self._misbehaves(Stage.MAIL, _address(arg)):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        arg, dsn = self._without_dsn(arg)
        before = len(self.envelope.rcpt_tos) if self.envelope else 0
        if not await self._misbehaves(Stage.RCPT, _address(arg)):
            await super().smtp_RCPT(arg)
        if self.envelope and len(self.envelope.rcpt_tos) > before:
            self._rcpt_dsn += dsn

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        recipients = tuple(self.envelope.rcpt_tos) if self.envelope else ()
        if not recipients or not await self._misbehaves(Stage.DATA, *recipients):
            await super().smtp_DATA(arg)

    def _without_dsn(self, arg: str | None) -> tuple[str | None, list[str]]:
        if arg is None or not self._side.offers.dsn:
            return arg, []
        return DSN_OPTION.sub("", arg), DSN_OPTION.findall(arg)

    def transaction(self) -> Transaction:
        """What was said since MAIL."""
        envelope, session = self.envelope, self.session
        if envelope is None or session is None or not isinstance(envelope.content, bytes):
            raise RuntimeError("no message was read yet")
        mail_from = envelope.mail_from or ""
        return Transaction(
            "" if mail_from == "<>" else mail_from, tuple(envelope.rcpt_tos), envelope.content,
            (*envelope.mail_options, *self._mail_dsn), (*envelope.rcpt_options, *self._rcpt_dsn),
            session.host_name or "", self._side.clock(),
        )  # fmt: skip

    async def _misbehaves(self, stage: Stage, *addresses: str) -> bool:
        """True where the script had an act, which then took the place of an answer."""
        act = self._side.script(stage, addresses)
        if act is not None:
            await self.obey(stage, act)
        return act is not None

    async def obey(self, stage: Stage, act: Act) -> None:
        """Answers, breaks the line or waits for its end."""
        if isinstance(act, Reply):
            await self.push(act.line)
            if stage is Stage.CONNECT or act.line.startswith("421"):
                self.hang_up()
            return
        if isinstance(act, Drop):
            self.hang_up()
        await asyncio.Event().wait()  # cancelled by aiosmtpd when the connection is gone


def _address(arg: str | None) -> str:
    """What stands between < and > in MAIL FROM:<…> or RCPT TO:<…>."""
    return (arg or "").partition("<")[2].partition(">")[0]
