"""How much of one message is read (RULES 13, A34, A35, A37). What is above a limit is quarantined or cut, never
tried.

The two limits of the configuration are fields of `Limits`; the others are constants, because no operator has a reason
to turn them.
"""

from __future__ import annotations

from dataclasses import dataclass

HEADER_BYTES = 512 * 1024
FIELDS = 4000
ADDRESSES = 1000
REFERENCES = 20
TEXT_BYTES = 1024 * 1024
HEAD_BYTES = 4096
NAME_CHARACTERS = 200
ATTACHMENTS = 1000
IDENTIFIER_CHARACTERS = 995
CUT_PIECES = 40
CUT_CHARACTERS = 2000
FILE_BYTES = 10 * 1024 * 1024
FILES_BYTES = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """`parts`: MIME entities of all kinds in one message. `depth`: levels of nesting, the message itself being level
    0.
    """

    parts: int = 1000
    depth: int = 50
