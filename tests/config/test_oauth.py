"""`oauth` in [inbox] and [submission]: exactly one way to ask, secrets read late and shown nowhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from mailbot.config import Config
from mailbot.errors import ConfigError

Loads = Callable[..., Config]

USER = 'username = "help"'
SMTP = 'host = "smtp.example.org"'
ENDPOINT = 'endpoint = "https://login.example.org/token"'
CLIENT = 'client_id = "client"'
SECRET = 'client_secret_file = "secret"'
SCOPE = 'scope = "mail"'
REFRESH = 'refresh_token_file = "refresh"'
KEY = 'service_account_file = "key.json"'


def table(*keys: str) -> str:
    return f"oauth = {{ {', '.join(keys)} }}"


def oauth(loads: Loads, *keys: str) -> Config:
    return loads(USER, f"{USER}\n{table(*keys)}")


RIGHT = [
    (ENDPOINT, SCOPE, CLIENT, SECRET),
    (ENDPOINT, SCOPE, CLIENT, 'client_secret_env = "S"'),
    (ENDPOINT, CLIENT, REFRESH),
    (ENDPOINT, SCOPE, CLIENT, SECRET, 'refresh_token_env = "R"'),
    (ENDPOINT, SCOPE, KEY),
    ('endpoint = "http://127.0.0.1:8080/token?x=y"', SCOPE, CLIENT, SECRET),
    ('endpoint = "https://[::1]/"', SCOPE, CLIENT, SECRET),
]


@pytest.mark.parametrize("keys", RIGHT)
def test_each_way_to_ask_is_taken(loads: Loads, keys: tuple[str, ...]) -> None:
    assert oauth(loads, *keys).inbox.oauth is not None


WRONG = [
    ((SCOPE, CLIENT, SECRET), "inbox.oauth.endpoint is missing: expected an URL such as"),
    ((ENDPOINT, SCOPE, SECRET), "inbox.oauth: expected client_id, or service_account_file"),
    ((ENDPOINT, SCOPE, CLIENT), "inbox.oauth: expected client_secret_file or client_secret_env"),
    ((ENDPOINT, CLIENT, SECRET), "inbox.oauth: expected scope"),
    ((ENDPOINT, KEY), "inbox.oauth: expected scope"),
    ((ENDPOINT, SCOPE, CLIENT, KEY), "inbox.oauth: expected service_account_file without client_id"),
    ((ENDPOINT, SCOPE, REFRESH, KEY), "inbox.oauth: expected service_account_file without client_id"),
    (
        (ENDPOINT, SCOPE, CLIENT, SECRET, 'client_secret_env = "S"'),
        "expected client_secret_file or client_secret_env, not",
    ),
    (
        (ENDPOINT, CLIENT, REFRESH, 'refresh_token_env = "R"'),
        "expected refresh_token_file or refresh_token_env, not both",
    ),
    (
        (ENDPOINT, SCOPE, CLIENT, 'client_secret_env = "1"'),
        'inbox.oauth.client_secret_env = "1": expected the name of an',
    ),
    ((ENDPOINT, SCOPE, CLIENT, "client_secret_file = 1"), "inbox.oauth.client_secret_file = 1: expected the path of a"),
    (
        (ENDPOINT, SCOPE, CLIENT, SECRET, 'client_secret = "hunter2"'),
        "inbox.oauth.client_secret = (hidden): no such key",
    ),
]


@pytest.mark.parametrize(("keys", "complaint"), WRONG)
def test_a_mistake_is_one_line_with_key_and_expectation(loads: Loads, keys: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        oauth(loads, *keys)
    _, *lines = str(caught.value).splitlines()
    assert len(lines) == 1
    assert complaint in lines[0]
    assert "hunter2" not in lines[0]


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.org/token",
        "ftp://login.example.org/",
        "login.example.org/token",
        "https:///token",
        "https://",
        "https://user:hunter2@login.example.org/",
        "https://login.example.org/#x",
        "https://login.example.org:x/",
        "https://login.example.org:0/",
        "https://login.exämple.org/",
        "https://login.example.org/a b",
        "https://[x/",
    ],
)
def test_an_endpoint_is_an_https_url_or_on_this_machine(loads: Loads, url: str) -> None:
    with pytest.raises(ConfigError, match=r"inbox.oauth.endpoint = .*: expected an URL such as") as caught:
        oauth(loads, f'endpoint = "{url}"', SCOPE, CLIENT, SECRET)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("password", ['password_file = "p"', 'password_env = "P"'])
def test_a_password_beside_it_is_refused(loads: Loads, password: str) -> None:
    with pytest.raises(ConfigError, match=r"inbox.oauth: expected password_file, password_env or oauth, one"):
        loads(USER, f"{USER}\n{password}\n{table(ENDPOINT, SCOPE, CLIENT, SECRET)}")


def test_a_submission_that_signs_in_with_tokens_needs_a_user_name(loads: Loads) -> None:
    with pytest.raises(ConfigError, match=r"submission.oauth: expected submission.username beside it"):
        loads(SMTP, f"{SMTP}\n{table(ENDPOINT, SCOPE, CLIENT, SECRET)}")


def test_an_inner_table_says_the_same(loads: Loads) -> None:
    more = "\n".join(("[inbox.oauth]", ENDPOINT, SCOPE, CLIENT, SECRET))
    assert loads(more=more).inbox == oauth(loads, ENDPOINT, SCOPE, CLIENT, SECRET).inbox


def test_config_shows_where_secrets_lie_and_not_what_they_are(loads: Loads, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    shown = oauth(loads, ENDPOINT, SCOPE, CLIENT, SECRET).shown()["inbox"]["oauth"]
    assert shown["client_secret_file"] == str(tmp_path / "secret")
    assert "hunter2" not in str(shown)


# Secrets


def test_secrets_are_read_when_they_are_needed(loads: Loads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = oauth(loads, ENDPOINT, CLIENT, SECRET, 'refresh_token_env = "MAILBOT_TEST_REFRESH"').inbox.oauth
    assert found
    (tmp_path / "secret").write_bytes(b"hunter2\r\n")
    monkeypatch.setenv("MAILBOT_TEST_REFRESH", "hunter3")
    assert (found.client_secret(), found.refresh_token()) == ("hunter2", "hunter3")


@pytest.mark.parametrize("stored", [None, "", "\n", "hunter2\nhunter3\n"])
def test_a_missing_or_broken_secret_is_named_by_its_key_alone(loads: Loads, tmp_path: Path, stored: str | None) -> None:
    found = oauth(loads, ENDPOINT, SCOPE, CLIENT, SECRET).inbox.oauth
    assert found
    if stored is not None:
        (tmp_path / "secret").write_text(stored)
    with pytest.raises(ConfigError, match=rf'^oauth.client_secret_file = "{tmp_path}/secret": expected ') as caught:
        found.client_secret()
    assert "hunter" not in str(caught.value)


def test_a_new_refresh_token_takes_the_place_of_the_old_one_for_the_owner_alone(loads: Loads, tmp_path: Path) -> None:
    found = oauth(loads, ENDPOINT, CLIENT, REFRESH).inbox.oauth
    assert found
    (tmp_path / "real").write_text("old\n")
    (tmp_path / "refresh").symlink_to("real")
    assert found.keep_refresh_token("new")
    assert (tmp_path / "refresh").is_symlink()
    assert found.refresh_token() == "new"
    assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == 0o600
    assert sorted(os.listdir(tmp_path)) == ["config.toml", "real", "refresh"]


def test_a_refresh_token_that_cannot_be_replaced_stays_as_it_was(loads: Loads, tmp_path: Path) -> None:
    found = oauth(loads, ENDPOINT, CLIENT, 'refresh_token_file = "no/such/folder"').inbox.oauth
    in_environment = oauth(loads, ENDPOINT, CLIENT, 'refresh_token_env = "R"').inbox.oauth
    assert found
    assert in_environment
    assert not found.keep_refresh_token("new")
    assert not in_environment.keep_refresh_token("new")
