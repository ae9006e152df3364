"""Mail to staff as pages: at the width of a telephone and of a desk, light and dark, in headless Chromium.

Each page is one that mailbot made for a mail of a person: its links have the address, the subject and the command.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage
from itertools import product
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from loops.fixtures import clock, database, house, make_running, reader, running, template
from loops.house import House, Running, a_reading, handle
from support import browser
from support.mails import parsed

from mailbot.commands import COMMANDS
from mailbot.model import Attachment
from storage import outbox

__all__ = ["clock", "database", "house", "make_running", "reader", "running", "template"]
LONG = "https://example.net/" + "a" * 300
TEXT = f"He posted it here: {LONG}\n\nI cannot go on.\n\n- one\n- two\n\n<b>not bold</b> [link](mailto:eve@example.com)"
HOSTILE = a_reading(
    "kim@sd61.bc.ca",
    text=TEXT,
    reply=TEXT,
    from_name="K" * 90,
    subject="please help " * 20,
    language="pa",
    cc=("a-very-long-name-of-somebody-who-reads-along@a-long-domain-of-a-school.example.org",),
    reply_to=("other@example.com",),
    attachments=(
        Attachment("a" * 140 + ".pdf", "application/pdf", 20480, False),
        Attachment(None, "image/jpeg", 3_500_000, True),
    ),
)


def page_of(house: House, letter: str) -> tuple[EmailMessage, str]:
    """The newest mail of one staff letter, and its page."""
    row = [row for row in house.outbox() if row.letter == letter][-1]
    with house.database.view() as view:
        mail = parsed(outbox.content(view, row) or b"")
    page = mail.get_body(("html",))
    assert page is not None
    return mail, page.get_content()


def a_notice(running: Running) -> None:
    handle(running, "requester", HOSTILE)


def a_flood(running: Running) -> None:
    for number in range(27):
        handle(running, "requester", a_reading(f"person{number}@example.net"))
    running.tick.round()


def something_due(running: Running) -> None:
    handle(running, "requester", HOSTILE)
    running.clock.on(minutes=16)
    running.tick.round()


def an_unproved_mail(running: Running) -> None:
    handle(running, "staff", a_reading("dana@service.example"))


def an_answer(running: Running) -> None:
    """Dana answers: through the handler, with the token of her notice."""
    handle(running, "requester", HOSTILE)
    mail, _ = page_of(running, "staff-notice")
    words = "Hello,\n\nyou can call us.\n\n" + LONG
    member = str(mail["To"])
    answer = a_reading(
        member,
        text=words,
        reply=words,
        plain_reply=words,
        to=(str(mail["Reply-To"]),),
        recipients=(str(mail["Reply-To"]).lower(),),
        cut=("Dana\n250-555-0100",),
    )
    handle(running, "staff", answer)


PAGES: dict[str, Callable[[Running], None]] = {
    "staff-notice": a_notice,
    "staff-receipt": an_answer,
    "staff-refusal": an_unproved_mail,
    "staff-due": something_due,
    "staff-summary": a_flood,
}


@pytest.mark.live
@pytest.mark.parametrize("letter", PAGES)
def test_a_page_for_staff_fits_the_width_reads_well_asks_for_nothing_and_its_links_say_what_they_do(
    running: Running, letter: str
) -> None:
    browser.require()
    PAGES[letter](running)
    mail, page = page_of(running, letter)
    for width, dark in product((320, 1280), (False, True)):
        seen = browser.look(page, width, dark=dark)
        where = f"{letter} at {width}, {'dark' if dark else 'light'}"
        assert seen.sideways == 0, where
        assert seen.contrast >= 4.5, where
        assert seen.headings[0] == 1, where
        assert seen.headings.count(1) == 1, where
        assert all(level == 2 for level in seen.headings[1:]), where
        assert seen.size >= 16, where
        assert (seen.errors, seen.requests) == ((), ()), where
        assert (seen.language, seen.direction) == ("en", "ltr"), where
    assert_links_act(seen.links, running)
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert sorted(re.findall(r"mailto:\S+body=\S+", plain.get_content())) == sorted(seen.links), (
        "both parts have the same"
    )


def assert_links_act(links: list[str], running: Running) -> None:
    assert links
    for link in links:
        found = urlsplit(link)
        assert found.scheme == "mailto"
        assert running.desk.address.secret_in_address(unquote(found.path)), "an inside address of ours"
        fields = parse_qs(found.query, strict_parsing=True)
        assert fields["subject"][0].strip()
        assert fields["body"][0].split()[0].removeprefix("#") in COMMANDS
