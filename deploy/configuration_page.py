"""`mailbot.toml(5)`, made from config/example.toml: its comments are the manual, and the program's own tables say
what is a default and what an example.

In: the example's tables, each a run of comments followed by the keys that they explain. Out: one page of roff.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files

from pydantic.fields import FieldInfo
from roff import bold, heading, plain, prose, tagged

from mailbot.config import Config

ABOUT = """\
The file that `--config` or `MAILBOT_CONFIG` names, in TOML; `mailbot init` writes one, config.toml, with all of this in
its comments. Paths are relative to the folder of the file. A key that mailbot does not know is an error. `mailbot
check` says what is wrong, `mailbot config` shows what is in force."""
SEE_ALSO = "`mailbot`(1), `mailbot-init`(1), `mailbot-check`(1), `mailbot-config`(1)"

KEY = re.compile(r"^(#?)(\w+) = (.*)$")
ITEM = re.compile(r"^#   (\w+) {2,}(.*)$")
REST = re.compile(r"^# {10,}(.*)$")


@dataclass
class Entry:
    """Keys explained by one comment: the comment's lines, then each key's value as written."""

    comment: list[str] = field(default_factory=list)
    keys: list[tuple[str, list[str]]] = field(default_factory=list)


def page() -> str:
    """The whole page."""
    example = (files("mailbot.config") / "example.toml").read_text("utf-8")
    tables = "".join(_section(name, entries) for name, entries in _tables(example))
    head = heading("mailbot.toml", 5, "configuration of mailbot")
    return f"{head}.SH DESCRIPTION\n{prose(ABOUT)}\n{tables}.SH SEE ALSO\n{prose(SEE_ALSO)}\n"


def _tables(example: str) -> Iterator[tuple[str, list[Entry]]]:
    """Each table's name and entries; what stands before the first table is the head of the file."""
    _, *parts = re.split(r"^\[(\w+)\]$", example, flags=re.MULTILINE)
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        yield name, _entries(body)


def _entries(body: str) -> list[Entry]:
    entries = [Entry()]
    lines = iter(body.strip("\n").split("\n"))
    for line in lines:
        if key := KEY.match(line):
            entries[-1].keys.append((key[2], list(_value_lines(key[3], lines))))
        elif line.startswith("#"):
            if entries[-1].keys:
                entries.append(Entry())
            entries[-1].comment.append(line)
    return entries


def _value_lines(first: str, lines: Iterator[str]) -> Iterator[str]:
    """The value without its EDIT marks; a list that is opened at a line's end goes on to the line that closes it."""
    yield first.removesuffix("  # EDIT")
    if first == "[":
        for line in lines:
            yield line.removesuffix("  # EDIT")
            if line == "]":
                return


def _section(name: str, entries: list[Entry]) -> str:
    return f'.SH "[{name}]"\n' + "".join(_entry(name, entry) for entry in entries)


def _entry(table: str, entry: Entry) -> str:
    tags = "\n.TQ\n".join(bold(key) for key, _ in entry.keys)
    values = "".join(_value(_field(table, key), key, lines, len(entry.keys) > 1) for key, lines in entry.keys)
    return f".TP\n{tags}\n{_comment(entry.comment)}{values}"


def _comment(lines: list[str]) -> str:
    """Sentences as they stand; indented lines as a list of words and what they mean."""
    written = [_comment_line(line) for line in lines]
    inside = [index for index, line in enumerate(lines) if ITEM.match(line) or REST.match(line)]
    if inside:
        written[inside[-1]] += "\n.RE\n.IP"
        written[inside[0]] = f".RS\n{written[inside[0]]}"
    return "".join(f"{line}\n" for line in written)


def _comment_line(line: str) -> str:
    if item := ITEM.match(line):
        return tagged(item[1], item[2]).rstrip("\n")
    rest = REST.match(line)
    return prose(rest[1] if rest else line.removeprefix("# "))


def _value(model: FieldInfo, key: str, lines: list[str], named: bool) -> str:
    """What the key is without a line of its own, or an example; named where it shares its explanation."""
    word = "required, for example" if model.is_required() else "by default"
    if model.default is None or (model.default == () and lines != ["[]"]):
        word = "not set, for example"
    told = f"{bold(key)}, {word}:" if named else f"{word.capitalize()}:"
    shown = "\n".join(map(plain, lines))
    return f".br\n{told}\n{shown}\n" if len(lines) == 1 else f".br\n{told}\n.EX\n{shown}\n.EE\n"


def _field(table: str, key: str) -> FieldInfo:
    tables = Config.model_fields[table].annotation
    found: FieldInfo = tables.model_fields[key]  # type: ignore[union-attr]
    return found
