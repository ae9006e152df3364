"""The two mail servers of the configuration, `[inbox]` and `[submission]`, and how to sign in to them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import ValidationInfo, field_validator

from mailbot.config.kinds import File, Host, Instant, Line, Port, RuleError, Table, Variable, is_loopback, whole
from mailbot.config.oauth import OAuth
from mailbot.config.secret_files import one_line
from mailbot.errors import ConfigError

Security = Literal["tls", "starttls", "plain"]


def _as_the_server_sees_it(folder: str) -> str:
    """INBOX alone is the same in any letter case (RFC 3501 5.1)."""
    return "INBOX" if folder.upper() == "INBOX" else folder


class Account(Table):
    """A mail server and how to sign in. Secrets are read late, so that `config` and `status` work without them."""

    TABLE: ClassVar[str]
    host: Host
    port: Port
    security: Security
    username: Line | None = None
    password_file: File | None = None
    password_env: Variable | None = None
    oauth: OAuth | None = None

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
    def _in_place_of_a_password(cls, oauth: OAuth | None, info: ValidationInfo) -> OAuth | None:
        if oauth and (info.data.get("password_file") or info.data.get("password_env")):
            raise RuleError("password_file, password_env or oauth, one of them alone")
        if oauth and info.data.get("username", "") is None:
            raise RuleError(f"{cls.TABLE}.username beside it: tokens are good for one mailbox")
        return oauth

    def password(self) -> str:
        """The password, without the line end of its file. ConfigError names the key, where it is missing or empty."""
        found = one_line(f"{self.TABLE}.password", self.password_file, self.password_env, "a password")
        if found is None:
            raise ConfigError(f"{self.TABLE}.password_file is missing: expected it, password_env or oauth")
        return found


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
