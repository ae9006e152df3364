"""One attachment cut out of a message, for an operator who asked for it by number (promise 12).

Runs in the child, as all reading does; sealed or not is the caller's question, and its answer comes along. Nothing is
unpacked: an archive is one piece.
"""

from __future__ import annotations

from mailbot.errors import MessageError
from mailbot.model import Attachment
from mailbot.reading import attachments, encoding
from mailbot.reading.limits import Limits
from mailbot.reading.parts import read_tree

WRITTEN_OUT = "written-out"


def open_part(raw: bytes, limits: Limits, number: int) -> tuple[Attachment, bytes]:
    """Attachment `number` of the message, counted from 1 as reading lists them, and its content decoded.

    MessageError("written-out") for what is no part of its own, but stands in a text or inside another file.
    """
    tree = read_tree(raw, limits)
    sealed = attachments.sealed_parts(raw, tree.root)
    listed = attachments.listed_parts(tree.root, sealed)
    if not 1 <= number <= len(listed):
        raise MessageError(WRITTEN_OUT)
    part = listed[number - 1]
    content = raw[part.start : part.end]
    whole = part.type.startswith("message/") and part.children
    return attachments.described(raw, part, sealed), content if whole else encoding.decode(content, part.encodings[0])
