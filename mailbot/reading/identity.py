"""The digest by which the same message is known again when its bytes differ in trace fields or line ends (RULES 3,
F13, F14).

SHA-256 over Message-ID, From, Date, Subject and everything of the body. Relays and stores add trace fields above,
change line ends, or add a last newline; none of that makes another message. The same Message-ID over other content
does.
"""

from __future__ import annotations

import hashlib

from mailbot.reading.fields import Block

_NAMES = ("message-id", "from", "date", "subject", "content-type", "content-transfer-encoding")
_CHUNK = 256 * 1024


def identity(raw: bytes, block: Block) -> str:
    """The hex digest, or "" where there is no Message-ID: without one, only equal bytes are the same message."""
    if not block.first("message-id"):
        return ""
    digest = hashlib.sha256()
    for name in _NAMES:
        for value in block.all(name):
            digest.update(b"%s:%s\n" % (name.encode("ascii"), b" ".join(value.split())))
    digest.update(b"\n")
    end = _without_last_newlines(raw, block.body)
    position = block.body
    while position < end:
        stop = min(position + _CHUNK, end)
        if stop < end and raw[stop - 1] == 0x0D:
            stop += 1
        digest.update(raw[position:stop].replace(b"\r\n", b"\n"))
        position = stop
    return digest.hexdigest()


def _without_last_newlines(raw: bytes, begin: int) -> int:
    end = len(raw)
    while end > begin:
        chunk = raw[max(begin, end - _CHUNK) : end]
        bare = chunk.rstrip(b"\r\n")
        end -= len(chunk) - len(bare)
        if bare:
            break
    return end
