"""The enhanced status (RFC 3463) of a refusal: the host's own code, else what its words and its reply code mean.

In a chain of reports (a service that quotes the host that it spoke to) the innermost code is the one of the host that
refused. A code of the form x.0.0 says nothing; any other code beats it. Nothing is invented where a host is silent:
then the class alone stands, as x.0.0.
"""

from __future__ import annotations

import re

from mailbot.reading.bounces import phrases

# Not inside an IP address, a version or a date; the subject of a code is 0 to 7.
_CODE = re.compile(r"(?<![\w.])([245]\.[0-7]\.\d{1,3})(?![\d]|\.\d)")
_AFTER_REPLY = re.compile(r"(?<![\d.])[245]\d\d[ \t-]{1,3}['\"#(<]{0,2}([245]\.[0-7]\.\d{1,3})(?![\d]|\.\d)")
_REPLY = re.compile(
    r"(?:^[\s<>*#-]{0,20}|[:;'\"\[(#=]\s{0,3}|\b(?:code|error|status|returned|said|reply|with"
    r"|response)\s{0,3}:?\s{0,3})"
    r"([45])[0-5]\d(?=[\s.,:;)\]'\"-]|$)",
    re.IGNORECASE | re.MULTILINE,
)
_BLANKS = re.compile(r"\s+")
_MOST = 16 * 1024


def says_nothing(status: str) -> bool:
    """Whether a status is a class and no more."""
    return not status or status.endswith(".0.0")


def of_report(stated: str, diagnostic: str) -> str:
    """The status of one recipient in an RFC 3464 report: its Status field and its Diagnostic-Code.

    The Status is the reporting host's summary and often a default (sendmail writes 5.1.1 over "550 5.7.1 blacklisted",
    Amazon 5.0.0 over "550 5.2.2"); the code in the quoted reply is what the refusing host said. Whether it is for good
    is the reporting host's decision, so a quoted code of another class does not count.
    """
    match = _CODE.search(stated[:_MOST])
    status = match[1] if match else ""
    quoted = _after_replies(diagnostic) or _CODE.findall(diagnostic[:_MOST])
    sharp = [code for code in quoted if not says_nothing(code) and (not status or code[0] == status[0])]
    return next(iter(sharp[::-1]), "") or status or next(iter(quoted), "") or of_words(diagnostic)


def explicit(text: str) -> str:
    """The host's own code in a piece of prose: the first that says something, else one of the form x.0.0, else "".

    The first, because what follows a refusal in a transcript is the client going on ("503 5.5.1 need RCPT").
    """
    found = _after_replies(text) + [code for code in _CODE.findall(text[:_MOST]) if code[0] != "2"]
    return next((code for code in found if not says_nothing(code)), next(iter(found), ""))


def of_words(text: str, final: bool = True) -> str:
    """What prose without an enhanced code means; the class comes from a reply code (RFC 5321 section 4.2), else from
    the words, else from whether the host gave up (`final`). "" where the text says nothing of a failure.
    """
    line = _BLANKS.sub(" ", text[:_MOST])
    reply = _REPLY.search(text[:_MOST])
    meant = phrases.meaning(line)
    if meant is None and reply is None:
        return ""
    kind = reply[1] if reply else "4" if phrases.says_later(line) or not final else "5"
    return f"{kind}.{meant or '0.0'}"


def is_refusal(text: str) -> bool:
    """Whether a piece of text holds a reply code or an enhanced code of a refusal."""
    return _REPLY.search(text[:_MOST]) is not None or any(code[0] != "2" for code in _CODE.findall(text[:_MOST]))


def _after_replies(text: str) -> list[str]:
    return _AFTER_REPLY.findall(_BLANKS.sub(" ", text[:_MOST]))
