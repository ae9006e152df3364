"""What telephones and word processors do to typed words, undone: curly quotes, long dashes, spaces that do not break.

Only command lines pass through here. The words for a person outside stay as they were typed.
"""

from __future__ import annotations

import re

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u2032"), "'") | dict.fromkeys(map(ord, "\u201c\u201d\u201e"), '"')
# Mail programs put these between words of their own accord; nobody can see or type them.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_TABLE = {**_DASHES, **_QUOTES, **_INVISIBLE}


def plain(line: str) -> str:
    """One line with plain dashes and quotes and single plain spaces. Full-width forms stay what they are."""
    return re.sub(r"\s+", " ", line.translate(_TABLE)).strip()
