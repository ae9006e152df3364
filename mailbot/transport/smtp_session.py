"""A connection to a submission server: opened, secured, logged in; and the one place where aiosmtplib is imported.

In: an account. Out: commands and their replies. Exceptions of the library become ours in `translated`, and none of ours
carries what a server wrote.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
)

from mailbot.errors import (
    LoginRefused,
    LyingPeer,
    MailbotError,
    PeerError,
    SubmissionRefused,
    TokenRefused,
    Unreachable,
)
from mailbot.transport.account import Account
from mailbot.transport.causes import certificate_end, network_cause, verified_tls
from mailbot.transport.oauth import xoauth2
from mailbot.transport.smtp_answers import Reply, enhanced_code

FAREWELL = 5.0
COMMAND_LIMIT = 512
"""Bytes of a command line, CRLF included (RFC 5321 §4.5.3.1.4)."""


class SmtpSession:
    """One connection. Every method raises `PeerError`s; after any of them the connection is of no more use."""

    def __init__(self, account: Account, timeout: float) -> None:
        self.account = account
        self.certificate_expires_at: datetime | None = None
        self._timeout = timeout
        self._smtp = SMTP(
            hostname=account.host,
            port=account.port,
            timeout=timeout,
            use_tls=account.security == "tls",
            start_tls=False,
            tls_context=verified_tls(),
            local_hostname="localhost",
        )

    @property
    def alive(self) -> bool:
        """Whether the connection is not known to be closed."""
        return self._smtp.is_connected

    @property
    def offered(self) -> frozenset[str]:
        """The extensions of the last EHLO, in small letters."""
        return frozenset(self._smtp.esmtp_extensions)

    async def open(self, secret: str) -> None:
        """Connects, says EHLO, secures, logs in with the password or access token."""
        with translated():
            await self._smtp.connect()
            self._smtp.local_hostname = _address_literal(self._smtp)
            await self._smtp.ehlo()
            await self._secure()
            await self._log_in(secret)

    async def command(self, *words: bytes) -> Reply:
        """One command and its reply, whatever its code."""
        with translated():
            return Reply(*await self._smtp.execute_command(*words))

    async def message(self, wire: bytes, timeout: float) -> Reply:
        """Writes the bytes after 354, the final dot included, and waits `timeout` seconds for the reply."""
        # Not the library's data(), which sends DATA and message in one call and raises the same exception for a line
        # lost before 354 and for one lost after the dot: the difference between "send again" and "uncertain".
        with translated():
            if self._smtp.protocol is None:
                raise ConnectionResetError
            self._smtp.protocol.write(wire)
            return Reply(*await self._smtp.protocol.read_response(timeout=timeout))

    async def quit(self) -> None:
        """QUIT, if the server still listens. Raises nothing."""
        with suppress(PeerError), translated():
            if self.alive:
                await self._smtp.quit(timeout=min(self._timeout, FAREWELL))

    def drop(self) -> None:
        """Closes the socket without a word."""
        self._smtp.close()

    async def _secure(self) -> None:
        """STARTTLS where configured, and no way around it (RFC 8314 §4.1)."""
        if self.account.security == "starttls":
            if "starttls" not in self.offered:
                raise Unreachable("STARTTLS not offered")
            await self._smtp.starttls()
            await self._smtp.ehlo()
        if self.account.security != "plain":
            self.certificate_expires_at = certificate_end(self._smtp.get_transport_info("peercert"))

    async def _log_in(self, secret: str) -> None:
        """One mechanism, once: the library's login() tries three, and three wrong passwords lock accounts (F21)."""
        user, smtp = self.account.username, self._smtp
        if user is None:
            return
        if self.account.oauth:
            await self._show_token(user, secret)
            return
        ways = {"plain": smtp.auth_plain, "login": smtp.auth_login}
        chosen = next((way for name, way in ways.items() if name in smtp.server_auth_methods), None)
        if chosen is None:
            raise LoginRefused("no way to log in is offered")
        await chosen(user, secret)

    async def _show_token(self, user: str, token: str) -> None:
        """AUTH XOAUTH2. A refusal comes as a challenge, which only an empty line brings to its end."""
        if "xoauth2" not in self._smtp.server_auth_methods:
            raise LoginRefused("login: the server does not offer XOAUTH2")
        response = base64.b64encode(xoauth2(user, token))
        command = b"AUTH XOAUTH2 " + response
        # RFC 4954 §4: what makes the command too long waits for a challenge. Postfix cuts lines at 2,048 bytes.
        # (The library's auth_xoauth2() always sends one line, and Microsoft's tokens have two thousand bytes.)
        lines = [command] if len(command) + 2 <= COMMAND_LIMIT else [b"AUTH XOAUTH2", response]
        for line in (*lines, b""):
            reply = await self.command(line)
            if reply.code != 334:
                break
        if reply.code != 235:
            raise _token_refused(reply)


def _token_refused(reply: Reply) -> PeerError:
    enhanced = enhanced_code(reply)
    shown = f"{reply.code} {enhanced}" if enhanced else str(reply.code)
    if reply.code < 500:
        return Unreachable(f"login answered {shown}")
    return TokenRefused(
        f"login answered {shown} though the token is new: has the client access, and is SMTP AUTH on for this mailbox?"
    )


@contextmanager
def translated() -> Iterator[None]:
    """The one place where exceptions of the library become ours."""
    try:
        yield
    except MailbotError:
        raise
    except SMTPAuthenticationError as error:
        kind = LoginRefused if error.code >= 500 else Unreachable
        # Without the cause: a server may repeat in its text what we sent.
        raise kind(f"login answered {error.code}") from None
    except SMTPResponseException as error:
        raise _start_refused(error) from error
    except (SMTPException, OSError) as error:
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
        raise Unreachable(network_cause(cause)) from error


def _start_refused(error: SMTPResponseException) -> PeerError:
    """Greeting and EHLO: 5xx is about us. Everything else is a server that is not ready."""
    if error.code < 200:
        return LyingPeer("a reply that breaks the protocol")
    where = {SMTPConnectResponseError: "greeting", SMTPHeloError: "EHLO"}.get(type(error))
    if where and error.code >= 500:
        return SubmissionRefused(f"{where} answered {error.code}")
    return Unreachable(f"{where or 'server'} answered {error.code}")


def _address_literal(smtp: SMTP) -> str:
    """Our own address for EHLO (RFC 5321 §4.1.3): a host name would need a look-up, and says more than it must."""
    address = str(smtp.get_transport_info("sockname")[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
