"""Addresses: one strict grammar (RFC 5322 section 3.4.1), exactly one author or nobody (A24–A30).

`read_author` takes the From fields and gives one mailbox or the reason why there is none; a doubt is a reason.
`addresses` takes any other address field and gives what the same grammar accepts, passing over the rest. Nothing here
raises, and nothing is guessed: `email.utils` reads `a@b)c@d` as a@b before Python 3.11.10, and a gateway may not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailbot.reading import charset, limits
from mailbot.reading.encodedword import text_of

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
# Quoted local parts and domain literals are refused: a program behind us might read another address in them (A28).
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_ATEXT}+(?:\.{_ATEXT}+)*)@{_LABEL}(?:\.{_LABEL})*\Z")
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[()<>\[\]:;,\\"]|\s+|[^()<>\[\]:;,\\"\s]+', re.DOTALL)
# Most fields are one mailbox without any mark that the scanner would have to weigh.
_PLAIN = re.compile(r'([^()<>\[\]:;,\\"]*+)(?:<([^()<>\[\]:;,\\"]*+)>)?\s*\Z')
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_COMMENT_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address the grammar accepts, its domain lower-cased, and the display name for people."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Item:
    """What stands between two commas: text in brackets or None, words outside, and whether anything is left over."""

    inside: str | None
    outside: str
    name: str
    sound: bool


def is_address(text: str) -> bool:
    """Whether this is an addr-spec of the strict grammar: dot-atom @ host name, at most 254 bytes, local part at most
    64.
    """
    match = _ADDRESS.match(text) if len(text) <= 254 else None
    return match is not None and len(match[1]) <= 64 and "=?" not in text


def read_author(values: list[bytes]) -> Mailbox | str:
    """The one mailbox of the From fields, or a reason: "from-none", "from-several", "from-group", "from-encoded",
    "from-malformed".
    """
    if len(values) != 1:
        return "from-several" if values else "from-none"
    text = _characters(values[0])
    if _CONTROL.search(text):
        return "from-control-character"
    if len(text) > 8 * 1024:
        return "from-too-long"
    items, kind = _items(text)
    if kind == "group":
        return "from-group"
    if not items or (len(items) == 1 and not (items[0].inside or items[0].outside)):
        return "from-none" if kind == "list" else "from-malformed"
    if len(items) > 1:
        return "from-several" if sum("@" in (item.inside or item.outside) for item in items) > 1 else "from-malformed"
    return _author(items[0]) if kind == "list" else "from-malformed"


def addresses(values: list[bytes], most: int = limits.ADDRESSES) -> tuple[Mailbox, ...]:
    """The mailboxes of address fields, members of groups included, at most `most`."""
    found: list[Mailbox] = []
    for value in values:
        items, _ = _items(_characters(value[: limits.HEADER_BYTES]))
        for item in items:
            mailbox = _mailbox(item)
            if mailbox and len(found) < most:
                found.append(mailbox)
    return tuple(found)


def _characters(value: bytes) -> str:
    """Bytes as characters for the scanner; 8-bit ones survive to be decoded with the name, and no address has any."""
    return value.decode("utf-8", "surrogateescape")


def _author(item: _Item) -> Mailbox | str:
    address = item.inside if item.inside is not None else item.outside
    if "=?" in address:
        return "from-encoded"
    mailbox = _mailbox(item)
    # "dana@service.example <evil@example.net>" without quotes has two readings; the same address twice has one (A26).
    if mailbox is None or (item.inside is not None and "@" in item.outside and item.outside.lower() != address.lower()):
        return "from-malformed"
    return mailbox


def _mailbox(item: _Item) -> Mailbox | None:
    address = item.inside if item.inside is not None else item.outside
    if not item.sound or not is_address(address):
        return None
    local, _, domain = address.rpartition("@")
    name = text_of(item.name.encode("utf-8", "surrogateescape")) if item.inside is not None else ""
    return Mailbox(f"{local}@{domain.lower()}", charset.one_line(name, limits.NAME_CHARACTERS))


def _items(text: str) -> tuple[list[_Item], str]:
    """The items of an address list, and what the field is: "list", "group", or "broken" where quotes or comments do
    not close.
    """
    if plain := _PLAIN.match(text):
        return _plain_items(plain[1].strip(), plain[2]), "list"
    items: list[_Item] = []
    kind = "list"
    pieces: list[str] = []
    depth = 0
    for piece in (match[0] for match in _PIECE.finditer(text)):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth -= 1
        if not 0 <= depth <= _COMMENT_DEPTH or _is_puzzle(piece, depth):
            return items, "broken"
        if depth or piece == ")":
            pieces.append(" ")
        elif piece in (",", ";") or (piece == ":" and "<" not in pieces):
            if piece != ",":
                kind = "group"
            elif not "".join(pieces).strip() and kind == "list":
                kind = "broken"
            _close(items, [] if piece == ":" else pieces)
            pieces = []
        else:
            pieces.append(piece)
    if items and kind == "list" and not "".join(pieces).strip():
        kind = "broken"
    _close(items, pieces)
    return items, "broken" if depth else kind


def _plain_items(outside: str, inside: str | None) -> list[_Item]:
    if inside is not None:
        return [_Item(inside.strip(), outside, outside, sound=True)]
    return [_Item(None, outside, "", sound=True)] if outside else []


def _is_puzzle(piece: str, depth: int) -> bool:
    """An open quote, a stray backslash, or a quote in a comment around brackets: two programs would cut these
    differently (A28).
    """
    return piece in ('"', "\\") or (depth > 0 and piece.startswith('"') and not {"(", ")"}.isdisjoint(piece))


def _close(items: list[_Item], pieces: list[str]) -> None:
    if "".join(pieces).strip():
        items.append(_item(pieces))


def _item(pieces: list[str]) -> _Item:
    brackets = pieces.count("<")
    if not brackets:
        outside = "".join(pieces).strip()
        return _Item(None, outside, "", ">" not in pieces)
    begin = pieces.index("<")
    end = pieces.index(">", begin) if ">" in pieces[begin:] else len(pieces)
    before, after = pieces[:begin], "".join(pieces[end + 1 :])
    sound = (
        brackets == 1 and pieces.count(">") == 1 and end > begin and not after.strip() and not {"[", "]"} & set(before)
    )
    name = "".join(_unquoted(piece) for piece in before).strip()
    # Only unquoted words can be mistaken for an address; a quoted "dana@…" is a name by any grammar.
    outside = "".join(piece for piece in before if not piece.startswith('"')).strip()
    return _Item("".join(pieces[begin + 1 : end]).strip(), outside, name, sound)


def _unquoted(piece: str) -> str:
    return re.sub(r"\\(.)", r"\1", piece[1:-1], flags=re.DOTALL) if piece.startswith('"') else piece
