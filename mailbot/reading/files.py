"""The files of a staff answer that may leave with it: PDF and plain text, nothing else (RULES 8).

Label, name and bytes must agree, whatever reading one takes (A38, A39, A41, A42). What a page shows inside itself (a
signature's picture) and the signatures of mail programs are no files of anybody's; every other file is named with the
reason why it stays. Runs in the child, as all reading does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailbot.model import File, Files, NotSent
from mailbot.reading import attachments, charset, encoding, limits, sealing
from mailbot.reading.limits import Limits
from mailbot.reading.parts import Part, read_tree

PDF, TEXT = "application/pdf", "text/plain"
_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
_ZIP_END = b"PK\5\6"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")


@dataclass(slots=True)
class _Sorted:
    """The files so far, and how many bytes may still leave."""

    allowed: list[File] = field(default_factory=list)
    refused: list[NotSent] = field(default_factory=list)
    room: int = limits.FILES_BYTES


def read_files(raw: bytes, within: Limits) -> Files:
    """Sorts the files of a message. Never raises; a message with too many parts has none that leaves."""
    found = _Sorted()
    tree = read_tree(raw, within)
    for part, decoration in _files(tree.root):
        if decoration or len(found.allowed) + len(found.refused) >= limits.ATTACHMENTS:
            continue
        name = next((shown for one in part.names if (shown := attachments.clean_name(one))), "")
        data = "kind" if tree.problem else _judged(raw, part, found.room)
        if isinstance(data, str):
            found.refused.append(NotSent(name, data))
        else:
            found.room -= len(data)
            found.allowed.append(File(name or _named(part), part.type, data))
    return Files(tuple(found.allowed), tuple(found.refused))


def _files(root: Part) -> Iterator[tuple[Part, bool]]:
    """Every leaf that is nobody's text and every message inside, each with whether it only decorates."""
    stack = [(root, False)]
    while stack:
        part, related = stack.pop()
        if part.children and not part.type.startswith("message/"):
            stack.extend((child, related or part.type == "multipart/related") for child in reversed(part.children))
        elif not attachments.may_speak(part):
            yield part, part.type in _SIGNATURES or (related and part.type.startswith("image/"))


def _named(part: Part) -> str:
    return "document.pdf" if part.type == PDF else "document.txt"


def _judged(raw: bytes, part: Part, room: int) -> bytes | str:
    """The bytes that may leave, or the code of the reason why they do not."""
    one_reading = len(set(part.types)) == 1 and len(set(part.encodings)) == 1 and not part.shadows
    if part.type not in (PDF, TEXT) or part.children or any(map(sealing.sealed_by_name, part.names)):
        return "kind"
    if encoding.decoded_size(raw, part.start, part.end, part.encodings[0]) > limits.FILE_BYTES:
        return "size"
    source = raw[part.start : part.end]
    if not one_reading or (part.encodings[0] == "base64" and not encoding.base64_is_sound(source)):
        return "content"
    data = encoding.decode(source, part.encodings[0])
    if len(data) > limits.FILE_BYTES:
        return "size"
    found = _pdf(data) if part.type == PDF else _text(data, part.parameter("charset"))
    if found is None:
        return "content"
    return found if len(found) <= room else "many"


def _pdf(data: bytes) -> bytes | None:
    """A PDF from its first byte, and no archive from its last: a ZIP is read from its end."""
    return data if data.startswith(b"%PDF-") and _ZIP_END not in data[-66_000:] else None


def _text(data: bytes, label: str | None) -> bytes | None:
    """Characters as UTF-8: built anew, and no picture or archive that is called text."""
    text, known = charset.decode(data, label)
    if not known or _CONTROL.search(text) or sealing.holds_written_out(data):
        return None
    return text.replace("\r\n", "\n").encode("utf-8")
