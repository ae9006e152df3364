"""One account's tokens: renewed ten minutes ahead, asked for once a minute at most, the same for all threads (F21)."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailbot.errors import ConfigError, LoginRefused, MailbotError, PeerError, Unreachable
from mailbot.transport.oauth import MARGIN, PAUSE, TokenSource
from mailbot.transport.token_endpoint import AccessToken

HOUR = 3600.0


class Host:
    """Gives token-1, token-2, … and keeps the time; `error` is raised instead."""

    def __init__(self, lifetime: float = HOUR) -> None:
        self.now = 1000.0
        self.lifetime = lifetime
        self.tries: list[float] = []
        self.error: MailbotError | None = None
        self.source = TokenSource(self.ask, lambda: self.now)

    def ask(self) -> AccessToken:
        self.tries.append(self.now)
        if self.error:
            raise self.error
        return AccessToken(f"token-{len(self.tries)}", self.lifetime)

    def failure(self) -> PeerError:
        with pytest.raises(PeerError) as caught:
            self.source.token()
        return caught.value


def test_a_token_is_kept_until_ten_minutes_before_its_end() -> None:
    host = Host()
    assert host.source.token() == "token-1"
    host.now += HOUR - MARGIN
    assert host.source.token() == "token-1"
    host.now += 1
    assert host.source.token() == "token-2"


def test_while_a_token_is_good_a_failed_renewal_harms_nobody_and_is_tried_once_a_minute() -> None:
    host = Host()
    host.source.token()
    host.error = Unreachable("token endpoint answered 503")
    host.now += HOUR - MARGIN + 1
    began = host.now
    while host.now < began + MARGIN - 2:
        assert host.source.token() == "token-1"
        host.now += 7
    gaps = [later - earlier for earlier, later in zip(host.tries[1:], host.tries[2:], strict=False)]
    assert len(gaps) > 5
    assert min(gaps) >= PAUSE
    host.now = began + MARGIN
    assert str(host.failure()) == "token endpoint answered 503"


@pytest.mark.parametrize("error", [LoginRefused("token endpoint answered invalid_grant"), Unreachable("no answer")])
def test_a_failure_is_the_answer_for_a_minute_and_then_is_tried_again(error: PeerError) -> None:
    host = Host()
    host.error = error
    for _ in range(3):
        found = host.failure()
        assert (type(found), str(found)) == (type(error), str(error))
    assert len(host.tries) == 1
    host.now += PAUSE
    host.error = None
    assert host.source.token() == "token-2"


def test_a_refused_token_is_replaced_once_and_then_a_minute_passes() -> None:
    host = Host()
    assert host.source.token() == "token-1"
    host.now += PAUSE
    assert host.source.another("token-1") == "token-2"
    assert host.source.another("token-2") is None
    host.now += PAUSE
    assert host.source.token() == "token-3"


def test_what_one_door_refuses_stays_good_for_the_other() -> None:
    host = Host()
    assert host.source.token() == "token-1"
    assert host.source.another("token-1") is None
    host.now += PAUSE - 1
    assert host.source.token() == "token-1"
    host.now += 1
    assert host.source.token() == "token-2"


def test_a_door_that_comes_late_gets_what_the_other_has_fetched_meanwhile() -> None:
    host = Host()
    old = host.source.token()
    host.now += HOUR
    assert host.source.token() == "token-2"
    assert host.source.another(old) == "token-2"
    assert len(host.tries) == 2


def test_where_no_other_token_comes_the_endpoints_reason_is_told() -> None:
    host = Host()
    host.source.token()
    host.now += PAUSE
    host.error = LoginRefused("token endpoint answered invalid_client")
    for _ in range(2):
        with pytest.raises(LoginRefused, match="invalid_client"):
            host.source.another("token-1")
    assert len(host.tries) == 2


def test_a_token_shorter_than_the_pause_is_not_used_beyond_its_end() -> None:
    host = Host(lifetime=30)
    assert host.source.token() == "token-1"
    host.now += 31
    assert "the next is asked for within a minute" in str(host.failure())
    host.now += 29
    assert host.source.token() == "token-2"


def test_a_secret_that_is_missing_is_a_mistake_of_the_configuration_and_counts_as_no_try() -> None:
    host = Host()
    host.error = ConfigError("oauth.client_secret_file is missing")
    for _ in range(2):
        with pytest.raises(ConfigError):
            host.source.token()
    host.error = None
    assert host.source.token() == "token-3"


def test_many_threads_at_once_ask_once() -> None:
    host, together = Host(), threading.Barrier(8)

    def take(_: int) -> str:
        together.wait(30)
        return host.source.token()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(take, range(8))) == {"token-1"}
    assert len(host.tries) == 1


def test_a_token_is_in_no_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    host = Host()
    token = host.source.token()
    host.error = Unreachable("token endpoint answered 503")
    host.now += HOUR
    host.failure()
    assert "token not renewed" in caplog.text
    assert token not in caplog.text + repr(host.source) + repr(AccessToken(token, 1, token))
