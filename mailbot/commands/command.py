"""What a command is: the shape that every file in this folder fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailbot.casework.acting import Acting, CommandError, who
from mailbot.casework.desk import Desk
from scheduler import Office
from storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where a line is understood: WHEN is office wall time."""

    now: datetime
    office: Office


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its word after the #, its help line, its forms as a person types them, and what it does."""

    word: str
    help: str
    forms: tuple[str, ...]
    parse: Callable[[str, Moment], Any]
    apply: Callable[[Transaction, Desk, Acting, Any], str]
    needs_case: bool = True
    takes_rest: bool = False


__all__ = ["Acting", "Command", "CommandError", "Moment", "who"]
