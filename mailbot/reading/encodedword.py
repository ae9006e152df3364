"""Encoded words (RFC 2047) to text, however broken: what programs write, not what they should.

Tolerant, linear, and without exceptions: what cannot be understood stays as it came. Never used on an address (A27).
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from mailbot.reading import charset

# Blanks stand inside words where a relay folded them; a question mark in the text of a Q word was not encoded by its
# program; the closing mark is missing where a field was cut, and there nothing else may follow but such a word's text.
_WORD = re.compile(
    rb"=\?[ \t]*([A-Za-z0-9][^?*\s=<>\"]{0,59})(?:\*[^?\s]{0,20})?[ \t]*\?[ \t]*"
    rb"(?:([bB])[ \t]*\?([^?]*+)(?:\?=|\Z)|([qQ])[ \t]*\?((?:[^?]|\?(?!=))*+)(?:\?=|\Z))"
)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


@dataclass(slots=True)
class _Run:
    """Neighbouring words of one charset, to be decoded together."""

    label: bytes = b""
    bytes_: bytearray = field(default_factory=bytearray)
    letters: bytes = b""

    def add(self, match: re.Match[bytes]) -> None:
        if match[2]:
            self._add_base64(match[3])
        else:
            self.flush()
            self.bytes_ += binascii.a2b_qp(match[5].replace(b"_", b" "))

    def _add_base64(self, content: bytes) -> None:
        """Programs cut the letters anywhere, so what is no multiple of four goes on in the next word, unless padded."""
        letters = _NOT_BASE64.sub(b"", content.translate(_URL_SAFE).rstrip(b"=\r\n\t "))
        self.letters += letters
        if b"=" in content or not len(self.letters) % 4:
            self.flush()

    def flush(self) -> None:
        letters, self.letters = self.letters, b""
        if len(letters) % 4 == 1:
            letters = letters[:-1]
        self.bytes_ += binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))

    def take(self, hint: str | None) -> str:
        self.flush()
        text, _ = charset.decode(bytes(self.bytes_), self.label.decode("ascii", "replace"), hint)
        self.bytes_.clear()
        self.label = b""
        return text


def text_of(value: bytes, hint: str | None = None) -> str:
    """An unstructured field, phrase or parameter as text. `hint` is the charset of the message, for raw 8-bit bytes.

    Blanks between two words vanish (RFC 2047, 6.2). Neighbours of one charset are joined before they are decoded,
    since programs split characters over two words.
    """
    if b"=?" not in value:
        return charset.decode(value, None, hint)[0]
    out: list[str] = []
    run = _Run()
    position = 0
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        apart = bool(between.strip())
        label = word[1].lower()
        if run.label and (apart or label != run.label):
            out.append(run.take(hint))
        if apart or not position:
            out.append(charset.decode(between, None, hint)[0])
        run.label = label
        run.add(word)
        position = word.end()
    if run.label:
        out.append(run.take(hint))
    return "".join(out) + charset.decode(value[position:], None, hint)[0]
