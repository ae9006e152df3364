"""Our own addresses: the service's, and the reply addresses that carry a secret (RULES 4; subaddresses, RFC 5233)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECRET = re.compile(r"[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """The service's address and how its host writes subaddresses; `separator` "" where it has none."""

    plain: str
    separator: str

    @property
    def local(self) -> str:
        return self.plain.rpartition("@")[0]

    @property
    def domain(self) -> str:
        return self.plain.rpartition("@")[2]

    def reply_address(self, secret: str) -> str:
        """Where an answer to a message goes; without subaddresses the Message-ID alone carries the secret."""
        return f"{self.local}{self.separator}{secret}@{self.domain}" if self.separator else self.plain

    def return_path(self, secret: str) -> str:
        """The envelope sender of one message (VERP): what comes back to it is about that message. Null without
        subaddresses.
        """
        return self.reply_address(secret) if self.separator else ""

    def message_id(self, secret: str) -> str:
        return f"{secret}@{self.domain}"

    def secret_in_address(self, address: str) -> str | None:
        """The secret of one of our reply addresses, in any letter case; None for every other address."""
        local, _, domain = address.lower().rpartition("@")
        head = f"{self.local.lower()}{self.separator}"
        if not self.separator or domain != self.domain.lower() or not local.startswith(head):
            return None
        return _secret(local[len(head) :])

    def secret_in_message_id(self, message_id: str) -> str | None:
        """The secret of one of our Message-IDs; None for every other id."""
        left, _, domain = message_id.lower().rpartition("@")
        return _secret(left) if domain == self.domain.lower() else None

    def is_ours(self, address: str) -> bool:
        """The service's own address, plain or with anything after the separator."""
        local, _, domain = address.lower().rpartition("@")
        if domain != self.domain.lower():
            return False
        mine = self.local.lower()
        return local == mine or bool(self.separator) and local.startswith(mine + self.separator)


def _secret(text: str) -> str | None:
    return text if _SECRET.fullmatch(text) else None
