"""The kinds of value that a configuration holds. Each carries the words "expected …" says when a value is not of it.

A kind is an annotated type: pydantic checks it, `complaints` reads its description. Strict throughout: TOML has types,
and a quoted number is a slip of the author's, not an offer to convert.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationInfo

ATEXT = "A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
LOCAL_PART = re.compile(rf"[{ATEXT}]+(?:\.[{ATEXT}]+)*")
LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def is_address(value: str) -> bool:
    """Whether it is an addr-spec that every server takes (RFC 5322 3.4.1): a dot-atom at a host name, nothing else."""
    local, at, domain = value.rpartition("@")
    labels = domain.split(".")
    return bool(
        at
        and len(local) <= 64  # RFC 5321 4.5.3.1.1
        and len(domain) <= 253
        and LOCAL_PART.fullmatch(local)
        and all(LABEL.fullmatch(label) for label in labels)
    )


def is_host(host: str) -> bool:
    """Whether it is a host name or an IP address."""
    try:
        return bool(_host(host))
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether bytes sent there never leave the machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Table(BaseModel):
    """Unknown keys are errors, nothing changes after reading, defaults pass through the same rules."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class RuleError(ValueError):
    """What was expected, where the kind's description is not enough. `key` and `value`: the key at fault in a table."""

    def __init__(self, expected: str, key: str | None = None, value: object = None) -> None:
        super().__init__(expected)
        self.key = key
        self.value = value


def _must(holds: bool) -> None:
    if not holds:
        raise ValueError  # the words are the kind's description


def _address(value: str) -> str:
    _must(is_address(value))
    return value


def _line(value: str) -> str:
    _must(value == value.strip() != "" and value.isprintable())
    return value


def _lines(value: str) -> str:
    _must(value.replace("\n", "").isprintable())
    return value


def _host(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        _must(len(value) <= 253 and all(LABEL.fullmatch(label) for label in value.split(".")))
    return value


def _listen(value: str) -> str:
    host, _, port = value.rpartition(":")
    _host(host.removeprefix("[").removesuffix("]"))
    _must(port.isascii() and port.isdigit() and 0 < int(port) < 65536)
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as problem:
        raise ValueError from problem
    return value


def _time_of_day(value: Any) -> time:
    """Read here: pydantic takes 30600 for a time and refuses "8:30"."""
    if isinstance(value, time):
        _must(value.second == value.microsecond == 0 and value.tzinfo is None)
        return value
    found = CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError
    return time(int(found[1]), int(found[2]))


def _date(value: Any) -> date:
    """A TOML date, or the same in quotes; a date-time is an instant, and which day that is depends on a zone."""
    if isinstance(value, str) and DAY.fullmatch(value):
        return date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError


def _instant(value: datetime) -> datetime:
    _must(value.tzinfo is not None)
    return value


def _path(value: Any, info: ValidationInfo) -> Path:
    _must(isinstance(value, str | Path) and str(value) not in ("", ".") and str(value).isprintable())
    return absolute(value, info)


Item = TypeVar("Item")


def once(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """A validator for lists in which a repetition is a slip."""
    if len(set(items)) < len(items):
        raise RuleError("each only once")
    return items


def some(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """A validator for lists that must not be empty; a length of pydantic's would complain of wrong items twice."""
    _must(bool(items))
    return items


def whole(low: int, high: int | None = None) -> Any:
    """The bounds of a whole number, and the words for them."""
    words = f"a whole number, {low} or more" if high is None else f"a whole number from {low} to {high}"
    return Field(strict=True, ge=low, le=high, description=words)


def absolute(value: str | Path, info: ValidationInfo) -> Path:
    """The path seen from the folder of the configuration file, wherever the program was started."""
    folder: Path = info.context["folder"] if info.context else Path.cwd()
    return Path(folder, value)


Address = Annotated[str, AfterValidator(_address), Field(description='an address such as "help@service.example"')]
Line = Annotated[str, AfterValidator(_line), Field(description="text on one line")]
Lines = Annotated[str, AfterValidator(_lines), Field(description="text")]
Host = Annotated[str, AfterValidator(_host), Field(description="a host name or an IP address")]
Port = Annotated[int, Field(strict=True, ge=1, le=65535, description="a port from 1 to 65535")]
Listen = Annotated[str, AfterValidator(_listen), Field(description='HOST:PORT such as "127.0.0.1:9464"')]
Zone = Annotated[str, AfterValidator(_zone), Field(description='a time zone such as "America/Vancouver"')]
TimeOfDay = Annotated[
    time,
    BeforeValidator(_time_of_day),
    PlainSerializer(lambda value: value.strftime("%H:%M")),
    Field(description='a time of day such as "08:30"'),
]
Day = Annotated[date, BeforeValidator(_date), Field(description="a date such as 2026-12-24")]
Instant = Annotated[
    datetime,
    AfterValidator(_instant),
    Field(strict=True, description="a date-time with offset such as 2026-11-24T00:00:00-07:00, without quotes"),
]
File = Annotated[Path, BeforeValidator(_path), PlainSerializer(str), Field(description="the path of a file")]
Folder = Annotated[Path, BeforeValidator(_path), PlainSerializer(str), Field(description="the path of a folder")]
Switch = Annotated[bool, Field(strict=True, description="true or false")]
Language = Annotated[
    str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description='a language code such as "en"')
]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="the name of an environment variable")]
FieldName = Annotated[str, Field(pattern=r"^[!-9;-~]+$", description="the name of a header field")]
AuthservId = Annotated[str, Field(pattern=r"^[!-~]+$", description='an id such as "mx.service.example"')]
