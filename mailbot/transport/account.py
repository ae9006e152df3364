"""What a door needs to know to open: host, port, kind of TLS, user name, password or token. Both doors take the same.

The password may be a function, so that it is read when it is needed and never kept; it is in no `repr`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from mailbot.transport.oauth import TokenSource

Security = Literal["tls", "starttls", "plain"]


@dataclass(frozen=True, slots=True)
class Account:
    """One mail server and who we are there. "plain" is for loopback only, which the configuration sees to.

    `username` None means no login at all (submission only). With `oauth` its tokens are the password (XOAUTH2).
    """

    host: str
    port: int
    security: Security
    username: str | None = None
    password: str | Callable[[], str] = field(default="", repr=False)
    oauth: TokenSource | None = field(default=None, repr=False)

    def secret(self) -> str:
        """The password or access token of this moment. Raises a `PeerError` where no token is to be had."""
        if self.oauth is not None:
            return self.oauth.token()
        return self.password() if callable(self.password) else self.password

    def another(self, refused: str) -> str | None:
        """A token in place of a refused one; None where there is none: a refused password is asked for once (F21)."""
        return self.oauth.another(refused) if self.oauth is not None else None
