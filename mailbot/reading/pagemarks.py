"""How mail programs mark the message answered to in their pages: by elements, ids and classes, in no language.

In: an element's tag and attributes. Out: how much of the page it says is old. Marks that a person's own layout could
bear (an indented paragraph, a line above a table) are not among them.
"""

from __future__ import annotations

import re
from enum import Enum, auto


class Mark(Enum):
    """What an element says of the text in it and behind it."""

    NONE = auto()
    QUOTE = auto()
    """Old from its beginning to its end."""
    CITE = auto()
    """The line above a quote ("On … wrote:"), to its end; Gmail uses one for what it forwards too."""
    FRAME = auto()
    """Holds a line above a quote, and the quote; or the old message without a quote's element."""
    LOOSE_FRAME = auto()
    """The same, but what stands in it without a quote's element is no old message."""
    REST = auto()
    """From here on everything is old."""


Attributes = dict[str, str | None]

_BY_CLASS = {
    "moz-cite-prefix": Mark.CITE,  # Thunderbird
    "gmail_attr": Mark.CITE,
    "airmail_on": Mark.CITE,
    "gmail_quote": Mark.LOOSE_FRAME,
    "yahoo_quoted": Mark.FRAME,
    "protonmail_quote": Mark.FRAME,
    "zmail_extra": Mark.FRAME,  # Zoho
    "OutlookMessageHeader": Mark.REST,  # Outlook 2003, Entourage
    "ms-outlook-mobile-reference-message": Mark.REST,
}
_BY_ID = {
    "reply-intro": Mark.CITE,  # Roundcube
    "divRplyFwdMsg": Mark.REST,  # Outlook on the web, on telephones, for Windows since 2023
    "mail-editor-reference-message-container": Mark.REST,  # Outlook for Mac
    "stopSpelling": Mark.REST,  # Hotmail
    "zwchr": Mark.REST,  # Zimbra
    "isReplyContent": Mark.QUOTE,  # NetEase
}
_BY_NAME = {
    "quote": Mark.FRAME,  # GMX, web.de
    "messageReplySection": Mark.FRAME,  # Spark
}
_MARKED_TAGS = frozenset(["div", "p", "hr", "table"])
# Word puts a line of this colour and width above the header of the old message.
_RULE = re.compile(
    r"border-top:\s*(?:solid\s+(?:#[0-9a-f]{6}|rgb\([\d,\s]+\))\s+1(?:\.0)?pt"
    r"|1(?:\.0)?pt\s+solid\s+(?:#[0-9a-f]{6}|rgb\([\d,\s]+\)))[^}]{0,80}padding:\s*3(?:\.0)?pt\s+0",
    re.IGNORECASE,
)
# Gmail and Apple Mail indent a person's own paragraphs so.
_INDENTED = re.compile(r"border(?:-left)?:\s*(?:none|0)", re.IGNORECASE)


def mark_of(tag: str, attributes: Attributes) -> Mark:
    """What an element says; Outlook puts "x_" before ids and classes of pages that it quotes."""
    if tag == "blockquote":
        return Mark.NONE if _is_indented(attributes) else Mark.QUOTE
    if tag not in _MARKED_TAGS:
        return Mark.NONE
    if found := _BY_ID.get((attributes.get("id") or "").removeprefix("x_")):
        return found
    for name in (attributes.get("class") or "")[:200].split():
        if found := _BY_CLASS.get(name.removeprefix("x_")):
            return found
    if found := _BY_NAME.get(attributes.get("name") or ""):
        return found
    return Mark.REST if tag == "div" and _RULE.search((attributes.get("style") or "")[:500]) else Mark.NONE


def _is_indented(attributes: Attributes) -> bool:
    if "type" in attributes or "cite" in attributes:
        return False
    return _INDENTED.search((attributes.get("style") or "")[:500]) is not None
