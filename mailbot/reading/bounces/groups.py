"""The fields of a delivery report, group by group (RFC 3464 section 2.1), wherever they stand: in a part of their own,
in one with a wrong label, or in the middle of prose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailbot.reading import limits
from mailbot.reading.bounces import codes, recipient
from mailbot.reading.fields import Block, read_block

MOST_RECIPIENTS = 100


@dataclass(frozen=True, slots=True)
class Told:
    """What one group says of one recipient. `original` is the address as the sender gave it, where that differs."""

    recipient: str
    status: str
    action: str
    original: str | None = None


def groups(data: bytes) -> Iterator[Block]:
    """The blocks of fields between empty lines, at most a hundred and one."""
    position = count = 0
    while position < len(data) and count <= MOST_RECIPIENTS:
        block = read_block(data, position, len(data))
        position = max(block.body, position + 1)
        if block.fields:
            count += 1
            yield block


def told(block: Block) -> Told | None:
    """The recipient of a group, or None where it names none (the first group speaks of the message)."""
    final, original = _address(block, "final-recipient"), _address(block, "original-recipient")
    named = final or original
    if named is None:
        return None
    status = codes.of_report(_text(block, "status"), _text(block, "diagnostic-code"))
    action = _text(block, "action").lower().split(" ")[0].strip("();,")
    sent_to = original if original and not recipient.same(original, named) else None
    return Told(named, status, action, sent_to)


def envelope_id(block: Block) -> str | None:
    """Original-Envelope-Id (RFC 3464 section 2.2.1): the ENVID that the sender gave."""
    value = _text(block, "original-envelope-id")
    return value[: limits.IDENTIFIER_CHARACTERS].strip("<>") or None


def in_prose(text: str) -> str:
    """The lines of report fields that stand in the middle of other text, from the first to the last; "" if none."""
    lines = text.split("\n")
    named = [index for index, line in enumerate(lines) if line[:20].lower().startswith(_BEGINNINGS)]
    if not named:
        return ""
    begin = named[0]
    while begin and _is_field(lines[begin - 1]):
        begin -= 1
    return "\n".join(lines[begin : named[-1] + 20])


_BEGINNINGS = ("final-recipient:", "original-recipient:")


def _is_field(line: str) -> bool:
    name, colon, _ = line.partition(":")
    return bool(colon) and bool(name) and name.replace("-", "").isalnum()


def _text(block: Block, name: str) -> str:
    return (block.first(name) or b"").decode("utf-8", "replace")


def _address(block: Block, name: str) -> str | None:
    """`rfc822; address` (RFC 3464 section 2.3.1); some hosts leave the type out, or put brackets around it."""
    kind, semicolon, rest = _text(block, name).partition(";")
    return recipient.first_in(rest if semicolon else kind)
