"""TLS that fails, in the whole program: nothing is said in clear, `status` has the cause, and a certificate's end is
named two weeks before it (F20).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import SSLContext

import pytest
from conftest import ACCOUNTS, ADDRESSES
from faults.conftest import MakeFaulty
from faults.house import DEEP, FaultyHouse
from support.certificates import certificate
from support.installation import Installation
from support.mails import first_mail
from support.waiting import until
from transport.certificates import Authority

from mailbot.demo.faults import Silence
from mailbot.demo.proxy import Proxy
from mailbot.demo.servers import EmbeddedServers
from mailbot.demo.smtpside import Offers

pytestmark = pytest.mark.timeout(300)

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
SERVERS = {"inbox": "watch", "submission": "deliver"}


@contextmanager
def secured(folder: Path, name: str, context: SSLContext, authority: Path, server: str) -> Iterator[Installation]:
    """An installation whose inbox or submission server is spoken to by TLS with that certificate."""
    with EmbeddedServers(ACCOUNTS, ADDRESSES, offers=Offers(tls=context)) as servers:
        servers.append("help", first_mail("kim@example.com"))
        house = Installation(folder / name, servers)
        text = house.config.read_text()
        port, tls = (
            (servers.imap_port, servers.imaps_port) if server == "inbox" else (servers.smtp_port, servers.smtps_port)
        )
        plain = f'host = "127.0.0.1"\nport = {port}\nsecurity = "plain"'
        assert plain in text
        house.config.write_text(text.replace(plain, f'host = "localhost"\nport = {tls}\nsecurity = "tls"'))
        before = os.environ.get("SSL_CERT_FILE")
        os.environ["SSL_CERT_FILE"] = str(authority)
        try:
            yield house
        finally:
            os.environ.pop("SSL_CERT_FILE")
            if before is not None:
                os.environ["SSL_CERT_FILE"] = before


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    ("host", "ends", "trusted", "cause"),
    [
        ("localhost", NOW - DAY, True, "certificate expired"),
        pytest.param("mail.example.org", NOW + 29 * DAY, True, "certificate for another host", marks=DEEP),
        pytest.param("localhost", NOW + 29 * DAY, False, "certificate from an unknown authority", marks=DEEP),
    ],
)
def test_f20_a_bad_certificate_stops_that_loop_alone_and_status_has_the_cause(
    tmp_path: Path, server: str, host: str, ends: datetime, trusted: bool, cause: str
) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    ours.mkdir()
    other.mkdir()
    authority = Authority(ours)
    known = authority.file if trusted else certificate(other, "elsewhere.example.org")[0]
    with secured(tmp_path, "house", authority.server(host, ends), known, server) as house:
        house.run("run", "--once", expect=1)
        (problem,) = house.status(expect=1)["problems"]
        assert problem.startswith(f"loop:{SERVERS[server]}: {cause} (since ")
        assert cause in house.run("check", expect=1)


@pytest.mark.parametrize("server", SERVERS)
def test_f20_a_certificate_that_ends_within_two_weeks_is_named_with_its_date(tmp_path: Path, server: str) -> None:
    authority = Authority(tmp_path)
    ends = NOW + 10 * DAY
    with secured(tmp_path, "house", authority.server("localhost", ends), authority.file, server) as house:
        house.run("run", "--once", expect=0)
        (problem,) = house.status(expect=1)["problems"]
        assert problem.startswith(f"certificate:{server}: the server's certificate ends on {ends:%Y-%m-%d}; renew it")
        assert f"its certificate ends on {ends:%Y-%m-%d}" in house.run("check", expect=None)


def test_f20_a_certificate_with_months_left_is_nobodys_problem(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with secured(tmp_path, "house", authority.server("localhost", NOW + 29 * DAY), authority.file, "inbox") as house:
        house.run("run", "--once", expect=0)
        assert house.status(expect=0)["problems"] == []


@pytest.mark.parametrize("server", SERVERS)
def test_f20_where_starttls_was_removed_no_word_is_said_in_clear(faulty: MakeFaulty, server: str) -> None:
    here = faulty()
    here.write("kim@example.com")
    _start_tls(here, server)
    here.house.run("run", "--once", expect=1)
    assert any("STARTTLS not offered" in problem for problem in here.problems())
    assert here.servers.sent == [] or server == "inbox"
    assert here.inbox() or server == "submission"


def _start_tls(here: FaultyHouse, server: str) -> None:
    """The embedded servers offer no STARTTLS: as if somebody between had taken it out."""
    port = here.imap.port if server == "inbox" else here.smtp.port
    text = here.house.config.read_text()
    here.house.config.write_text(
        text.replace(f'port = {port}\nsecurity = "plain"', f'port = {port}\nsecurity = "starttls"')
    )


@pytest.mark.deep
@pytest.mark.timeout(240)
@pytest.mark.parametrize("server", SERVERS)
def test_f19_a_line_that_falls_silent_in_the_tls_handshake_ends_in_a_named_problem(tmp_path: Path, server: str) -> None:
    authority = Authority(tmp_path)
    with secured(tmp_path, "house", authority.server("localhost", NOW + 29 * DAY), authority.file, server) as house:
        text = house.config.read_text()
        tls = int(text.partition('host = "localhost"\nport = ')[2].partition("\n")[0])
        with Proxy(tls, [Silence()], protocol="raw") as silent:
            house.config.write_text(text.replace(f"port = {tls}\n", f"port = {silent.port}\n"))
            if server == "submission":
                house.run("run", "--once", expect=1)
                assert any("no answer in time" in problem for problem in house.status()["problems"])
                silent.faults = ()
                house.run("run", "--once", expect=None)
            else:
                _looks_once(house, silent)
            house.run("run", "--once", expect=0)
            assert house.status(expect=0)["journal"]["processed"] == 1


def _looks_once(house: Installation, silent: Proxy) -> None:
    """A daemon's first look; a whole pass would try five times a minute each."""
    with house.daemon():
        until(house.status, lambda one: any("no answer in time" in problem for problem in one["problems"]), seconds=150)
        silent.faults = ()
        silent.cut()
