"""How a letter is measured: words, sentences, words that it must not contain, and whether both its parts say the same.

Text in, figures and words out. Reading grades are measured by the tests, whose tool is no dependency of the program.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files

from mailbot.writing.rows import Class

LONGEST_SENTENCE = 20
PUBLIC = 90
"""How many characters a locked screen shows (rule 1)."""
_LABELLED = (Class.SAFE, Class.GUARDIAN)


def word_count(text: str) -> int:
    """Words of a letter, help lines included: runs of characters with a letter or digit in them."""
    return sum(1 for word in text.split() if re.search(r"\w", word))


def longest_sentence(text: str) -> int:
    """Words in the longest sentence. A line ends one, and so does a stop before a capital letter."""
    pieces = (piece for line in text.split("\n") for piece in re.split(r"(?<=[.?!:])\s+(?=[A-ZÀ-Þ])", line))
    return max((word_count(piece) for piece in pieces), default=0)


def sentences(line: str) -> list[str]:
    """The sentences of one line, as a reader counts them."""
    return [piece for piece in re.split(r"(?<=[.?!])\s+(?=[A-ZÀ-Þ\"«])", line) if re.search(r"\w", piece)]


def forbidden(text: str, language: str, letter_class: Class, names: tuple[str, ...] = ()) -> list[str]:
    """The words in a text that its class must not contain; `names` of help lines are taken out first."""
    for name in names:
        text = text.replace(name, " ")
    lists = _lists()[language]
    words = lists["all"] + (lists["A"] if letter_class is Class.ANYONE else [])
    words += lists["labels"] if letter_class in _LABELLED else []
    return [word for word in words if has_word(text, word)] + (["!"] if "!" in text else [])


def telling_words() -> list[str]:
    """Every word of every language that names the matter."""
    return [word for lists in _lists().values() for word in lists["A"]]


def has_word(text: str, word: str) -> bool:
    """Whether a word stands in a text, whole and in any case; `*` at its end stands for any ending."""
    return _pattern(word).search(text) is not None


def hard(text: str, html: str) -> list[str]:
    """What is hard to read, or asks to be tapped."""
    found = [f"a sentence of more than {LONGEST_SENTENCE} words"] if longest_sentence(text) > LONGEST_SENTENCE else []
    if set(re.findall(r'(?:href|src)="([a-z]+:)', html)) - {"tel:"}:
        found.append("the page links to something else than a telephone number")
    return found


def words_of_page(html: str) -> list[str]:
    """The words a person sees on a page, in order."""
    reader = _Page()
    reader.feed(html)
    return "".join(reader.seen).split()


def words_of_text(text: str) -> list[str]:
    """The words of a plain part without the marks that stand for looks, and without addresses behind links."""
    lines = (re.sub(r"^(?:- |> ?)", "", line) for line in text.split("\n"))
    return " ".join(re.sub(r": mailto:\S+$", "", line) for line in lines).split()


@cache
def _lists() -> Mapping[str, Mapping[str, list[str]]]:
    return tomllib.loads((files("mailbot.writing") / "forbidden.toml").read_text(encoding="utf-8"))


@cache
def _pattern(word: str) -> re.Pattern[str]:
    end = r"\w*" if word.endswith("*") else r"(?!\w)"
    return re.compile(rf"(?<!\w){re.escape(word.rstrip('*'))}{end}", re.IGNORECASE)


class _Page(HTMLParser):
    """Collects visible text; an element that breaks a line separates words."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("style", "title")
        if tag not in ("a", "span", "strong"):
            self.seen.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.seen.append(data)
