"""What a template may do to a value: numbers as links, instants as words, received text made harmless.

Every value that a template writes passes `harmless` unless one of these filters has already made it markup.
"""

from __future__ import annotations

import re
from datetime import datetime

from jinja2 import Undefined, pass_context
from jinja2.runtime import Context

from mailbot.writing import dates
from mailbot.writing.markup import Marked, escape, quoted, typed

_PHONE = re.compile(r"[0-9+](?:[0-9-]*[0-9])?")
_SHORT = {"911", "988"}
_LONGEST_NAME = 100


def harmless(value: object) -> str:
    """Jinja's `finalize`: a value becomes plain words; a missing one raises UndefinedError here."""
    if isinstance(value, Marked):
        return value
    return str(value) if isinstance(value, Undefined) else escape(value)


def tel(numbers: str) -> Marked:
    """Every telephone number in the words as a link that dials it (RFC 3966), +1 where no country is written."""
    marked, end = "", 0
    for found in _PHONE.finditer(numbers):
        marked += escape(numbers[end : found.start()]) + f"[{escape(found[0])}](tel:{_dialled(found[0])})"
        end = found.end()
    return Marked(marked + escape(numbers[end:]))


def link(label: str, address: str) -> Marked:
    """A mailto: link of ours; only staff letters have any."""
    return Marked(f"[{escape(label)}]({escape(address)})")


@pass_context
def moment(context: Context, at: datetime) -> str:
    """An instant in the words of the letter's language."""
    return dates.moment(at, context["language"])


def sentence(words: str) -> str:
    """Words with a full stop, if they have no end of their own."""
    return words if words.endswith((".", "?", "!", ":")) else f"{words}."


def shortened(words: str) -> str:
    """A name from outside, cut at 100 characters."""
    return words if len(words) <= _LONGEST_NAME else words[: _LONGEST_NAME - 1] + "…"


def size(count: int) -> str:
    """A number of bytes for people: `900 bytes`, `20 kB`, `3.5 MB`."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


FILTERS = {
    "tel": tel, "link": link, "moment": moment, "sentence": sentence, "shortened": shortened, "bytes": size,
    "quoted": quoted, "typed": typed,
}  # fmt: skip


def _dialled(number: str) -> str:
    digits = number.replace("-", "")
    if digits in _SHORT or digits.startswith("+"):
        return digits
    return f"+1{digits[-10:]}" if len(digits) in (10, 11) else digits
