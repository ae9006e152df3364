"""The text of a message: the parts that speak, decoded, as one text (A19 and A46 need more and come with staff mail).

The best of alternatives is the plain one, unless it is empty; pages become text; attached messages do not speak, and
no sealed part.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.model import Attachment
from mailbot.reading import attachments, charset, encoding, html, limits
from mailbot.reading.parts import Part


@dataclass(frozen=True, slots=True)
class Text:
    """The text, and what was written out inside it and taken away."""

    text: str
    attachments: tuple[Attachment, ...]
    defects: frozenset[str]


def read_text(raw: bytes, root: Part, sealed: frozenset[int]) -> Text:
    """Reads every speaking part. At most 1 MB of the message is decoded for it (RULES 13)."""
    defects: set[str] = set()
    found: list[Attachment] = []
    texts: list[str] = []
    room = limits.TEXT_BYTES
    for alternatives in _speaking(root, sealed):
        text, taken = _best(raw, alternatives, room, defects)
        found += taken
        if text.strip():
            texts.append(text.strip("\n"))
            room -= len(text.encode("utf-8", "replace"))
        if room <= 0:
            defects.add("text-cut")
            break
    return Text("\n\n".join(texts), tuple(found[: limits.ATTACHMENTS]), frozenset(defects))


def _speaking(part: Part, sealed: frozenset[int]) -> list[list[Part]]:
    """The texts in their order, each as its alternatives, the best first."""
    if part.children and part.type.startswith("message/"):
        return []
    if not part.children:
        return [[part]] if attachments.may_speak(part) and id(part) not in sealed else []
    branches = [found for child in part.children if (found := _speaking(child, sealed))]
    if part.type != "multipart/alternative":
        return [alternatives for found in branches for alternatives in found]
    flat = [one for found in branches for alternatives in found for one in alternatives]
    return [sorted(flat, key=lambda one: one.type != "text/plain")] if flat else []


def _best(raw: bytes, alternatives: list[Part], room: int, defects: set[str]) -> tuple[str, list[Attachment]]:
    """The plain alternatives together, else the first that says anything; the others are only searched for hidden
    files.
    """
    best = ""
    taken: list[Attachment] = []
    for part in alternatives:
        source, found = attachments.take_out(_source(raw, part, room, defects))
        taken += found
        if part.type == "text/plain":
            best = f"{best}\n\n{source}".strip("\n")
        elif not best.strip():
            best = _seen(part, source, defects)
    return best, taken


def _seen(part: Part, source: str, defects: set[str]) -> str:
    if part.type != "text/html":
        return source
    text, defect = html.text_of_page(source)
    if defect:
        defects.add(defect)
    return text


def _source(raw: bytes, part: Part, room: int, defects: set[str]) -> str:
    """The characters of a leaf, cut where there is no more room; base64 is a third larger than what it holds."""
    stop = min(part.end, part.start + max(room, 0) * 3 // 2)
    if stop < part.end:
        defects.add("text-cut")
    data = raw[part.start : stop]
    if part.encodings[0] == "base64" and not encoding.base64_is_sound(data):
        defects.add("base64")
    text, known = charset.decode(encoding.decode(data, part.encodings[0])[: max(room, 0)], part.parameter("charset"))
    if not known:
        defects.add("charset")
    return charset.clean(text)
