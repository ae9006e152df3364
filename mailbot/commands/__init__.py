"""Staff commands: one file each, with its word, its help line, `parse` and `apply` (RULES 8, 9; INTERFACES).

Parsing is pure: words, the office and `now` in, frozen arguments out, or a `CommandError` with the nearest right form.
Applying writes into the transaction it is given and returns a sentence for the receipt; a doubt there is a
`CommandError` too. Either undoes the whole message: all or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailbot.commands import (
    assign,
    away,
    call,
    cancel,
    consent,
    contact,
    discard,
    disclose,
    draft,
    facts,
    fetch,
    find,
    followup,
    guardian,
    help,
    hold,
    join,
    language,
    letter,
    list,
    merge,
    move,
    mute,
    new,
    note,
    release,
    send,
    show,
    status,
    stream,
    take,
    talk,
    unmerge,
)
from mailbot.commands.command import Acting, Choice, Command, CommandError, Moment, who

COMMANDS: Mapping[str, Command] = {
    "take": take.COMMAND,
    "assign": assign.COMMAND,
    "note": note.COMMAND,
    "status": status.COMMAND,
    "followup": followup.COMMAND,
    "call": call.COMMAND,
    "send": send.COMMAND,
    "hold": hold.COMMAND,
    "cancel": cancel.COMMAND,
    "letter": letter.COMMAND,
    "draft": draft.COMMAND,
    "contact": contact.COMMAND,
    "stream": stream.COMMAND,
    "facts": facts.COMMAND,
    "consent": consent.COMMAND,
    "guardian": guardian.COMMAND,
    "disclose": disclose.COMMAND,
    "language": language.COMMAND,
    "join": join.COMMAND,
    "move": move.COMMAND,
    "merge": merge.COMMAND,
    "unmerge": unmerge.COMMAND,
    "fetch": fetch.COMMAND,
    "release": release.COMMAND,
    "discard": discard.COMMAND,
    "talk": talk.COMMAND,
    "new": new.COMMAND,
    "show": show.COMMAND,
    "list": list.COMMAND,
    "find": find.COMMAND,
    "mute": mute.COMMAND,
    "away": away.COMMAND,
    "help": help.COMMAND,
}

__all__ = ["COMMANDS", "Acting", "Choice", "Command", "CommandError", "Moment", "who"]
