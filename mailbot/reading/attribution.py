"""The line that a mail program writes above a quote: "On Tue, 24 Nov 2026 at 10:00, Kim <kim@example.net> wrote:".

It may be folded over several lines and comes in every language. It is looked for from its end, so that words above it
are not drawn into it. General signs (a date, an address, a colon at the end) count before the words of any language;
what a person tells ("On Monday he wrote:") is told apart by the pronoun and by what is missing.
"""

from __future__ import annotations

import re
from enum import IntEnum

from mailbot.reading.phrases import LABELS, OPENINGS, PERSONS, QUOTING, VERB, WRITING, WROTE, folded

_MOST_LINES = 6
_MOST_CHARACTERS = 500
_ENDS = (":", "：", "----", ">", ")", "...")
_LAST = (":", "-", "...", *WROTE)
_TRAIL = ' \t\xa0*_"\u200e\u200f\u202c'
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d\d|[年년]")
_TIME = re.compile(r"\b\d{1,2}[:.h]\d\d\b|[时時시]")
_ADDRESS = re.compile(r"[<(\[]\s?(?:mailto:)?[^<>()\[\]@]{0,60}[^<>()\[\]\s@]{1,100}@[^<>()\[\]\s@]{1,100}")
_NO_WORD = r"[\W_]{0,12}"
# "On", "Le" and the like are common words: the date follows at once, but for openings of several words.
_OPENED = re.compile(
    rf"{_NO_WORD}(?:(?:{'|'.join(map(re.escape, OPENINGS))})(?![^\W\d_])\D{{0,40}}\d"
    rf"|(?:{'|'.join(re.escape(one) for one in OPENINGS if ' ' in one)})\b)"
)
_DATE_FIRST = re.compile(rf"{_NO_WORD}(?:\w{{1,12}}[.,]{{1,2}}\s?)?\d{{1,4}}\s?(?:[./:,年년-]|\w+\.?,?\s)")
# "Tirsdag den 24/11/2026 skrev Kim:" is certain enough beside a verb.
_DATE_NEAR = re.compile(rf"{_NO_WORD}(?:\w{{1,12}}[.,]{{0,2}}\s){{1,2}}\d")
_WORD = re.compile(r"\w+")
_DATED_NEXT = re.compile(r"\D{0,25}\d")
_JOINT = 60


class _Sure(IntEnum):
    """How sure it is that a text is an attribution."""

    NOT = 0
    WITH_QUOTE = 1
    WITH_GAP = 2
    """Without a quote below it an empty line must stand above, as programs put it."""
    ALWAYS = 3


def may_end(line: str) -> bool:
    """A cheap first look: whether an attribution could end in this line."""
    bare = line[-60:].rstrip(_TRAIL)
    return bare.endswith(_ENDS) or folded(bare[-30:]).endswith(WROTE)


def start_of(lines: list[str], end: int, top: int, quotes_below: bool) -> int | None:
    """The first line of the attribution whose last line is `end`; None where it is none. Lines above `top` are
    something else for certain. `quotes_below`: the next line with words is a quote.
    """
    found: int | None = None
    whole = ""
    for start in range(end, max(end - _MOST_LINES, top - 1), -1):
        line = lines[start].strip()
        if (not line and not whole.startswith("<")) or _is_header(folded(line)):
            break
        whole = f"{line} {whole}".strip()
        if len(whole) > _MOST_CHARACTERS:
            break
        text = folded(whole)
        gap = start == 0 or not lines[start - 1].strip()
        if not _is_whole(text) or _judge(text) < (_Sure.WITH_QUOTE if quotes_below else _Sure.ALWAYS - gap):
            continue
        opened = _is_opened(text)
        if found is None or opened:
            found = start
        if opened or _is_complete(text):
            break
    return None if found is None else _with_name(lines, found, top)


def _is_whole(text: str) -> bool:
    """Whether no address was cut in two: "net> wrote:" alone is the rest of a folded line."""
    return text.count("<") >= text.count(">") - text.count(">>") and not text.startswith(">")


def _judge(text: str) -> _Sure:
    ends = text.rstrip(_TRAIL)
    if not ends.endswith(_LAST):
        dated = ends.endswith(">") and _DATE_FIRST.match(text)
        return _Sure.WITH_QUOTE if dated and _ADDRESS.search(text) else _Sure.NOT
    date, time, address = _DATE.search(text), _TIME.search(text), _ADDRESS.search(text)
    if (date or time or address) and _has_form(ends, address):
        sure = _Sure.ALWAYS if address else _Sure.WITH_GAP if date and time else _Sure.WITH_QUOTE
    elif address and (date or time):
        sure = _Sure.ALWAYS if _is_opened(text) else _Sure.WITH_QUOTE
    elif _is_named(ends) or (date and "@" in text) or (address and text.startswith(QUOTING)):
        sure = _Sure.WITH_QUOTE
    else:
        return _Sure.NOT
    if _is_told(text):
        return _Sure.NOT
    return sure if ends.endswith((":", "--")) else _Sure.WITH_QUOTE


def _has_form(text: str, address: re.Match[str] | None) -> bool:
    """Whether a verb stands where programs put it: at the end, or before a date or name, behind an opening or an
    address.
    """
    last = _last_verb(text)
    if last:
        return (
            _is_opened(text) or _DATE_NEAR.match(text) is not None or (address is not None and address.start() < last)
        )
    for verb in WRITING.finditer(text):
        if len(text) - verb.end() > 150:
            continue
        before = text[: verb.start()]
        if _is_opened(before) or _DATE_NEAR.match(before) or (address and address.start() < verb.start()):
            return True
        if 0 < verb.start() <= 80 and _DATED_NEXT.match(text, verb.end()) and _DATE.search(text, verb.end()):
            return text.endswith(":")
    return False


def _is_named(text: str) -> bool:
    """ "Kim Doe wrote:" without anything else."""
    return 1 < _last_verb(text) <= 60 and text.endswith(":")


def _last_verb(text: str) -> int:
    """Where the verb begins with which a text ends, but for its colon; 0 where there is none."""
    bare = text.rstrip(":- ")
    if not bare.endswith(WROTE):
        return 0
    verb = next(one for one in WROTE if bare.endswith(one))
    at = len(bare) - len(verb)
    return at if at and (VERB.match(bare, at)) else 0


def _is_opened(text: str) -> bool:
    return (_OPENED.match(text) or _DATE_FIRST.match(text)) is not None


def _is_complete(text: str) -> bool:
    """Whether a name, an address and a date are there, so that nothing above can belong to it."""
    return not text.startswith("<") and _ADDRESS.search(text) is not None and _DATE.search(text) is not None


def _is_header(text: str) -> bool:
    label, colon, rest = text.partition(":")
    return bool(colon and rest.strip()) and label.strip("*_ ") in LABELS


def _is_told(text: str) -> bool:
    """Whether a pronoun stands beside the verb: a person tells what somebody wrote."""
    for verb in VERB.finditer(text):
        beside = _WORD.findall(text[max(verb.start() - 20, 0) : verb.start()])[-1:]
        beside += _WORD.findall(text[verb.end() : verb.end() + 20])[:1]
        if not PERSONS[verb[0]].isdisjoint(beside):
            return True
    return False


def _with_name(lines: list[str], start: int, top: int) -> int:
    """With the line above, where that holds the name to an address that begins a line because it was folded."""
    above = lines[start - 1].strip() if start > top else ""
    begins = lines[start].strip()
    if begins.startswith("<") and above and len(above) + len(begins.split()[0]) >= _JOINT and not above.endswith("."):
        return start - 1
    return start
