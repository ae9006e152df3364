"""Figures for Prometheus: over HTTP (`metrics.listen`), or as a text file for node_exporter (`metrics.text_file`).

In: the database and the signs of this process, at each scrape. Out: counts with labels from closed sets, and instants
in Unix seconds, never ages: nothing that could name or tell a person apart. Several daemons on one database each show
its counts and their own beats. Where the database cannot be read, the own beats are shown alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from mailbot import __version__, log
from mailbot.alive.files import replace_file
from mailbot.alive.keeper import Every
from mailbot.alive.signs import Signs
from mailbot.casework import health
from mailbot.config import Config
from mailbot.errors import MailbotError
from mailbot.installation import build_office
from mailbot.steps import Step
from scheduler import Clock, Office
from storage import cases, folders, followups, journal, outbox, pulse
from storage.database import Database, View

TEXT_SECONDS = 30.0
LOOPS = ("watch", "process", "tick", "deliver")

logger = log.get("alive")


class Figures(Collector):
    """All figures of one process, made anew at each scrape."""

    def __init__(self, database: Database, office: Office, clock: Clock, signs: Signs) -> None:
        self._database, self._office, self._clock, self._signs = database, office, clock, signs

    def collect(self) -> Iterator[Metric]:
        yield from self._own()
        try:
            with self._database.view() as view:
                found = list(_of_database(view, self._office, self._clock.now()))
        except MailbotError as error:
            logger.warning("figures not read", extra={"reason": type(error).__name__})
            yield _one("mailbot_database_up", "Whether the database could be read.", 0)
            return
        yield _one("mailbot_database_up", "Whether the database could be read.", 1)
        yield from found

    def _own(self) -> Iterator[Metric]:
        """What this process knows without the database."""
        info = GaugeMetricFamily("mailbot_build_info", "The version of this program.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        now, ages = self._clock.now().timestamp(), self._signs.ages()
        yield _by(
            "mailbot_loop_last_sign_timestamp_seconds",
            "When a loop of this process last did anything.",
            "loop",
            {loop: now - ages[loop] for loop in LOOPS if loop in ages},
        )
        failures = CounterMetricFamily("mailbot_loop_failures", "Rounds of a loop that failed.", labels=["loop"])
        for loop in LOOPS:
            failures.add_metric([loop], self._signs.failures[loop])
        yield failures


def _of_database(view: View, office: Office, now: datetime) -> Iterator[Metric]:
    yield _by("mailbot_journal_messages", "Inbound messages by state.", "state", journal.counts(view))
    yield _by("mailbot_outbox_messages", "Outbound messages by state.", "state", outbox.counts(view))
    yield _by("mailbot_cases", "Cases by status.", "status", cases.counts(view))
    due = followups.due_count(view, now.astimezone(office.zone))
    yield _one("mailbot_followups_due", "Follow-ups that are due.", due)
    yield _one("mailbot_problems", "Problems that `mailbot status` names.", len(list(health.problems_of(view, now))))
    looks = folders.all_folders(view)
    for name, what, number in (
        ("on_server", "Messages that the watched folders showed.", sum(row.on_server for row in looks)),
        ("in_journal", "Those of them that are in the journal.", sum(row.in_journal for row in looks)),
        ("vanished", "Messages that were gone before they could be fetched.", sum(row.vanished for row in looks)),
    ):
        yield _one(f"mailbot_folder_messages_{name}", what, number)
    for loop, at in pulse.beats(view).items():
        what = f"When {loop} last did its whole round and succeeded."
        yield _one(f"mailbot_{loop}_last_success_timestamp_seconds", what, at.timestamp())
    yield _one("mailbot_office_open", "Whether the office is open.", int(office.is_open(now)))
    opening = office.next_opening(now).timestamp()
    yield _one("mailbot_office_next_opening_timestamp_seconds", "When the office opens next.", opening)


def _one(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _by(name: str, what: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


@contextmanager
def offered(config: Config, database: Database, clock: Clock, signs: Signs) -> Iterator[None]:
    """Serves and writes the figures while the `with` lasts. A port that cannot be had is a line in `status`, and mail
    goes on without figures.
    """
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    registry.register(Figures(database, build_office(config), clock, signs))
    with ExitStack() as stack:
        if config.metrics.listen:
            fault = None
            try:
                stack.enter_context(_served(config.metrics.listen, registry))
            except OSError as error:
                fault = error.strerror or type(error).__name__
                logger.error("figures not served", extra={"reason": type(error).__name__})
            _note(database, config.metrics.listen, fault, clock.now())
        if config.metrics.text_file:
            stack.enter_context(Every("figures", TEXT_SECONDS, _writer(config.metrics.text_file, registry)))
        yield


def _note(database: Database, listen: str, fault: str | None, now: datetime) -> None:
    with database.transaction(Step.PULSE) as transaction:
        if fault is None:
            pulse.end_problem(transaction, "metrics")
        else:
            pulse.raise_problem(transaction, "metrics", f"nothing listens on {listen}: {fault}"[:200], now)


@contextmanager
def _served(listen: str, registry: CollectorRegistry) -> Iterator[None]:
    host, _, port = listen.rpartition(":")
    server, thread = start_http_server(int(port), host.removeprefix("[").removesuffix("]"), registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _writer(path: Path, registry: CollectorRegistry) -> Callable[[], None]:
    """Readable by everybody, as node_exporter is somebody else; there is nothing personal in it."""

    def write() -> None:
        try:
            replace_file(path, generate_latest(registry), 0o644)
        except OSError as error:
            logger.warning("figures not written", extra={"reason": type(error).__name__})

    return write
