"""The story that `mailbot demo` tells: three nights and two days of a support service. Here people write; in
`answering` staff answer.
"""

from __future__ import annotations

from datetime import datetime

from mailbot.demo.answering import ANSWERING
from mailbot.demo.doing import nothing_for, only_staff, replies, says, staff_read, writes
from mailbot.demo.incoming import PICTURE, Words, delivery_report, mail
from mailbot.demo.people import ANA, BEN, CHLOE, DANA, MAX, MISTYPED, ROBIN, SAM, STAFF
from mailbot.demo.scene import Outcome, Plan, Seen
from mailbot.demo.stage import Stage


def _writes_to_anas_address(stage: Stage, at: datetime) -> bytes:
    address = str(stage.last_to(ANA).mail["Reply-To"])
    return mail(MAX, Words("Please help", "This is about me. Tell me what you have.", address), at)


def _comes_back(stage: Stage, at: datetime) -> bytes:
    letter = stage.last_to(MISTYPED).transaction
    return delivery_report(letter.data, letter.mail_from, MISTYPED.address, at)


def _each_their_own(seen: Seen) -> bool:
    """Staff have one message each, under its own Message-ID and reply address."""
    dana, robin = (seen.to(person).mail for person in STAFF)
    return all(dana[name] != robin[name] for name in ("Message-ID", "Reply-To"))


def _picture_stays(seen: Seen) -> bool:
    """No part of the picture left in any message, as bytes or in base64."""
    return not any(PICTURE[:16] in one.transaction.data or b"iVBORw0KGgo" in one.transaction.data for one in seen.left)


NIGHT, DAY = "ack-night", "ack-day"
NOTICE, REFUSAL, TROUBLE, ALERT = "staff-notice", "staff-refusal", "staff-trouble", "alert"
FORGED = "fail (p=reject dis=none)"
WRITING = (
    Plan(
        "first-by-night", "2026-11-24 23:10", "Ana writes for the first time. The office is closed.",
        writes(ANA, "hello", "Someone put a video of me online and I don't know who to ask. Can you help?"),
        {ANA: (NIGHT,), DANA: (NOTICE,), ROBIN: (NOTICE,)},
        (
            Outcome(
                "Ana has an answer at once: where help is open all night, and when people will read her mail.",
                lambda seen: says(seen.to(ANA).text, "Our office was closed", "call 911", "VictimLinkBC", "8:30 a.m."),
            ),
            Outcome(
                "Not a word of hers is in it.",
                lambda seen: not any(word in seen.to(ANA).text for word in ("hello", "video", "online", "who to ask")),
            ),
            Outcome("A case is open.", lambda seen: seen.new_cases == 1),
            Outcome(
                "Dana and Robin are told, each in a message of their own with a reply address of its own.",
                lambda seen: _each_their_own(seen) and staff_read(seen, "New message to read", "Can you help?"),
            ),
        ),
    ),
    Plan(
        "first-by-day", "2026-11-25 09:15", "Ben writes for the first time. The office is open.",
        writes(BEN, "question", "My ex has pictures of me and says he will post them."),
        {BEN: (DAY,), DANA: (NOTICE,), ROBIN: (NOTICE,)},
        (
            Outcome(
                "Ben gets the letter of the day: his mail is here, and a person will read it.",
                lambda seen: "Our office is open" in seen.to(BEN).text,
            ),
            Outcome(
                "Dana and Robin are told of a second case.",
                lambda seen: seen.new_cases == 1 and staff_read(seen, "says he will post them"),
            ),
        ),
    ),
    Plan(
        "reply-joins", "2026-11-25 09:40", "Ana replies to the answer of the night.",
        replies(ANA, "Thank you. I can talk after four, on my sister's phone."),
        {DANA: (NOTICE,), ROBIN: (NOTICE,)},
        (
            Outcome("Her reply joins her case.", lambda seen: seen.new_cases == 0),
            Outcome(
                "Dana and Robin read it there. Ana gets no second automatic answer.",
                lambda seen: (
                    only_staff(seen)
                    and staff_read(seen, f"[{seen.stage.reference(ANA)}] New message to read", "after four")
                ),
            ),
        ),
    ),
    Plan(
        "picture-sealed", "2026-11-25 10:05", "Ben replies, with a picture attached.",
        replies(BEN, "This is what he sent.", picture="screenshot.png"),
        {DANA: (NOTICE,), ROBIN: (NOTICE,)},
        (
            Outcome(
                "The picture is sealed. Dana and Robin read its name and size; nobody looks at it.",
                lambda seen: staff_read(seen, "screenshot.png", "sealed") and _picture_stays(seen),
            ),
        ),
    ),
    Plan(
        "reminder", "2026-11-25 10:30", "Two hours after opening, nobody has taken Ana's case.",
        None,
        {},
        (
            Outcome(
                "Dana and Robin are reminded, each with a link to take it.",
                lambda seen: (
                    {one.to for one in seen.reminders} == set(STAFF)
                    and all(says(one.text, seen.stage.reference(ANA), "- Take it: mailto:") for one in seen.reminders)
                ),
            ),
        ),
    ),
    Plan(
        "forged-person", "2026-11-25 10:35", "Somebody sends a mail in Chloe's name. Her domain says: forged.",
        writes(CHLOE, "my account", "I am Chloe, write to me.", dmarc=FORGED),
        {DANA: (NOTICE,), ROBIN: (NOTICE,)},
        (
            Outcome("Nothing goes to Chloe, who never wrote.", lambda seen: only_staff(seen)),
            Outcome(
                "Dana and Robin see the mail, and that it is forged.",
                lambda seen: staff_read(seen, "this message is forged (dmarc=fail)"),
            ),
        ),
    ),
    Plan(
        "leaked-address", "2026-11-25 11:20", "Max has got hold of Ana's reply address, and writes to it.",
        _writes_to_anas_address,
        {MAX: (DAY,), DANA: (ALERT, NOTICE), ROBIN: (ALERT, NOTICE)},
        (
            Outcome(
                "Max gets what anybody gets who writes first, word for word, and a case of his own.",
                lambda seen: seen.new_cases == 1 and seen.to(MAX).text == seen.stage.last_to(BEN).text,
            ),
            Outcome(
                "In Ana's case, Dana and Robin are told that her reply address was used from elsewhere.",
                lambda seen: staff_read(seen, f"[{seen.stage.reference(ANA)}]", "was used from elsewhere"),
            ),
            Outcome(
                "Letters to Ana carry a new reply address from now on.",
                lambda seen: seen.token_before != seen.stage.token(ANA),
            ),
        ),
    ),
    Plan(
        "forged-staff", "2026-11-25 13:00", "A mail says that it is from Dana. Her domain says: forged.",
        writes(DANA, "quick question", "Send me everything that Ana wrote. Thanks, Dana", dmarc=FORGED),
        {DANA: (REFUSAL,)},
        (
            Outcome(
                "It is kept in quarantine, whole, and does nothing.",
                lambda seen: seen.new_endings["quarantined"] == 1 and seen.new_cases == 0,
            ),
            Outcome(
                "Dana, whose name it used, is told at her own address, without a word of it.",
                lambda seen: "did not prove" in seen.to(DANA).text and "everything" not in seen.to(DANA).text,
            ),
        ),
    ),
    Plan(
        "forged-again", "2026-11-25 13:20", "Another one follows.",
        writes(DANA, "quick question", "#contact safe\n\nAre you there?", dmarc=FORGED),
        {},
        (
            Outcome(
                "It does nothing either. Dana was told within the hour, so she is not told again.",
                lambda seen: seen.new_endings["quarantined"] == 1 and nothing_for(seen, *STAFF),
            ),
        ),
    ),
    Plan(
        "quarantine-alert", "2026-11-25 14:00", "For an hour nobody has looked at the first of the two.",
        None,
        {},
        (
            Outcome(
                "Sam, the supervisor, has an alert, with the number by which the mail can be released or discarded.",
                lambda seen: any(one.to is SAM and says(one.text, "quarantine", "#discard") for one in seen.reminders),
            ),
        ),
    ),
    Plan(
        "mistyped", "2026-11-25 14:10", "Eva writes. Her mail program has her own address wrong.",
        writes(MISTYPED, "advice", "A friend told me that you help people like me."),
        {MISTYPED: (DAY,), DANA: (NOTICE,), ROBIN: (NOTICE,)},
        (
            Outcome(
                f"The letter of the day leaves for {MISTYPED.address}.",
                lambda seen: seen.to(MISTYPED).letter == DAY,
            ),
            Outcome(
                "Dana and Robin are told of her case.",
                lambda seen: seen.new_cases == 1 and staff_read(seen, "people like me"),
            ),
        ),
    ),
    Plan(
        "bounce", "2026-11-25 14:11", "The letter to Eva comes back: no such address.",
        _comes_back,
        {DANA: (TROUBLE,), ROBIN: (TROUBLE,)},
        (
            Outcome(
                "Dana and Robin are told that it came back, so that they can find another way.",
                lambda seen: staff_read(seen, f"[{seen.stage.reference(MISTYPED)}] A letter came back", "ack-day"),
            ),
            Outcome(
                "Nobody answers the mail server's report.",
                lambda seen: only_staff(seen) and seen.new_cases == 0,
            ),
        ),
    ),
    Plan(
        "second-night", "2026-11-25 22:30", "Ana writes once more, at night, still to her old reply address.",
        replies(ANA, "They called me again. I am at my sister's tonight."),
        {ANA: (NIGHT,), DANA: (NOTICE,), ROBIN: (NOTICE,)},
        (
            Outcome("It is proven to be hers and joins her case.", lambda seen: seen.new_cases == 0),
            Outcome(
                "Ana has the help lines of the night again, now with her new reply address.",
                lambda seen: seen.stage.token(ANA) in seen.to(ANA).mail["Reply-To"] and "911" in seen.to(ANA).text,
            ),
            Outcome(
                "Dana and Robin will find her words in the morning.",
                lambda seen: staff_read(seen, f"[{seen.stage.reference(ANA)}] New message to read", "at my sister's"),
            ),
        ),
    ),
)  # fmt: skip
SCENES = tuple(sorted((*WRITING, *ANSWERING), key=lambda plan: plan.instant))
