"""`mailbot run`: the daemon; one pass with --once; what a pass would do with --dry-run; the end of a restore with
--release.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailbot.cli.options import config_option, json_option

if TYPE_CHECKING:
    from mailbot.compose import House


@click.command()
@click.option("--once", is_flag=True, help="One pass: look, handle, send, then end.")
@click.option("--dry-run", is_flag=True, help="Say what a pass would do; touch nothing.")
@click.option("--release", is_flag=True, help="Show what a restore holds back, and let it go.")
@click.option("--yes", is_flag=True, help="With --release: do not ask on a terminal.")
@config_option
@json_option
def run(config_file: Path, once: bool, dry_run: bool, release: bool, yes: bool, as_json: bool) -> int:
    """Runs the daemon until TERM, or one pass with --once.

    One pass ends with 1 when something is failed, quarantined or unreachable.
    """
    if once and dry_run:
        raise click.UsageError("--once and --dry-run do not go together: a dry run is one pass already")
    if release and dry_run:
        raise click.UsageError("--release and --dry-run do not go together: --release asks before it lets anything go")
    if yes and not release:
        raise click.UsageError("--yes belongs to --release")
    if release:
        from mailbot.cli.release import release as let_go

        code = let_go(config_file, as_json, yes)
        return _once(config_file) if once and code == 0 else code
    if dry_run:
        from mailbot.cli.dry_run import rehearse

        return rehearse(config_file, as_json)
    return _once(config_file) if once else _daemon(config_file)


def _once(config_file: Path) -> int:
    from mailbot.compose import opened
    from storage import outbox
    from storage.journal import counts as journal_counts

    with opened(config_file) as house:
        reached = one_pass(house)
        with house.database.view() as view:
            bad = journal_counts(view)["quarantined"] + outbox.counts(view)["failed"]
    return 0 if reached and not bad else 1


def one_pass(house: House) -> bool:
    """False where a mail server was out of reach; `status` says so afterwards."""
    from mailbot.daemon import run_once
    from mailbot.errors import MailbotError
    from mailbot.steps import Step
    from storage import pulse

    def note(name: str, error: MailbotError | None) -> None:
        with house.database.transaction(Step.PULSE) as transaction:
            if error is None:
                pulse.end_problem(transaction, f"loop:{name}")
            else:
                pulse.raise_problem(transaction, f"loop:{name}", str(error)[:200], house.clock.now())

    return run_once(house.watch, house.process, house.tick, house.deliver, note)


def _daemon(config_file: Path) -> int:
    from mailbot.alive import kept
    from mailbot.alive.notify import Systemd
    from mailbot.compose import opened
    from mailbot.daemon import Daemon

    with opened(config_file, stand_by=True) as house:
        daemon = Daemon(
            house.database,
            house.clock,
            house.watch,
            house.process,
            house.tick,
            house.deliver,
            house.poll_seconds,
            house.charge,
        )
        systemd = Systemd()

        def end(*_: object) -> None:
            systemd.stopping()
            daemon.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        house.reader.warm()
        with kept(house.config, house.database, house.clock, daemon.signs, systemd):
            daemon.run()
    return 0
