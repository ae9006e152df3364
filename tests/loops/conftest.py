"""One migrated database, copied for each test; see loops/fixtures.py."""

from __future__ import annotations

from loops.fixtures import clock, database, house, template

__all__ = ["clock", "database", "house", "template"]
