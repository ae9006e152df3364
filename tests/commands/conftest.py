"""One migrated database, copied for each test (loops/fixtures.py), and a member at a desk."""

from __future__ import annotations

import pytest
from commands.desk import Desk
from loops.fixtures import clock, database, house, template
from loops.house import House

__all__ = ["clock", "database", "house", "template"]


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)
