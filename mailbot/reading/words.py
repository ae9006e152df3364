"""The Message-IDs of a message's fields (RFC 5322 section 3.6.4).

Tolerant, linear, and without exceptions: what is no identifier is passed over.
"""

from __future__ import annotations

import re

from mailbot.reading import limits

_IDENTIFIER = re.compile(rb"<([\x21-\x3b\x3d\x3f-\x7e]+)>")
_BARE_IDENTIFIER = re.compile(rb"([\x21-\x3b\x3d\x3f-\x7e]+)\Z")


def identifiers(value: bytes) -> tuple[str, ...]:
    """The Message-IDs in a field, without their brackets; the newest twenty where there are more (A35)."""
    found = [one for one in _IDENTIFIER.findall(value) if len(one) <= limits.IDENTIFIER_CHARACTERS]
    return tuple(one.decode("ascii") for one in found[-limits.REFERENCES :])


def identifier(value: bytes | None) -> str | None:
    """The one Message-ID of a Message-ID field; a program that forgot the brackets is understood."""
    if value is None:
        return None
    match = _IDENTIFIER.search(value) or _BARE_IDENTIFIER.match(value.strip())
    return match[1].decode("ascii") if match and len(match[1]) <= limits.IDENTIFIER_CHARACTERS else None
