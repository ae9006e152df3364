"""Every fault of the list has a test, and the tests that the register names exist."""

from __future__ import annotations

import pytest
from faults.register import FAULTS, exists, proofs


def test_the_register_has_forty_faults() -> None:
    assert list(FAULTS) == [f"F{number}" for number in range(1, 41)]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_a_test_that_exists(fault: str) -> None:
    found = proofs(fault)
    assert found, f"{fault} has no test"
    assert [proof for proof in found if not exists(proof)] == []
