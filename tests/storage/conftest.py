"""The house of these tests, on SQLite and on PostgreSQL; see loops/fixtures.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loops.fixtures import (
    clock,
    database,
    house,
    make_running,
    reader,
    running,
    server_template,
)
from loops.fixtures import template as file_template
from loops.house import Template

__all__ = ["clock", "database", "file_template", "house", "make_running", "reader", "running", "server_template"]


@pytest.fixture(params=["file_template", pytest.param("server_template", marks=pytest.mark.live)])
def template(request: pytest.FixtureRequest) -> Iterator[Template]:
    """Each database in turn; loops/databases.py has the marks of those that are about one."""
    found: Template = request.getfixturevalue(request.param)
    yield found
    found.forget_copies()
