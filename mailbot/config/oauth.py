"""`oauth` in [inbox] and [submission]: where access tokens come from, and the three ways to ask for them.

Which way is plain from the keys: a service account's file, a refresh token, or a client secret alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from mailbot.config.kinds import File, Line, RuleError, Table, Variable, is_host, is_loopback
from mailbot.config.secret_files import one_line, replaced, whole_file
from mailbot.errors import ConfigError


def _endpoint(value: str) -> str:
    """https, or http on this machine: the form holds a secret, and the answer a token."""
    url = urlsplit(value)
    host = url.hostname or ""
    known = url.scheme == "https" or (url.scheme == "http" and is_loopback(host))
    bare = url.username is None and not url.fragment and url.port != 0
    if not (known and bare and is_host(host) and value.isascii() and value.isprintable() and " " not in value):
        raise ValueError
    return value


Endpoint = Annotated[
    str, AfterValidator(_endpoint), Field(description='an URL such as "https://login.example.org/token", with https')
]


class OAuth(Table):
    """Secrets are read when a token is asked for. Tables that say the same share their tokens."""

    endpoint: Endpoint
    scope: Line | None = None
    client_id: Line | None = None
    client_secret_file: File | None = None
    client_secret_env: Variable | None = None
    refresh_token_file: File | None = None
    refresh_token_env: Variable | None = None
    service_account_file: File | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        secret = self._one("client_secret")
        refresh = self._one("refresh_token")
        if self.service_account_file:
            if self.client_id or secret or refresh:
                raise RuleError("service_account_file without client_id, client_secret and refresh_token")
        elif not self.client_id:
            raise RuleError("client_id, or service_account_file")
        elif not secret and not refresh:
            raise RuleError("client_secret_file or client_secret_env; or a refresh token beside client_id")
        if not self.scope and not refresh:
            raise RuleError("scope: only a refresh token has one of its own")
        return self

    def _one(self, name: str) -> bool:
        file, variable = getattr(self, f"{name}_file"), getattr(self, f"{name}_env")
        if file and variable:
            raise RuleError(f"{name}_file or {name}_env, not both")
        return bool(file or variable)

    @property
    def asks_by_refresh_token(self) -> bool:
        return bool(self.refresh_token_file or self.refresh_token_env)

    @property
    def has_client_secret(self) -> bool:
        return bool(self.client_secret_file or self.client_secret_env)

    def client_secret(self) -> str:
        """ConfigError names the key, where it is missing or empty. So do the two below."""
        return self._read("client_secret", self.client_secret_file, self.client_secret_env)

    def refresh_token(self) -> str:
        return self._read("refresh_token", self.refresh_token_file, self.refresh_token_env)

    def service_account(self) -> str:
        """The JSON key, as Google gives it."""
        return whole_file("oauth.service_account_file", self.service_account_file or Path())

    def keep_refresh_token(self, newer: str) -> bool:
        """Stores the token that the host gave in place of the old one; False where it lies in the environment, or in a
        place that is read-only.
        """
        return self.refresh_token_file is not None and replaced(self.refresh_token_file, newer)

    def _read(self, name: str, file: Path | None, variable: str | None) -> str:
        found = one_line(f"oauth.{name}", file, variable, "a secret")
        if found is None:
            raise ConfigError(f"oauth.{name}_file is missing: expected it or {name}_env")
        return found
