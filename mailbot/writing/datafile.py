"""Data that letters carry and an operator verifies: a TOML file of contacts or figures, read strictly.

In: the text of a file, ours or the operator's. Out: the file as a frozen object of its kind. One that is not sound
raises ConfigError with file and key; nothing is guessed.
"""

from __future__ import annotations

import tomllib
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from mailbot.errors import ConfigError


class Strict(BaseModel):
    """A table whose keys are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataFile(Strict):
    """One whole file."""

    @classmethod
    def read(cls, text: str, file: str) -> Self:
        """Reads it. Raises ConfigError naming file and key."""
        try:
            return cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as fault:
            raise ConfigError(f"{file}: {fault}") from fault
        except ValidationError as fault:
            first = fault.errors(include_url=False, include_input=False)[0]
            key = ".".join(str(step) for step in first["loc"])
            raise ConfigError(f"{file}: {key}: {first['msg']}") from fault
