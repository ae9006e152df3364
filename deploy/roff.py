"""Text as roff, the language of manual pages: what would be an instruction or a ligature is escaped.

In: our own sentences, with `words in backquotes`. Out: lines for groff's man macros, plain ASCII, so that no locale of
whoever builds or reads them matters.
"""

from __future__ import annotations

import re

from mailbot import __version__

_BACKQUOTED = re.compile(r"`([^`]+)`")
_LONG = re.compile(r"\S{50,}")
_INSTRUCTION = re.compile(r"^(?=[.'])", re.MULTILINE)


def plain(text: str) -> str:
    """As it stands: a hyphen can be copied as one, a line that begins with a point is no macro, an empty line parts. A
    long address may be broken behind its signs, where a line would not hold it.
    """
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    characters = "".join(char if char < "\x7f" else f"\\[u{ord(char):04X}]" for char in escaped)
    characters = _LONG.sub(lambda word: re.sub(r"(?<=[/?@])", r"\\:", word[0]), characters)
    return _INSTRUCTION.sub(r"\\&", characters).replace("\n\n", "\n.PP\n")


def prose(text: str) -> str:
    """Sentences; what stands in backquotes is bold."""
    return _BACKQUOTED.sub(r"\\fB\1\\fP", plain(text))


def bold(text: str) -> str:
    """The whole text in bold."""
    return f"\\fB{plain(text)}\\fP"


def tagged(tag: str, text: str) -> str:
    """A word, and what it means, indented."""
    return f".TP\n{bold(tag)}\n{prose(text)}\n"


def heading(name: str, section: int, purpose: str) -> str:
    """The beginning of a page. Words are not divided at line ends: commands, addresses and keys stay whole."""
    title = f'.TH "{plain(name.upper())}" "{section}" "" "mailbot {__version__}" "mailbot manual"\n'
    return f"{title}.nr HY 0\n.nh\n.ad l\n.SH NAME\n{plain(name)} \\- {prose(purpose)}\n"
