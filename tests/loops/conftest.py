"""The house of these tests; see loops/fixtures.py."""

from __future__ import annotations

from loops.fixtures import clock, database, house, make_running, reader, running, template

__all__ = ["clock", "database", "house", "make_running", "reader", "running", "template"]
