"""The three ways to ask for a token without a person: as the client itself, by a refresh token, as a service account.

In: settings, and functions that read the secrets, so that none is kept. Out: `ask`, for a `TokenSource`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailbot import log
from mailbot.errors import ConfigError
from mailbot.transport import token_endpoint
from mailbot.transport.token_endpoint import AccessToken

logger = log.get("oauth")

Secret = Callable[[], str]
ASSERTION_SECONDS = 600


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """RFC 6749 §4.4: the client has its own permission on the mailbox (Microsoft 365, app-only)."""

    endpoint: str
    client_id: str
    client_secret: Secret
    scope: str

    def ask(self) -> AccessToken:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret(),
            "scope": self.scope,
        }
        return token_endpoint.ask(self.endpoint, form)


@dataclass(slots=True)
class RefreshToken:
    """RFC 6749 §6: a person signed in once. `keep` stores a new refresh token, and says whether it could."""

    endpoint: str
    client_id: str
    client_secret: Secret | None
    refresh_token: Secret
    scope: str | None
    keep: Callable[[str], bool]
    _stored: str = ""
    _newer: str = ""

    def ask(self) -> AccessToken:
        used = self._current()
        form = {"grant_type": "refresh_token", "client_id": self.client_id, "refresh_token": used}
        if self.client_secret:
            form["client_secret"] = self.client_secret()
        if self.scope:
            form["scope"] = self.scope
        found = token_endpoint.ask(self.endpoint, form)
        if found.refresh_token and found.refresh_token != used:
            self._newer = "" if self.keep(found.refresh_token) else found.refresh_token
            if self._newer:
                logger.warning("new refresh token not stored")
        return found

    def _current(self) -> str:
        """What is stored, or what came in its place since and could not be stored. A new one of the operator wins."""
        stored = self.refresh_token()
        if stored != self._stored:
            self._stored, self._newer = stored, ""
        return self._newer or stored


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """RFC 7523: a key of a Google service account signs that it acts for `user` (domain-wide delegation)."""

    endpoint: str
    key: Secret
    scope: str
    user: str
    now: Callable[[], datetime]

    def ask(self) -> AccessToken:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": assertion(self.key(), self.endpoint, self.scope, self.user, int(self.now().timestamp())),
        }
        return token_endpoint.ask(self.endpoint, form)


def assertion(key: str, audience: str, scope: str, user: str, issued_at: int) -> str:
    """A signed JSON web token (RFC 7515, RS256) of a service account's JSON key, good for ten minutes."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    account, private = _opened(key)
    header = {"alg": "RS256", "typ": "JWT", "kid": account.get("private_key_id")}
    claims = {
        "iss": account["client_email"],
        "sub": user,
        "scope": scope,
        "aud": audience,
        "iat": issued_at,
        "exp": issued_at + ASSERTION_SECONDS,
    }
    signed = f"{_base64(header)}.{_base64(claims)}"
    signature = private.sign(signed.encode("ascii"), PKCS1v15(), SHA256())
    return f"{signed}.{_url_safe(signature)}"


def _opened(key: str) -> tuple[dict[str, Any], Any]:
    """The key file's content and its RSA key. The texts of the libraries would show the key."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        account = json.loads(key)
        private = load_pem_private_key(account["private_key"].encode("ascii"), None)
        if isinstance(private, RSAPrivateKey) and isinstance(account["client_email"], str):
            return account, private
    except (ValueError, LookupError, TypeError, AttributeError):
        pass
    raise ConfigError("oauth.service_account_file: expected the JSON key of a Google service account, as downloaded")


def _base64(part: dict[str, Any]) -> str:
    return _url_safe(json.dumps(part, separators=(",", ":")).encode())


def _url_safe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
