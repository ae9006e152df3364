"""What people of the story do, as mails that arrive, and how it is seen what came of it.

In: who does what. Out: functions of the stage and the instant, which make the mail's bytes when its scene is played.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import unquote

from mailbot.demo.incoming import Words, mail, reply
from mailbot.demo.people import STAFF, Person
from mailbot.demo.scene import Seen
from mailbot.demo.stage import Stage

Arrives = Callable[[Stage, datetime], bytes]
_LINK = r"^- {label}: mailto:(\S+?)\?subject=(\S*?)&body=(\S*)$"


def writes(author: Person, subject: str, text: str, *, dmarc: str = "pass") -> Arrives:
    """A mail to the service; `dmarc` is what the border found about its author's domain."""
    return lambda _, at: mail(author, Words(subject, text), at, dmarc=dmarc)


def replies(author: Person, text: str, *, picture: str | None = None) -> Arrives:
    """Reply, pressed on the last mail that came to somebody."""
    return lambda stage, at: mail(author, reply(stage.last_to(author).mail, text, picture=picture), at)


def answers(author: Person, asking: Person, text: str) -> Arrives:
    """A member presses Reply on the last notice about somebody's case."""

    def made(stage: Stage, at: datetime) -> bytes:
        return mail(author, reply(stage.last_notice(author, stage.reference(asking)).mail, text), at)

    return made


def taps(author: Person, asking: Person, label: str) -> Arrives:
    """A member taps a link in the last notice about somebody's case, and sends the mail that opens."""

    def made(stage: Stage, at: datetime) -> bytes:
        link = re.search(
            _LINK.format(label=label), stage.last_notice(author, stage.reference(asking)).text, re.MULTILINE
        )
        if link is None:
            raise LookupError(label)
        return mail(author, Words(unquote(link[2]), unquote(link[3]), unquote(link[1])), at)

    return made


def says(text: str, *words: str) -> bool:
    return all(word in text for word in words)


def staff_read(seen: Seen, *words: str) -> bool:
    """Whether each member of staff read all of this in the scene."""
    return all(says(seen.all_to(person), *words) for person in STAFF)


def only_staff(seen: Seen) -> bool:
    return {one.to for one in seen.left} == set(STAFF)


def nothing_for(seen: Seen, *people: Person) -> bool:
    return not any(one.to in people for one in seen.left)
