"""Figures: true, of closed sets, nobody's, over HTTP and as a text file."""

from __future__ import annotations

import os
import re
import urllib.request
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from loops.house import BY_DAY, House, a_reading, handle
from prometheus_client.parser import text_string_to_metric_families
from support.processes import free_port
from support.waiting import until

from mailbot.alive.metrics import LOOPS, offered
from mailbot.alive.signs import Signs
from mailbot.model import CaseStatus, JournalState, OutboxState
from mailbot.steps import Step
from storage import pulse

Samples = dict[tuple[str, str], float]
CLOSED = {*map(str, JournalState), *map(str, OutboxState), *map(str, CaseStatus), *LOOPS}


def parsed(text: str) -> Samples:
    """Every sample, by its name and its one label's value."""
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(port: int, path: str = "/metrics") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:  # noqa: S310 - loopback
        return str(answer.read().decode())


@pytest.fixture
def port(house: House) -> int:
    found = free_port()
    house.config = house.config.model_copy(
        update={"metrics": house.config.metrics.model_copy(update={"listen": f"127.0.0.1:{found}"})}
    )
    return found


def at_work(house: House) -> Signs:
    """A house with one case, whose watch has just been at work."""
    handle(house, "requester", a_reading("kim.canary@example.net"))
    with house.database.transaction(Step.PULSE) as transaction:
        for loop in ("watch", "deliver", "tick"):
            pulse.beat(transaction, loop, house.clock.now())
    signs = Signs(seconds=lambda: 50.0)
    signs.give("watch")
    signs.trouble("deliver", "connection refused")
    return signs


def test_what_prometheus_scrapes_agrees_with_the_rows(house: House, port: int) -> None:
    with offered(house.config, house.database, house.clock, at_work(house)):
        found = parsed(scraped(port))
    assert found["mailbot_journal_messages", "processed"] == 1
    assert found["mailbot_journal_messages", "quarantined"] == 0
    assert found["mailbot_outbox_messages", "queued"] == 3
    assert found["mailbot_cases", "open"] == 1
    assert found["mailbot_database_up", ""] == 1
    assert found["mailbot_problems", ""] == 0
    assert found["mailbot_office_open", ""] == 1
    assert found["mailbot_loop_failures_total", "deliver"] == 1
    assert found["mailbot_loop_failures_total", "watch"] == 0
    for loop in ("watch", "deliver", "tick"):
        assert found[f"mailbot_{loop}_last_success_timestamp_seconds", ""] == BY_DAY.timestamp()
    assert found["mailbot_loop_last_sign_timestamp_seconds", "watch"] == BY_DAY.timestamp()
    assert found["mailbot_office_next_opening_timestamp_seconds", ""] > BY_DAY.timestamp()


def test_names_follow_the_conventions_and_nothing_is_personal(house: House, port: int) -> None:
    with offered(house.config, house.database, house.clock, at_work(house)):
        text = scraped(port)
    assert "canary" not in text
    assert "example" not in text
    for family in text_string_to_metric_families(text):
        assert re.fullmatch(r"mailbot(_[a-z]+)+", family.name)
        assert family.documentation.endswith(".")
        for sample in family.samples:
            assert not sample.name.endswith("_created")
            assert set(sample.labels.values()) <= CLOSED or family.name == "mailbot_build_info"


def test_a_problem_counts_and_an_old_beat_is_one(house: House, port: int) -> None:
    signs = at_work(house)
    house.clock.at += timedelta(minutes=16)
    with offered(house.config, house.database, house.clock, signs):
        found = parsed(scraped(port))
    assert found["mailbot_problems", ""] >= 1


def test_where_the_database_cannot_be_read_the_own_beats_are_shown_alone(house: House, port: int) -> None:
    signs = at_work(house)
    with house.database.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE pulse RENAME TO moved")
        connection.commit()
    with offered(house.config, house.database, house.clock, signs):
        found = parsed(scraped(port))
    assert found["mailbot_database_up", ""] == 0
    assert ("mailbot_loop_last_sign_timestamp_seconds", "watch") in found
    assert ("mailbot_cases", "open") not in found


def test_a_port_that_is_taken_stops_nothing_and_status_says_so_until_it_is_free(house: House, port: int) -> None:
    with ExitStack() as stack:
        stack.enter_context(offered(house.config, house.database, house.clock, Signs()))
        stack.enter_context(offered(house.config, house.database, house.clock, Signs()))
        assert house.problems() == ["metrics"]
    with offered(house.config, house.database, house.clock, Signs()):
        assert house.problems() == []


def test_the_port_is_given_back(house: House, port: int) -> None:
    with offered(house.config, house.database, house.clock, Signs()):
        scraped(port)
    with pytest.raises(OSError, match="refused"):
        scraped(port)


def test_a_text_file_for_node_exporter_is_whole_and_readable_by_others(house: House, tmp_path: Path) -> None:
    target = tmp_path / "mailbot.prom"
    house.config = house.config.model_copy(
        update={"metrics": house.config.metrics.model_copy(update={"text_file": target})}
    )
    before = os.umask(0o077)
    try:
        with offered(house.config, house.database, house.clock, at_work(house)):
            until(target.exists)
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o777 == 0o644
    assert parsed(target.read_text())["mailbot_cases", "open"] == 1
