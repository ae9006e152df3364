"""Access tokens against real servers: Dovecot and Postfix take what the token endpoint gave, and refuse the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.live import require
from support.oauth_servers import OAuthServers
from support.token_endpoint import TokenEndpoint

from mailbot.errors import TokenRefused, Unreachable
from mailbot.transport import Account, Mailbox, Outcome, Submission
from mailbot.transport.grants import ClientCredentials
from mailbot.transport.oauth import PAUSE, TokenSource

pytestmark = pytest.mark.live
LETTER = b"From: help@service.example\r\nSubject: hello\r\n\r\nHello.\r\n"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[TokenEndpoint]:
    require()
    with TokenEndpoint(length=1200) as found:
        yield found


@pytest.fixture(scope="module")
def servers(endpoint: TokenEndpoint) -> Iterator[OAuthServers]:
    with OAuthServers(endpoint.tokeninfo_url, {"help@service.example": "help"}, "service.example") as found:
        yield found


class Now:
    """A clock that tests turn on."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def source(endpoint: TokenEndpoint, now: Now) -> TokenSource:
    secret = endpoint.client_secret or ""
    grant = ClientCredentials(endpoint.url, endpoint.client_id, lambda: secret, endpoint.scope)
    return TokenSource(grant.ask, now)


def mailbox(servers: OAuthServers, source: TokenSource, user: str = "help") -> Mailbox:
    return Mailbox(Account("127.0.0.1", servers.imap_port, "plain", user, oauth=source), timeout=20)


def submission(servers: OAuthServers, source: TokenSource) -> Submission:
    return Submission(Account("127.0.0.1", servers.smtp_port, "plain", "help", oauth=source), timeout=20)


def test_one_token_opens_dovecot_and_postfix(
    endpoint: TokenEndpoint, servers: OAuthServers, source: TokenSource
) -> None:
    before = len(endpoint.asked)
    with mailbox(servers, source) as inbox, submission(servers, source) as out:
        assert inbox.select("INBOX") is not None
        answer = out.send(mail_from="", to="alex@example.net", data=LETTER, begin=lambda: None)
    assert answer.outcome is Outcome.SENT
    assert servers.sent(1)[0].endswith(b"Hello.\r\n")
    assert len(endpoint.asked) == before + 1


def test_a_token_that_the_host_took_back_is_replaced_at_both_doors(
    endpoint: TokenEndpoint, servers: OAuthServers, source: TokenSource, now: Now
) -> None:
    for door in (mailbox(servers, source), submission(servers, source)):
        source.token()
        endpoint.revoke()
        now.seconds += PAUSE
        with door:
            assert door.connected


def test_a_token_for_another_mailbox_is_refused_and_said_so(servers: OAuthServers, source: TokenSource) -> None:
    with pytest.raises(TokenRefused, match="login refused though the token is new"):
        mailbox(servers, source, user="dana").connect()


def test_a_token_that_nobody_gave_is_refused_by_postfix(
    endpoint: TokenEndpoint, servers: OAuthServers, source: TokenSource
) -> None:
    source.token()
    endpoint.revoke()
    with pytest.raises(TokenRefused, match=r"login answered 535 5\.7\.8 though the token is new"):
        submission(servers, source).connect()


def test_where_the_server_cannot_check_tokens_it_is_no_refusal(source: TokenSource) -> None:
    source.token()
    with (
        OAuthServers("http://127.0.0.1:1/tokeninfo?access_token=", {}, "service.example") as down,
        pytest.raises(Unreachable, match=r"^login"),
    ):
        mailbox(down, source).connect()
