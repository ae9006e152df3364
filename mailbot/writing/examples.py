"""Made-up values for every letter that takes some: one for each branch its file has.

They let every letter be rendered and measured before one is needed. Names and addresses stand for nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mailbot.model import Attachment, Contact, Purpose, Role
from mailbot.writing.notice import (
    Alert,
    AlertOver,
    Answer,
    Door,
    Due,
    DueList,
    Fetched,
    Held,
    Line,
    Notice,
    Receipt,
    Refusal,
    SetAside,
    Shown,
    Summary,
    Trouble,
    Waiting,
)

_WHEN = datetime(2026, 11, 24, 23, 10, tzinfo=ZoneInfo("America/Vancouver"))
_NOTICE = Notice(
    reference="7K2QMX",
    first_line_due="First answer due Wednesday, November 25, 2026, 4:30 p.m.",
    role=Role.REQUESTER,
    contact=Contact.UNASKED,
    kind="new",
    address="person@example.net",
    display_name="A person",
    subject="Hello",
    received_at=_WHEN,
    text="A first line.\n\nA second line.",
    attachments=(
        Attachment("scan.pdf", "application/pdf", 20480, False),
        Attachment(None, "image/jpeg", 3_500_000, True),
    ),
    warnings=("Others are in To or Cc.",),
    acknowledgement="The night acknowledgement goes to this person.",
    purpose=Purpose.ANSWER,
    links=(("Take it", "mailto:help@example.org?subject=take"),),
)
_JOINED_NOTICE = replace(
    _NOTICE,
    kind="joined",
    reply="A first line.",
    waiting=(
        Waiting("Dana's answer", "waits because new mail came from the person", "Hello.", _NOTICE.links),
        Waiting("A colleague's answer", "waits until Friday", "Hello again.", _NOTICE.links),
    ),
)
_URGENT_NOTICE = replace(
    _NOTICE,
    role=Role.GUARDIAN,
    urgent="I cannot go on",
    phone="250-555-0100, weekdays 10 to 12; leave no message",
    others=("mother@example.org", "and 3 more"),
    answers_to=("other@example.com",),
    due=("Thursday, November 26, 2026, at 2:00 p.m., Pacific time: A call",),
)
_AGENCY_NOTICE = replace(_NOTICE, role=Role.AGENCY, kind="joined")
_BARE_NOTICE = Notice(
    reference="7K2QMX",
    first_line_due="Nothing is due",
    role=Role.RESPONDENT,
    contact=Contact.STOPPED,
    kind="joined",
    address="person@example.net",
    received_at=_WHEN,
    text="",
    acknowledgement="No acknowledgement: the address is stopped.",
    purpose=Purpose.INSIDE,
)
_MACHINE_NOTICE = Notice(
    reference="no case",
    first_line_due="Nothing is due",
    role=Role.REQUESTER,
    contact=Contact.UNASKED,
    kind="machine",
    address="robot@example.net",
    received_at=_WHEN,
    text="Your ticket is 4471.",
    acknowledgement="Acknowledgement: none.",
    purpose=Purpose.INSIDE,
)
_WORDS = "Hello,\n\nthank you for writing.\nYou can call us or stay with mail. You choose."
_SENT_NOW = ("Send it now", "mailto:help+x@example.org?body=%23send%20now")
_RECEIPT = Receipt(
    reference="7K2QMX",
    role=Role.REQUESTER,
    state_line="Nothing to do",
    leaves_at=_WHEN + timedelta(hours=9, minutes=20),
    words=_WORDS,
    cut=("On Tuesday somebody wrote:\n> Hello", "Dana\n250-555-0100"),
    done=("You took this case",),
    attachments=("form.pdf",),
    cancel="mailto:help+x@example.org?body=%23cancel",
    links=(_SENT_NOW,),
    note="Mail to this person is not recorded safe",
)
EXAMPLES: Mapping[str, tuple[object, ...]] = {
    "notice": (_NOTICE, _JOINED_NOTICE, _BARE_NOTICE, _MACHINE_NOTICE, _URGENT_NOTICE, _AGENCY_NOTICE),
    "alert": (Alert("The server renumbered the folder INBOX", _WHEN, "Nothing to do", "7K2QMX"),),
    "message": (
        SetAside("m2abcdefghijklmn", _WHEN, 48_000_000, "oversized", "7K2QMX", _NOTICE.links),
        SetAside("m2abcdefghijklmn", _WHEN, 900, "junk"),
        SetAside("m2abcdefghijklmn", _WHEN, 900, "junk", urgent="I cannot go on"),
    ),
    "summary": (
        Summary(_WHEN, _WHEN + timedelta(minutes=15), 2, ("7K2QMX", "QQ9ZZT")),
        Summary(_WHEN, _WHEN + timedelta(minutes=15), 5, (), aside=5),
        Summary(_WHEN, _WHEN + timedelta(minutes=15), 9, ("7K2QMX",), aside=2, more=6, links=_NOTICE.links),
    ),
    "trouble": (
        Trouble("failed", "o2abcdefghijklmn", "ack-day", _WHEN, "7K2QMX"),
        Trouble("came back", "o2abcdefghijklmn", "ack-night", _WHEN, "7K2QMX", "5.1.1"),
        Trouble("uncertain", "o2abcdefghijklmn", "staff-notice", _WHEN),
    ),
    "receipt": (
        _RECEIPT,
        Receipt("7K2QMX", Role.REQUESTER, "Your answer has left", words=_WORDS),
        Receipt("7K2QMX", Role.REQUESTER, "Done: 1 command", done=("You took this case",)),
        Receipt(None, None, "Done: 1 command", done=("Message m2abcdefghijklmn is read again",)),
        Receipt(
            None,
            None,
            "Done: 1 command",
            done=("Case 7K2QMX, open, with nobody",),
            shown=(Shown("Mail that came", quoted=_WORDS), Shown("What is due", ("a call",))),
        ),
    ),
    "refusal": (
        Refusal("7K2QMX", "#hold until fryday", "No day has this name", "#hold until friday"),
        Refusal("7K2QMX", "#take it", "This command takes no words", "", nothing_sent=False),
        Refusal(None, None, "Nothing proves that this message came from you", ""),
        Refusal(None, None, "Nothing proves it", message="m2abcdefghijklmn", links=_NOTICE.links),
    ),
    "held": (Held("7K2QMX", "New mail came from the person", _WORDS, (_SENT_NOW,)),),
    "line": (Line("7K2QMX", "Dana has taken this case"), Line(None, "Dana is away")),
    "door": (
        Door(
            "7K2QMX", Role.TRIBUNAL, "desk@tribunal.example", (("Take it", "mailto:help+x@example.org?body=%23take"),)
        ),
    ),
    "due": (
        Due("7K2QMX", "You wanted to look at this case again", "Ask how the week was.", _WHEN, (_SENT_NOW,)),
        Due("7K2QMX", "Nobody has answered for two office hours", None, _WHEN),
        Due("7K2QMX", "A call is due", None, _WHEN, (_SENT_NOW,), "250-555-0100, weekdays 10 to 12; leave no message"),
    ),
    "fetched": (
        Fetched(
            "7K2QMX", Attachment("a letter.pdf", "application/pdf", 48_000, False), "7K2QMX-m2abcdefghijklmn-1.pdf"
        ),
    ),
    "due_list": (DueList("Nobody has answered for two office hours", ("7K2QMX", "QQ9ZZT"), _WHEN),),
    "over": (
        AlertOver("The mail server could not be reached", _WHEN, _WHEN + timedelta(hours=1)),
        AlertOver("Nobody had taken this case", _WHEN, _WHEN + timedelta(hours=1), "7K2QMX"),
    ),
    "answer": (Answer(_WORDS, "none"), Answer(_WORDS, "full"), Answer(_WORDS, "911")),
    "at": (_WHEN,),
    "call_at": (_WHEN + timedelta(days=2, hours=-13, minutes=-10),),
    "discreet": (False, True),
    "image_minor": (True, False),
    "permitted_facts": ("that you can ask us for help", ""),
}
