"""`mailbot test-mail ADDRESS`: one harmless mail by the way that letters take, and what the submission server said.

An operator's own act, for an address that they chose: no case, no row of the outbox, no repeat. An address that asked
for silence gets none (RULES 4). The act is in the audit before the first byte leaves (promise 15).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailbot.cli.options import config_option, json_option, print_json

if TYPE_CHECKING:
    from mailbot.config import Config
    from mailbot.transport import Answer
    from storage.database import Database

LETTER = "test-mail"
SENTENCES = {
    "sent": "Taken by the submission server. It may still come back: a report about it goes to staff.",
    "later": "Not taken now; the server asks to be asked again later.",
    "never": "Refused by the submission server.",
    "uncertain": "No answer came after the message had left: it may have arrived, or not.",
}


def _an_address(context: click.Context, option: click.Parameter, value: str) -> str:
    from mailbot.config.kinds import is_address

    if not is_address(value):
        raise click.BadParameter("expected one bare address such as somebody@service.example")
    return value


@click.command(name=LETTER)
@click.argument("address", callback=_an_address)
@config_option
@json_option
def test_mail(config_file: Path, address: str, as_json: bool) -> int:
    """Sends one harmless mail to ADDRESS and says what the submission server answered."""
    from mailbot.cli.opened import opened_for_reading
    from mailbot.model import new_secret
    from mailbot.transport import Outcome
    from scheduler import Clock

    now, secret = Clock().now(), new_secret()
    with opened_for_reading(config_file) as (config, database):
        _refuse_where_stopped(database, address, now)
        answer = _send(config, database, address, secret, now)
    if as_json:
        names = ("outcome", "code", "enhanced", "stage")
        print_json({name: getattr(answer, name) for name in names} | {"message_id": _message_id(config, secret)})
    else:
        code = " ".join(str(part) for part in (answer.code, answer.enhanced) if part is not None) or "nothing"
        click.echo(f"{SENTENCES[answer.outcome]} It answered {code} at {answer.stage}.")
    return 0 if answer.outcome is Outcome.SENT else 1


def _refuse_where_stopped(database: Database, address: str, now: datetime) -> None:
    from storage import contacts

    with database.view() as view:
        if contacts.is_stopped(view, address.lower(), now):
            raise click.ClickException("nothing was sent: mail to this address was stopped")


def _send(config: Config, database: Database, to: str, secret: str, now: datetime) -> Answer:
    from mailbot.casework.addresses import ServiceAddress
    from mailbot.compose import submission_account
    from mailbot.model import new_id
    from mailbot.steps import Step
    from mailbot.transport import Submission
    from storage.database import AuditRow

    address = ServiceAddress(config.service.address, config.service.subaddress_separator)

    def begin() -> None:
        with database.transaction(Step.OPERATOR) as transaction:
            transaction.record(AuditRow(now, "operator", "test-mail.begun", new_id(now), None, {}))

    submission = Submission(submission_account(config))
    try:
        data = _bytes(config, to, secret, now)
        return submission.send(mail_from=address.return_path(secret), to=to, data=data, begin=begin)
    finally:
        submission.close()


def _bytes(config: Config, to: str, secret: str, now: datetime) -> bytes:
    from mailbot.compose import service_words
    from mailbot.writing import Letters, build_message
    from scheduler.zone import zone

    letters = Letters.load(config.templates.dir, service=service_words(config))
    return build_message(
        letters.render(LETTER, config.service.language, {}),
        sender_name=config.service.sender_name,
        sender_address=config.service.address,
        to=to,
        reply_to=None,
        message_id=_message_id(config, secret),
        date=now.astimezone(zone(config.service.time_zone)),
        automatic="auto-generated",
    )


def _message_id(config: Config, secret: str) -> str:
    return f"{secret}@{config.service.address.rpartition('@')[2]}"
