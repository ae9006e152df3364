"""What `mailbot check` says, a line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Result = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was tried, whether it holds, and what was found."""

    name: str
    result: Result
    found: str
