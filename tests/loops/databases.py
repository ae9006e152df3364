"""Marks for tests of one database alone, where the fixture `template` would run them on both (loops/fixtures.py)."""

from __future__ import annotations

import pytest

ON_SQLITE = pytest.mark.parametrize("template", ["file_template"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize(
    "template", [pytest.param("server_template", marks=pytest.mark.live)], indirect=True
)
