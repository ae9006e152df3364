"""Asks a token endpoint for an access token: one POST, and what its answer means (RFC 6749 §4.4, §5.1, §5.2, §6).

In: an URL and a form. Out: an `AccessToken`, or a `PeerError` whose sentence begins with "token endpoint". Nothing of
the answer comes into a sentence but error names of a closed list and numbers. Time and size are bounded as a whole, TLS
is verified, no redirect is followed: the form holds a secret, and a token endpoint has no reason to send it elsewhere.
"""

from __future__ import annotations

import io
import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from mailbot.errors import LoginRefused, LyingPeer, PeerError, Unreachable
from mailbot.transport.causes import network_cause, verified_tls

TIMEOUT = 30.0
ANSWER_LIMIT = 65536
HOUR = 3600.0
DAY = 86400.0
# What fits into one SASL response of 12,288 bytes of base64 (RFC 4954 §4), and into a header field (RFC 6750 §2.1).
_TOKEN = re.compile(r"[!-~]{1,8192}")
_REFUSALS = {
    "invalid_client": "client_id or client secret is wrong, or the secret has expired: make a new one at the host",
    "invalid_grant": "the refresh token or the account's consent has expired or was revoked: sign in anew at the host",
    "unauthorized_client": "this client may not ask in this way: does it have permissions and an administrator's yes?",
    "access_denied": "the host denies access: does the client have permissions and an administrator's yes?",
    "consent_required": "nobody has consented: an administrator must grant the client its permissions",
    "interaction_required": "the host wants a person: sign in anew at the host and store the new refresh token",
    "invalid_scope": "the host does not know oauth.scope, or does not give it to this client",
    "invalid_resource": "the host does not know oauth.scope, or does not give it to this client",
    "invalid_request": "the host wants something else in the request: see the host's chapter in docs/hosts.md",
    "unsupported_grant_type": "the host does not take this way of asking: see the host's chapter in docs/hosts.md",
}
_LATER = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token good for `seconds` from now, and the new refresh token where the endpoint gave one."""

    text: str = field(repr=False)
    seconds: float
    refresh_token: str | None = field(default=None, repr=False)


def ask(endpoint: str, form: Mapping[str, str], seconds: float = TIMEOUT) -> AccessToken:
    """Posts the form. `LoginRefused`: a person must act. `Unreachable`, `LyingPeer`: it may work later."""
    try:
        answer = _exchange(urlsplit(endpoint), urlencode(form).encode(), seconds)
        return meaning(*_parsed(answer))
    except OSError as error:
        # Without the cause: nothing that could show the request may come into a traceback.
        raise Unreachable(f"token endpoint: {network_cause(error)}") from None


def meaning(status: int, body: bytes) -> AccessToken:
    """What an answer says; raises where it is no token."""
    if status == 200:
        return _token(_object(body))
    if 300 <= status < 400:
        raise LyingPeer(f"token endpoint answered {status}: redirects are not followed; is oauth.endpoint right?")
    if status in (408, 429) or not 400 <= status < 500:
        raise Unreachable(f"token endpoint answered {status}")
    raise _refusal(status, body)


def _refusal(status: int, body: bytes) -> PeerError:
    """§5.2: 400, or 401, with a JSON object that names the error."""
    try:
        answer = _object(body)
    except LyingPeer:
        return LoginRefused(f"token endpoint answered {status} without a reason: is oauth.endpoint right?")
    name = str(answer.get("error"))
    if name in _LATER:
        return Unreachable(f"token endpoint answered {status} ({name})")
    reason = _REFUSALS.get(name, "is oauth.endpoint right?")
    shown = [name if name in _REFUSALS else str(status), *_numbers(answer)]
    return LoginRefused(f"token endpoint answered {' '.join(shown)}: {reason}")


def _numbers(answer: Mapping[str, Any]) -> list[str]:
    """Microsoft's own number (AADSTS…): it alone tells an expired secret from a wrong one."""
    codes = answer.get("error_codes")
    first = codes[0] if isinstance(codes, list) and codes else None
    return [f"(code {first})"] if type(first) is int and 0 < first < 10**9 else []


def _token(answer: Mapping[str, Any]) -> AccessToken:
    """§5.1. `token_type` is compared without regard to case."""
    text, kind, refresh = answer.get("access_token"), answer.get("token_type"), answer.get("refresh_token")
    if not isinstance(text, str) or not _TOKEN.fullmatch(text):
        raise LyingPeer("token endpoint: the answer holds no access token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise LyingPeer("token endpoint: the answer holds a token of another type than Bearer")
    known = isinstance(refresh, str) and _TOKEN.fullmatch(refresh)
    return AccessToken(text, _lifetime(answer.get("expires_in")), refresh if known else None)


def _lifetime(expires_in: object) -> float:
    """Seconds. It is only recommended (an hour without it), and some hosts write it in quotes; a day at most."""
    if isinstance(expires_in, str) and expires_in.isascii() and expires_in.isdigit():
        expires_in = int(expires_in[:9])
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float) or not expires_in > 0:
        return HOUR
    return min(float(expires_in), DAY)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise LyingPeer("token endpoint: the answer is no JSON object")
    return found


# HTTP. Not urllib: its timeout begins anew with every byte, so a slow server could hold a loop for days.


def _exchange(url: SplitResult, form: bytes, seconds: float) -> bytes:
    """The request, and all bytes of the answer, within `seconds` for everything but the look-up of the name."""
    ends = time.monotonic() + seconds
    with _connected(url, seconds) as sock:
        sock.settimeout(_left(ends))
        sock.sendall(_request(url, form))
        answer = bytearray()
        while chunk := _receive(sock, ends):
            answer += chunk
            if len(answer) > ANSWER_LIMIT:
                raise LyingPeer("token endpoint: the answer is too large")
    if not answer:
        raise ConnectionResetError
    return bytes(answer)


def _connected(url: SplitResult, seconds: float) -> socket.socket:
    secure = url.scheme == "https"
    host = url.hostname or ""
    sock = socket.create_connection((host, url.port or (443 if secure else 80)), seconds)
    if not secure:
        return sock
    try:
        return verified_tls().wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise


def _request(url: SplitResult, form: bytes) -> bytes:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    head = (
        f"POST {target} HTTP/1.1",
        f"Host: {url.netloc}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(form)}",
        "Accept: application/json",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*head, "")).encode("ascii") + form


def _receive(sock: socket.socket, ends: float) -> bytes:
    sock.settimeout(_left(ends))
    return sock.recv(ANSWER_LIMIT)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Recorded:
    """An answer that has come whole, in the place of the socket that the standard library's parser reads from."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._answer)


def _parsed(answer: bytes) -> tuple[int, bytes]:
    """Status and body; chunks and lengths are the library's work."""
    try:
        response = HTTPResponse(_Recorded(answer), method="POST")  # type: ignore[arg-type]  # it only calls makefile
        response.begin()
        return response.status, response.read()
    except (HTTPException, ValueError):
        raise LyingPeer("token endpoint: the answer is no HTTP") from None
