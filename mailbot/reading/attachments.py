"""The parts that are not the text: name, type, size, and whether they are sealed (promise 12). Their content goes no
further.

Every claim counts: each Content-Type, each name, and the first bytes under each transfer encoding claimed, read
strictly and tolerantly; one that says picture, film or archive seals (A38, A39, A41, A42). Parts of other readings
(shadows) appear only where they are sealed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from mailbot.model import Attachment
from mailbot.reading import charset, encoding, limits, sealing
from mailbot.reading.parts import Part

_TEXTS = ("text/plain", "text/html", "text/enriched", "text/richtext", "text/x-amp-html")
_DIRECTION = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_PDF = b"%PDF-"
_TAIL_BYTES = 96 * 1024
_LARGEST_OFFICE_BYTES = 8 * 1024 * 1024


def sealed_parts(raw: bytes, root: Part) -> frozenset[int]:
    """The ids of the leaves that are sealed, and of messages in the message that hold such a leaf."""
    sealed: set[int] = set()
    for part, _ in reversed(list(_every_part(root))):
        below = [*part.children, *part.shadows]
        if any(id(one) in sealed for one in below) if part.children else _is_sealed(raw, part):
            sealed.add(id(part))
    return frozenset(sealed)


def read_attachments(raw: bytes, root: Part, sealed: frozenset[int]) -> tuple[Attachment, ...]:
    """Every leaf that is no text of anybody's, and every message inside the message, in their order."""
    return tuple(described(raw, part, sealed) for part in listed_parts(root, sealed))


def listed_parts(root: Part, sealed: frozenset[int]) -> list[Part]:
    """The parts that `read_attachments` tells of, in the same order: number 1 is the first."""
    listed = (
        part
        for part, shadow in _every_part(root)
        if (
            part.type.startswith("message/") and not shadow
            if part.children
            else _is_file(part, shadow, id(part) in sealed)
        )
    )
    return list(islice(listed, limits.ATTACHMENTS))


def described(raw: bytes, part: Part, sealed: frozenset[int]) -> Attachment:
    """Name, type, size and whether it is sealed."""
    name = next((shown for one in part.names if (shown := clean_name(one))), None)
    size = encoding.decoded_size(raw, part.start, part.end, part.encodings[0])
    return Attachment(name, part.type[:100], size, id(part) in sealed)


def may_speak(part: Part) -> bool:
    """Whether a leaf is somebody's text: a text type, no file name, not marked as an attachment.

    A multipart whose delimiters are missing speaks too: people get it as it came, rather than nothing.
    """
    if part.type.startswith("multipart/"):
        return True
    return part.type in _TEXTS and part.disposition() != "attachment" and not any(part.names)


def clean_name(name: str) -> str:
    """A file name for people's eyes: no path, no control or direction characters, short (A43). Never used on a disk."""
    bare = re.split(r"[/\\]", name)[-1]
    return charset.one_line(_DIRECTION.sub("\ufffd", bare), 120).strip(". ")


def _every_part(root: Part) -> Iterator[tuple[Part, bool]]:
    """All parts in the order of the message, each with whether it exists in another reading only."""
    stack = [(root, False)]
    while stack:
        part, shadow = stack.pop()
        yield part, shadow
        stack.extend((child, True) for child in reversed(part.shadows))
        stack.extend((child, shadow) for child in reversed(part.children))


def _is_file(part: Part, shadow: bool, sealed: bool) -> bool:
    return sealed or not (shadow or may_speak(part))


def _is_sealed(raw: bytes, part: Part) -> bool:
    if any(map(sealing.sealed_by_label, part.types)) or any(map(sealing.sealed_by_name, part.names)):
        return not _is_office(raw, part)
    # A message inside in an encoding that RFC 2046 section 5.2.1 forbids is not opened, so nobody knows what it holds.
    if part.type.startswith("message/rfc822") and any(part.encodings):
        return True
    speaks = may_speak(part)
    length = limits.TEXT_BYTES if part.type.startswith("text/") and not speaks else 2 * limits.HEAD_BYTES
    head = raw[part.start : min(part.end, part.start + length)]
    heads = [head, *(encoding.decode(head, one) for one in dict.fromkeys(part.encodings) if one)]
    if any(sealing.sealed_by_bytes(one[: limits.HEAD_BYTES], part.type.startswith("text/")) for one in heads):
        return not _is_office(raw, part)
    if speaks or part.type.startswith("message/"):
        return False
    broken = "base64" in part.encodings and not encoding.base64_is_sound(head)
    return broken or any(map(sealing.holds_written_out, heads)) or _ends_as_archive(raw, part, heads)


def _ends_as_archive(raw: bytes, part: Part, heads: list[bytes]) -> bool:
    """Whether a PDF is a ZIP at its end; only a PDF may begin as something else and still be read from there."""
    if not any(_PDF in head[:1024] for head in heads):
        return False
    tail = raw[max(part.start, part.end - _TAIL_BYTES) : part.end]
    decoded = (one for kind in dict.fromkeys(part.encodings) for one in encoding.tails(tail, kind))
    return any(map(sealing.holds_archive_at_end, decoded))


def _is_office(raw: bytes, part: Part) -> bool:
    if part.end - part.start > _LARGEST_OFFICE_BYTES or len(set(part.types)) > 1 or len(set(part.encodings)) > 1:
        return False
    if any(map(sealing.sealed_by_name, part.names)):
        return False
    data = raw[part.start : part.end]
    if part.encodings[0] == "base64" and not encoding.base64_is_sound(data):
        return False
    return sealing.is_office(part.type, encoding.decode(data, part.encodings[0]))
