"""The writing room: letters in words, and words as the bytes of a message. Nothing here opens a file of mail, a
database or a connection.
"""

from __future__ import annotations

from mailbot.writing.letters import Letters, Rendered, ServiceWords
from mailbot.writing.message import build_message, valid_message_id
from mailbot.writing.notice import (
    Alert,
    AlertOver,
    Answer,
    Door,
    Due,
    DueList,
    Fetched,
    Held,
    Line,
    Notice,
    Receipt,
    Refusal,
    SetAside,
    Shown,
    Summary,
    Trouble,
    Waiting,
)

__all__ = [
    "Alert",
    "AlertOver",
    "Answer",
    "Due",
    "Door",
    "DueList",
    "Fetched",
    "Held",
    "Letters",
    "Line",
    "Notice",
    "Receipt",
    "Shown",
    "Refusal",
    "Rendered",
    "ServiceWords",
    "SetAside",
    "Summary",
    "Trouble",
    "Waiting",
    "build_message",
    "valid_message_id",
]
