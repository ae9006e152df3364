"""`mailbot check`: tries everything, one line each, so that a mistake shows before a person's message depends on it.

Last come mails to ourselves (`selfproof`), which take some seconds: whether subaddresses arrive, and whether the mail
host lets anybody forge what staff are proved by (RULES 9). They are tried where all that they need held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailbot.cli.options import config_option, json_option, print_json
from mailbot.errors import MailbotError
from mailbot.selfproof.finding import Finding

if TYPE_CHECKING:
    from mailbot.config import Config


@click.command()
@click.option(
    "--wait",
    "seconds",
    default=10,
    show_default=True,
    metavar="SECONDS",
    type=click.IntRange(1, 3600),
    help="How long to wait for the mails to ourselves.",
)
@config_option
@json_option
def check(config_file: Path, seconds: int, as_json: bool) -> int:
    """Tries configuration, zone data, key, database, mailbox, submission and letters; ends with 1 on a fault.

    Mails that mailbot sends to itself then prove what the mail host does with subaddresses and forged fields.
    """
    from mailbot.config import load

    config = load(config_file)
    faults = 0
    for finding in _findings(config, seconds):
        faults += finding.result == "fault"
        if as_json:
            print_json({"name": finding.name, "result": finding.result, "found": finding.found})
        else:
            click.echo(f"{finding.result:<6}{finding.name + ':':<16}{finding.found}")
    return 1 if faults else 0


def _findings(config: Config, seconds: int) -> Iterator[Finding]:
    yield Finding("configuration", "ok", "complete")
    failed = set()
    for name, trial in TRIALS.items():
        try:
            yield from trial(config)
        except MailbotError as error:
            failed.add(name)
            yield Finding(name, "fault", str(error) or str(type(error).__doc__))
    lacking = [name for name in NEEDED_BY_MAIL if name in failed]
    if lacking:
        yield Finding("own mail", "note", f"no mail to ourselves was tried, for want of {' and '.join(lacking)}")
        return
    try:
        yield from _own_mail(config, seconds)
    except MailbotError as error:
        yield Finding("own mail", "fault", str(error) or str(type(error).__doc__))


def _zone(config: Config) -> Iterator[Finding]:
    from scheduler.zone import zone_fact

    wrong = zone_fact()
    yield Finding("zone", "fault" if wrong else "ok", wrong or "noon of 15 December 2026 in Vancouver is 19:00 UTC")


def _database(config: Config) -> Iterator[Finding]:
    from mailbot.installation import open_database
    from storage.database import damage, durability

    database = open_database(config)
    try:
        yield Finding("key", "ok", "the database's own")
        yield Finding("schema", "ok", "this program's")
        with database.view() as view:
            durable, harm = durability(view.connection), damage(view.connection)
        yield Finding("durability", "ok" if durable.fine else "fault", durable.settings)
        yield Finding("integrity", "fault" if harm else "ok", harm or "no damage found")
    finally:
        database.close()


def _mailbox(config: Config) -> Iterator[Finding]:
    from mailbot.compose import inbox_account
    from mailbot.transport import Mailbox

    with Mailbox(inbox_account(config)) as mailbox:
        able = [
            name
            for name, can in (("IDLE", mailbox.can_idle), ("MOVE", mailbox.can_move), ("UIDPLUS", mailbox.can_uidplus))
            if can
        ]
        yield Finding("mailbox", "ok", f"signed in; the server has {', '.join(able) or 'none of IDLE, MOVE, UIDPLUS'}")
        yield from _certificate("mailbox", mailbox.certificate_expires_at)
        inbox = config.inbox
        for key in ("folder", "junk_folder", "done_folder", "quarantine_folder"):
            if not mailbox.exists(getattr(inbox, key)):
                yield _missing_folder(key, getattr(inbox, key))
    if config.inbox.since is None:
        yield Finding("since", "note", "inbox.since is absent; `run` asks for it while the journal is empty")


def _missing_folder(key: str, name: str) -> Finding:
    if key == "folder":
        return Finding("folders", "fault", f"inbox.folder = {name}: the server has no such folder")
    what = "counts as empty" if key == "junk_folder" else "will be made at the first run"
    return Finding("folders", "note", f"inbox.{key} = {name}: the server has no such folder; it {what}")


def _submission(config: Config) -> Iterator[Finding]:
    from mailbot.compose import submission_account
    from mailbot.transport import Submission

    with Submission(submission_account(config)) as submission:
        dsn = "offers" if submission.supports_dsn else "does not offer"
        yield Finding("submission", "ok", f"it takes our mail; it {dsn} delivery reports on request")
        yield from _certificate("submission", submission.certificate_expires_at)


def _certificate(name: str, expires_at: object) -> Iterator[Finding]:
    """Warned of 14 days before (F20)."""
    from datetime import datetime, timedelta

    from scheduler import Clock

    if isinstance(expires_at, datetime) and expires_at - Clock().now() < timedelta(days=14):
        yield Finding(name, "note", f"its certificate ends on {expires_at:%Y-%m-%d}")


def _staff_proof(config: Config) -> Iterator[Finding]:
    """Without a trusted server no staff mail could ever act (RULES 9)."""
    found = config.authentication
    if found.staff == "dmarc" and not found.trusted_authserv_ids:
        expected = "expected the name that your mail server writes into Authentication-Results"
        yield Finding(
            "staff proof", "fault", f"authentication.trusted_authserv_ids = []: no staff mail can act; {expected}"
        )
    else:
        yield Finding("staff proof", "ok", f"staff mail is proved by {found.staff}")


def _own_mail(config: Config, seconds: int) -> Iterator[Finding]:
    from mailbot.compose import build_reader, inbox_account, submission_account
    from mailbot.installation import open_database
    from mailbot.selfproof.proving import prove
    from mailbot.transport import Mailbox, Submission

    database = open_database(config)
    try:
        with (
            Mailbox(inbox_account(config)) as mailbox,
            Submission(submission_account(config)) as submission,
            build_reader(config) as reader,
        ):
            yield from prove(config, database, mailbox, submission, reader.read, seconds)
    finally:
        database.close()


def _secrets(config: Config) -> Iterator[Finding]:
    """A password that others on the machine can read is known to them (F35). The key's own file is refused then."""
    import stat

    for account in (config.inbox, config.submission):
        file = account.password_file
        if file is not None and file.exists() and (mode := stat.S_IMODE(file.stat().st_mode)) & 0o077:
            found = f'{account.TABLE}.password_file = "{file}": mode {mode:04o}; 0600 keeps it from others'
            yield Finding("secrets", "note", found)


def _letters(config: Config) -> Iterator[Finding]:
    from mailbot.compose import build_desk

    desk = build_desk(config)
    letters = desk.letters
    letters.prove_all()
    yield Finding("letters", "ok", "every letter can be written")
    for one in letters.unverified():
        yield Finding("letters", "note", f"not verified: {one}")
    for one in (*letters.unreviewed(), *desk.urgent.unreviewed, *desk.hints.unreviewed):
        yield Finding("letters", "note", f"not reviewed: {one}")


TRIALS: dict[str, Callable[[Config], Iterator[Finding]]] = {
    "zone": _zone,
    "staff proof": _staff_proof,
    "secrets": _secrets,
    "database": _database,
    "letters": _letters,
    "mailbox": _mailbox,
    "submission": _submission,
}
NEEDED_BY_MAIL = ("database", "mailbox", "submission")
