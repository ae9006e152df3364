"""A connection to an IMAP server: opened, secured, logged in, closed; and the one place where imapclient is imported.

In: an account. Out: `talk`, inside which a command runs on the library. Its exceptions become ours there; after any
but `CommandRefused` the connection is closed, since half an answer may be left in it, and the caller connects again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from imapclient import IMAPClient
from imapclient.exceptions import (
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    ProtocolError,
)

from mailbot.errors import (
    CommandRefused,
    LoginRefused,
    LyingPeer,
    MailbotError,
    PeerError,
    TokenRefused,
    Unreachable,
)
from mailbot.transport.account import Account
from mailbot.transport.causes import certificate_end, network_cause, verified_tls
from mailbot.transport.folders import Naming
from mailbot.transport.imap_guard import GuardedConnection
from mailbot.transport.oauth import xoauth2

TIMEOUT = 60.0
FAREWELL = 5.0
# What the library raises where an answer breaks the grammar; its own types first, then what slips through its parser.
_NONSENSE = (ProtocolError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
# imaplib has one exception for a connection that broke and for a line it cannot read: only its words tell them apart.
_BROKEN = re.compile(r"(?:command: \w+ => )?(?:unexpected (?:tagged )?response|socket error: unterminated line)")


class _Client(IMAPClient):  # type: ignore[misc]  # the library has no types
    """imapclient on a guarded connection."""

    def __init__(self, account: Account, timeout: float) -> None:
        self._account = account
        self._seconds = timeout
        super().__init__(account.host, account.port, ssl=False, timeout=timeout)
        # The library sets 5 and hands every line to a log, passwords and mail included.
        self._imap.debug = 0

    def _create_IMAP4(self) -> GuardedConnection:  # noqa: N802  # the library's name
        tls = verified_tls() if self._account.security == "tls" else None
        return GuardedConnection(self._account.host, self._account.port, self._seconds, tls)


class Session:
    """One connection to one account; for one thread. `timeout` seconds for connecting and for every read and write."""

    def __init__(self, account: Account, *, timeout: float = TIMEOUT) -> None:
        self.account = account
        self.certificate_expires_at: datetime | None = None
        self.naming = Naming()
        self._timeout = timeout
        self._client: Any = None
        # A server may tell of new mail in the answer to any command, and then not again in IDLE (RFC 9051 §7.4.1).
        self._news = False

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        """Whether a connection is held; it may still turn out to be dead."""
        return self._client is not None

    def connect(self) -> None:
        """Connects, secures, logs in, asks for the namespace. Raises `Unreachable`, `LoginRefused` or `LyingPeer`.

        A refused access token is tried once more with a new one, on a new connection.
        """
        self.close()
        secret = self.account.secret()
        try:
            self._begin(secret)
        except TokenRefused:
            fresh = self.account.another(secret)
            if fresh is None:
                raise
            self._begin(fresh)

    def _begin(self, secret: str) -> None:
        with _translated("connect"):
            self._client = _Client(self.account, self._timeout)
        try:
            self._secure()
            self._log_in(secret)
            self.naming = self._ask_naming()
        except BaseException:
            self._drop()
            raise

    def close(self) -> None:
        """LOGOUT, if the server still listens, and the socket closed. Raises nothing."""
        if self._client is not None:
            with suppress(PeerError), self.talk("LOGOUT") as client:
                client.socket().settimeout(min(self._timeout, FAREWELL))
                client.logout()
        self._drop()

    def can(self, capability: str) -> bool:
        """Whether the server offers a capability to us, logged in."""
        with self.talk("CAPABILITY") as client:
            return bool(client.has_capability(capability))

    @contextmanager
    def talk(self, what: str) -> Iterator[Any]:
        """Runs a command on the library's client. `what` names it in errors, never its arguments."""
        if self._client is None:
            raise Unreachable("not connected")
        self._client._imap.untagged_responses.clear()
        try:
            with _translated(what):
                yield self._client
            self._news |= "EXISTS" in self._client._imap.untagged_responses
        except CommandRefused:
            raise
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError):
                client.shutdown()

    def _secure(self) -> None:
        """STARTTLS where configured, and no way around it: its absence and PREAUTH may both be an attacker's."""
        if self.account.security == "starttls":
            with self.talk("STARTTLS") as client:
                if client._imap.state != "NONAUTH" or not client.has_capability("STARTTLS"):
                    raise Unreachable("STARTTLS not offered")
                client.starttls(verified_tls())
        if self.account.security != "plain":
            self.certificate_expires_at = certificate_end(self._client.socket().getpeercert())

    def _log_in(self, secret: str) -> None:
        user = self.account.username or ""
        try:
            with self.talk("login") as client:
                if self.account.oauth:
                    _show_token(client, user, secret)
                elif client.has_capability("AUTH=PLAIN"):
                    client.plain_login(user, secret)
                elif (user + secret).isascii() and (user + secret).isprintable():
                    client.login(user, secret)
                else:
                    raise LoginRefused("the server takes only plain letters in names and passwords")
        except CommandRefused as refused:
            # Without the cause: a server may repeat in its text what we sent.
            raise _login_refused(refused, token=self.account.oauth is not None) from None

    def _ask_naming(self) -> Naming:
        with self.talk("NAMESPACE") as client:
            if client.has_capability("NAMESPACE") and (personal := client.namespace().personal):
                prefix, separator = personal[0]
                return Naming(prefix, separator or "")
            roots = client.list_folders("", "")
            return Naming("", (roots[0][1] or b"").decode("ascii") if roots else "/")


def _show_token(client: Any, user: str, token: str) -> None:
    """AUTHENTICATE XOAUTH2. A refusal comes as a challenge, which only an empty line brings to its end."""
    # Not the library's oauth2_login(), which answers that challenge with the token again.
    if not client.has_capability("AUTH=XOAUTH2"):
        raise LoginRefused("login: the server does not offer XOAUTH2")
    responses = [xoauth2(user, token), b""]

    def respond(_: bytes) -> bytes:
        if not responses:
            raise LyingPeer("login: challenges without end")
        return responses.pop(0)

    client._imap.authenticate("XOAUTH2", respond)


def _login_refused(refused: CommandRefused, *, token: bool) -> PeerError:
    # RFC 5530 §3: a part of the server is down; the password may be right.
    if "[UNAVAILABLE]" in str(refused.__cause__)[:40].upper():
        return Unreachable("login: the server cannot check it at the moment")
    if token:
        return TokenRefused("login refused though the token is new: has the client access to this mailbox by IMAP?")
    return LoginRefused("login refused")


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """The one place where exceptions of the library become ours."""
    try:
        yield
    except MailbotError:
        raise
    except IMAPClientReadOnlyError as error:
        raise CommandRefused("the folder is read-only") from error
    except IMAPClientAbortError as error:
        if _BROKEN.match(str(error)):
            raise LyingPeer(f"{what}: an answer that breaks the protocol") from error
        raise Unreachable(network_cause(error)) from error
    except OSError as error:
        raise Unreachable(network_cause(error)) from error
    except CapabilityError as error:
        raise CommandRefused(f"{what} not offered") from error
    except _NONSENSE as error:
        raise LyingPeer(f"{what}: an answer that breaks the protocol") from error
    except IMAPClientError as error:
        if what == "connect":
            raise Unreachable("the greeting was no welcome") from error
        raise CommandRefused(f"{what} refused") from error
