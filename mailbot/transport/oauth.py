"""Access tokens of one account: in memory only, renewed ten minutes ahead, asked for once a minute at most (F21).

In: a way to ask for a token. Out: a token that is good now, or the reason of the last try. Safe for several threads,
so that both doors of one account share one source. A try that fails changes nothing while the token in hand is good.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from mailbot import log
from mailbot.errors import ConfigError, PeerError, Unreachable
from mailbot.transport.token_endpoint import AccessToken

MARGIN = 600.0
"""Seconds before its end at which a token is replaced: a connection that begins now must not meet an expired one."""
PAUSE = 60.0
"""Seconds between two tries: hosts lock clients out that ask without pause."""

_ENDED: tuple[type[PeerError], str] = (Unreachable, "token: it ended, and the next is asked for within a minute")

logger = log.get("oauth")


def xoauth2(user: str, token: str) -> bytes:
    """The client's response of SASL XOAUTH2, before base64: Google's and Microsoft's mechanism, in no RFC."""
    return f"user={user}\1auth=Bearer {token}\1\1".encode()


class TokenSource:
    """Tokens from one `ask`. `boottime` counts seconds, a machine's sleep included."""

    def __init__(self, ask: Callable[[], AccessToken], boottime: Callable[[], float]) -> None:
        self._ask = ask
        self._boottime = boottime
        self._lock = threading.Lock()
        self._text = ""
        self._ends = self._tried = float("-inf")
        self._refused = False
        self._failure = _ENDED

    def token(self) -> str:
        """A token that is good now. Raises `LoginRefused`, `Unreachable`, `LyingPeer`; `ConfigError` without secret."""
        with self._lock:
            now = self._boottime()
            if (self._refused or self._ends - now < MARGIN) and self._due(now):
                self._renew(now)
            if self._ends <= self._boottime():
                raise self._failed()
            return self._text

    def another(self, refused: str) -> str | None:
        """A token in place of one that a server refused; None where none can be had at once.

        A refused one stays in hand until a better one comes: one door may be shut for a reason of its own (SMTP
        switched off for the mailbox), and must not take the token away from the other.
        """
        with self._lock:
            now = self._boottime()
            if self._text == refused:
                self._refused = True
                if self._due(now):
                    self._renew(now)
                if self._failure is not _ENDED:
                    raise self._failed()
            return self._text if self._text != refused else None

    def _due(self, now: float) -> bool:
        return now - self._tried >= PAUSE

    def _renew(self, now: float) -> bool:
        """One try. Its reason is kept where it fails: it is the answer until the next."""
        before, self._tried = self._tried, now
        try:
            found = self._ask()
        except ConfigError:
            self._tried = before  # a secret is missing: nobody was asked
            raise
        except PeerError as error:
            self._failure = (type(error), str(error))
            logger.warning("token not renewed", extra={"reason": type(error).__name__})
            return False
        self._text, self._ends = found.text, now + found.seconds
        self._refused, self._failure = False, _ENDED
        return True

    def _failed(self) -> PeerError:
        kind, sentence = self._failure
        return kind(sentence)
