"""Characters that hide or reorder text, made visible before a person reads them (A30, A43, A46).

In: any string that came from outside. Out: the same string in which control characters, direction marks, invisible
signs and lone surrogates are marks that can be seen. Only people who read staff mail see such strings; nothing here
decides anything.
"""

from __future__ import annotations

import re

# Format characters (direction, zero width, tags), C1 controls, line separators. U+200C and U+200D stay in running
# text: Persian, Hindi and joined emoji need them to be read at all; in names and addresses they are marked as well.
_HIDDEN = (
    r"\u0080-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f"
)
_IN_TEXT = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f{_HIDDEN}\ud800-\udfff]")
_IN_NAME = re.compile(rf"[\x00-\x1f\x7f\u200c\u200d{_HIDDEN}\ud800-\udfff]")


def visible_text(text: str) -> str:
    """Running text of one or more lines: line feeds and tabs stay, everything else that hides is marked."""
    return _IN_TEXT.sub(_mark, text.replace("\r\n", "\n").replace("\r", "\n"))


def visible_name(text: str) -> str:
    """One line (an address, a name, a file name): line breaks and tabs are marked too."""
    return _IN_NAME.sub(_mark, text)


def _mark(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return f"[U+{code:04X}]"
