"""`mailbot check` with access tokens: one request for both doors, and a fault that names the part that failed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.token_endpoint import Refused, TokenEndpoint
from transport.scripted import ScriptedServer
from transport.test_oauth_login import imap_server, smtp_server

MAILBOT = str(Path(sys.executable).with_name("mailbot"))
CONFIG = """
[service]
name = "Support"
address = "help@service.example"
sender_name = "Support Service"
[inbox]
host = "127.0.0.1"
port = {imap}
security = "plain"
username = "help"
{oauth}
[submission]
host = "127.0.0.1"
port = {smtp}
security = "plain"
username = "help"
{oauth}
[staff]
members = [{{ name = "Dana", address = "dana@example.net" }}]
[authentication]
staff = "none"
"""


class Service:
    """A token endpoint, the two doors behind it, and a configuration that names them."""

    def __init__(self, folder: Path, endpoint: TokenEndpoint) -> None:
        self.endpoint = endpoint
        self.lets_in = True
        self.imap = ScriptedServer(imap_server(lambda _: self.lets_in))
        self.smtp = ScriptedServer(smtp_server(lambda _: self.lets_in))
        self.config = folder / "config.toml"
        (folder / "client-secret").write_text("client-secret\n")
        oauth = (
            f'oauth = {{ endpoint = "{endpoint.url}", scope = "{endpoint.scope}", '
            'client_id = "client", client_secret_file = "client-secret" }'
        )
        self.config.write_text(CONFIG.format(imap=self.imap.port, smtp=self.smtp.port, oauth=oauth))

    def check(self) -> dict[str, tuple[str, str]]:
        """What `check` found at the mailbox and the submission server: first result and words of each."""
        command = [MAILBOT, "check", "--json", "--config", str(self.config)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100)
        assert "client-secret\n" not in done.stdout + done.stderr
        assert not any(token in done.stdout + done.stderr for token in self.endpoint.valid)
        found: dict[str, tuple[str, str]] = {}
        for line in map(json.loads, done.stdout.splitlines()):
            found.setdefault(line["name"], (line["result"], line["found"]))
        return {name: found[name] for name in ("mailbox", "submission")}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with TokenEndpoint() as endpoint:
        made = Service(tmp_path, endpoint)
        with made.imap, made.smtp:
            yield made


def test_both_doors_open_with_one_token(service: Service) -> None:
    assert {result for result, _ in service.check().values()} == {"ok"}
    assert len(service.endpoint.asked) == 1


def test_a_refused_client_is_named_at_both_doors_and_asked_about_once(service: Service) -> None:
    service.endpoint.refuse = Refused("invalid_client", 401, error_codes=[7000222])
    for result, words in service.check().values():
        assert result == "fault"
        assert words.startswith("token endpoint answered invalid_client (code 7000222): ")
    assert len(service.endpoint.asked) == 1
    assert service.imap.peers == service.smtp.peers == []


def test_a_refused_login_is_told_from_a_refused_client(service: Service) -> None:
    service.lets_in = False
    found = service.check()
    assert found["mailbox"][1].startswith("login refused though the token is new")
    assert found["submission"][1].startswith("login answered 535 5.7.3 though the token is new")
    assert len(service.endpoint.asked) == 1


def test_a_secret_that_is_missing_is_named_by_its_key(service: Service) -> None:
    (service.config.parent / "client-secret").unlink()
    for result, words in service.check().values():
        assert result == "fault"
        assert words.startswith("oauth.client_secret_file = ")
