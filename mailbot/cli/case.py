"""`mailbot case REF`: one case, with --text what was written in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailbot.cli.options import config_option, json_option, print_json, table

if TYPE_CHECKING:
    from mailbot.config import Config
    from storage.cases import Case
    from storage.database import Database


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--text", is_flag=True, help="Show what people wrote; this is logged.")
@config_option
@json_option
def case(config_file: Path, reference: str, text: bool, as_json: bool) -> int:
    """Shows one case: its conversations, messages and follow-ups."""
    from mailbot.casework.overview import case_detail
    from mailbot.cli.opened import opened_for_reading
    from scheduler import Clock
    from storage import cases

    with opened_for_reading(config_file) as (config, database):
        with database.view() as view:
            found = cases.find_by_reference(view, reference)
            if found is None:
                raise click.ClickException(f"no case has the reference {reference!r}; `mailbot cases` lists them")
            detail = case_detail(view, config.members(), found, Clock().now())
        if text:
            detail["text"] = _texts(config, database, found)
    print_json(detail) if as_json else _show(detail)
    return 0


def _texts(config: Config, database: Database, found: Case) -> list[dict[str, object]]:
    """What came and what left, read anew in the child; that somebody looked is in the audit."""
    from mailbot.compose import build_reader
    from mailbot.steps import Step
    from scheduler import Clock
    from storage import erasure, journal
    from storage.database import AuditRow

    with database.transaction(Step.OPERATOR) as transaction:
        transaction.record(AuditRow(Clock().now(), "operator", "case.shown", found.id, None, {}))
    with build_reader(config) as reader, database.view() as view:
        return [
            {"id": row.id, "at": row.journaled_at, "text": reader.read(journal.raw(view, row.id)).text}
            for row in journal.of_case(view, found.id)
            if row.reason != erasure.REASON
        ]


def _show(detail: dict[str, Any]) -> None:
    for name in ("reference", "status", "stream", "language", "owner", "contact", "opened_at", "updated_at"):
        click.echo(f"{name + ':':<12}{detail[name] if detail[name] is not None else '-'}")
    for conversation in detail["conversations"]:
        click.echo(f"\nconversation {conversation['id']} with the {conversation['role']}")
        rows = [[m["at"], m["direction"], m["letter"] or "-", m["state"], m["size"]] for m in conversation["messages"]]
        table(rows, ("at", "direction", "letter", "state", "size"))
    for follow_up in detail["followups"]:
        click.echo(f"\ndue {follow_up['due']}")
    for message in detail.get("text", []):
        click.echo(f"\n{message['id']} {message['at']}\n{message['text']}")
