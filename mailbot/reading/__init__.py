"""The reading room: the bytes of a message in, a `mailbot.model.Reading` out, and nothing else crosses.

`Reader` is the door for the daemon: it reads in a limited child process. `read_message` is the pure function that the
child calls; it is loaded on first use, so that the daemon's own memory holds no parser and no hostile byte is ever
parsed there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailbot.reading.limits import Limits
from mailbot.reading.reader import Reader

if TYPE_CHECKING:
    from mailbot.reading.message import read_message

__all__ = ["Limits", "Reader", "read_message"]


def __getattr__(name: str) -> Any:
    if name == "read_message":
        from mailbot.reading.message import read_message

        return read_message
    raise AttributeError(name)
