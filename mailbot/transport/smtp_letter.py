"""One letter as SMTP needs it: envelope, options, bytes; checked, never repaired.

What is not fit to be sent is `MessageError`: it concerns this letter alone, and the next may go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailbot.errors import MessageError

# No grammar of addresses: only what cannot end the command or begin another one.
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]{1,64}@[^\s<>@\x00-\x1f\x7f]{1,255}")
_ENVID = re.compile(r"[A-Za-z0-9.-]{1,100}")
_NOTIFY = re.compile(r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*")


@dataclass(frozen=True, slots=True)
class Dsn:
    """Wanted delivery reports (RFC 3461): `envid` comes back in them; only headers are returned (RET=HDRS)."""

    envid: str
    notify: str = "SUCCESS,FAILURE,DELAY"


@dataclass(frozen=True, slots=True)
class OutgoingLetter:
    """One recipient, one sender ("" for the null sender), final bytes."""

    mail_from: str
    to: str
    data: bytes
    dsn: Dsn | None = None

    def check(self) -> None:
        """CRLF alone ends lines (no smuggling, A33), 7 bits, no NUL, and addresses that cannot be another command."""
        ends = self.data.count(b"\r\n")
        if not ends == self.data.count(b"\r") == self.data.count(b"\n") or not self.data.endswith(b"\r\n"):
            raise MessageError("line ends that are not CRLF")
        if not self.data.isascii() or b"\x00" in self.data:
            raise MessageError("bytes that mail cannot carry")
        if not _ADDRESS.fullmatch(self.to) or not (self.mail_from == "" or _ADDRESS.fullmatch(self.mail_from)):
            raise MessageError("an address that no envelope can carry")
        if self.dsn and not (_ENVID.fullmatch(self.dsn.envid) and _NOTIFY.fullmatch(self.dsn.notify)):
            raise MessageError("delivery options that no envelope can carry")

    @property
    def needs_utf8(self) -> bool:
        """Whether the envelope is only possible with SMTPUTF8 (RFC 6531)."""
        return not (self.to.isascii() and self.mail_from.isascii())

    def mail_command(self, offered: frozenset[str]) -> list[bytes]:
        """MAIL with the options that this server offers, named in small letters."""
        words = [b"MAIL", b"FROM:<" + self.mail_from.encode() + b">"]
        if "size" in offered:
            words.append(b"SIZE=%d" % len(self.data))
        if self.dsn and "dsn" in offered:
            words += [b"RET=HDRS", b"ENVID=" + self.dsn.envid.encode()]
        if self.needs_utf8 and "smtputf8" in offered:
            words.append(b"SMTPUTF8")
        return words

    def rcpt_command(self, offered: frozenset[str]) -> list[bytes]:
        """RCPT, with NOTIFY where the server offers DSN."""
        words = [b"RCPT", b"TO:<" + self.to.encode() + b">"]
        if self.dsn and "dsn" in offered:
            words.append(b"NOTIFY=" + self.dsn.notify.encode())
        return words

    def on_the_wire(self) -> bytes:
        """The bytes after 354: dots at the head of a line doubled, and the final dot (RFC 5321 §4.5.2)."""
        head = b"." if self.data.startswith(b".") else b""
        return b"".join((head, self.data.replace(b"\r\n.", b"\r\n.."), b".\r\n"))
