"""Signing in with access tokens at both doors: XOAUTH2, its refusal by challenge, one new token, and then a person."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Callable, Sequence

import pytest
from transport.scripted import CLOSE, Answer, Peer, Play, ScriptedServer, imap, smtp

from mailbot.errors import LoginRefused, LyingPeer, PeerError, TokenRefused, Unreachable
from mailbot.transport import Account, Mailbox, Submission
from mailbot.transport.oauth import PAUSE, TokenSource
from mailbot.transport.token_endpoint import AccessToken

WHY = base64.b64encode(json.dumps({"status": "401", "schemes": "bearer", "scope": "mail"}).encode())
DOORS = ["imap", "smtp"]


class Host:
    """Tokens from a host: `length` random-looking characters; the clock moves with every look at it."""

    def __init__(self, length: int = 20, step: float = PAUSE) -> None:
        self.given: list[str] = []
        self.error: PeerError | None = None
        self.lifetime = 10.0**6
        self._length, self._step, self._now = length, step, 0.0
        self.source = TokenSource(self._ask, self._boottime)

    def _ask(self) -> AccessToken:
        if self.error:
            raise self.error
        self.given.append(f"{len(self.given) + 1}".rjust(self._length, "t"))
        return AccessToken(self.given[-1], self.lifetime)

    def _boottime(self) -> float:
        self._now += self._step
        return self._now


def opened(kind: str, server: ScriptedServer, host: Host) -> Mailbox | Submission:
    account = Account("localhost", server.port, "plain", "help", oauth=host.source)
    return Mailbox(account, timeout=5) if kind == "imap" else Submission(account, timeout=5)


def response(token: str) -> bytes:
    return base64.b64encode(f"user=help\1auth=Bearer {token}\1\1".encode())


# A server that lets in who has a good token, and refuses others as Google and Microsoft do: by a challenge.


def imap_server(
    good: Callable[[bytes], bool], refusal: bytes = b"NO AUTHENTICATE failed.", idle: Answer = b"+ idling\r\n"
) -> Play:
    def authenticate(peer: Peer) -> None:
        tag = peer.heard[-1].split()[0]
        peer.say(b"+ \r\n")
        if good(peer.line()):
            peer.say(tag + b" OK done\r\n")
            return
        peer.say(b"+ " + WHY + b"\r\n")
        if peer.line() == b"":
            peer.say(tag + b" " + refusal + b"\r\n")

    offers = b"* CAPABILITY IMAP4rev1 IDLE AUTH=XOAUTH2 AUTH=PLAIN\r\nTAG OK done\r\n"
    return imap({"CAPABILITY": offers, "AUTHENTICATE": authenticate, "IDLE": idle})


def smtp_server(good: Callable[[bytes], bool], refusal: bytes = b"535 5.7.3 Authentication unsuccessful") -> Play:
    def authenticate(peer: Peer) -> None:
        words = peer.heard[-1].split()
        if len(words) == 2:
            peer.say(b"334 \r\n")
            words.append(peer.line())
        if good(words[2]):
            peer.say(b"235 2.7.0 Accepted\r\n")
            return
        peer.say(b"334 " + WHY + b"\r\n")
        if peer.line() == b"":
            peer.say(refusal + b"\r\n")

    return smtp({"EHLO": b"250-mx.test\r\n250 AUTH XOAUTH2 PLAIN\r\n", "AUTH": authenticate})


def server(kind: str, good: Callable[[bytes], bool], **refusal: bytes) -> ScriptedServer:
    return ScriptedServer((imap_server if kind == "imap" else smtp_server)(good, **refusal))


def shown(heard: Sequence[bytes]) -> list[bytes]:
    """The tokens' responses among what a server heard, in order."""
    return [word for line in heard for word in line.split() if base64_of_user(word)]


def base64_of_user(word: bytes) -> bool:
    return word.startswith(base64.b64encode(b"user="[:3]))


@pytest.mark.parametrize("kind", DOORS)
def test_a_token_opens_the_door(kind: str) -> None:
    host = Host()
    with server(kind, lambda said: said == response(host.given[0])) as peer, opened(kind, peer, host) as door:
        assert door.connected
        assert shown(peer.heard()) == [response(host.given[0])]


@pytest.mark.parametrize("kind", DOORS)
def test_a_refused_token_is_followed_by_one_new_token_on_a_new_connection(kind: str) -> None:
    host = Host()
    with server(kind, lambda said: said != response("1".rjust(20, "t"))) as peer, opened(kind, peer, host) as door:
        assert door.connected
        assert shown(peer.heard()) == [response(token) for token in host.given]
    assert len(host.given) == 2


SENTENCES = {
    "imap": "login refused though the token is new: has the client access to this mailbox by IMAP?",
    "smtp": "login answered 535 5.7.3 though the token is new: "
    "has the client access, and is SMTP AUTH on for this mailbox?",
}


@pytest.mark.parametrize("kind", DOORS)
def test_two_refused_tokens_are_a_matter_for_a_person_and_in_no_text(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    host = Host()
    with server(kind, lambda said: False) as peer:
        door = opened(kind, peer, host)
        with pytest.raises(TokenRefused) as refused:
            door.connect()
        assert len(shown(peer.heard())) == len(peer.peers) == 2
        door.close()
    assert str(refused.value) == SENTENCES[kind]
    told = "".join(traceback.format_exception(refused.value)) + repr(door.account) + caplog.text
    for token in host.given:
        assert token not in told
        assert response(token).decode() not in told


@pytest.mark.parametrize("kind", DOORS)
def test_a_token_of_this_minute_that_is_refused_is_not_replaced(kind: str) -> None:
    host = Host(step=0.1)
    with server(kind, lambda said: False) as peer:
        door = opened(kind, peer, host)
        for _ in range(2):
            with pytest.raises(TokenRefused):
                door.connect()
        assert len(peer.peers) == 2
    assert len(host.given) == 1


@pytest.mark.parametrize("kind", DOORS)
def test_where_no_token_is_to_be_had_no_server_is_asked(kind: str) -> None:
    host = Host()
    host.error = LoginRefused("token endpoint answered invalid_grant")
    with server(kind, lambda said: True) as peer:
        with pytest.raises(LoginRefused, match="invalid_grant"):
            opened(kind, peer, host).connect()
        assert peer.peers == []


@pytest.mark.parametrize("kind", DOORS)
def test_a_server_that_does_not_offer_xoauth2_sees_no_token(kind: str) -> None:
    host = Host()
    offers: dict[str, Play] = {
        "imap": imap(),
        "smtp": smtp({"EHLO": b"250-mx.test\r\n250 AUTH PLAIN LOGIN\r\n"}),
    }
    with ScriptedServer(offers[kind]) as peer:
        with pytest.raises(LoginRefused, match=r"^login: the server does not offer XOAUTH2$"):
            opened(kind, peer, host).connect()
        assert not any(b"AUTH" in line for line in peer.heard())
    assert len(host.given) == 1


LATER = {"imap": b"NO [UNAVAILABLE] Temporary authentication failure.", "smtp": b"454 4.7.0 Temporary failure"}


@pytest.mark.parametrize("kind", DOORS)
def test_a_server_that_cannot_check_a_token_now_is_no_refusal(kind: str) -> None:
    host = Host()
    with server(kind, lambda said: False, refusal=LATER[kind]) as peer:
        with pytest.raises(Unreachable, match="^login"):
            opened(kind, peer, host).connect()
        assert len(peer.peers) == 1
    assert len(host.given) == 1


def endless(peer: Peer) -> None:
    while True:
        peer.say(b"+ " + WHY + b"\r\n")
        peer.line()


def test_challenges_without_end_are_a_lie() -> None:
    offers: Answer = b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\nTAG OK done\r\n"
    with ScriptedServer(imap({"CAPABILITY": offers, "AUTHENTICATE": endless})) as peer, pytest.raises(LyingPeer):
        opened("imap", peer, Host()).connect()
    always = smtp({"EHLO": b"250-mx.test\r\n250 AUTH XOAUTH2\r\n", "AUTH": b"334 \r\n", "": b"334 \r\n"})
    with ScriptedServer(always) as peer, pytest.raises(PeerError):
        opened("smtp", peer, Host()).connect()


@pytest.mark.parametrize(("length", "lines"), [(20, 1), (2000, 2)])
def test_smtp_commands_stay_below_512_bytes_and_a_long_token_waits_for_its_challenge(length: int, lines: int) -> None:
    host = Host(length)
    with server("smtp", lambda said: said == response(host.given[0])) as peer, opened("smtp", peer, host):
        said = [line for line in peer.heard() if line.startswith(b"AUTH") or base64_of_user(line)]
    assert len(said) == lines
    assert b"".join(said).startswith(b"AUTH XOAUTH2")


def test_a_connection_dropped_in_idle_when_its_token_ended_comes_back_with_a_new_one() -> None:
    host = Host()
    host.lifetime = 2.5 * PAUSE
    with ScriptedServer(imap_server(lambda said: True, idle=CLOSE)) as peer:
        mailbox = opened("imap", peer, host)
        assert isinstance(mailbox, Mailbox)
        mailbox.connect()
        mailbox.select("INBOX")
        with pytest.raises(Unreachable):
            mailbox.idle(5)
        mailbox.connect()
        mailbox.close()
        assert shown(peer.heard()) == [response(token) for token in host.given]
    assert len(host.given) == 2
