"""What all programs have in common: the notice they answer, marks, wrapping, and words around a quote.

`Written` is what the person does, `Quoted` the notice as the program knows it; a `Client` makes a plain part and a page
of the two.
"""

from __future__ import annotations

import html as entities
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@dataclass(frozen=True)
class Quoted:
    """The notice as the program knows it when it quotes: who, when, and both of its forms."""

    name: str
    address: str
    subject: str
    to: str
    at: datetime
    text: str
    page: str
    message_id: str


@dataclass(frozen=True)
class Written:
    """What the person does: the words, the signature, the language of the program, and where the words stand."""

    words: str
    signature: str | None
    language: str
    place: str


@dataclass(frozen=True)
class Client:
    """A mail program: its plain part, its page, what it says of its plain part, and how that marks a picture."""

    plain: Callable[[Written, Quoted], str]
    page: Callable[[Written, Quoted], str]
    plain_type: str = "text/plain; charset=utf-8"
    picture: str = ""


def quoted_by(notice: EmailMessage) -> Quoted:
    """A notice that arrived, as a program sees it."""
    forms = {kind: notice.get_body((kind,)) for kind in ("plain", "html")}
    text, page = ("" if part is None else str(part.get_content()) for part in forms.values())
    body = re.search(r"<body[^>]*>(.*)</body>", page, re.DOTALL | re.IGNORECASE)
    sender = notice["From"].addresses[0]
    return Quoted(
        sender.display_name or sender.addr_spec,
        sender.addr_spec,
        str(notice["Subject"]),
        str(notice["To"]),
        parsedate_to_datetime(str(notice["Date"])),
        text.replace("\r\n", "\n").strip("\n"),
        body[1] if body else f"<pre>{entities.escape(text)}</pre>",
        str(notice["Message-ID"]).strip("<>"),
    )


def attribution(written: Written, quoted: Quoted) -> str:
    """ "On … wrote:" as Gmail and Apple write it."""
    who, at = f"{quoted.name} <{quoted.address}>", quoted.at
    if written.language == "fr":
        return f"Le {DAYS[at.weekday()][:3]}. {at.day} nov. {at.year} à {at:%H:%M}, {who} a écrit\xa0:"
    return f"On {at:%a, %b %d, %Y} at {at:%I:%M %p} {who} wrote:"


def marked(text: str, width: int | None = None) -> str:
    lines = [piece for line in text.split("\n") for piece in (folded(line, width) if width else [line])]
    return "\n".join(f"> {line}" if not line.startswith(">") else f">{line}" for line in lines)


def folded(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]


def wrapped(text: str, width: int) -> str:
    return "\n".join("\n".join(folded(line, width)) for line in text.split("\n"))


def flowed(text: str, width: int = 72) -> str:
    """RFC 3676: soft breaks end with a blank; what begins with a blank, ">" or "From " is stuffed."""
    out = []
    for line in text.split("\n"):
        pieces = folded(line, width)
        stuffed = [f" {piece}" if piece.startswith((" ", ">", "From ")) else piece for piece in pieces]
        out += [f"{piece} " for piece in stuffed[:-1]] + stuffed[-1:]
    return "\n".join(out)


def around(top: str, attribution: str, quote: list[str], written: Written, gap: str = "\n\n") -> str:
    """Words and quote in the order that the person chose."""
    whole = "\n".join(quote)
    if written.place == "bottom":
        return f"{attribution}\n{whole}{gap}{top}\n"
    if written.place == "between":
        first, _, second = top.partition("\n\n")
        half = len(quote) // 2
        before, after = "\n".join(quote[:half]), "\n".join(quote[half:])
        return f"{attribution}\n{before}{gap}{first}{gap}{after}{gap}{second}\n"
    return f"{top}{gap}{attribution}\n{whole}\n"


def lines(text: str, tag: str, attributes: str = "") -> str:
    """Each line as an element, an empty one as the program's empty line."""
    return "".join(
        f"<{tag}{attributes}>{linked(line) if line.strip() else '<br>'}</{tag}>" for line in text.split("\n")
    )


def linked(line: str) -> str:
    """Escaped, with addresses made into links, as programs do while one types."""
    escaped = entities.escape(line, quote=False)
    escaped = re.sub(r"https?://[^\s&<]+", lambda url: f'<a href="{url[0]}">{url[0]}</a>', escaped)
    return re.sub(
        r"(?<![\w/])[\w.+-]+@[\w-]+\.[\w.]+\w", lambda one: f'<a href="mailto:{one[0]}">{one[0]}</a>', escaped
    )


@dataclass(frozen=True)
class Quote:
    """A quoted page in two halves, cut between its blocks, and the tag that opens it."""

    opening: str
    first: str
    second: str


def quote_of(quoted: Quoted, opening: str) -> Quote:
    ends = [match.end() for match in re.finditer(r"</p>|</h\d>|</ul>", quoted.page)]
    middle = ends[len(ends) // 2] if ends else len(quoted.page)
    return Quote(opening, quoted.page[:middle], quoted.page[middle:])


def page_around(top: Callable[[str], str], line: str, quote: Quote, written: Written) -> str:
    """The same as `around` for a page; `line` is the attribution."""
    whole = f"{quote.opening}{quote.first}{quote.second}</blockquote>"
    if written.place == "bottom":
        return f"{line}{whole}{top(signed(written))}"
    if written.place == "between":
        words, _, rest = signed(written).partition("\n\n")
        before, after = f"{quote.opening}{quote.first}</blockquote>", f"{quote.opening}{quote.second}</blockquote>"
        return f"{line}{before}{top(words)}{after}{top(rest)}"
    return f"{top(signed(written))}{line}{whole}"


def signed(written: Written, mark: str = "") -> str:
    """The words with the signature below them."""
    return f"{written.words}\n\n{mark}{written.signature}" if written.signature else written.words


def unsigned(text: str, written: Written) -> tuple[str, str]:
    """The words, and the signature if it stands below them."""
    if not written.signature or not text.endswith(f"\n\n{written.signature}"):
        return text, ""
    return text.removesuffix(f"\n\n{written.signature}"), written.signature
