"""What a person newly wrote: the text without the quotes, attributions and header blocks that mail programs add, and
what was cut to get there.

A plain cutter by lines; `programs` knows what programs write. Answers between quotes are kept: rather a quote too many
in the same conversation than a word lost. Nothing is cut silently: each piece comes back, bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from mailbot.reading import limits, programs

_MOST_LINES = 20_000
_GAP = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Written:
    """The new words of one text, and the pieces cut from it in their order."""

    words: str = ""
    cut: tuple[str, ...] = ()


def split(text: str) -> Written:
    """Divides a text into what is new and what is not."""
    lines = text.split("\n")[:_MOST_LINES]
    kept = _without_advertisement(lines, _kept(lines))
    words = "\n".join(line.rstrip() for line, keep in zip(lines, kept, strict=True) if keep)
    return Written(_GAP.sub("\n\n", words.strip("\n")), tuple(_pieces(lines, kept)))


def _kept(lines: list[str]) -> list[bool]:
    """For each line whether it is new."""
    kept = [False] * len(lines)
    said = in_signature = False
    index = 0
    while index < len(lines):
        line = lines[index]
        if programs.begins_old_message(lines, index):
            break
        length = programs.is_attribution(lines, index)
        if length:
            joined = " ".join(lines[index : index + length])
            quotes = programs.is_quote(_next_line(lines, index + length))
            if not quotes and programs.is_certain(joined) and (said or not _next_line(lines, index + length)):
                break
            if quotes or programs.is_certain(joined):
                in_signature = False
                index += length
                continue
        if programs.is_quote(line):
            in_signature = False
        elif programs.is_signature_mark(line):
            in_signature = True
        elif not in_signature:
            kept[index] = True
            said = said or bool(line.strip())
        index += 1
    return kept


def _next_line(lines: list[str], index: int) -> str:
    return next((line for line in lines[index : index + 10] if line.strip()), "")


def _without_advertisement(lines: list[str], kept: list[bool]) -> list[bool]:
    """Without the lines by which a program or a device advertises itself, where words end or a quote begins."""
    ends = True
    for index in range(len(lines) - 1, -1, -1):
        if not kept[index]:
            ends = True
        elif ends:
            kept[index] = not programs.is_advertisement(lines[index])
            ends = not kept[index] or not lines[index].strip()
    return kept


def _pieces(lines: list[str], kept: list[bool]) -> Iterator[str]:
    """What was cut, a run of lines a piece, each and all of them bounded."""
    room = limits.CUT_PIECES
    for keep, run in groupby(zip(kept, lines, strict=True), key=lambda pair: pair[0]):
        piece = "\n".join(line.rstrip() for _, line in run).strip("\n")
        if not keep and piece.strip() and room:
            room -= 1
            yield piece if len(piece) <= limits.CUT_CHARACTERS else f"{piece[: limits.CUT_CHARACTERS]} […]"
