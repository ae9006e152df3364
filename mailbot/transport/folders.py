"""Folder names of the configuration and of the server.

"/" in the configuration stands for the server's separator, below its personal namespace (RFC 2342): "Mailbot/Done"
may be "INBOX.Mailbot.Done" there. Modified UTF-7 is the library's work.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Naming:
    """A server's personal namespace. `separator` "" where folders cannot lie in folders."""

    prefix: str = ""
    separator: str = "/"

    def server_name(self, name: str) -> str:
        """The server's name for a name of the configuration. INBOX is INBOX in any letter case (RFC 9051 §5.1)."""
        head, *rest = name.split("/")
        if head.upper() == "INBOX":
            head = "INBOX"
        path = self.separator.join([head, *rest]) if self.separator else name
        inside = path == "INBOX" or (self.prefix and path.startswith(self.prefix))
        return path if inside else self.prefix + path
