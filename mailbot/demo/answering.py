"""The half of the story in which staff answer: from any mail program, in office hours, and what stops an answer."""

from __future__ import annotations

from mailbot.demo.doing import answers, nothing_for, replies, says, staff_read, taps
from mailbot.demo.people import ANA, BEN, DANA, MAX, ROBIN, SERVICE
from mailbot.demo.scene import Outcome, Plan, Seen

ANSWER = "answer"
NOTICE, RECEIPT, REFUSAL, LINE = "staff-notice", "staff-receipt", "staff-refusal", "staff-line"
TO_BEN = "Hello Ben,\n\nthank you for writing. We can ask the site not to take his uploads. You choose what happens."
TO_ANA = "Hello Ana,\n\nyou can call us on Thursday from nine. You can also write here."
TO_MAX = "Hello,\n\nthank you for writing. What can we do for you?"


def _as_the_service(seen: Seen) -> bool:
    """Ben's answer: the words alone, from the service."""
    mail, text = seen.to(BEN).mail, seen.to(BEN).text
    return SERVICE in mail["From"] and "Dana" not in mail["From"] and text.strip() == TO_BEN


def _waits(seen: Seen) -> bool:
    return bool(seen.stage.waiting()) and not seen.left


ANSWERING = (
    Plan(
        "slip", "2026-11-25 15:00", "Dana presses Reply on the notice about Ben, and her finger slips.",
        answers(DANA, BEN, f"#tke\n\n{TO_BEN}"),
        {DANA: (REFUSAL,)},
        (
            Outcome(
                "Nothing was done and nothing was sent: Dana reads which line, and the nearest right form.",
                lambda seen: says(seen.to(DANA).text, "nothing was sent", "> #tke", "> #take"),
            ),
            Outcome("Ben hears nothing of it.", lambda seen: nothing_for(seen, BEN)),
        ),
    ),
    Plan(
        "answer-by-day", "2026-11-25 15:04", "Dana corrects the line and sends it again, with her name below it.",
        answers(DANA, BEN, f"#take\n\n{TO_BEN}\n\nDana\n250-555-0100"),
        {DANA: (RECEIPT,), ROBIN: (LINE,)},
        (
            Outcome(
                "Dana's receipt has the exact words, what was cut, her name too, and when it leaves: 3:09.",
                lambda seen: says(seen.to(DANA).text, "3:09 p.m.", "> Hello Ben,", "Cut, and not sent", "> Dana"),
            ),
            Outcome("The case is hers. Robin has one line.", lambda seen: "Dana has this case" in seen.to(ROBIN).text),
            Outcome("Until 3:09 she can still take it back.", lambda seen: says(seen.to(DANA).text, "#cancel")),
        ),
    ),
    Plan(
        "grace-over", "2026-11-25 15:09", "Five minutes later.",
        None,
        {BEN: (ANSWER,)},
        (
            Outcome(
                "Ben has Dana's words, from the service and without her name.",
                _as_the_service,
            ),
        ),
    ),
    Plan(
        "answer-by-night", "2026-11-25 17:45", "Robin answers Max from home. The office is closed.",
        answers(ROBIN, MAX, TO_MAX),
        {ROBIN: (RECEIPT,), DANA: (LINE,)},
        (
            Outcome(
                "Robin's receipt says that it leaves when the office opens.",
                lambda seen: says(seen.to(ROBIN).text, "Thursday, November 26, 2026, at 8:30 a.m.", "> Hello,"),
            ),
            Outcome("Max has nothing yet.", lambda seen: nothing_for(seen, MAX)),
        ),
    ),
    Plan(
        "answer-to-ana", "2026-11-25 22:50", "Dana reads Ana's mail of the evening, and answers it.",
        answers(DANA, ANA, TO_ANA),
        {DANA: (RECEIPT,), ROBIN: (LINE,)},
        (Outcome("That waits for the opening, too.", lambda seen: says(seen.to(DANA).text, "at 8:30 a.m.")),),
    ),
    Plan(
        "stopped", "2026-11-26 02:00", "At two in the morning Ana writes again.",
        replies(ANA, "I have a new telephone now. He does not know of it. Can I have the same hour on Friday?"),
        {DANA: (NOTICE,)},
        (
            Outcome(
                "Dana's answer does not leave by itself now: she may want to write another one.",
                lambda seen: says(seen.all_to(DANA), "an answer waits", "new mail came", "you can call us"),
            ),
            Outcome(
                "The notice shows Ana's new words first, then the answer that waits, and what Dana can do with it.",
                lambda seen: says(
                    seen.to(DANA).text, "Please decide: an answer waits.", "I have a new telephone now",
                    "Dana's answer waits because", "- Send it now: mailto:", "- Hold it until tomorrow: mailto:",
                    "- Cancel it: mailto:",
                ),
            ),
            Outcome(
                "Ana had the help lines of this night already; she gets no second letter.",
                lambda seen: nothing_for(seen, ANA),
            ),
        ),
    ),
    Plan(
        "a-second-early", "2026-11-26 08:29:59", "A second before the office opens.",
        None,
        {},
        (Outcome("Nothing leaves.", _waits),),
    ),
    Plan(
        "opening", "2026-11-26 08:30:00", "The office opens.",
        None,
        {MAX: (ANSWER,)},
        (
            Outcome("Robin's answer leaves for Max.", lambda seen: TO_MAX in seen.to(MAX).text),
            Outcome("Dana's answer to Ana does not.", lambda seen: nothing_for(seen, ANA)),
        ),
    ),
    Plan(
        "tapped", "2026-11-26 08:41", "Dana reads the notice on her telephone, and taps: Send it now.",
        taps(DANA, ANA, "Send it now"),
        {ANA: (ANSWER,), DANA: (RECEIPT,)},
        (
            Outcome("Ana has her answer.", lambda seen: TO_ANA in seen.to(ANA).text),
            Outcome("Dana has a receipt.", lambda seen: "The letter leaves now" in seen.to(DANA).text),
        ),
    ),
    Plan(
        "not-safe", "2026-11-26 09:10", "Ben writes: somebody else has his password.",
        replies(BEN, "Please do not write here any more. He has my password."),
        {DANA: (NOTICE,)},
        (
            Outcome(
                "Dana alone is told, since the case is hers, with a link that stops all mail to this address.",
                lambda seen: says(seen.to(DANA).text, "He has my password", "- Stop all mail to this address: mailto:"),
            ),
        ),
    ),
    Plan(
        "contact-stop", "2026-11-26 09:15", "She taps it.",
        taps(DANA, BEN, "Stop all mail to this address"),
        {DANA: (RECEIPT,)},
        (
            Outcome(
                "Nothing more goes to Ben's address until staff resume it, and it is not told so.",
                lambda seen: says(seen.to(DANA).text, "Nothing more goes to this address") and nothing_for(seen, BEN),
            ),
        ),
    ),
    Plan(
        "after-stop", "2026-11-26 21:40", "Somebody writes from Ben's address, at night.",
        replies(BEN, "Who is this? What did he tell you?"),
        {DANA: (NOTICE,), ROBIN: (NOTICE,)},
        (
            Outcome("There is no answer, not even the one of the night.", lambda seen: nothing_for(seen, BEN)),
            Outcome(
                "It opens a case of its own. Dana and Robin see which one it may belong to.",
                lambda seen: seen.new_cases == 1
                and staff_read(seen, f"Perhaps {seen.stage.reference(BEN)}", "Nothing may be sent to this address"),
            ),
        ),
    ),
)  # fmt: skip
