"""`#letter NAME`: a letter of the house goes out, below the words of the message if there are any: one message (G14).

Hold, grace, stops and the receipt are those of an answer. The handler sends it, after the commands that record what it
depends on and before those that decide on it: `#contact safe` above `#letter options-adult` is one act.
"""

from __future__ import annotations

from difflib import get_close_matches

from mailbot.casework import answers, letter_by_hand
from mailbot.casework.desk import Desk
from mailbot.casework.gates import Situation
from mailbot.commands.command import Acting, Command, CommandError, Moment, within
from mailbot.model import Stream
from mailbot.writing.catalogue import BY_HAND, Letter
from mailbot.writing.rows import Gate
from storage import outbox
from storage.database import Transaction

FORM = "#letter NAME"
MOST_NEAR = 3


def parse(arguments: str, _moment: Moment) -> str:
    return name_of(arguments, "letter")


def name_of(typed: str, word: str) -> str:
    """The letter that was named; CommandError with the nearest names. Never a guess: letters are not alike."""
    name = "-".join(typed.lower().split()).removesuffix(".j2")
    if typed.lower() in BY_HAND:
        return typed.lower()
    if not name:
        raise CommandError("Which letter?", f"#{word} safety-check")
    near = get_close_matches(name, BY_HAND, MOST_NEAR, 0.5) or [one for one in BY_HAND if name in one][:MOST_NEAR]
    if not near:
        raise CommandError(f"No letter has this name. There are: {', '.join(BY_HAND)}.", f"#{word} safety-check")
    also = f" Others that are near: {', '.join(near[1:])}." if near[1:] else ""
    raise CommandError(f"No letter has this name.{also}", f"#{word} {near[0]}")


def apply(transaction: Transaction, desk: Desk, acting: Acting, name: str) -> str:
    """What to know of a letter that the handler has queued."""
    _, conversation = within(acting)
    row = outbox.find(transaction, acting.below) if acting.below else None
    with_words = row is not None and bool(answers.own_words_of(transaction, row))
    how = "goes out below your words" if with_words else "goes out"
    situation = letter_by_hand.situation_of(transaction, conversation, acting.now)
    return f"The letter {name} {how}.{doubts(desk, BY_HAND[name], situation)}"


def doubts(desk: Desk, letter: Letter, situation: Situation) -> str:
    """What a member should know before it leaves: a stream that nobody recorded, data that nobody verified."""
    unknown = situation.stream is Stream.UNKNOWN and {Gate.ADULT, Gate.YOUTH} & set(letter.gates)
    stream = " No stream is on record: see that it fits the person's age." if unknown else ""
    entries = desk.letters.library.unverified_in(letter, situation.audience)
    return stream + (f" Nobody has verified yet: {', '.join(entries)}." if entries else "")


COMMAND = Command("letter", "Sends a letter of the house, below your words.", (FORM,), parse, apply, writes=True)
