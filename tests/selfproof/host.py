"""A mail host as operators set them up, well or badly: it takes our mail by SMTP and puts it into our mailbox, with
what its border adds and takes away.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mailbot.demo.servers import EmbeddedServers
from mailbot.demo.smtpside import Transaction

AUTHSERV_ID = "mx.service.example"
INTERNAL, VALUE = "X-Host-Internal", "the host's own long word"
RECEIVED = b"Received: from us by mx.service.example; Tue, 24 Nov 2026 10:00:00 -0800\r\n"
OWN_RESULT = f"Authentication-Results: {AUTHSERV_ID};\r\n dmarc=pass header.from=service.example\r\n".encode()


def as_it_came(raw: bytes) -> bytes:
    return raw


def without(field: bytes) -> Callable[[bytes], bytes]:
    """Takes every field of that name out, folded lines too."""

    def strip(raw: bytes) -> bytes:
        head, _, body = raw.partition(b"\r\n\r\n")
        kept: list[bytes] = []
        for line in head.split(b"\r\n"):
            if line[:1] in b" \t" and kept:
                kept[-1] += b"\r\n" + line
            else:
                kept.append(line)
        kept = [one for one in kept if not one.lower().startswith(field.lower() + b":")]
        return b"\r\n".join(kept) + b"\r\n\r\n" + body

    return strip


@dataclass(frozen=True)
class Host:
    """What the host does with mail to us. `folder`: where it puts it."""

    strips: Callable[[bytes], bytes] = as_it_came
    on_top: bytes = RECEIVED
    subaddresses: bool = True
    delivers: bool = True
    folder: str = "INBOX"


@contextmanager
def host_of(accounts: dict[str, str], host: Host) -> Iterator[EmbeddedServers]:
    """The servers of such a host."""
    taken: queue.Queue[Transaction | None] = queue.Queue()
    with EmbeddedServers(accounts, {}, on_sent=taken.put) as servers:
        carrier = threading.Thread(target=_carry, args=(servers, host, taken))
        carrier.start()
        try:
            yield servers
        finally:
            taken.put(None)
            carrier.join(30)


def _carry(servers: EmbeddedServers, host: Host, taken: queue.Queue[Transaction | None]) -> None:
    while (mail := taken.get()) is not None:
        (to,) = mail.rcpt_to
        if host.delivers and (host.subaddresses or "+" not in to):
            trace = host.on_top + f"Delivered-To: {to}\r\n".encode()
            servers.append("help", trace + host.strips(mail.data), host.folder)
