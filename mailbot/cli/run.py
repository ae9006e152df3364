"""`mailbot run`: the daemon, or one pass with --once, or with --dry-run what a pass would do."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from mailbot.cli.options import config_option, json_option


@click.command()
@click.option("--once", is_flag=True, help="One pass: look, handle, send, then end.")
@click.option("--dry-run", is_flag=True, help="Say what a pass would do; touch nothing.")
@config_option
@json_option
def run(config_file: Path, once: bool, dry_run: bool, as_json: bool) -> int:
    """Runs the daemon until TERM, or one pass with --once.

    One pass ends with 1 when something is failed, quarantined or unreachable.
    """
    if once and dry_run:
        raise click.UsageError("--once and --dry-run do not go together: a dry run is one pass already")
    if dry_run:
        from mailbot.cli.dry_run import rehearse

        return rehearse(config_file, as_json)
    return _once(config_file) if once else _daemon(config_file)


def _once(config_file: Path) -> int:
    from mailbot.compose import opened
    from mailbot.daemon import run_once
    from mailbot.errors import MailbotError
    from mailbot.steps import Step
    from storage import outbox, pulse
    from storage.journal import counts as journal_counts

    with opened(config_file) as house:

        def note(name: str, error: MailbotError | None) -> None:
            with house.database.transaction(Step.PULSE) as transaction:
                if error is None:
                    pulse.end_problem(transaction, f"loop:{name}")
                else:
                    pulse.raise_problem(transaction, f"loop:{name}", str(error)[:200], house.clock.now())

        reached = run_once(house.watch, house.process, house.tick, house.deliver, note)
        with house.database.view() as view:
            bad = journal_counts(view)["quarantined"] + outbox.counts(view)["failed"]
    return 0 if reached and not bad else 1


def _daemon(config_file: Path) -> int:
    from mailbot.compose import opened
    from mailbot.daemon import Daemon

    with opened(config_file) as house:
        daemon = Daemon(
            house.database, house.clock, house.watch, house.process, house.tick, house.deliver, house.poll_seconds
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: daemon.stop())
        house.reader.warm()
        daemon.run()
    return 0
