"""What a door needs to know to open: host, port, kind of TLS, user name, password. Both doors take the same.

The password may be a function, so that a token is fetched when it is needed and never kept; it is in no `repr`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Security = Literal["tls", "starttls", "plain"]


@dataclass(frozen=True, slots=True)
class Account:
    """One mail server and who we are there. "plain" is for loopback only, which the configuration sees to.

    `username` None means no login at all (submission only). With `oauth` the password is an access token (XOAUTH2).
    """

    host: str
    port: int
    security: Security
    username: str | None = None
    password: str | Callable[[], str] = field(default="", repr=False)
    oauth: bool = False

    def secret(self) -> str:
        """The password or access token of this moment."""
        return self.password() if callable(self.password) else self.password
