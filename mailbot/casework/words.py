"""What a staff member newly wrote, ready to leave as the service, or why it does not (RULES 8; A19, A23, A38).

Pure functions of a reading and a member. Both forms of a message must say the same; what the mail program or the
member's habit added (signature, decorations of links and pictures) is cut, and what is cut is shown. A doubt refuses
the whole message with a sentence for the person who wrote it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from mailbot.casework import signoff
from mailbot.model import Member, Reading

SEVERAL_TEXTS = "Your message has more than one text, so it is not clear which one should leave. Write it in one piece."
TWO_STORIES = (
    "The plain part and the page of your message do not say the same, so it is not clear which one should leave."
    " Write it again as a new reply to the notice."
)
NO_TEXT = "Your message has no text that could be read."
UNSAFE = "Your message could not be read whole. Write it again, in plain text if you can."
OWN_ADDRESS = "Your own address stands in your words. Take it out: what you write leaves as the service."
BROKEN_LINE = (
    "Your mail program may have broken a line that starts with # in two. Put an empty line below your # lines, or make"
    " them shorter."
)
OTHER_REFERENCE = "The reference of another case stands in your words. Take it out."
OUR_ADDRESS = "A reply address of ours stands in your words. It is a secret of one conversation: take it out."

_UNSAFE = frozenset(["base64", "charset", "costly-page", "text-cut"])
_UNSEEN = str.maketrans({"\ufeff": None, "\u200b": None, "\u2060": None, "\xa0": " ", "\u202f": " "})
_PICTURE = re.compile(r"\[(?:cid|image):[^\]\n]{0,300}\]|\[https?://[^\]\s]{1,500}\]|\ufffc")
_REPEATED_LINK = re.compile(
    r"(?<![^\s<>])(?P<shown>[^\s<>]{3,300})\s?<(?:mailto:|https?://)(?P<target>[^\s<>]{1,500})>"
)
_LINK = re.compile(r"<?(?:https?://|mailto:)[^\s<>]+>?")
_BULLET = re.compile(r"^\s*(?:\d{1,3}|[A-Za-z])[.)]\s", re.MULTILINE)
_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,253}")
_SECRET = re.compile(r"(?<![0-9A-Za-z])[A-Za-z2-7]{26}(?![0-9A-Za-z])")
_REFERENCE = re.compile(r"(?<![0-9A-Za-z])[2-9A-HJKMNP-Za-hjkmnp-z]{6}(?![0-9A-Za-z])")
_COMMANDS_ON_TOP = re.compile(r"\A(?:[^\S\n]*(?:#[^\n]*)?\n)*(?:#[^\n]*\Z)?")
_WRAP = range(60, 81)


@dataclass(frozen=True, slots=True)
class NewWords:
    """`words` begin with the `#` lines, if there are any. `cut` is for the receipt. `refused` is a sentence for the
    member; then the words must not be used.
    """

    words: str
    cut: tuple[str, ...] = ()
    refused: str | None = None


def new_words(reading: Reading, member: Member) -> NewWords:
    """The member's own words from both forms of a message; mail that is a page alone counts as its visible text."""
    if reading.several_texts:
        return NewWords("", reading.cut, SEVERAL_TEXTS)
    if not _UNSAFE.isdisjoint(reading.defects):
        return NewWords("", reading.cut, UNSAFE)
    plain, page = (_form(text, member) for text in (reading.plain_reply, reading.page_reply))
    form = plain or page
    if form is None:
        return NewWords("", reading.cut, NO_TEXT)
    words, signature = form
    cut = (*reading.cut, signature) if signature else reading.cut
    if plain and page:
        words = mended(words, page[0])
    return NewWords(words, cut, _doubt(words, page[0] if plain and page else None, member))


def _form(text: str | None, member: Member) -> tuple[str, str] | None:
    return None if text is None else signoff.sign_off(clean(text), member)


def _doubt(words: str, page: str | None, member: Member) -> str | None:
    if page is not None and not same_words(words, page):
        return TWO_STORIES
    if page is None and _may_be_broken(words):
        return BROKEN_LINE
    return OWN_ADDRESS if _holds_own_address(words, member) else None


def clean(text: str) -> str:
    """A text without what programs add inside a line: marks for pictures, a link's target where the words say it
    already, characters of no width; hard blanks become blanks.
    """
    text = _PICTURE.sub("", text.translate(_UNSEEN))
    text = _REPEATED_LINK.sub(lambda match: match[0] if _is_news(match) else match["shown"], text)
    lines = [line.rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _is_news(link: re.Match[str]) -> bool:
    """Whether a link leads elsewhere than its words say."""
    shown = re.sub(r"^(?:https?://|mailto:)", "", link["shown"].lower()).rstrip("/")
    return shown != link["target"].lower().rstrip("/")


def same_words(plain: str, page: str) -> bool:
    """Whether two forms tell one story: the same `#` lines, and at most a tenth of the words in one only. Links and
    pictures do not count.
    """
    if _commands(plain) != _commands(page):
        return False
    one, other = _counted(plain), _counted(page)
    apart = max((one - other).total(), (other - one).total())
    return apart * 10 <= max(one.total(), other.total())


def _commands(text: str) -> list[str]:
    return [line for line in map(_squeezed, text.split("\n")) if line.startswith("#")]


def _counted(text: str) -> Counter[str]:
    bare = _BULLET.sub(" ", _LINK.sub(" ", _PICTURE.sub(" ", text)))
    return Counter(_WORD.findall(bare.casefold()))


def mended(plain: str, page: str) -> str:
    """The plain words with their paragraphs in one line again, where the page has the same one in one line.

    Gmail breaks plain lines at 78 characters; the rest of a long `#followup` would be words for somebody outside.
    """
    whole = sorted({line for line in map(_squeezed, page.split("\n")) if len(line) > _WRAP.start})
    lines = plain.split("\n")
    out: list[str] = []
    index = 0
    while index < len(lines):
        length = _broken(lines, index, whole)
        out.append(_squeezed(" ".join(lines[index : index + length])) if length > 1 else lines[index])
        index += length
    return "\n".join(out)


def _broken(lines: list[str], index: int, whole: list[str]) -> int:
    """How many lines from `index` on make one of the whole ones (sorted) together; 1 where none do."""
    joined = _squeezed(lines[index])
    for end in range(index + 1, len(lines)):
        if not lines[end].strip() or not _next(whole, f"{joined} ").startswith(f"{joined} "):
            break
        joined = f"{joined} {_squeezed(lines[end])}"
        if _next(whole, joined) == joined:
            return end - index + 1
    return 1


def _next(whole: list[str], beginning: str) -> str:
    """The first of the sorted lines that is not smaller."""
    at = bisect_left(whole, beginning)
    return whole[at] if at < len(whole) else ""


def _squeezed(line: str) -> str:
    return " ".join(line.split())


def _may_be_broken(words: str) -> bool:
    """Whether a `#` line may go on in the next one: words directly below that would not have fitted any more.

    Only where there is nothing to compare with.
    """
    lines = words.split("\n")
    return any(
        line.startswith("#")
        and below.strip() != ""
        and not below.startswith("#")
        and len(line) < _WRAP.stop
        and len(line) + 1 + len(below.split()[0]) > _WRAP.start
        for line, below in zip(lines, lines[1:], strict=False)
    )


def _holds_own_address(words: str, member: Member) -> bool:
    own = {address.lower() for address in (member.address, *member.aliases)}
    return any(found.lower() in own for found in _addresses(words))


def _addresses(words: str) -> list[str]:
    return list(dict.fromkeys(found.rstrip(".-_") for found in _ADDRESS.findall(words)))


def foreign(
    words: str, own_reference: str | None, is_reference: Callable[[str], bool], is_secret: Callable[[str], bool]
) -> str | None:
    """Why words hold something of another conversation (A23), or None.

    `is_reference` says whether a case has that reference, `is_secret` whether these characters are a secret of ours.
    The `#` lines at the top are left out: `#join` names another case on purpose.
    """
    spoken = _COMMANDS_ON_TOP.sub("", words)
    # Our own action links write an address with %2B, and a secret without its address is one too.
    if any(map(is_secret, _SECRET.findall(unquote(spoken)))):
        return OUR_ADDRESS
    named = dict.fromkeys(found.upper() for found in _REFERENCE.findall(spoken))
    named.pop((own_reference or "").upper(), None)
    return OTHER_REFERENCE if any(map(is_reference, named)) else None
