"""What a journey of LETTERS.md part 2 left behind outside the house: each letter by name, recipient and hour.

Staff mail apart. The names come from `mailbot outbox`; everything else is what the mail server took.
"""

from __future__ import annotations

import re
from email.message import EmailMessage

from stories.played import Story, read
from support.installation import VANCOUVER
from support.mails import parsed

STAFF_DOMAIN = "@service.example"
PROMISES = re.compile(
    r"we will (?:stop|get|remove|take it down)|will be removed|you will win|guarantee|100 ?%|complete(?:ly)? secre"
    r"|screenshot|you should|you must|why did you",
    re.IGNORECASE,
)
"""What no letter to a person says in any journey."""
_SECRET = re.compile(r"[a-z2-7]{20,}")
"""Random, so that any short word may stand in one."""


def outside(story: Story) -> list[tuple[str, str, str]]:
    """Everything that left for somebody outside, in order: the letter's name, to whom, when by the office's clock."""
    names = {f"<{row['message_id']}>": row["letter"] for row in story.house.json("outbox", "--all")}
    mails = [(one.rcpt_to, parsed(one.data)) for one in story.servers.sent]
    return [
        (names[str(mail["Message-ID"])], *to, f"{mail['Date'].datetime.astimezone(VANCOUVER):%a %H:%M}")
        for to, mail in mails
        if not to[0].endswith(STAFF_DOMAIN)
    ]


def words_to(story: Story, *addresses: str) -> str:
    """All that these people, or everybody outside, can read of us: fields, plain part and page, without secrets."""
    mails = [(one.rcpt_to[0], parsed(one.data)) for one in story.servers.sent]
    chosen = [mail for to, mail in mails if (to in addresses if addresses else not to.endswith(STAFF_DOMAIN))]
    return "\n".join(_SECRET.sub("", f"{_fields(mail)}\n{read(mail)}\n{_page(mail)}") for mail in chosen)


def _fields(mail: EmailMessage) -> str:
    return "\n".join(f"{name}: {value}" for name, value in mail.items() if not name.startswith("Content-"))


def _page(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    return str(part.get_content()) if part else ""


def keeps_its_promise(story: Story) -> None:
    """No letter promises, commands, blames, or asks for a copy."""
    found = PROMISES.search(words_to(story))
    assert found is None, found
