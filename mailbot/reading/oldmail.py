"""Where an old message begins without quote marks: a line of dashes with "Original Message", a block of header fields
as Outlook writes it, a help desk's "reply above this line".

Pure questions about lines; `reply` decides what they mean for a text.
"""

from __future__ import annotations

import re

from mailbot.reading.phrases import ABOVE, FORWARDED, LABELS, OLD, Label, folded

_RULES = "-_=*~–—#"
_NEAR_LINES, _NEAR_FIELDS = 14, 8
_FEWEST_FIELDS = 3
_LONGEST_LINE = 300
_LONGEST_LABEL = 32
# GroupWise: >>> Kim Doe <kim@example.net> 11/24/2026 10:00 AM >>>
_GROUPWISE = re.compile(r">>> ?[^>].{3,200}\d[^>]{0,40} ?>>>")
_FIELD = re.compile(r"[^:]{1,24}:\s+\S")


def is_marker(line: str) -> bool:
    """Whether a line by itself says that an old message follows."""
    if len(line) > _LONGEST_LINE:
        return False
    text = folded(line)
    words = text.strip(_RULES + " ")
    if len(text) - len(words) >= 4 and text[0] in _RULES and words.startswith(OLD):
        return True
    if text.endswith(":") and text[:-1].rstrip() in FORWARDED:
        return True
    return words.startswith(ABOVE) or (text.startswith(">>>") and _GROUPWISE.fullmatch(text) is not None)


def may_begin(line: str) -> bool:
    """A cheap look: whether the lines below could make this one the beginning of an old message."""
    return _is_rule(line) or label(line) is not None


def _is_rule(line: str) -> bool:
    """A line of dashes or the like, also with words in it: "---- Bericht ----"."""
    bare = line.strip()
    return 3 <= len(bare) <= _LONGEST_LINE and bare[0] in _RULES and bare[-1] in _RULES


def begins(lines: list[str], index: int) -> bool:
    """Whether an old message begins here: a block of fields, also below a line of dashes."""
    if not _is_rule(lines[index]):
        return is_header_block(lines, index)
    below = _next(lines, index + 1)
    return below is not None and (is_header_block(lines, below) or _resembles_one(lines, below))


def is_header_block(lines: list[str], index: int) -> bool:
    """Three fields of a header close together, the sender among them and one of them first, in any language."""
    if label(lines[index]) is None:
        return False
    near = [line for line in lines[index : index + _NEAR_LINES] if line.strip()][:_NEAR_FIELDS]
    found = {kind for line in near if (kind := label(line))}
    return Label.SENDER in found and len(found) >= _FEWEST_FIELDS


def label(line: str) -> Label | None:
    """What field a line shows, by its name in any language."""
    if ":" not in line and "：" not in line:
        return None
    start = line[:_LONGEST_LABEL].lstrip("*_| \t\u200e\u200f\xa0")
    for colon in (":", "："):
        name, found, _ = start.partition(colon)
        if found:
            return LABELS.get(folded(name).strip("*_ "))
    return None


def behind(lines: list[str], index: int) -> int:
    """The line behind a block of header fields that begins here or nearby; the same line where there is none."""
    at = _next(lines, index)
    if at is None or not is_header_block(lines, at):
        return index
    near = range(at, min(at + _NEAR_LINES, len(lines)))
    return next((end for end in near if not lines[end].strip() or lines[end].startswith(">")), index)


def _resembles_one(lines: list[str], index: int) -> bool:
    """Below a rule: three lines in a row that look like fields, with an address in the first; for languages that we
    do not know.
    """
    near = [folded(line[:_LONGEST_LINE]) for line in lines[index : index + _FEWEST_FIELDS]]
    return len(near) == _FEWEST_FIELDS and all(map(_FIELD.match, near)) and "@" in near[0]


def _next(lines: list[str], index: int) -> int | None:
    """The next line that is not empty, if it is near."""
    return next((at for at in range(index, min(index + 4, len(lines))) if lines[at].strip()), None)
