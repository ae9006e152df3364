"""The two mail servers of the configuration, `[inbox]` and `[submission]`, and how to sign in to them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ValidationInfo, field_validator

from mailbot.config.kinds import File, Host, Instant, Line, Port, RuleError, Table, Variable, is_loopback, whole
from mailbot.errors import ConfigError

Security = Literal["tls", "starttls", "plain"]


def _as_the_server_sees_it(folder: str) -> str:
    """INBOX alone is the same in any letter case (RFC 3501 5.1)."""
    return "INBOX" if folder.upper() == "INBOX" else folder


class Account(Table):
    """A mail server and how to sign in. The password is read late, so that `config` and `status` work without it."""

    TABLE: ClassVar[str]
    host: Host
    port: Port
    security: Security
    username: Line | None = None
    password_file: File | None = None
    password_env: Variable | None = None
    oauth: Any = None

    @field_validator("security")
    @classmethod
    def _plain_stays_here(cls, security: Security, info: ValidationInfo) -> Security:
        if security == "plain" and "host" in info.data and not is_loopback(info.data["host"]):
            raise RuleError('"tls" or "starttls"; "plain" is for this machine (127.0.0.1, ::1, localhost) alone')
        return security

    @field_validator("password_env")
    @classmethod
    def _one_source(cls, variable: str | None, info: ValidationInfo) -> str | None:
        if variable and info.data.get("password_file"):
            raise RuleError("password_file or password_env, not both")
        return variable

    @field_validator("oauth")
    @classmethod
    def _not_yet(cls, value: Any) -> None:
        """A known key, so that the sentence is a better one than "no such key"."""
        if value is not None:
            raise RuleError("password_file or password_env; signing in by OAuth is not available in this version")

    def password(self) -> str:
        """The password, without the line end of its file. ConfigError names the key, where it is missing or empty."""
        if self.password_file:
            secret, key = self._from_file(self.password_file), "password_file"
        elif self.password_env:
            secret, key = os.environ.get(self.password_env, ""), "password_env"
        else:
            raise ConfigError(f"{self.TABLE}.password_file is missing: expected it or password_env")
        # A line end inside would end the sign-in command and begin another.
        if not secret or not {"\n", "\r", "\0"}.isdisjoint(secret):
            raise ConfigError(f'{self.TABLE}.{key} = "{getattr(self, key)}": expected a password there, on one line')
        return secret

    def _from_file(self, path: Path) -> str:
        try:
            return path.read_text("utf-8").removesuffix("\n").removesuffix("\r")
        except OSError as problem:
            why = problem.strerror
        except UnicodeDecodeError:
            why = "not UTF-8"
        raise ConfigError(f'{self.TABLE}.password_file = "{path}": expected a file that can be read: {why}')


class Inbox(Account):
    TABLE = "inbox"
    port: Port = 993
    security: Security = "tls"
    username: Line
    folder: Line = "INBOX"
    junk_folder: Line = "Junk"
    done_folder: Line = "Mailbot/Done"
    quarantine_folder: Line = "Mailbot/Quarantine"
    done_keep_days: Annotated[int, whole(0)] = 0
    poll_seconds: Annotated[int, whole(1, 600)] = 60
    since: Instant | None = None

    @field_validator("junk_folder", "done_folder", "quarantine_folder")
    @classmethod
    def _a_folder_of_its_own(cls, folder: str, info: ValidationInfo) -> str:
        """One folder for two purposes would be read again for ever."""
        others = [_as_the_server_sees_it(name) for key, name in info.data.items() if key.endswith("folder")]
        if _as_the_server_sees_it(folder) in others:
            raise RuleError("a folder that no other key names")
        return folder


class Submission(Account):
    TABLE = "submission"
    port: Port = 587
    security: Security = "starttls"
