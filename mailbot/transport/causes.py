"""Why a connection failed, as a short sentence from a closed list: both doors use it for the library's exceptions.

No host, address, user name or server text comes through here (promise 14); the original exception stays as
`__cause__`. TLS is always verified, against the system's certificates (or those that SSL_CERT_FILE names), and there
is no way to switch it off.
"""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from typing import Any

# X509_V_ERR_*, from OpenSSL's x509_vfy.h.
_CERTIFICATE = {
    9: "certificate not valid yet",
    10: "certificate expired",
    18: "certificate signed by itself",
    19: "certificate from an unknown authority",
    20: "certificate from an unknown authority",
    21: "certificate from an unknown authority",
    23: "certificate revoked",
    62: "certificate for another host",
    64: "certificate for another host",
}


def verified_tls() -> ssl.SSLContext:
    """TLS 1.2 or newer, certificate and host name checked (RFC 8314 §5.1, RFC 9525)."""
    return ssl.create_default_context(ssl.Purpose.SERVER_AUTH)


def network_cause(error: BaseException) -> str:
    """The sentence for an error of sockets or TLS."""
    match error:
        case ssl.SSLCertVerificationError():
            return _CERTIFICATE.get(error.verify_code, "certificate not valid")
        case ssl.SSLError():
            return "TLS failed"
        case socket.gaierror():
            return "host name not found"
        case TimeoutError():
            return "no answer in time"
        case ConnectionRefusedError():
            return "connection refused"
    return "connection lost"


def certificate_end(certificate: Any) -> datetime | None:
    """When a certificate, as `getpeercert()` gives it, ends; None without TLS."""
    if not certificate or "notAfter" not in certificate:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
