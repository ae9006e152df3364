"""The `#` lines of a message: found at its very top, understood together, applied together (INTERFACES).

A slip of the finger must never reach a person. So a first line that looks like a command and is none is refused, and so
is a command further down. One wrong line and nothing is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from mailbot.casework.desk import Desk
from mailbot.casework.typed import plain
from mailbot.commands import COMMANDS
from mailbot.commands.command import Acting, Choice, Command, CommandError, Moment, Told
from storage.database import Transaction

_WORD = re.compile(r"#([A-Za-z-]+)(?= |$)")
# What fingers and keyboards put where a # was meant, and what lists and bold letters put before it.
_MISSTRUCK = re.compile(r"[/\\!\u266f]+ ?")
_WRAPPED = re.compile(r"\W*[\uff03\ufe5f]|[^\w\s#]+ ?# ?[A-Za-z]")
_LETTERS = re.compile(r"[A-Za-z][A-Za-z-]*")
_CLOSE = 0.75


@dataclass(frozen=True, slots=True)
class Lines:
    """The command lines, cleaned of what autocorrect did to them, and the words below, as they were typed."""

    commands: tuple[str, ...]
    rest: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """One command understood: what it is, its arguments, the line it came from."""

    command: Command
    arguments: Any
    line: str


def split(words: str) -> Lines:
    """Parts `#` lines at the very top from the rest; empty lines before and between them do not count."""
    lines = words.splitlines()
    commands, first = [], 0
    for number, line in enumerate(lines):
        clean = plain(line)
        if clean and not clean.startswith("#"):
            break
        first = number + 1
        if clean:
            commands.append(clean)
    return Lines(tuple(commands), "\n".join(lines[first:]).strip("\r\n"))


def parse_all(lines: Lines, moment: Moment) -> tuple[Parsed, ...]:
    """Every line understood, or CommandError naming the one that is not. Changes nothing."""
    found = tuple(_parse(line, lines.rest, moment) for line in lines.commands)
    _refuse_slips(lines.rest, None if keeps_rest(found) else moment)
    _refuse_twice(found)
    _refuse_contradictions(found, letter_of(found) is not None or (bool(lines.rest) and not keeps_rest(found)))
    return found


def keeps_rest(found: Sequence[Parsed]) -> bool:
    """Whether a command took the words below for itself (`#note`): then there is no answer in the message."""
    return any(one.command.takes_rest for one in found)


def letter_of(found: Sequence[Parsed]) -> Parsed | None:
    """The line that adds a letter to the words below, `#letter`, or None."""
    return next((one for one in found if one.command.writes), None)


def before_letter(found: Sequence[Parsed]) -> tuple[Parsed, ...]:
    """What is done before a letter is written: it depends on what these record. Those that decide on it come after."""
    return tuple(one for one in found if not one.command.writes and not one.command.sends)


def apply_all(transaction: Transaction, desk: Desk, acting: Acting, found: Sequence[Parsed]) -> tuple[Told, ...]:
    """Applies all of them, in their order; what each says in the receipt. CommandError, and nothing was done."""
    with transaction.savepoint():
        return tuple(_apply(transaction, desk, acting, one) for one in found)


def _apply(transaction: Transaction, desk: Desk, acting: Acting, one: Parsed) -> Told:
    try:
        return one.command(transaction, desk, acting, one.arguments)
    except CommandError as error:
        raise CommandError(error.reason, error.nearest, one.line) from error


def _parse(line: str, rest: str, moment: Moment) -> Parsed:
    word = _WORD.match(line)
    command = COMMANDS.get(word[1].lower()) if word else None
    if command is None or word is None:
        raise CommandError("A line that begins with # must be a command.", _nearest(line), line)
    arguments = line[word.end() :].strip()
    try:
        return Parsed(command, command.parse(_with_rest(command, arguments, rest), moment), line)
    except CommandError as error:
        raise CommandError(error.reason, error.nearest, line) from error


def _with_rest(command: Command, arguments: str, rest: str) -> str:
    return f"{arguments}\n{rest}".strip() if command.takes_rest else arguments


def _nearest(line: str) -> str:
    """The form of the command whose word is most like what was typed; `#help` where none is."""
    typed = _LETTERS.search(line)
    near = get_close_matches(typed[0].lower(), COMMANDS, 1) if typed else []
    return COMMANDS[near[0]].forms[0] if near else "#help"


def _refuse_slips(rest: str, moment: Moment | None) -> None:
    """`moment` None: the words below are no answer, and their first line may begin as it likes."""
    found = [plain(line) for line in rest.splitlines() if line.strip()]
    if found and moment and _looks_like_command(found[0], moment):
        raise CommandError("The first line looks like a command but begins otherwise.", _nearest(found[0]), found[0])
    for line in found:
        word = _WORD.match(line)
        if word and get_close_matches(word[1].lower(), COMMANDS, 1, cutoff=_CLOSE):
            raise CommandError("Commands stand at the very top, above the answer.", _nearest(line), line)


def _looks_like_command(line: str, moment: Moment) -> bool:
    """`/take`, `＃take`, `note:`, `send now`: what a person meant for us and not for the correspondent."""
    if _WRAPPED.match(line):
        return True
    if struck := _MISSTRUCK.match(line):
        struck_word = _LETTERS.match(line, struck.end())
        return struck_word is not None and bool(get_close_matches(struck_word[0].lower(), COMMANDS, 1, cutoff=_CLOSE))
    word = _LETTERS.match(line)
    if word is None or word[0].lower() not in COMMANDS:
        return False
    behind = line[word.end() :].strip()
    return behind in ("", ".", ",", "!") or behind.startswith(":") or _would_parse(word[0].lower(), behind, moment)


def _would_parse(word: str, behind: str, moment: Moment) -> bool:
    if COMMANDS[word].takes_rest:
        return False  # it takes any words: "Note that we are closed on Friday" is an answer
    try:
        COMMANDS[word].parse(behind, moment)
    except CommandError:
        return False
    return True


def _refuse_twice(found: Sequence[Parsed]) -> None:
    seen = set()
    for one in found:
        if one.command.word in seen and not one.command.repeats:
            raise CommandError("This command stands in the message twice.", one.command.forms[0], one.line)
        seen.add(one.command.word)


def _refuse_contradictions(found: Sequence[Parsed], answer_below: bool) -> None:
    """Two sending commands for one letter: which of them was meant cannot be told."""
    targets = set()
    for one, target in _targets(found, answer_below):
        if target in targets:
            raise CommandError("Two commands decide on the same letter.", one.command.forms[0], one.line)
        targets.add(target)


def _targets(found: Sequence[Parsed], answer_below: bool) -> Iterator[tuple[Parsed, str]]:
    for one in found:
        if one.command.sends:
            choice: Choice = one.arguments
            unnamed = "the answer" if answer_below and one.command.word != "cancel" else "the receipt's letter"
            yield one, choice.letter or unnamed
