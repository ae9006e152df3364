"""The tables of the configuration, one class each: keys, defaults and rules.

Rules that look at two keys stand beside the later one, as a validator that sees the earlier ones, so that each is
judged even when another key of the table is wrong: all mistakes come at once.
"""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from mailbot import model
from mailbot.config.accounts import Inbox, Submission
from mailbot.config.kinds import (
    Address,
    Day,
    File,
    Folder,
    Language,
    Line,
    Listen,
    RuleError,
    Switch,
    Table,
    TimeOfDay,
    Zone,
    absolute,
    is_loopback,
    once,
    some,
    whole,
)
from mailbot.config.people import Authentication, Staff

HIDDEN = "(hidden)"
SQLITE = "sqlite:///"
POSTGRESQL = "postgresql+psycopg://"
DATABASES = f'"{SQLITE}FILE", or "{POSTGRESQL}USER@HOST:PORT/DATABASE"'
URL_PASSWORD = re.compile(r"(?<=://)([^:@/]*):.*@")
SERVER_FILES = ("passfile", "sslcert", "sslcrl", "sslkey", "sslrootcert")
"""Settings in the URL of a PostgreSQL that name files."""
TOKEN_LENGTH = 26
"""Characters of a token in a reply address (`model.new_secret`)."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WORKING_WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")


class Service(Table):
    name: Line
    address: Address
    sender_name: Line
    subaddress_separator: Annotated[
        str,
        Field(
            pattern=r"^[!#$%&'*+/=?^_`{|}~.-]?$",
            description='one sign such as "+" or "-", or "" where the host has no subaddresses',
        ),
    ] = "+"
    time_zone: Zone = "America/Vancouver"
    language: Language = "en"
    telephone: Line | None = None

    @field_validator("subaddress_separator")
    @classmethod
    def _room_for_a_token(cls, separator: str, info: ValidationInfo) -> str:
        """A reply address is local part, separator, token; a server need not take more than 64 (RFC 5321 4.5.3.1.1)."""
        local = info.data.get("address", "").rpartition("@")[0]
        if separator and len(local) + len(separator) + TOKEN_LENGTH > 64:
            raise RuleError('"", because service.address is too long to take a token behind it')
        return separator

    def is_ours(self, address: str) -> bool:
        """Whether mail to it comes to the service: its own address, or one with something behind the sign."""
        local, _, domain = self.address.lower().partition("@")
        theirs, _, their_domain = address.lower().partition("@")
        sign = self.subaddress_separator
        return domain == their_domain and (theirs == local or bool(sign) and theirs.startswith(local + sign))


def without_password(text: str) -> str:
    """The text with what stands between name and host of a URL left out."""
    return URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text)


def _database(value: Any, info: ValidationInfo) -> str:
    """A SQLite file, or a PostgreSQL database; paths in either are relative to the configuration's file."""
    if isinstance(value, str) and value.startswith(POSTGRESQL):
        return _server(value, info)
    name = value.removeprefix(SQLITE) if isinstance(value, str) else ""
    if not name or name == value or name == ":memory:" or not {"?", "#"}.isdisjoint(name):
        raise RuleError(DATABASES)
    return f"{SQLITE}{absolute(name, info)}"


def _server(value: str, info: ValidationInfo) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise RuleError(DATABASES) from error
    if len(parts.path) < 2 or "/" in parts.path[1:] or parts.fragment or "@" in parts.netloc.rpartition("@")[0]:
        raise RuleError(DATABASES)
    settings = parse_qsl(parts.query, keep_blank_values=True)
    if any(key in ("password", "sslpassword") for key, _ in settings):
        raise RuleError(f"{DATABASES}; a password in a file that ?passfile=FILE names, or before the @")
    named = [(key, str(absolute(text, info)) if key in SERVER_FILES else text) for key, text in settings]
    return urlunsplit(parts._replace(query=urlencode(named, safe="/:")))


class Storage(Table):
    database: Annotated[str, BeforeValidator(_database)] = f"{SQLITE}mailbot.db"
    key_file: File = Path("mailbot.key")

    @property
    def database_file(self) -> Path | None:
        """The file of the database, beside which its lock lies; None for a server's."""
        return Path(self.database.removeprefix(SQLITE)) if self.database.startswith(SQLITE) else None


class Hours(Table):
    opens: TimeOfDay = time(8, 30)
    closes: TimeOfDay = time(16, 30)
    days: Annotated[tuple[Weekday, ...], AfterValidator(some), Field(description="at least one day")] = WORKING_WEEK
    holidays: Literal["CA-BC", ""] = "CA-BC"
    closures: tuple[Day, ...] = ()
    open_days: tuple[Day, ...] = ()

    _each_day_once = field_validator("days", "closures", "open_days")(once)

    @field_validator("closes")
    @classmethod
    def _later(cls, closes: time, info: ValidationInfo) -> time:
        if "opens" in info.data and closes <= info.data["opens"]:
            raise RuleError(f'a time after hours.opens, "{info.data["opens"]:%H:%M}"')
        return closes

    @field_validator("open_days")
    @classmethod
    def _open_or_closed(cls, open_days: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
        both = set(open_days) & set(info.data.get("closures", ()))
        if both:
            raise RuleError(f"no day that is in hours.closures too: {min(both)}")
        return open_days


class Acknowledgement(Table):
    throttle_hours: Annotated[int, whole(24)] = 24


class Limits(Table):
    message_bytes: Annotated[int, whole(1024)] = 67_108_864
    parts: Annotated[int, whole(1)] = 1000
    depth: Annotated[int, whole(1)] = 50
    sends_per_hour: Annotated[int, whole(1)] = 500
    automatic_per_hour: Annotated[int, whole(1)] = 200
    unauthenticated_per_hour: Annotated[int, whole(1)] = Field(default_factory=lambda data: data["automatic_per_hour"])


class Signatory(Table):
    name: Line
    title: Line


class Orders(Table):
    platforms_dir: Folder | None = None
    second_approver: Switch = False
    signatory: Signatory | None = None


class Digest(Table):
    at: TimeOfDay = time(8, 0)
    to: tuple[Address, ...] = ()

    _each_address_once = field_validator("to")(once)


class Templates(Table):
    dir: Folder | None = None


class Log(Table):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class Metrics(Table):
    listen: Listen | None = None
    text_file: File | None = None


def table() -> Any:
    """A table that may be left out; its required keys are then missing by their own names."""
    return Field(default_factory=dict)


class Config(Table):
    """The whole file. `digest.to` and `limits.unauthenticated_per_hour` hold their effective values."""

    service: Service = table()
    inbox: Inbox = table()
    submission: Submission = table()
    storage: Storage = table()
    hours: Hours = table()
    staff: Staff = table()
    authentication: Authentication = table()
    acknowledgement: Acknowledgement = table()
    limits: Limits = table()
    orders: Orders = table()
    digest: Digest = table()
    templates: Templates = table()
    log: Log = table()
    metrics: Metrics = table()

    @field_validator("staff")
    @classmethod
    def _nobody_is_the_service(cls, staff: Staff, info: ValidationInfo) -> Staff:
        """Notices to the service's own address would be mail from a stranger, for ever."""
        service: Service | None = info.data.get("service")
        addresses = [address for member in staff.members for address in member.addresses()]
        for address in filter(service.is_ours, addresses) if service else ():
            raise RuleError("addresses of people, not the service's own", "members", address)
        return staff

    @field_validator("authentication")
    @classmethod
    def _proof_by_nothing_stays_here(cls, authentication: Authentication, info: ValidationInfo) -> Authentication:
        submission: Submission | None = info.data.get("submission")
        if authentication.staff == "none" and submission and not is_loopback(submission.host):
            raise RuleError('"dmarc" or "internal"; "none" is for a submission.host on this machine', "staff", "none")
        return authentication

    @field_validator("digest")
    @classmethod
    def _to_people(cls, digest: Digest, info: ValidationInfo) -> Digest:
        service: Service | None = info.data.get("service")
        for address in filter(service.is_ours, digest.to) if service else ():
            raise RuleError("addresses of people, not the service's own", "to", address)
        if digest.to or "staff" not in info.data:
            return digest
        supervisors = [member.address for member in info.data["staff"].members if "supervisor" in member.roles]
        return digest.model_copy(update={"to": tuple(supervisors)})

    def members(self) -> tuple[model.Member, ...]:
        """Staff and supervisors in the order of the file."""
        return tuple(
            model.Member(
                key=entry.address.lower(),
                name=entry.name,
                address=entry.address,
                aliases=entry.aliases,
                roles=frozenset(map(model.Role, entry.roles)),
                signature=entry.signature,
            )
            for entry in self.staff.members
        )

    def shown(self) -> dict[str, dict[str, Any]]:
        """The effective configuration by table and key, secrets masked; None for a key that is not set."""
        tables: dict[str, dict[str, Any]] = self.model_dump()
        header = tables["authentication"]["internal_header"]
        if header:
            # Whoever knows the value can forge the field where the host does not strip it.
            header["value"] = HIDDEN
        tables["storage"]["database"] = without_password(self.storage.database)
        return tables
