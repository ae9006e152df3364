"""The house of these tests, on SQLite and on PostgreSQL; see loops/fixtures.py."""

from __future__ import annotations

from loops.fixtures import both_templates as template
from loops.fixtures import clock, database, house, make_running, reader, running, server_template
from loops.fixtures import template as file_template

__all__ = [
    "clock",
    "database",
    "file_template",
    "house",
    "make_running",
    "reader",
    "running",
    "server_template",
    "template",
]
