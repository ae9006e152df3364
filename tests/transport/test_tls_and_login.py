"""TLS and login of both doors: verified, never without, one try, and the password in no text."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from transport.certificates import DAY, NOW, Authority
from transport.scripted import Answer, Peer, Play, ScriptedServer, imap, smtp

from mailbot.errors import LoginRefused, PeerError, Unreachable
from mailbot.transport import Account, Mailbox, Security, Submission

PASSWORD = "correct-horse-battery"
CAPABLE = b"* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n"
Door = Callable[[Account], Mailbox | Submission]


def open_imap(account: Account) -> Mailbox:
    return Mailbox(account, timeout=2)


def open_smtp(account: Account) -> Submission:
    return Submission(account, timeout=2)


def account(server: ScriptedServer, security: Security = "tls", **changes: object) -> Account:
    return Account("localhost", server.port, security, **({"username": "help", "password": PASSWORD} | changes))  # type: ignore[arg-type]


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this process trusts."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


def after_tls(context: object, play: Play) -> Play:
    def secured(peer: Peer) -> None:
        peer.secure(context)  # type: ignore[arg-type]
        play(peer)

    return secured


def starttls(reply: bytes, context: object, play: Play) -> Play:
    """STARTTLS in the middle of a dialogue, then another dialogue without its greeting."""

    def upgrade(peer: Peer) -> None:
        peer.say(reply.replace(b"TAG", peer.heard[-1].split()[0]))
        peer.secure(context)  # type: ignore[arg-type]
        play(peer)

    return upgrade


AUTH = {"EHLO": b"250-mx.test\r\n250 AUTH PLAIN LOGIN CRAM-MD5\r\n", "AUTH": b"235 2.7.0 ok\r\n"}
DOORS = [
    pytest.param(open_imap, imap(), id="imap"),
    pytest.param(open_smtp, smtp(AUTH), id="smtp"),
]


@pytest.mark.parametrize(("door", "play"), DOORS)
def test_a_good_certificate_opens_the_door_and_its_end_is_known(door: Door, play: Play, authority: Authority) -> None:
    with ScriptedServer(after_tls(authority.server(), play)) as server, door(account(server)) as opened:
        assert opened.connected
        assert opened.certificate_expires_at == NOW + 10 * DAY


@pytest.mark.parametrize(("door", "play"), DOORS)
@pytest.mark.parametrize(
    ("host", "ends", "cause"),
    [("localhost", NOW - DAY, "certificate expired"), ("mail.example.org", NOW + DAY, "certificate for another host")],
)
def test_a_bad_certificate_closes_the_door_and_the_cause_has_a_name(
    door: Door, play: Play, host: str, ends: object, cause: str, authority: Authority
) -> None:
    with ScriptedServer(after_tls(authority.server(host, ends), play)) as server:  # type: ignore[arg-type]
        with pytest.raises(Unreachable, match=f"^{cause}$"):
            door(account(server)).connect()
        assert server.heard() == []


@pytest.mark.parametrize(("door", "play"), DOORS)
def test_a_certificate_of_an_unknown_authority_is_refused(door: Door, play: Play, tmp_path: Path) -> None:
    context = Authority(tmp_path).server()
    with (
        ScriptedServer(after_tls(context, play)) as server,
        pytest.raises(Unreachable, match=r"^certificate from an unknown authority$"),
    ):
        door(account(server)).connect()


@pytest.mark.parametrize(("door", "play"), DOORS)
def test_a_server_that_speaks_no_tls_gets_no_password(door: Door, play: Play, authority: Authority) -> None:
    with ScriptedServer(play) as server:
        with pytest.raises(Unreachable):
            door(account(server)).connect()
        assert not any(line.startswith((b"AUTH", b"EHLO")) or b"LOGIN" in line for line in server.heard())


def starttls_dialogues(context: object) -> dict[str, tuple[Door, Play]]:
    imap_inside = imap({"greeting": b"", "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"})
    smtp_inside = smtp(AUTH | {"greeting": b""})
    return {
        "imap": (
            open_imap,
            imap({"CAPABILITY": CAPABLE, "STARTTLS": starttls(b"TAG OK go\r\n", context, imap_inside)}),
        ),
        "imap-injected": (
            open_imap,
            imap(
                {
                    "CAPABILITY": CAPABLE,
                    "STARTTLS": starttls(b"TAG OK go\r\n* PREAUTH hello\r\nA1 OK trap\r\n", context, imap_inside),
                }
            ),
        ),
        "smtp": (
            open_smtp,
            smtp(
                {
                    "EHLO": b"250-mx.test\r\n250 STARTTLS\r\n",
                    "STARTTLS": starttls(b"220 go\r\n", context, smtp_inside),
                }
            ),
        ),
    }


@pytest.mark.parametrize("kind", ["imap", "imap-injected", "smtp"])
def test_starttls_comes_before_the_password_and_text_before_it_is_forgotten(kind: str, authority: Authority) -> None:
    door, play = starttls_dialogues(authority.server())[kind]
    with ScriptedServer(play) as server, door(account(server, "starttls")) as opened:
        assert opened.certificate_expires_at == NOW + 10 * DAY
        words = [word for line in server.heard() for word in line.upper().split()[:2]]
        verbs = [word for word in words if word in (b"STARTTLS", b"LOGIN", b"AUTH")]
        assert verbs[0] == b"STARTTLS"
        assert len(verbs) == 2


@pytest.mark.parametrize("kind", ["imap", "smtp"])
def test_a_bad_certificate_after_starttls_closes_the_door(kind: str, authority: Authority) -> None:
    door, play = starttls_dialogues(authority.server(ends=NOW - DAY))[kind]
    with ScriptedServer(play) as server, pytest.raises(Unreachable, match=r"^certificate expired$"):
        door(account(server, "starttls")).connect()


STRIPPED = [
    pytest.param(open_imap, imap(), id="imap"),
    pytest.param(
        open_imap,
        imap({"greeting": b"* PREAUTH you are in\r\n", "CAPABILITY": CAPABLE}),
        id="imap-preauth",
    ),
    pytest.param(open_smtp, smtp(), id="smtp"),
]


@pytest.mark.parametrize(("door", "play"), STRIPPED)
def test_where_starttls_was_removed_nothing_is_said_in_clear(door: Door, play: Play) -> None:
    with ScriptedServer(play) as server:
        with pytest.raises(Unreachable, match=r"^STARTTLS not offered$"):
            door(account(server, "starttls")).connect()
        assert not any(b"LOGIN" in line.upper() or line.startswith(b"AUTH") for line in server.heard())


def _echo(peer: Peer) -> None:
    """A server that repeats what it was told, as some do in their error texts."""
    said = peer.heard[-1]
    peer.say(
        (said.split()[0] + b" NO refused: " + said if b"LOGIN" in said else b"535 5.7.8 refused: " + said) + b"\r\n"
    )


REFUSING: list[tuple[Door, Callable[[Answer], Play]]] = [
    (open_imap, lambda answer: imap({"LOGIN": answer})),
    (open_smtp, lambda answer: smtp(AUTH | {"AUTH": answer})),
]


@pytest.mark.parametrize(("door", "play"), REFUSING, ids=["imap", "smtp"])
def test_a_refused_login_is_tried_once_and_leaves_the_password_in_no_text(
    door: Door, play: Callable[[Answer], Play], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedServer(play(_echo)) as server:
        who = account(server, "plain")
        with pytest.raises(LoginRefused) as refused:
            door(who).connect()
        tries = [line for line in server.heard() if b"LOGIN" in line or line.startswith(b"AUTH")]
        assert len(tries) == 1
    told = "".join(traceback.format_exception(refused.value)) + repr(who) + caplog.text
    for secret in (PASSWORD, base64.b64encode(f"\0help\0{PASSWORD}".encode()).decode()):
        assert secret not in told


def test_a_login_that_must_wait_is_no_wrong_password() -> None:
    with ScriptedServer(smtp(AUTH | {"AUTH": b"454 4.7.0 later\r\n"})) as server, pytest.raises(Unreachable):
        open_smtp(account(server, "plain")).connect()


@pytest.mark.parametrize(("door", "play"), REFUSING, ids=["imap", "smtp"])
def test_the_password_is_asked_for_at_every_connect(door: Door, play: Callable[[Answer], Play]) -> None:
    asked = list[int]()

    def password() -> str:
        asked.append(1)
        return PASSWORD

    good = b"TAG OK done\r\n" if door is open_imap else b"235 ok\r\n"
    with ScriptedServer(play(good)) as server:
        opened = door(account(server, "plain", password=password))
        for _ in range(2):
            opened.connect()
        opened.close()
    assert len(asked) == 2


def test_a_submission_without_user_name_does_not_log_in() -> None:
    with ScriptedServer(smtp(AUTH)) as server, open_smtp(account(server, "plain", username=None)) as out:
        assert out.connected
        assert not any(line.startswith(b"AUTH") for line in server.heard())


def test_a_submission_server_that_offers_no_login_is_refused() -> None:
    with ScriptedServer(smtp()) as server, pytest.raises(LoginRefused):
        open_smtp(account(server, "plain")).connect()


@pytest.mark.parametrize("door", [open_imap, open_smtp], ids=["imap", "smtp"])
@pytest.mark.parametrize(
    ("host", "cause"), [("127.0.0.1", "connection refused"), ("nowhere.invalid", "host name not found")]
)
def test_a_server_that_is_not_there_is_unreachable_and_not_named(door: Door, host: str, cause: str) -> None:
    with ScriptedServer(imap()) as server:
        port = server.port
    with pytest.raises(PeerError, match=f"^{cause}$") as error:
        door(Account(host, port, "plain", "help", PASSWORD)).connect()
    assert host not in str(error.value)
