"""Logs: one JSON object a line on stderr, opaque by construction (promise 14, A58).

A record carries an event name, fields from a closed list, and the *type* of an exception: never its text, a traceback's
locals, an address or a subject. Fields outside the list are dropped.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

FIELDS = (
    "step",
    "inbound",
    "case",
    "outbox",
    "folder",
    "count",
    "size",
    "ending",
    "reason",
    "state",
    "code",
    "loop",
    "seconds",
    "fence",
    "version",
    "letter",
)


class JsonFormatter(logging.Formatter):
    """Writes the allowed fields of a record and nothing else."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.msg if record.name.startswith("mailbot") else record.name,
        }
        line.update({name: record.__dict__[name] for name in FIELDS if name in record.__dict__})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=True)


class TextFormatter(JsonFormatter):
    """The same record as `event key=value …`, for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        line = json.loads(super().format(record))
        head = f"{line.pop('at')} {line.pop('level'):<7} {line.pop('event')}"
        return " ".join([head, *(f"{name}={_on_one_line(value)}" for name, value in line.items())])


def _on_one_line(value: object) -> str:
    """As it is where it is plain, else as JSON: a terminal obeys what it is shown (A58)."""
    text = str(value)
    return text if text.isascii() and text.isprintable() else json.dumps(text)


def start(level: str = "info", form: str = "json") -> None:
    """Sends every log record of this process to stderr; libraries are heard from warnings up, by name only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("mailbot").setLevel(level.upper())


def get(name: str) -> logging.Logger:
    """The logger of one loop or room: `mailbot.<name>`."""
    return logging.getLogger(f"mailbot.{name}")
