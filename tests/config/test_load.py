"""What a right configuration becomes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import ValidationError

from mailbot.config import Config, load
from mailbot.model import Role

Loads = Callable[..., Config]

COMPLETE = """\
[service]
name = "Intimate Images Protection Service"
address = "help@service.example"
sender_name = "Support Service"
subaddress_separator = "+"
time_zone = "America/Vancouver"
language = "en"
[inbox]
host = "127.0.0.1"
port = 1143
security = "plain"
username = "help"
password_file = "password"
junk_folder = "Junk"
since = 2026-11-24T00:00:00-07:00
[submission]
host = "127.0.0.1"
port = 1025
security = "plain"
[storage]
database = "sqlite:///mailbot.db"
key_file = "mailbot.key"
[hours]
opens = "08:30"
closes = "16:30"
days = ["mon", "tue", "wed", "thu", "fri"]
holidays = "CA-BC"
[staff]
members = [
  { name = "Dana", address = "dana@service.example", roles = ["staff"] },
  { name = "Sam", address = "sam@service.example", roles = ["supervisor"] },
]
grace_minutes = 0
[authentication]
trusted_authserv_ids = ["mx.service.example"]
staff = "none"
[digest]
at = "08:00"
to = ["sam@service.example"]
[limits]
sends_per_hour = 100000
automatic_per_hour = 100000
"""


@pytest.fixture
def complete(tmp_path: Path) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(COMPLETE)
    return load(path)


def test_values_stand_under_the_names_of_the_file(complete: Config) -> None:
    assert complete.service.name == "Intimate Images Protection Service"
    assert (complete.inbox.port, complete.inbox.security) == (1143, "plain")
    assert complete.inbox.since == datetime(2026, 11, 24, tzinfo=timezone(timedelta(hours=-7)))
    assert (complete.hours.opens, complete.hours.closes) == (time(8, 30), time(16, 30))
    assert complete.authentication.trusted_authserv_ids == ("mx.service.example",)
    assert complete.digest.to == ("sam@service.example",)


def test_what_is_left_out_has_its_default(loads: Loads) -> None:
    config = loads()
    assert (config.inbox.port, config.inbox.security, config.inbox.poll_seconds) == (993, "tls", 60)
    assert (config.submission.port, config.submission.security) == (587, "starttls")
    assert (config.inbox.done_folder, config.inbox.quarantine_folder) == ("Mailbot/Done", "Mailbot/Quarantine")
    assert config.hours.days == ("mon", "tue", "wed", "thu", "fri")
    assert (config.limits.message_bytes, config.acknowledgement.throttle_hours) == (64 * 1024 * 1024, 24)
    assert (config.log.level, config.log.format, config.metrics.listen) == ("info", "json", None)


def test_paths_are_relative_to_the_file_wherever_mailbot_starts(
    loads: Loads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = '[templates]\ndir = "letters"\n[orders]\nplatforms_dir = "../platforms"\n'
    loads(more=more)
    monkeypatch.chdir(tmp_path)
    config = load(Path("config.toml"))
    monkeypatch.chdir("/")
    assert config.storage.database == f"sqlite:///{tmp_path}/mailbot.db"
    assert config.storage.database_file == tmp_path / "mailbot.db"
    assert config.storage.key_file == tmp_path / "mailbot.key"
    assert config.templates.dir == tmp_path / "letters"
    assert config.orders.platforms_dir == tmp_path / "../platforms"


def test_an_absolute_database_stays_where_it_is(loads: Loads) -> None:
    config = loads(more='[storage]\ndatabase = "sqlite:////var/lib/mailbot/mailbot.db"\n')
    assert config.storage.database_file == Path("/var/lib/mailbot/mailbot.db")


def test_files_named_inside_a_servers_url_are_relative_to_the_file_and_its_password_is_not_shown(
    loads: Loads, tmp_path: Path
) -> None:
    server = "postgresql+psycopg://mailbot:hunter2@db.example.net:5433/help?sslmode=verify-full&sslrootcert=ca.pem"
    config = loads(more=f'[storage]\ndatabase = "{server}"\n')
    assert config.storage.database == server.replace("ca.pem", f"{tmp_path}/ca.pem")
    assert config.storage.database_file is None
    assert "hunter2" not in str(config.shown())
    assert "db.example.net:5433/help" in str(config.shown())


def test_members_are_keyed_by_their_lower_cased_address(loads: Loads) -> None:
    (member,) = loads().members()
    assert (member.key, member.address, member.aliases) == ("dana@example.net", "Dana@example.net", ("d@example.net",))
    assert member.roles == {Role.STAFF, Role.SUPERVISOR}


def test_the_digest_goes_to_supervisors_where_nobody_is_named(loads: Loads) -> None:
    assert loads().digest.to == ("Dana@example.net",)


def test_unauthenticated_letters_share_the_cap_of_automatic_ones(loads: Loads) -> None:
    assert loads(more="[limits]\nautomatic_per_hour = 7\n").limits.unauthenticated_per_hour == 7
    assert loads(more="[limits]\nunauthenticated_per_hour = 9\n").limits.unauthenticated_per_hour == 9


def test_days_may_be_written_as_dates_or_in_quotes(loads: Loads) -> None:
    hours = loads(more='[hours]\nclosures = [2026-12-24, "2026-12-31"]\nopens = "8:30"\n').hours
    assert hours.closures == (date(2026, 12, 24), date(2026, 12, 31))
    assert hours.opens == time(8, 30)


def test_nothing_changes_after_reading(loads: Loads) -> None:
    config = loads()
    with pytest.raises(ValidationError):
        config.inbox.port = 1


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_plain_connections_are_for_this_machine(loads: Loads, host: str) -> None:
    config = loads('host = "imap.example.org"', f'host = "{host}"\nsecurity = "plain"')
    assert config.inbox.security == "plain"


def test_a_byte_order_mark_of_an_editor_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(COMPLETE, "utf-8-sig")
    assert load(path).inbox.port == 1143
