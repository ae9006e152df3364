"""Logs: opaque by construction. Whatever is logged, only listed fields and the kind of an error come out (A58)."""

from __future__ import annotations

import json
import logging

import pytest

from mailbot import log

CANARY = "canary@example.net\n\x1b[31m\u2028"


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level("DEBUG", "mailbot")
    return caplog


def written(record: logging.LogRecord, form: type[logging.Formatter] = log.JsonFormatter) -> str:
    return form().format(record)


def test_a_record_is_one_line_of_json_with_its_event_and_listed_fields(records: pytest.LogCaptureFixture) -> None:
    log.get("process").info("message ended", extra={"inbound": "abc", "ending": "processed"})
    line = json.loads(written(records.records[0]))
    assert line.pop("at").endswith("+00:00")
    assert line == {"level": "info", "event": "message ended", "inbound": "abc", "ending": "processed"}


def test_fields_that_are_not_listed_are_dropped(records: pytest.LogCaptureFixture) -> None:
    log.get("process").info("message ended", extra={"subject": CANARY, "address": CANARY, "inbound": "abc"})
    assert set(json.loads(written(records.records[0]))) == {"at", "level", "event", "inbound"}


@pytest.mark.parametrize("form", [log.JsonFormatter, log.TextFormatter])
def test_an_exception_is_its_kind_and_nothing_it_says(
    records: pytest.LogCaptureFixture, form: type[logging.Formatter]
) -> None:
    try:
        raise ValueError(CANARY) from KeyError(CANARY)
    except ValueError:
        log.get("process").exception("message failed", extra={"inbound": "abc"})
    line = written(records.records[0], form)
    assert "ValueError" in line
    assert "canary" not in line
    assert "Traceback" not in line
    assert "KeyError" not in line


def test_what_a_library_says_is_its_name_alone(records: pytest.LogCaptureFixture) -> None:
    logging.getLogger("some.library").warning("cannot parse %s", CANARY)
    line = json.loads(written(records.records[0]))
    assert (line["event"], "canary" in str(line)) == ("some.library", False)


def test_arguments_of_our_own_events_do_not_come_out(records: pytest.LogCaptureFixture) -> None:
    log.get("process").info("message %s", CANARY)
    assert "canary" not in written(records.records[0])


@pytest.mark.parametrize("form", [log.JsonFormatter, log.TextFormatter])
def test_a_value_with_line_ends_and_escapes_stays_on_one_line_in_ascii(
    records: pytest.LogCaptureFixture, form: type[logging.Formatter]
) -> None:
    log.get("process").info("message ended", extra={"reason": CANARY})
    line = written(records.records[0], form)
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line


def test_the_list_has_no_field_for_what_was_received() -> None:
    assert not {"subject", "address", "to", "from", "text", "name", "body", "reference"} & set(log.FIELDS)


def test_what_is_logged_goes_to_stderr_and_nothing_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        log.start("info", "json")
        log.get("watch").info("journaled", extra={"count": 2})
        log.get("watch").debug("not at this level")
        logging.getLogger("library").info("not heard")
    finally:
        root.handlers[:], root.level = before
    out, err = capsys.readouterr()
    assert out == ""
    assert [json.loads(line)["count"] for line in err.splitlines()] == [2]
