"""A short run of the fuzzers: `make fuzz` is the long one (A34–A47, A56)."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.mails import mails
from fuzz.target import understood
from hypothesis import HealthCheck, given, settings

KEPT = sorted((Path(__file__).parent / "kept").iterdir())


@pytest.mark.parametrize("kept", KEPT, ids=[path.name for path in KEPT])
def test_every_mail_that_was_kept_is_read(kept: Path) -> None:
    understood(kept.read_bytes())


@given(mails())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_mail_of_any_structure_is_read(raw: bytes) -> None:
    understood(raw)


@pytest.mark.deep
@pytest.mark.timeout(1200)
@given(mails())
@settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_ten_thousand_mails_of_any_structure_are_read(raw: bytes) -> None:
    understood(raw)
