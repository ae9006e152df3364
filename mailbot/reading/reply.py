"""What a person newly wrote: the text without the quotes, attributions and header blocks that mail programs add, and
what was cut to get there.

Every line gets a kind; `attribution`, `oldmail` and `advertisement` know what programs write. Where in doubt a line is
the person's: rather a quote too many in the same conversation than a word lost. Nothing is cut silently: each piece
comes back, bounded. The work for one text grows with its length and no faster, whatever stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby

from mailbot.reading import attribution, limits, oldmail
from mailbot.reading.advertisement import is_advertisement

_MOST_EXAMINED = 1000
_MOST_SIGNATURES = _MOST_ADVERTISEMENTS = 100
_MOST_SIGNATURE_LINES = 15
_MOST_CODE_LINES = 200
_MAILMAN = "_" * 47
_GAP = re.compile(r"\n{3,}")
# ">", its wide form, and the initials that some programs put before it ("KD> "); not the faces that begin with it.
_QUOTE = re.compile(r"\s{0,4}(?:[A-Z][A-Za-z]{0,2}(?=> )|)[>＞](?![:;=.][-'o]?[()\[\]|/\\DPp]|[._]<)")


class Kind(Enum):
    """What a line is. Empty lines are words; code is words whose marks mean nothing."""

    WORDS = auto()
    CODE = auto()
    QUOTE = auto()
    ATTRIBUTION = auto()
    OLD = auto()
    SIGNATURE = auto()
    ADVERTISEMENT = auto()


_OWN = frozenset([Kind.WORDS, Kind.CODE])


@dataclass(frozen=True, slots=True)
class Written:
    """The new words of one text, and the pieces cut from it in their order.

    `in_context` are the words with the quotes that they answer one by one; the whole text where nothing is new.
    """

    words: str = ""
    cut: tuple[str, ...] = ()
    in_context: str = ""


def split(text: str) -> Written:
    """Divides a text into what is new and what is not."""
    lines = text.split("\n")
    kinds = kinds_of(lines)
    words = _joined(lines, [kind in _OWN for kind in kinds])
    context = _joined(lines, _with_answered(lines, kinds)) if words else text.strip("\n")
    return Written(words, tuple(_pieces(lines, kinds)), context)


def kinds_of(lines: list[str]) -> list[Kind]:
    """What each line is."""
    kinds = _Lines(lines).kinds
    _sign(lines, kinds)
    _advertise(lines, kinds)
    return kinds


class _Lines:
    """One walk over the lines of a text, from the top to where an old message begins.

    `top` is the first line below what was marked last. `examined` counts the costly looks at neighbouring lines, of
    which ordinary mail needs a few; a text that was made to need thousands keeps the rest of its lines.
    """

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.kinds = [Kind.WORDS] * len(lines)
        self.first_word: int | None = None
        self.top = self.examined = 0
        index = 0
        while index < len(lines):
            index = self._step(index)

    def _step(self, index: int) -> int:
        """Judges the line, and gives the next one to judge."""
        line = self.lines[index]
        if not line or line.isspace():
            return index + 1
        if line.startswith("```") and (end := self._code_end(index)):
            self.first_word = index if self.first_word is None else self.first_word
            return self._mark(index, end, Kind.CODE)
        start = self._attribution(index)
        if start is not None:
            return self._attribute(start, index + 1)
        if self._old_message(index):
            return self._turn_old(index)
        if _QUOTE.match(line):
            return self._mark(index, index + 1, Kind.QUOTE)
        self.first_word = index if self.first_word is None else self.first_word
        return index + 1

    def _code_end(self, index: int) -> int | None:
        """The line behind a fenced piece of code, whose marks mean nothing; None where it stays open."""
        for at in range(index + 1, min(index + _MOST_CODE_LINES, len(self.lines))):
            if self.lines[at].startswith("```"):
                return at + 1
        return None

    def _attribution(self, index: int) -> int | None:
        line = self.lines[index]
        if _QUOTE.match(line) and len(line) > 20:
            return None
        if self.examined >= _MOST_EXAMINED or not attribution.may_end(line):
            return None
        self.examined += 1
        return attribution.start_of(self.lines, index, self.top, self._quotes_at(index + 1))

    def _attribute(self, start: int, below: int) -> int:
        said = self.first_word is not None and self.first_word < start
        self._mark(start, below, Kind.ATTRIBUTION)
        if not said:
            self.first_word = None
        if not self._quotes_at(below) and (said or self._next(below) is None):
            return self._mark(below, len(self.lines), Kind.OLD)
        return self._mark(below, self._bars_end(below), Kind.QUOTE)

    def _bars_end(self, index: int) -> int:
        """The line behind a quote that has bars for marks, as terminals and tables draw it."""
        below = self._next(index)
        while below is not None and below < len(self.lines) and self.lines[below].startswith("|"):
            below = index = below + 1
        return index

    def _old_message(self, index: int) -> bool:
        line = self.lines[index]
        if oldmail.is_marker(line):
            return True
        if _QUOTE.match(line) or self.examined >= _MOST_EXAMINED or not oldmail.may_begin(line):
            return False
        self.examined += 1
        return oldmail.begins(self.lines, index)

    def _turn_old(self, index: int) -> int:
        """Everything below is old, unless it stands under quote marks: then answers may come behind them."""
        is_rule = oldmail.label(self.lines[index]) is None
        below = oldmail.behind(self.lines, index + is_rule)
        if self._quotes_at(below):
            return self._mark(index, below, Kind.ATTRIBUTION)
        return self._mark(index, len(self.lines), Kind.OLD)

    def _mark(self, start: int, end: int, kind: Kind) -> int:
        self.kinds[start:end] = [kind] * (end - start)
        self.top = end
        return end

    def _next(self, index: int) -> int | None:
        """The next line with words, looked for nearby."""
        for at in range(index, min(index + 10, len(self.lines))):
            if self.lines[at].strip():
                return at
        return None

    def _quotes_at(self, index: int) -> bool:
        below = self._next(index)
        if below is None:
            return False
        return self.lines[below].startswith("|") or _QUOTE.match(self.lines[below]) is not None


def _sign(lines: list[str], kinds: list[Kind]) -> None:
    """Marks signatures: what stands below "-- " (RFC 3676 section 4.3), also where the blank was lost, up to a quote;
    and the foot that Mailman puts under what passes a list.

    People write "--" between paragraphs too, so a signature is short.
    """
    marks = [at for at, line in enumerate(lines) if _is_signature_mark(line) and kinds[at] is Kind.WORDS]
    for index in marks[:_MOST_SIGNATURES]:
        end = _signature_end(lines, kinds, index + 1)
        kinds[index:end] = [Kind.SIGNATURE] * (end - index)


def _is_signature_mark(line: str) -> bool:
    return (line[:2] == "--" == line.strip()) or line == _MAILMAN


def _signature_end(lines: list[str], kinds: list[Kind], index: int) -> int:
    """The line behind a signature that begins here; the beginning itself where it is none."""
    seen = 0
    for at in range(index, len(lines)):
        if kinds[at] is not Kind.WORDS:
            return at
        seen += bool(lines[at].strip())
        if seen > _MOST_SIGNATURE_LINES or at - index > 4 * _MOST_SIGNATURE_LINES:
            return index - 1
    return len(lines)


def _advertise(lines: list[str], kinds: list[Kind]) -> None:
    """Marks the lines by which a program or a device advertises itself, where words end or a quote begins."""
    ends, looked = True, 0
    for index in range(len(lines) - 1, -1, -1):
        if kinds[index] is not Kind.WORDS:
            ends = True
        elif ends and lines[index].strip() and looked < _MOST_ADVERTISEMENTS:
            looked += 1
            ends = is_advertisement(lines[index])
            kinds[index] = Kind.ADVERTISEMENT if ends else Kind.WORDS


def _with_answered(lines: list[str], kinds: list[Kind]) -> list[bool]:
    """For each line whether it is a person's words or a quote that they answer below it.

    An answer between quotes means little without its question. One quote under an attribution is the whole old
    message, with the answer at its foot; one that has none, above or on top, was put there by the person.
    """
    kept = [kind in _OWN for kind in kinds]
    answered: list[tuple[int, int, bool]] = []
    attributed = False
    quote: tuple[int, int, bool] | None = None
    for index, kind in enumerate(kinds):
        if kind is Kind.QUOTE:
            headed = attributed or lines[index].endswith((":", "："))
            quote = (quote[0], index + 1, quote[2]) if quote else (index, index + 1, headed)
        elif lines[index].strip():
            if quote and kind in _OWN:
                answered.append(quote)
            attributed, quote = kind is Kind.ATTRIBUTION, None
    if len(answered) > 1 or not any(under for _, _, under in answered):
        for start, end, _ in answered:
            kept[start:end] = [True] * (end - start)
    return kept


def _joined(lines: list[str], kept: list[bool]) -> str:
    text = "\n".join(line.rstrip() for line, keep in zip(lines, kept, strict=True) if keep)
    return _GAP.sub("\n\n", text.strip("\n"))


def _pieces(lines: list[str], kinds: list[Kind]) -> Iterator[str]:
    """What was cut, a run of lines a piece, each and all of them bounded."""
    room = limits.CUT_PIECES
    for keep, run in groupby(zip(kinds, lines, strict=True), key=lambda pair: pair[0] in _OWN):
        if keep or not room:
            continue
        piece = "\n".join(line.rstrip() for _, line in run).strip("\n")
        if piece.strip():
            room -= 1
            yield piece if len(piece) <= limits.CUT_CHARACTERS else f"{piece[: limits.CUT_CHARACTERS]} […]"
