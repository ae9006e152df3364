"""What an operator reads about a wrong configuration: key, value and what was expected, all mistakes at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.config import Config, load, parse
from mailbot.errors import ConfigError

Loads = Callable[..., Config]

ADDRESS = 'address = "help@service.example"'
HOST = 'host = "imap.example.org"'
SMTP = 'host = "smtp.example.org"'
USER = 'username = "help"'
MEMBERS = 'members = [{ name = "Dana", address = "Dana@example.net", aliases = ["d@example.net"] }]'

WRONG = [
    # old, new, more, and what the complaint must say
    ('name = "Support"', 'name = ""', "", 'service.name = "": expected text on one line'),
    ('name = "Support"', 'name = "a\\nBcc: x"', "", "service.name"),
    (ADDRESS, 'address = "help"', "", 'service.address = "help": expected an address'),
    (ADDRESS, 'address = "Help <help@service.example>"', "", "service.address"),
    (ADDRESS, 'address = "a b@service.example"', "", "service.address"),
    (ADDRESS, 'address = "help@-service.example"', "", "service.address"),
    (ADDRESS, f'address = "{"a" * 40}@service.example"', "", "service.subaddress_separator"),
    (ADDRESS, ADDRESS + '\nsubaddress_separator = "++"', "", 'subaddress_separator = "++": expected one sign'),
    (ADDRESS, ADDRESS + '\nsubaddress_separator = "@"', "", "subaddress_separator"),
    (ADDRESS, ADDRESS + '\ntime_zone = "Pacific"', "", 'time_zone = "Pacific": expected a time zone such as'),
    (ADDRESS, ADDRESS + '\ntime_zone = "../x"', "", "expected a time zone such as"),
    (ADDRESS, ADDRESS + '\nlanguage = "English"', "", "service.language"),
    (HOST, 'host = "imap.example.org/x"', "", "inbox.host"),
    (HOST, HOST + "\nport = 70000", "", "inbox.port = 70000: expected a port from 1 to 65535"),
    (HOST, HOST + '\nport = "993"', "", 'inbox.port = "993": expected a port'),
    (HOST, HOST + '\nsecurity = "ssl"', "", 'inbox.security = "ssl": expected "tls", "starttls" or "plain"'),
    (HOST, HOST + '\nsecurity = "plain"', "", '"plain" is for this machine'),
    (HOST, 'host = "127.0.0.1.example.org"\nsecurity = "plain"', "", "inbox.security"),
    (SMTP, SMTP + '\nsecurity = "plain"', "", "submission.security"),
    (USER, USER + '\npassword_file = "p"\npassword_env = "P"', "", "inbox.password_env"),
    (USER, USER + "\noauth = true", "", "inbox.oauth = true: expected a table"),
    (USER, USER + "\npoll_seconds = 0", "", "inbox.poll_seconds = 0: expected a whole number from 1 to 600"),
    (USER, USER + "\npoll_seconds = 1.5", "", "inbox.poll_seconds"),
    (USER, USER + "\ndone_keep_days = -1", "", "inbox.done_keep_days"),
    (USER, USER + '\njunk_folder = "inbox"', "", "inbox.junk_folder"),
    (USER, USER + '\ndone_folder = "Junk"', "", "inbox.done_folder"),
    (USER, USER + "\nsince = 2026-11-24T00:00:00", "", "inbox.since"),
    (USER, USER + '\nsince = "2026-11-24T00:00:00Z"', "", "expected a date-time with offset"),
    (USER, USER + "\nsince = 2026-11-24", "", "inbox.since"),
    ("", "", '[storage]\ndatabase = "postgresql://u:hunter2@h/db"', 'expected "sqlite:///FILE", or "postgresql+'),
    ("", "", '[storage]\ndatabase = "postgresql+psycopg://u:hunter2@h"', "storage.database"),
    ("", "", '[storage]\ndatabase = "postgresql+psycopg://u:hunter2@h/a/b"', "storage.database"),
    ("", "", '[storage]\ndatabase = "postgresql+psycopg://u:hunter2@h:port/db"', "storage.database"),
    ("", "", '[storage]\ndatabase = "postgresql+psycopg://u:hunter2@@h/db"', "storage.database"),
    ("", "", '[storage]\ndatabase = "sqlite://"', "storage.database"),
    ("", "", '[storage]\ndatabase = "sqlite:///:memory:"', "storage.database"),
    ("", "", '[storage]\nkey_file = ""', "storage.key_file"),
    ("", "", '[hours]\nopens = "16:30"\ncloses = "08:30"', 'hours.closes = "08:30": expected a time after'),
    ("", "", '[hours]\nopens = "17:00"', 'hours.closes = "16:30": expected a time after hours.opens, "17:00"'),
    ("", "", '[hours]\nopens = "25:00"', 'hours.opens = "25:00": expected a time of day such as'),
    ("", "", "[hours]\nopens = 30600", "hours.opens = 30600: expected a time of day"),
    ("", "", '[hours]\ndays = ["mon", "funday"]', 'hours.days[2] = "funday": expected "mon"'),
    ("", "", '[hours]\ndays = ["mon", "mon"]', "hours.days"),
    ("", "", "[hours]\ndays = []", "hours.days = []: expected at least one day"),
    ("", "", '[hours]\nholidays = "DE"', 'hours.holidays = "DE": expected "CA-BC" or ""'),
    ("", "", "[hours]\nclosures = [2026-12-24T00:00:00Z]", "expected a date such as"),
    ("", "", '[hours]\nclosures = ["2026-02-30"]', "expected a date such as"),
    ("", "", "[hours]\nclosures = [2026-12-24]\nopen_days = [2026-12-24]", "hours.open_days"),
    (MEMBERS, "members = []", "", "staff.members"),
    (MEMBERS, "", "", "staff.members is missing"),
    (MEMBERS, 'members = [{ name = "S", address = "s@example.net", roles = ["supervisor"] }]', "", "role staff"),
    (MEMBERS, 'members = [{ name = "S", address = "s@example.net", roles = ["boss"] }]', "", "members[1].roles[1]"),
    (MEMBERS, 'members = [{ name = "S", address = "s@example.net", roles = [] }]', "", "members[1].roles"),
    (MEMBERS, 'members = [{ name = "S", address = "s@example.net", aliases = ["S@example.net"] }]', "", "only once"),
    (MEMBERS, 'members = [{ name = "S", address = "HELP@service.example" }]', "", "not the service's own"),
    (MEMBERS, 'members = [{ name = "S", address = "help+me@service.example" }]', "", "not the service's own"),
    (MEMBERS, MEMBERS + "\ngrace_minutes = true", "", "staff.grace_minutes = true: expected a whole number"),
    ("", "", '[authentication]\nstaff = "none"', 'authentication.staff = "none": expected "dmarc" or "internal"'),
    ("", "", '[authentication]\nstaff = "internal"', "authentication.internal_header"),
    ("", "", '[authentication]\ninternal_header = { name = "X Y", value = "v" }', "internal_header.name"),
    ("", "", '[authentication]\ntrusted_authserv_ids = "mx"', "trusted_authserv_ids"),
    ("", "", "[acknowledgement]\nthrottle_hours = 23", "throttle_hours = 23: expected a whole number, 24 or more"),
    ("", "", "[limits]\nsends_per_hour = 0", "limits.sends_per_hour"),
    ("", "", '[limits]\nautomatic_per_hour = "x"', "limits.automatic_per_hour"),
    ("", "", "[orders]\nsecond_approver = 1", "orders.second_approver = 1: expected true or false"),
    ("", "", '[orders]\nsignatory = { name = "N" }', "orders.signatory.title is missing"),
    ("", "", '[digest]\nto = ["x"]', "digest.to[1]"),
    ("", "", '[digest]\nto = ["help@service.example"]', 'digest.to = "help@service.example": expected addresses'),
    ("", "", '[templates]\ndir = "a\\u0000b"', "templates.dir"),
    ("", "", '[log]\nlevel = "loud"', 'log.level = "loud": expected "debug", "info", "warning" or "error"'),
    ("", "", '[metrics]\nlisten = "9464"', "metrics.listen"),
    ("", "", "[inboxes]\nx = 1", "[inboxes]: no such table, did you mean [inbox]?"),
    ("", "", '[log]\nlvl = "info"', 'log.lvl = "info": no such key, did you mean log.level?'),
    ("", "", '[log]\nxyz = "info"', "no such key, expected one of level, format"),
]

TYPED = [
    "1", "-1", "1.5", "nan", "true", '""', '"x"', '"\\u0000"', "[]", "[[]]", '["x"]', "[1]", "{}", "{ a = 1 }", "[{}]",
    "2026-11-24", "2026-11-24T00:00:00", "2026-11-24T00:00:00Z", "08:30:00", "9999999999999999999",
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "more", "complaint"), WRONG)
def test_one_mistake_is_one_line_with_key_and_expectation(
    loads: Loads, old: str, new: str, more: str, complaint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        loads(old, new, more)
    head, *lines = str(caught.value).splitlines()
    assert head.endswith("config.toml: 1 mistake")
    assert len(lines) == 1
    assert complaint in lines[0]
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "key"),
    [
        ('name = "Support"', "service.name"),
        (ADDRESS, "service.address"),
        ('sender_name = "Support Service"', "service.sender_name"),
        (HOST, "inbox.host"),
        (USER, "inbox.username"),
        (SMTP, "submission.host"),
    ],
)
def test_each_required_key_is_missed_by_name(loads: Loads, old: str, key: str) -> None:
    with pytest.raises(ConfigError, match=f"1 mistake\n  {key} is missing: expected"):
        loads(old, "")


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[inbox]\nport = 0\nsecurity = "ssl"\n[hours]\nopens = "x"\n')
    with pytest.raises(ConfigError) as caught:
        load(path)
    keys = [line.split()[0] for line in str(caught.value).splitlines()[1:]]
    assert keys == [
        "service.name", "service.address", "service.sender_name", "inbox.host", "inbox.port", "inbox.security",
        "inbox.username", "submission.host", "hours.opens", "staff.members",
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["password", "pasword", "pwd", "client_secret", "api_token"])
def test_what_looks_like_a_secret_is_not_shown(loads: Loads, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loads(USER, f'{USER}\n{key} = "hunter2"')
    assert f"inbox.{key} = (hidden): no such key" in str(caught.value)
    assert "hunter2" not in str(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b'[service]\nname = "half a li', "line 2"),
        (b"[service]\n[inbox", "line 2"),
        (b"[service]\nname = Support\n", "line 2"),
        (b"[service]\n\n[service]\n", "line 3"),
        (b'[service]\nname = "\xff"\n', "line 2"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_its_line(tmp_path: Path, text: bytes, line: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text)
    with pytest.raises(ConfigError, match=line):
        load(path)


def test_a_file_cut_off_anywhere_inside_the_required_keys_is_refused(right: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for length in range(len(right.rstrip()) - 1):
        path.write_text(right[:length])
        with pytest.raises(ConfigError):
            load(path)


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_whatever_ends_in_anything_but_a_configuration_or_its_mistakes(right: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(right)))
    end = data.draw(st.integers(start, min(len(right), start + 40)))
    middle = data.draw(st.one_of(st.binary(max_size=20), st.sampled_from(TYPED).map(str.encode)))
    with suppress(ConfigError):
        parse(right[:start].encode() + middle + right[end:].encode(), Path("config.toml"))


@pytest.mark.parametrize("value", TYPED)
def test_a_value_of_any_type_in_any_place_is_right_or_a_mistake(right: str, value: str) -> None:
    for name, field in Config.model_fields.items():
        for key in field.annotation.model_fields:
            with suppress(ConfigError):
                parse(f"[{name}]\n{key} = {value}\n".encode(), Path("config.toml"))


def test_brackets_without_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("x = " + "[" * 100_000)
    with pytest.raises(ConfigError, match="brackets"):
        load(path)


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / name)
