"""What the files in a message hold themselves: the files in a winmail.dat, for people to know of and never opened.

The part itself stays whole and sealed. Each file inside is told of with its name, type and size, and is sealed by the
same rules as any other; the text inside is a hint, for messages that have no other.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.model import Attachment
from mailbot.reading import charset, encoding, html, limits, sealing, tnef
from mailbot.reading.attachments import clean_name
from mailbot.reading.parts import Part

_LABELS = ("application/ms-tnef", "application/vnd.ms-tnef")
_LARGEST_BYTES = 32 * 1024 * 1024
_UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Hints:
    """`attachments` inside others, `text` that stands in no part of its own, and what was mended."""

    attachments: tuple[Attachment, ...] = ()
    text: str = ""
    defects: frozenset[str] = frozenset()


def look_inside(raw: bytes, root: Part) -> Hints:
    """Looks into every winmail.dat of a message, whatever calls it so."""
    found = [_of_tnef(data) for part in root.walk() if _is_tnef(part) and (data := _content(raw, part))]
    if not found:
        return Hints()
    attachments = tuple(one for hints in found for one in hints.attachments)[: limits.ATTACHMENTS]
    text = next((hints.text for hints in found if hints.text), "")
    return Hints(attachments, text, frozenset().union(*(hints.defects for hints in found)))


def _is_tnef(part: Part) -> bool:
    if part.children or part.end - part.start > _LARGEST_BYTES:
        return False
    return any(kind in _LABELS for kind in part.types) or any(one.lower() == "winmail.dat" for one in part.names)


def _content(raw: bytes, part: Part) -> bytes:
    data = raw[part.start : part.end]
    return next(
        (one for kind in part.encodings if (one := encoding.decode(data, kind)).startswith(tnef.SIGNATURE)), b""
    )


def _of_tnef(data: bytes) -> Hints:
    inside = tnef.read(data)
    text = inside.text or html.text_of_page(inside.page)[0]
    defects = frozenset() if inside.is_sound else frozenset(("tnef",))
    return Hints(tuple(map(_described, inside.files)), charset.clean(text[: limits.TEXT_BYTES]).strip(), defects)


def _described(file: tnef.File) -> Attachment:
    kind = file.content_type or _UNKNOWN
    sealed = (
        sealing.sealed_by_label(kind) or sealing.sealed_by_name(file.name) or sealing.sealed_by_bytes(file.head, False)
    )
    # A message inside may hold anything, and nobody has looked.
    is_message = file.head.startswith(tnef.SIGNATURE)
    name = charset.one_line(clean_name(file.name), limits.NAME_CHARACTERS)
    return Attachment(name or None, charset.one_line(kind, 100), file.size, sealed or is_message)
