"""The text of a message: the parts that speak, decoded, as one text, and as what the plain parts and the pages say
each (A19, A38, A46).

The best of alternatives is the plain one, unless it is empty; pages become text; attached messages do not speak, and
no sealed part.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mailbot.model import Attachment
from mailbot.reading import attachments, charset, encoding, flowed, html, limits, writtenout
from mailbot.reading.parts import Part

_PLAIN, _PAGE = "text/plain", "text/html"


@dataclass(frozen=True, slots=True)
class Text:
    """The text, and what was written out inside it and taken away. `spoken`: what each part with words says, by type,
    one tuple for each group of alternatives.
    """

    text: str
    spoken: tuple[tuple[tuple[str, str], ...], ...]
    attachments: tuple[Attachment, ...]
    defects: frozenset[str]

    def of_type(self, kind: str) -> list[str]:
        """What the parts of one type say."""
        return [text for group in self.spoken for one, text in group if one == kind]

    @property
    def plain(self) -> str:
        return "\n\n".join(self.of_type(_PLAIN))

    @property
    def page(self) -> str:
        return "\n\n".join(self.of_type(_PAGE))


@dataclass(slots=True)
class _Found:
    """What reading came across on the way."""

    defects: set[str] = field(default_factory=set)
    attachments: list[Attachment] = field(default_factory=list)


def read_text(raw: bytes, root: Part, sealed: frozenset[int]) -> Text:
    """Reads every speaking part. At most 1 MB of each form of the message is decoded for it (RULES 13)."""
    found = _Found()
    texts: list[str] = []
    spoken: list[tuple[tuple[str, str], ...]] = []
    room = limits.TEXT_BYTES
    for alternatives in _speaking(root, sealed):
        best, said = _group(raw, alternatives, room, found)
        spoken.append(said)
        if best.strip():
            texts.append(best.strip("\n"))
            room -= len(best.encode("utf-8", "replace"))
        if room <= 0:
            found.defects.add("text-cut")
            break
    taken = tuple(found.attachments[: limits.ATTACHMENTS])
    return Text("\n\n".join(texts), tuple(spoken), taken, frozenset(found.defects))


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
    return [sorted(flat, key=lambda one: one.type != _PLAIN)] if flat else []


def _group(raw: bytes, alternatives: list[Part], room: int, found: _Found) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The plain alternatives together, else the first that says anything; and what each says."""
    best = ""
    said: list[tuple[str, str]] = []
    for part in alternatives:
        source, taken = writtenout.take_out(_source(raw, part, room, found.defects))
        found.attachments += taken
        text, defect = html.text_of_page(source) if part.type == _PAGE else (source, None)
        if text.strip():
            said.append((part.type, text.strip("\n")))
        if part.type == _PLAIN:
            best = f"{best}\n\n{text}".strip("\n")
        elif not best.strip():
            best = text
            found.defects |= {defect} if defect else set()
    return best, tuple(said)


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
    text = charset.clean(text)
    if part.type == _PLAIN and (part.parameter("format") or "").lower() == "flowed":
        text = flowed.unflowed(text, (part.parameter("delsp") or "").lower() == "yes")
    return text
