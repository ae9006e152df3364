"""`#fetch MESSAGE N`: a file that came with a message, mailed to this member alone (RULES 11).

It asks twice, since nobody looked inside and it may hold pictures. A sealed one is never mailed: the supervisors read
which one is wanted, and an operator opens it, or does not. Everything is in the audit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from mailbot.casework import files
from mailbot.casework.desk import Desk
from mailbot.casework.staffmail import Telling, tell
from mailbot.commands.command import Acting, Command, CommandError, Moment, Shown, Told, an_id, who, within
from mailbot.commands.move import message_of
from mailbot.errors import MessageError
from mailbot.model import Attachment
from mailbot.writing import Alert, Fetched
from storage import confirmations, journal, wanted
from storage.cases import Case
from storage.database import AuditRow, Transaction
from storage.journal import JournalRow

FORM = "#fetch MESSAGE N"
CODE_HOURS = 24
MOST = 1000


@dataclass(frozen=True, slots=True)
class Arguments:
    message: str
    number: int
    code: str = ""


def parse(arguments: str, _moment: Moment) -> Arguments:
    typed, *behind = arguments.split() or [""]
    message = an_id(typed)
    if message is None:
        raise CommandError("Which message? #show shows the id of each.", FORM)
    number = behind[0] if behind else ""
    if not (number.isascii() and number.isdigit() and 0 < int(number[:6]) <= MOST) or len(behind) > 2:
        raise CommandError("Which file? #show numbers the files of each message.", f"#fetch {message} 1")
    return Arguments(message, int(number), behind[1] if len(behind) == 2 else "")


def apply(transaction: Transaction, desk: Desk, acting: Acting, arguments: Arguments) -> str | Told:
    case, _ = within(acting)
    row, _ = message_of(transaction, case, arguments.message)
    found = _described(transaction, desk, row, arguments)
    if found.sealed:
        return _want(transaction, desk, acting, case, arguments)
    files.refuse_kind(found)
    matter = ("fetch", acting.member.key, case.id, arguments.message, str(arguments.number))
    if not arguments.code:
        return _ask(transaction, acting, arguments, found, matter)
    if not confirmations.confirm(transaction, matter, arguments.code, acting.now):
        raise CommandError(
            "This code is not for this file, or it was used, or its time is over.",
            f"#fetch {arguments.message} {arguments.number}",
        )
    return _mail(transaction, desk, acting, case, arguments)


def _described(transaction: Transaction, desk: Desk, row: JournalRow, arguments: Arguments) -> Attachment:
    if row.oversized:
        raise CommandError("That message was too large to open. It lies whole in the quarantine folder.")
    try:
        found = desk.read(journal.raw(transaction, row.id)).attachments
    except MessageError as error:
        raise CommandError("That message could not be read.") from error
    if arguments.number > len(found):
        raise CommandError(f"That message has {len(found) or 'no'} {'file' if len(found) == 1 else 'files'}.", FORM)
    return found[arguments.number - 1]


def _ask(
    transaction: Transaction, acting: Acting, arguments: Arguments, found: Attachment, matter: tuple[str, ...]
) -> Told:
    code = confirmations.ask(transaction, matter, acting.now + timedelta(hours=CODE_HOURS))
    about = Shown("The file, as its sender called it", (files.described(found),), found.filename or "no name")
    return Told(
        "Nothing was mailed yet. The file may hold pictures, perhaps an intimate one: nobody has looked inside.",
        (about,),
        (("Mail it to me all the same", f"#fetch {arguments.message} {arguments.number} {code}"),),
    )


def _mail(transaction: Transaction, desk: Desk, acting: Acting, case: Case, arguments: Arguments) -> str:
    name = f"{case.reference}-{arguments.message}-{arguments.number}"
    try:
        found, data = desk.open_file(journal.raw(transaction, arguments.message), arguments.number)
    except MessageError as error:
        raise CommandError("This one is no file of its own, so it cannot be cut out of its message.") from error
    file = files.to_mail(found, data, name)
    fetched = Fetched(case.reference, found, file.filename)
    telling = Telling(
        "staff-file",
        {"fetched": fetched},
        acting.inbound.id,
        case,
        acting.conversation,
        answers=acting.inbound.reading.message_id,
        files=(file,),
    )
    tell(transaction, desk, telling, acting.now, to=[acting.member])
    _log(transaction, acting, "attachment.fetched", arguments)
    return f"The file is in a mail of its own, to you alone, as {file.filename}."


def _want(transaction: Transaction, desk: Desk, acting: Acting, case: Case, arguments: Arguments) -> str:
    """It stays sealed. Those who can decide on it read its id, and who wants it."""
    file_id = f"{arguments.message}-{arguments.number}"
    what = Alert(
        what=f"{acting.member.name} asks for a sealed file, which may be a picture: {file_id}",
        since=acting.now.astimezone(desk.office.zone),
        todo=f"An operator decides: mailbot attachment open {file_id} --sealed --output FILE",
        reference=case.reference,
    )
    telling = Telling("alert", {"alert": what}, acting.inbound.id, case)
    tell(transaction, desk, telling, acting.now, to=desk.supervisors())
    _log(transaction, acting, wanted.WANTED, arguments)
    return (
        f"This file is sealed: it may be a picture, a film or an archive. It is not mailed. Operators read: {file_id}."
    )


def _log(transaction: Transaction, acting: Acting, act: str, arguments: Arguments) -> None:
    name = who(transaction, acting.member)
    detail: dict[str, str | int | None] = {"number": arguments.number}
    transaction.record(AuditRow(acting.now, name, act, arguments.message, acting.inbound.id, detail))


COMMAND = Command("fetch", "Mails you a PDF, text or Office file of a message.", (FORM,), parse, apply)
