"""docs/faults.md, from the outcomes of the matrix and the register of tests: the same form at every run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from faults.matrix import STEPS, Outcome
from faults.register import FAULTS, proofs

BOUNDS = (
    (timedelta(seconds=30), "half a minute"),
    (timedelta(minutes=3), "3 minutes"),
    (timedelta(minutes=18), "18 minutes"),
    (timedelta(minutes=25), "25 minutes"),
)
HEAD = """# Faults

What breaks, and what mailbot makes of it. Both tables are written by `make deep`; nobody edits them.

## The matrix

Each kind of fault begins while one loop has something in hand: it is held just before the step named below, the
fault is switched on, the loop goes on, more mail comes, `mailbot status` is asked until it names the fault, the
fault is switched off, and the history is played to its end. Three people wrote, one of them has an answer of a
member waiting. *Lost*: a mail, a letter or a notice that never arrived. *Doubled*: one that arrived twice.
*Repeated*: the same bytes with the same Message-ID once more, for a letter that was `uncertain`, which promise 3
allows. *Within* is by the clock of the office, or by a stopwatch where that clock is what is wrong, and includes
the seconds that asking takes: what only waits is named after a quarter of an hour. "Not named" is a fault that was
over before anybody had to know.

"""


def bound(after: timedelta | None) -> str:
    """A time as the table says it: the nearest bound above it, so that a slower machine writes the same page."""
    if after is None:
        return "not named"
    return next((words for limit, words in BOUNDS if after <= limit), f"{after.total_seconds() / 60:.0f} minutes")


def write(outcomes: Sequence[Outcome]) -> str:
    """The whole page."""
    steps = "".join(f"- **{loop}** before `{step}`\n" for loop, step in STEPS.items())
    return f"{HEAD}{steps}\n{_matrix(outcomes)}\n{_register()}"


def _matrix(outcomes: Sequence[Outcome]) -> str:
    rows = [
        "| fault | begins in | what `status` said | within | lost | doubled | repeated |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {one.kind} | {one.loop} | {_said(one)} | {bound(one.named_after)} "
            f"| {one.lost} | {one.doubled} | {one.repeated} |"
            for one in outcomes
        ),
    ]
    count, lost, doubled = len(outcomes), sum(one.lost for one in outcomes), sum(one.doubled for one in outcomes)
    repeated = sum(one.repeated for one in outcomes)
    total = f"{count} histories: {lost} lost, {doubled} doubled, {repeated} repeated as promise 3 allows."
    return "\n".join([*rows, "", total, ""])


def _said(outcome: Outcome) -> str:
    """Without figures, which differ from run to run; of a clock one of two sentences, whichever process looks first."""
    sentence = outcome.said[0] if outcome.said and outcome.named_after is not None else ""
    if sentence.startswith("clock:"):
        return "`clock: …`"
    words = ["N" if word.isdigit() else word for word in sentence.split()]
    return f"`{' '.join(words)}`" if words else "nothing"


def _register() -> str:
    rows = ["## F1 to F40", "", "| fault | what | tests |", "|---|---|---|"]
    for number, (name, _) in FAULTS.items():
        found = "<br>".join(f"`{proof.replace('::test_', '::')}`" for proof in proofs(number))
        rows.append(f"| {number} | {name} | {found} |")
    return "\n".join([*rows, ""])
