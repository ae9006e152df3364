"""What is asked of a token endpoint, and what each of its answers means (RFC 6749 §4.4, §5.1, §5.2, §6; RFC 7523)."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from support.token_endpoint import Refused, TokenEndpoint, reply
from transport.certificates import Authority
from transport.scripted import Peer, ScriptedServer

from mailbot.errors import ConfigError, LoginRefused, LyingPeer, PeerError, Unreachable
from mailbot.transport import token_endpoint
from mailbot.transport.grants import ClientCredentials, RefreshToken, ServiceAccount
from mailbot.transport.token_endpoint import ANSWER_LIMIT, AccessToken, meaning

SECRET = "client-secret"
NOW = datetime(2026, 11, 25, 20, tzinfo=UTC)


def client(endpoint: TokenEndpoint, **changes: str) -> ClientCredentials:
    told = {"client_id": "client", "client_secret": SECRET, "scope": endpoint.scope} | changes
    return ClientCredentials(endpoint.url, told["client_id"], lambda: told["client_secret"], told["scope"])


def refresher(endpoint: TokenEndpoint, stored: list[str], *, writable: bool = True) -> RefreshToken:
    def keep(newer: str) -> bool:
        if writable:
            stored.append(newer)
        return writable

    return RefreshToken(endpoint.url, "client", lambda: SECRET, lambda: stored[-1], None, keep)


# Asking


def test_a_client_asks_in_its_own_name() -> None:
    with TokenEndpoint() as endpoint:
        token = client(endpoint).ask()
    assert token.text in endpoint.valid
    assert token.seconds == 3599
    assert endpoint.asked == [
        {"grant_type": "client_credentials", "client_id": "client", "client_secret": SECRET, "scope": endpoint.scope}
    ]


def test_a_refresh_token_is_exchanged_and_a_client_without_secret_has_none_to_send() -> None:
    with TokenEndpoint(client_secret=None) as endpoint:
        asking = RefreshToken(endpoint.url, "client", None, lambda: "refresh-1", None, lambda _: True)
        assert asking.ask().text in endpoint.valid
    assert endpoint.asked == [{"grant_type": "refresh_token", "client_id": "client", "refresh_token": "refresh-1"}]


def test_a_new_refresh_token_is_stored_and_used_from_then_on() -> None:
    stored = ["refresh-1"]
    with TokenEndpoint(rotate=True) as endpoint:
        asking = refresher(endpoint, stored)
        for _ in range(3):
            asking.ask()
    assert len(stored) == 4
    assert [form["refresh_token"] for form in endpoint.asked] == stored[:3]


def test_where_it_cannot_be_stored_it_is_used_while_the_process_lasts_and_the_operators_new_one_wins() -> None:
    stored = ["refresh-1"]
    with TokenEndpoint(rotate=True) as endpoint:
        asking = refresher(endpoint, stored, writable=False)
        asking.ask()
        asking.ask()
        endpoint.refresh_token = "by-hand"
        stored.append("by-hand")
        asking.ask()
    assert endpoint.asked[1]["refresh_token"] != "refresh-1"
    assert endpoint.asked[2]["refresh_token"] == "by-hand"


@pytest.fixture(scope="module")
def private() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def service_key(private: RSAPrivateKey) -> str:
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = "mailbot@project.example"
    return json.dumps({"type": "service_account", "private_key_id": "1", "private_key": pem, "client_email": account})


def test_a_service_account_signs_for_the_mailbox(private: RSAPrivateKey) -> None:
    with TokenEndpoint(service_key=private.public_key()) as endpoint:
        key = service_key(private)
        asking = ServiceAccount(endpoint.url, lambda: key, endpoint.scope, "help", lambda: NOW)
        assert asking.ask().text in endpoint.valid
        for wrong in (
            ServiceAccount(endpoint.url, lambda: key, endpoint.scope, "dana", lambda: NOW),
            ServiceAccount(
                endpoint.url, lambda: service_key(generate_private_key(65537, 2048)), "x", "help", lambda: NOW
            ),
        ):
            with pytest.raises(LoginRefused, match=r"^token endpoint answered invalid_grant: "):
                wrong.ask()


@pytest.mark.parametrize("key", ["", "hunter2", "[]", '{"private_key": "hunter2", "client_email": "a"}', "null"])
def test_a_file_that_is_no_key_is_refused_without_showing_it(key: str) -> None:
    asking = ServiceAccount("http://127.0.0.1:1/", lambda: key, "scope", "help", lambda: NOW)
    with pytest.raises(ConfigError, match=r"^oauth.service_account_file: expected") as caught:
        asking.ask()
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_the_endpoints_certificate_is_proved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    with TokenEndpoint(tls=authority.server()) as endpoint:
        with pytest.raises(Unreachable, match=r"^token endpoint: certificate from an unknown authority$"):
            client(endpoint).ask()
        assert endpoint.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        assert client(endpoint).ask().text in endpoint.valid


# Refusals

REFUSED = [
    (Refused("invalid_client", 401), LoginRefused, "answered invalid_client: client_id or client secret is wrong, or"),
    (Refused("invalid_client", 401, error_codes=[7000222]), LoginRefused, r"invalid_client \(code 7000222\): "),
    (Refused("invalid_client", 401, error_codes=["help@service.example"]), LoginRefused, "answered invalid_client: "),
    (Refused("invalid_grant"), LoginRefused, "invalid_grant: the refresh token or the account's consent has expired"),
    (Refused("unauthorized_client"), LoginRefused, "permissions"),
    (Refused("invalid_scope"), LoginRefused, "oauth.scope"),
    (Refused("help@service.example"), LoginRefused, r"answered 400: is oauth.endpoint right\?"),
    (Refused("temporarily_unavailable"), Unreachable, r"answered 400 \(temporarily_unavailable\)$"),
    (Refused("invalid_client", 503), Unreachable, "answered 503$"),
    (Refused("slow_down", 429), Unreachable, "answered 429$"),
]


@pytest.mark.parametrize(("refuse", "kind", "sentence"), REFUSED)
def test_a_refusal_says_what_a_person_does_or_that_it_passes(
    refuse: Refused, kind: type[PeerError], sentence: str
) -> None:
    with (
        TokenEndpoint(refuse=refuse) as endpoint,
        pytest.raises(PeerError, match=f"^token endpoint .*{sentence}") as told,
    ):
        client(endpoint).ask()
    assert type(told.value) is kind
    shown = "".join(traceback.format_exception(told.value))
    assert SECRET not in shown
    assert "help@service.example" not in shown
    assert len(str(told.value)) <= 200  # what `status` shows of it


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"client_secret": "old"}, "invalid_client"),
        ({"client_id": "x"}, "invalid_client"),
        ({"scope": "x"}, "invalid_scope"),
    ],
)
def test_a_wrong_setting_is_named_by_the_standards_word(changes: dict[str, str], reason: str) -> None:
    with TokenEndpoint() as endpoint, pytest.raises(LoginRefused, match=f"^token endpoint answered {reason}: "):
        client(endpoint, **changes).ask()


# Answers that are none


def say(status: int, body: object, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda request: reply(request, status, body, **headers)


GOOD = {"access_token": "abc", "token_type": "bearer"}
ODD: list[tuple[int, object, type[PeerError], str]] = [
    (200, b"<html>please sign in</html>", LyingPeer, "the answer is no JSON object"),
    (200, b"[" * 60000, LyingPeer, "the answer is no JSON object"),
    (200, b"\xff\xfe", LyingPeer, "the answer is no JSON object"),
    (200, [GOOD], LyingPeer, "the answer is no JSON object"),
    (200, {"token_type": "Bearer"}, LyingPeer, "the answer holds no access token"),
    (200, GOOD | {"access_token": "a\r\nRCPT"}, LyingPeer, "the answer holds no access token"),
    (200, GOOD | {"access_token": "a\x01b"}, LyingPeer, "the answer holds no access token"),
    (200, GOOD | {"access_token": "a" * 9000}, LyingPeer, "the answer holds no access token"),
    (200, GOOD | {"access_token": 1}, LyingPeer, "the answer holds no access token"),
    (200, GOOD | {"token_type": "mac"}, LyingPeer, "the answer holds a token of another type than Bearer"),
    (200, b"x" * (ANSWER_LIMIT + 1), LyingPeer, "the answer is too large"),
    (204, b"", Unreachable, "answered 204"),
    (404, b"<html>not here</html>", LoginRefused, "answered 404 without a reason"),
    (500, b"", Unreachable, "answered 500"),
]


@pytest.mark.parametrize(("status", "body", "kind", "sentence"), ODD)
def test_an_answer_that_holds_no_token_is_told_from_a_refusal(
    status: int, body: object, kind: type[PeerError], sentence: str
) -> None:
    with TokenEndpoint(answer=say(status, body)) as endpoint, pytest.raises(PeerError, match=sentence) as told:
        client(endpoint).ask()
    assert type(told.value) is kind


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with TokenEndpoint() as elsewhere, TokenEndpoint(answer=say(status, b"", Location=elsewhere.url)) as endpoint:
        with pytest.raises(LyingPeer, match=rf"^token endpoint answered {status}: redirects are not followed"):
            client(endpoint).ask()
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (3599, 3599),
        ("3599", 3599),
        (1.5, 1.5),
        (None, 3600),
        (-1, 3600),
        (0, 3600),
        (True, 3600),
        ("soon", 3600),
        (10**30, 86400),
        ("9" * 40, 86400),
        ([], 3600),
        (float("nan"), 3600),
    ],
)
def test_a_lifetime_is_taken_as_hosts_write_it_and_never_believed_for_more_than_a_day(
    expires_in: object, seconds: float
) -> None:
    assert meaning(200, json.dumps(GOOD | {"expires_in": expires_in}).encode()) == AccessToken("abc", seconds)


def scripted(answer: bytes, *, after: Callable[[Peer], None] | None = None) -> Callable[[Peer], None]:
    def play(peer: Peer) -> None:
        while peer.line():
            pass
        peer.say(answer)
        if after:
            after(peer)

    return play


HEAD = b"HTTP/1.1 200 OK\r\n"
TOKEN = json.dumps(GOOD).encode()
BROKEN = [
    (b"", Unreachable, "connection lost"),
    (b"+OK POP3 ready\r\n", LyingPeer, "the answer is no HTTP"),
    (HEAD + b"Content-Length: 400\r\n\r\n" + TOKEN, LyingPeer, "the answer is no HTTP"),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n" + TOKEN, LyingPeer, "the answer is no HTTP"),
    (HEAD + b"X: y\r\n" * 200 + b"\r\n" + TOKEN, LyingPeer, "the answer is no HTTP"),
]


@pytest.mark.parametrize(("answer", "kind", "sentence"), BROKEN)
def test_an_answer_that_breaks_off_or_is_another_protocol_is_no_token(
    answer: bytes, kind: type[PeerError], sentence: str
) -> None:
    with ScriptedServer(scripted(answer)) as server, pytest.raises(kind, match=f"^token endpoint: {sentence}$"):
        token_endpoint.ask(f"http://127.0.0.1:{server.port}/", {"a": "b"})


def test_an_answer_in_chunks_is_one_answer() -> None:
    chunks = b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n0\r\n\r\n" % (len(TOKEN), TOKEN)
    with ScriptedServer(scripted(HEAD + chunks)) as server:
        assert token_endpoint.ask(f"http://127.0.0.1:{server.port}/", {}).text == "abc"


def drip(peer: Peer) -> None:
    """A byte whenever one would keep an ordinary timeout away."""
    import threading

    pause = threading.Event()
    while not pause.wait(0.05):
        peer.say(b" ")


def test_an_endpoint_that_drips_bytes_for_ever_is_given_up() -> None:
    with (
        ScriptedServer(scripted(HEAD + b"\r\n", after=drip)) as server,
        pytest.raises(Unreachable, match=r"^token endpoint: no answer in time$"),
    ):
        token_endpoint.ask(f"http://127.0.0.1:{server.port}/", {}, seconds=0.5)


def test_an_endpoint_that_is_not_there_is_unreachable_and_not_named() -> None:
    with TokenEndpoint() as endpoint:
        gone = client(endpoint)
    with pytest.raises(Unreachable, match=r"^token endpoint: connection refused$"):
        gone.ask()
