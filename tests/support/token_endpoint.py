"""A token endpoint of RFC 6749 that holds clients to the standard, and counts: what tests ask in place of a real host.

It takes POSTs of a form (§4.4, §6; RFC 7523 for signed assertions), answers as §5.1 and §5.2 say, and tells a mail
server whose a token is (`/tokeninfo`). Tests change `answer` to make it misbehave, and `lifetime`, `rotate`, `refuse`.
"""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
Answer = Callable[[BaseHTTPRequestHandler], None]


class Refused(Exception):
    """An error answer of §5.2."""

    def __init__(self, error: str, status: int = 400, **more: object) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "error_description": "a text that nobody should see: help@service.example", **more}


@dataclass(slots=True)
class TokenEndpoint:
    """The endpoint while the `with` lasts; `url` names it."""

    client_id: str = "client"
    client_secret: str | None = "client-secret"
    scope: str = "https://mail.example.org/.default"
    user: str = "help"
    refresh_token: str = "refresh-1"
    service_key: RSAPublicKey | None = None
    lifetime: int | str | None = 3599
    length: int = 40
    rotate: bool = False
    refuse: Refused | None = None
    answer: Answer | None = None
    tls: ssl.SSLContext | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                endpoint._post(self)

            def do_GET(self) -> None:
                endpoint._tokeninfo(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        assert self._server
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{'https://localhost' if self.tls else 'http://127.0.0.1'}:{self.port}/tenant/token"

    @property
    def tokeninfo_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/tokeninfo?access_token="

    def revoke(self) -> None:
        """No token given so far is good any more."""
        self.valid.clear()

    # The endpoint

    def _post(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        self.asked.append(dict(parse_qsl(body.decode(), keep_blank_values=True)))
        if self.answer:
            self.answer(request)
            return
        try:
            if self.refuse:
                raise self.refuse
            reply(request, 200, self._granted(request, body.decode()))
        except Refused as refused:
            reply(request, refused.status, refused.body)

    def _granted(self, request: BaseHTTPRequestHandler, body: str) -> dict[str, Any]:
        if request.headers.get_content_type() != "application/x-www-form-urlencoded":
            raise Refused("invalid_request")
        form = parse_qs(body, strict_parsing=True)
        if any(len(values) > 1 for values in form.values()):  # §3.2: no parameter twice
            raise Refused("invalid_request")
        return self._token(self._grant({name: values[0] for name, values in form.items()}))

    def _grant(self, form: dict[str, str]) -> bool:
        """Whether a refresh token goes with the answer; `Refused` where there is no grant at all."""
        match form.get("grant_type"):
            case "client_credentials":
                self._client(form)
                self._scope(form, needed=True)
            case "refresh_token":
                self._client(form)
                self._scope(form, needed=False)
                if form.get("refresh_token") != self.refresh_token:
                    raise Refused("invalid_grant")
                return True
            case grant if grant == JWT_BEARER:
                self._assertion(form.get("assertion", ""))
            case None:
                raise Refused("invalid_request")
            case _:
                raise Refused("unsupported_grant_type")
        return False

    def _client(self, form: dict[str, str]) -> None:
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            raise Refused("invalid_client", 401)

    def _scope(self, form: dict[str, str], *, needed: bool) -> None:
        if form.get("scope", None if needed else self.scope) != self.scope:
            raise Refused("invalid_scope")

    def _assertion(self, assertion: str) -> None:
        """RFC 7523 §3: signature, issuer, audience, times."""
        try:
            head, claims, signature = assertion.split(".")
            assert self.service_key
            self.service_key.verify(_raw(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
        except (ValueError, InvalidSignature):
            raise Refused("invalid_grant") from None
        said = json.loads(_raw(claims))
        right = said["aud"] == self.url and said["sub"] == self.user and 0 < said["exp"] - said["iat"] <= 3600
        if not right or json.loads(_raw(head))["alg"] != "RS256":
            raise Refused("invalid_grant")
        self._scope(said, needed=True)

    def _token(self, refreshes: bool) -> dict[str, Any]:
        token = secrets.token_urlsafe(self.length)
        self.valid.add(token)
        answer: dict[str, Any] = {"token_type": "Bearer", "access_token": token, "ext_expires_in": 3599}
        if self.lifetime is not None:
            answer["expires_in"] = self.lifetime
        if refreshes and self.rotate:
            self.refresh_token = f"refresh-{secrets.token_urlsafe(8)}"
            answer["refresh_token"] = self.refresh_token
        return answer

    def _tokeninfo(self, request: BaseHTTPRequestHandler) -> None:
        """Whose a token is, as a mail server asks before it lets somebody in."""
        token = dict(parse_qsl(urlsplit(request.path).query)).get("access_token")
        if token in self.valid:
            reply(request, 200, {"username": self.user, "active": True, "expires_in": 3599})
        else:
            reply(request, 401, {"error": "invalid_token"})


def reply(request: BaseHTTPRequestHandler, status: int, body: object, **headers: str) -> None:
    """An answer in JSON that no cache keeps (§5.1)."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request.send_response(status)
    named = {"Content-Type": "application/json", "Cache-Control": "no-store", "Content-Length": str(len(raw))} | headers
    for name, value in named.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(raw)


def _raw(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
