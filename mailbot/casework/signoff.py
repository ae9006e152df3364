"""Where a staff member's words end and the signature begins: the service speaks, not the member (RULES 8).

The signature of the configuration is cut as it is written there. Otherwise a trailing block of short lines that are no
sentences goes, from the line with the member's name on; a line above it that ends with a comma ("Kind regards,")
belongs to it. A block that holds the address without a name goes whole. `#` lines are never part of it.
"""

from __future__ import annotations

import re

from mailbot.model import Member

_LONGEST_LINE = 70
_MOST_WORDS = 9
_MOST_LINES = 14
_MOST_BLOCKS = 4
_SENTENCE = re.compile(r"[.!?…][\"”»)]?\Z")
_MARKS = re.compile(r"^[\W_]+|[\W_]+$")
_WORD = re.compile(r"\w+")
# Behind a name in a signature: nothing, capitalised names, pronouns, a title behind a mark. "Dana will call" is none.
_BEHIND_NAME = re.compile(r"(?:\s+[A-ZÀ-Þ][\w.'’-]*){0,3}\s*(?:\Z|[,|·•(/–—-]\s*(?:\S+\s*){1,4}\Z)")


def sign_off(words: str, member: Member) -> tuple[str, str]:
    """The words without their signature, and the signature or ""."""
    rest = _without_known(words.rstrip(), member.signature)
    for _ in range(_MOST_BLOCKS):
        begin = _begin(rest, member)
        if begin is None:
            break
        rest = rest[:begin].rstrip()
    return rest, words[len(rest) :].strip("\n")


def _without_known(words: str, signature: str | None) -> str:
    """Without the configured signature at the end, whatever its blanks and line breaks have become."""
    known = (signature or "").split()
    if not known:
        return words
    pattern = r"(?<!\S)" + r"\s+".join(map(re.escape, known)) + r"\s*\Z"
    found = re.search(pattern, words, re.IGNORECASE)
    return words[: found.start()].rstrip() if found else words


def _begin(words: str, member: Member) -> int | None:
    """Where a signature of the member begins at the end of the words, or None."""
    lines = words.split("\n")
    first = _first_short(lines)
    for top, end in _blocks(lines, first):
        at = _where(lines[top:end], member)
        if at is not None:
            return len("\n".join(lines[: top + at])) + (top + at > 0)
    return None


def _first_short(lines: list[str]) -> int:
    """The index of the first line of the run of short lines at the end."""
    index = len(lines)
    spoken = 0
    while index and spoken < _MOST_LINES and _is_short(lines[index - 1]):
        index -= 1
        spoken += bool(lines[index].strip())
    return index


def _is_short(line: str) -> bool:
    text = line.strip()
    if text.startswith("#") or len(text) > _LONGEST_LINE or len(text.split()) > _MOST_WORDS:
        return False
    return not _SENTENCE.search(text)


def _blocks(lines: list[str], first: int) -> list[tuple[int, int]]:
    """The runs of lines without an empty one from `first` on, the lowest first."""
    found: list[tuple[int, int]] = []
    end = len(lines)
    while end > first:
        top = end
        while top > first and lines[top - 1].strip():
            top -= 1
        if top < end:
            found.append((top, end))
        end = top - 1
    return found


def _where(block: list[str], member: Member) -> int | None:
    """The line of a block where the signature begins, or None if it holds no sign of the member."""
    for index, line in enumerate(block):
        if _is_name(line, member.name):
            return index - 1 if index and block[index - 1].rstrip().endswith((",", "，")) else index
    text = "\n".join(block).lower()
    own = (member.address, *member.aliases)
    return 0 if any(address.lower() in text for address in own) else None


def _is_name(line: str, name: str) -> bool:
    """Whether a line is the member's name, whole or the first word of it, with what signatures put behind it.

    With a comma at the end it greets somebody of the same name.
    """
    if line.rstrip().endswith((",", "，")):
        return False
    bare = _MARKS.sub("", line)
    words = _WORD.findall(name)
    for wanted in (name, words[0] if words else ""):
        if wanted and bare.casefold().startswith(wanted.casefold()) and _BEHIND_NAME.match(bare[len(wanted) :]):
            return True
    return False
