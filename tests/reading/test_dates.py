"""The Date field: read in any shape, believed in none (A36)."""

from __future__ import annotations

import pytest
from reading.build import mail, read

from mailbot.reading import dates


@pytest.mark.parametrize(
    "value",
    [
        "Tue, 24 Nov 2026 10:00:00 -0800",
        "24 Nov 2026 10:00 -0800",
        "Tue, 24 Nov 2026 10:00:00 PST",
        "Tue, 24 Nov 2026 10:00:00 -0800 (PST)",
    ],
)
def test_a_date_by_the_book_is_sound(value: str) -> None:
    assert dates.read(value.encode()) == ("2026-11-24T10:00:00-08:00", True)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("24 Nov 26 10:00 PST", "2026-11-24T10:00:00-08:00"),
        ("Fri, 20 Nov 98 10:00 EDT", "1998-11-20T10:00:00-04:00"),
        ("Tue, 24 Nov 126 10:00:00 GMT", "2026-11-24T10:00:00+00:00"),
        ("Tue Nov 24 10:00:00 2026", "2026-11-24T10:00:00+00:00"),
        ("Tue Nov 24 10:00:00 PST 2026", "2026-11-24T10:00:00-08:00"),
        ("Tue Nov 24 10:00:00 2026 +0100", "2026-11-24T10:00:00+01:00"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00+00:00"),
        ("2026-11-24T10:00:00.123+05:30", "2026-11-24T10:00:00+05:30"),
        ("2026/11/24 10:00", "2026-11-24T10:00:00+00:00"),
        ("24-Nov-2026 10:00:00 GMT+0200", "2026-11-24T10:00:00+02:00"),
        ("Tue,24 Nov 2026 10.00.00 +0000", "2026-11-24T10:00:00+00:00"),
        ("Tuesday, November 24, 2026 10:00 PM", "2026-11-24T22:00:00+00:00"),
        ("Di, 24. Nov. 2026 10:00:00 +0100", "2026-11-24T10:00:00+01:00"),
        ("mar., 24 nov. 2026 10:00:00 +0100", "2026-11-24T10:00:00+01:00"),
        ("24 août 2026 10h00", "2026-08-24T10:00:00+00:00"),
        ("24 juil. 2026 10:00 CEST", "2026-07-24T10:00:00+02:00"),
        ("24 de noviembre de 2026 10:00", "2026-11-24T10:00:00+00:00"),
        ("Вт, 24 ноя 2026 10:00:00 +0300", "2026-11-24T10:00:00+03:00"),
        ("2026年11月24日 10:00", "2026-11-24T10:00:00+00:00"),
        ("24 Nov 2026", "2026-11-24T00:00:00+00:00"),
        ("Tue, 24 Nov 2026 10:00:60 +0000", "2026-11-24T10:00:59+00:00"),
        ("Tue, 24 Nov 9999 10:00:00 +0000", "9999-11-24T10:00:00+00:00"),
    ],
)
def test_a_date_in_another_shape_is_read_and_said(value: str, instant: str) -> None:
    assert dates.read(value.encode()) == (instant, False) or instant.endswith(":59+00:00")
    assert dates.read(value.encode())[0] == instant
    assert ("date" in read(mail(f"Date: {value}")).defects) != instant.endswith(":59+00:00")


@pytest.mark.parametrize(
    "value", ["never", "1", "", "99 Nov 2026 10:00", "24 Nov 2026 10:00 +9900", "30 Feb 2026", "24 Foo 2026"]
)
def test_what_is_no_date_is_none_and_a_defect(value: str) -> None:
    reading = read(mail(f"Date: {value}"))
    assert (reading.date, "date" in reading.defects) == (None, True)


def test_without_a_date_nothing_is_wrong() -> None:
    assert (read(mail()).date, read(mail()).defects) == (None, ())
