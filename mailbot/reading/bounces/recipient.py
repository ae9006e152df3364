"""Addresses as hosts write them in reports: looser than the grammar for authors, and never used to send anything.

They are compared with the address that a letter of ours went to, nothing else. So what the strict grammar refuses for
good reasons passes here: two dots in a row (DoCoMo gave such addresses out), a quoted local part, an encoded word that
sendmail took for a local part, UTF-8 (RFC 6533).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LOCAL = r"(?:\"[^\"\s<>@]{1,62}\"|[^\s<>()\[\],;:\"'@\\|]{1,64})"
_DOMAIN = r"[^\s<>()\[\],;:\"'@\\|/?!*&=]{1,190}"
ADDRESS = rf"{_LOCAL}@{_DOMAIN}"
"""A pattern for one address inside a line of prose."""

_WHOLE = re.compile(rf"{ADDRESS}\Z")
_FIRST = re.compile(rf"(?:\A|(?<=[\s<>()\[\],;:\"']))({ADDRESS})")


def is_reported(text: str) -> bool:
    """Whether this can be an address in a report: one @, no blanks or brackets, at most 254 characters."""
    return len(text) <= 254 and _WHOLE.match(text) is not None


def first_in(text: str) -> str | None:
    """The first address in a piece of text, without the full stop that ends its sentence."""
    match = _FIRST.search(text[:1000])
    return tidy(match[1]) if match else None


def every_in(text: str) -> list[str]:
    """All addresses in a piece of text."""
    return [tidy(found) for found in _FIRST.findall(text[:64_000])]


def in_sentence(line: str) -> Iterator[tuple[str, str]]:
    """Each address of a line with the words before it, from the address before that one on."""
    begin = 0
    for match in _FIRST.finditer(line):
        yield tidy(match[1]), line[begin : match.start()][-300:]
        begin = match.end()


def tidy(address: str) -> str:
    """One spelling: the domain in lower case, no trailing full stop."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.rstrip('.').lower()}"


def same(one: str, other: str) -> bool:
    """Whether two reported addresses mean the same mailbox, as far as letter case goes."""
    return one.lower() == other.lower()
