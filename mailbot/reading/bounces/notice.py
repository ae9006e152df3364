"""Failed recipients in the prose of hosts that send no report, or a broken one: qmail, Exim, sendmail's transcript,
Exchange, Domino, gateways of telephone companies, and whatever comes next.

No family has code of its own. All of them either list addresses (a line that begins with one, followed by a reason) or
name one in a sentence about failure or in a line of the SMTP dialogue. The copy of the returned message is cut off
before anything is looked for, so that nobody who is only named in it counts as failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from mailbot.reading.bounces import codes, phrases, recipient, returned
from mailbot.reading.bounces.groups import MOST_RECIPIENTS

_MOST_CHARACTERS = 128 * 1024
_MOST_LINES = 1000
_LONGEST_LINE = 1000
_MOST_WORDS = 4096
_ADDRESS = recipient.ADDRESS
# A list: the address stands at the beginning of the line, bare or in brackets or quotes, perhaps behind a bullet.
_LISTED = re.compile(
    rf"[ \t]{{0,20}}(?P<bullet>[-*•>#+]{{1,4}}[ \t]{{1,4}}|\d{{1,3}}[.)][ \t]{{1,4}})?(?P<open>[<\"'(\[]{{0,3}})"
    rf"(?:mailto:|smtp:|rfc822;)?(?P<address>{_ADDRESS})(?P<tail>.*)",
    re.IGNORECASE,
)
_STRONG_TAIL = re.compile(
    r"\s*(?:[>\"')\]]+\s*(?:[:(\[,;-]|$|\.\.\.|on\b)|<(?:mailto:)?|:|\(|\[|on\s|;)", re.IGNORECASE
)
# Sentences and labels: the address follows words that say for whom the message was.
_LABEL = re.compile(
    r"(?:rcpt to|recipients?(?: address)?|failed (?:address|recipient)\w*|addressed to|original address"
    r"|destinataires?"
    r"|empf[äa]nger|destinatari[oa]s?|\bto|user|mailbox|account|address\w*|宛先"
    r"|收件人\w{0,6}|получатель|수신자)\s{0,3}[:=：]\W{0,4}$"
    # The failure may follow: "Your message to … has been blocked".
    r"|(?:message|mail|letter|delivery)\b[^.]{0,40}\bto\W{0,4}$",
    re.IGNORECASE,
)
_DIALOGUE = re.compile(rf"RCPT TO:\s{{0,3}}<?({_ADDRESS})", re.IGNORECASE)
# Postfix: "(expanded from <…>)", Exim: "(generated from …)", sendmail: "(expanded from: <…>)".
_ALIAS = re.compile(
    rf"\((?:expanded|generated|forwarded|ultimately generated) from:?\s{{1,10}}<?({_ADDRESS})>?\)", re.IGNORECASE
)
_FAILURE = re.compile(
    r"undeliver|not (?:be |been )?(?:deliver|sent|reach|accept|process)|(?:could|can|did|was|were|has"
    r"|have)(?: ?n.t| ?not)\b|cannot\b|unable|fail"
    r"|errors?\b|reject|refus|return\w* permanent|problem|trouble|not exist|unknown|invalid|disabled|denied"
    r"|blocked|exceed"
    r"|non[- ]?remis|[ée]chec|unzustellbar|nicht zugestellt"
    r"|no (?:se )?(?:pudo|ha podido)|impossibile|n[ãa]o (?:foi|p[ôo]de)|не (?:был|удал|достав)|できません"
    r"|エラー|失敗|退信|失败|delay|warning|\bloop|duplicated",
)
_NOT_TOLD = re.compile(
    r"(?:from|contact|by|sender|(?:write|reply|forward\w*|questions) to|please\b[^.]{0,60}\bto"
    r"|e-?mail|mailto|assistance\W.*|help\W.*)\W{0,4}$",
    re.IGNORECASE,
)
# Whom a notice says to write to, never whom it failed to reach unless it lists them.
_ROLES = frozenset(["postmaster", "mailer-daemon", "abuse", "support", "helpdesk", "hostmaster", "mailmaster"])
_DELAYED = re.compile(
    r"not yet been delivered|has(?: not)? been delayed|(?:is|was|still) delayed|delivery (?:has been "
    r"|is )?delayed|delay reason"
    r"|attempts will continue|will (?:keep|continue) (?:to )?(?:try|re-?try|attempt)\w*|will be retried"
    r"|warning message only"
    r"|do(?: ?n.t| not) need to resend|no action is required|still (?:being|trying)|verz[öo]gert"
    r"|a [ée]t[ée] retard[ée]e",
)
_GAVE_UP = re.compile(r"giv(?:en|ing) up|gave up|not going to try|permanent (?:error|failure|fatal)|has failed\b")


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient, the status that the words of the host come to, and the alias that led there, if it is named."""

    recipient: str
    status: str
    original: str | None = None


class Notice:
    """The words of a report: the notice itself, and the copy of the returned message below it."""

    def __init__(self, text: str, subject: str = "") -> None:
        lines = [line[:_LONGEST_LINE] for line in text[:_MOST_CHARACTERS].split("\n")[:_MOST_LINES]]
        begin = returned.begins_at(lines)
        self.lines, self.copy = lines[:begin], "\n".join(lines[begin:])
        self.text = "\n".join(self.lines)
        self.subject = subject

    @cached_property
    def speaks_of_failure(self) -> bool:
        """Whether there is any sign that something was not delivered."""
        return _speaks_of_failure(self.text)

    @cached_property
    def is_delay(self) -> bool:
        """Whether the host goes on trying (RFC 3464 calls it delayed)."""
        words = f"{self.subject}\n{self.text}".lower()
        return _DELAYED.search(words) is not None and _GAVE_UP.search(words) is None

    def failures(self, own: frozenset[str], named: list[str]) -> list[Failure]:
        """The recipients that the notice says failed. `own` are the addresses that the report came to: the sender's;
        `named` are those of X-Failed-Recipients.
        """
        if not named and not self.speaks_of_failure:
            return []
        found = self._listed()
        if not found and named:
            return self.failures_of(named)
        return self._failures(found or self._told(own))

    def failures_of(self, addresses: list[str]) -> list[Failure]:
        """The same for recipients known from elsewhere (X-Failed-Recipients, the returned message)."""
        listed = self._listed()
        found = [
            (address, next((line for one, line in listed if recipient.same(one, address)), 0)) for address in addresses
        ]
        return self._failures(found)

    def _failures(self, found: list[tuple[str, int]]) -> list[Failure]:
        return [
            Failure(address, self._status(address, found), self._alias(self._words_on(address, found)))
            for address in dict(found)
        ]

    def _listed(self) -> list[tuple[str, int]]:
        """Addresses at the beginning of a line, each with the number of the line."""
        found: list[tuple[str, int]] = []
        for index, line in enumerate(self.lines):
            match = _LISTED.match(line)
            if match and (_is_strong(match) or self._is_item(index, match, found)):
                found.append((recipient.tidy(match["address"]), index))
        return _once(found)

    def _is_item(self, index: int, match: re.Match[str], found: list[tuple[str, int]]) -> bool:
        """Whether a bare address stands in a list, and is not the end of a sentence that was folded there."""
        if match["address"].partition("@")[0].lower() in _ROLES:
            return False
        above = self.lines[index - 1].strip() if index else ""
        begins = not above or above[-1] in ":.-=*_。：!" or (found and found[-1][1] == index - 1)
        return bool(begins or phrases.meaning(above))

    def _told(self, own: frozenset[str]) -> list[tuple[str, int]]:
        """Addresses in sentences about failure, in labelled lines, and in the SMTP dialogue."""
        found = list(self._in_sentences(own))
        if not found:
            found = [
                (recipient.tidy(address), index)
                for index, line in enumerate(self.lines + self.copy.split("\n")[:60])
                for address in _DIALOGUE.findall(line)
            ]
        return _once(found)

    def _in_sentences(self, own: frozenset[str]) -> Iterator[tuple[str, int]]:
        for index, line in enumerate(self.lines):
            named = list(recipient.in_sentence(line)) if "@" in line else []
            if not named or not _speaks_of_failure("\n".join(self.lines[max(index - 2, 0) : index + 2])):
                continue
            for address, before in named:
                if address.lower() in own or address.partition("@")[0].lower() in _ROLES or _NOT_TOLD.search(before):
                    continue
                if _LABEL.search(before) or _speaks_of_failure(before):
                    yield address, index

    def _status(self, address: str, found: list[tuple[str, int]]) -> str:
        """From the words below the recipient and the lines that name it; the whole notice is asked for what they leave
        out, and before their plain words where it speaks of this recipient alone.
        """
        own = [self._words_on(address, found), self._lines_naming(address)]
        stated = next(filter(None, map(codes.explicit, own)), "")
        if stated or (len(found) == 1 and self._stated):
            return stated or self._stated
        meant = next(filter(None, map(self._meaning, own)), "")
        return meant or self._stated or self._meant or self._silent

    @cached_property
    def _stated(self) -> str:
        return codes.explicit(self.text)

    @cached_property
    def _meant(self) -> str:
        return self._meaning(self.text)

    @property
    def _silent(self) -> str:
        """The status where nothing is said at all."""
        return "4.0.0" if self.is_delay else "5.0.0"

    def _meaning(self, text: str) -> str:
        return codes.of_words(text, not self.is_delay)

    def _lines_naming(self, address: str) -> str:
        return "\n".join(line for line in self.lines if address.lower() in line.lower())[:_MOST_WORDS]

    def _words_on(self, address: str, found: list[tuple[str, int]]) -> str:
        """The lines from a recipient's to the next one's."""
        begin = next(line for one, line in found if one == address)
        end = min((line for _, line in found if line > begin), default=len(self.lines))
        return "\n".join(self.lines[begin:end])[:_MOST_WORDS]

    def _alias(self, words: str) -> str | None:
        match = _ALIAS.search(words)
        return recipient.tidy(match[1]) if match else None


def _speaks_of_failure(text: str) -> bool:
    return _FAILURE.search(text.lower()) is not None or codes.is_refusal(text)


def _is_strong(match: re.Match[str]) -> bool:
    """Whether the line has the form of a list item: brackets that close, a bullet, a colon or a reason in brackets."""
    return bool(match["bullet"]) or _STRONG_TAIL.match(match["tail"]) is not None


def _once(found: list[tuple[str, int]]) -> list[tuple[str, int]]:
    seen: dict[str, tuple[str, int]] = {}
    for address, line in found:
        seen.setdefault(address.lower(), (address, line))
    return list(seen.values())[:MOST_RECIPIENTS]
