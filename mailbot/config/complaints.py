"""What the operator reads about a wrong configuration: a line a mistake, with key, value and what was expected.

Values of keys that smell of a secret, passwords inside URLs and whole tables are not shown.
"""

from __future__ import annotations

import difflib
import json
import re
from datetime import date, time
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mailbot.config.kinds import RuleError
from mailbot.config.tables import HIDDEN, Config, without_password

SECRET = re.compile(r"pas|pw|secret|token|cred", re.IGNORECASE)

Loc = tuple[int | str, ...]


def complaints(problem: ValidationError) -> list[str]:
    """The lines for all mistakes, in the order of the tables."""
    return [_complaint(mistake) for mistake in problem.errors() if mistake["type"] != "default_factory_not_called"]


def _complaint(mistake: ErrorDetails) -> str:
    loc, value = mistake["loc"], mistake["input"]
    if mistake["type"] == "extra_forbidden":
        return _unknown(loc, value)
    if mistake["type"] == "missing":
        return f"{_key(loc)} is missing: expected {_expected(loc)}"
    error = mistake.get("ctx", {}).get("error")
    if isinstance(error, RuleError) and error.key:
        loc, value = (*loc, error.key), error.value
    return f"{_key(loc)}{_shown(loc, value)}: expected {_words(mistake, error) or _expected(loc)}"


def _words(mistake: ErrorDetails, error: object) -> str:
    if mistake["type"] == "literal_error":
        return str(mistake["ctx"]["expected"]).replace("'", '"')
    if mistake["type"] in ("model_type", "tuple_type"):
        return "a table" if mistake["type"] == "model_type" else "a list"
    return str(error) if isinstance(error, RuleError) else ""


def _unknown(loc: Loc, value: object) -> str:
    known = _fields(loc[:-1])
    if len(loc) == 1:
        what = f"[{loc[0]}]" if isinstance(value, dict) else f"{loc[0]}{_shown(loc, value)}"
        return f"{what}: no such table, {_meant(str(loc[0]), known, '[{}]')}"
    return f"{_key(loc)}{_shown(loc, value)}: no such key, {_meant(str(loc[-1]), known, _key(loc[:-1]) + '.{}')}"


def _meant(word: str, known: list[str], form: str) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {form.format(near[0])}?" if near else f"expected one of {', '.join(known)}"


def _key(loc: Loc) -> str:
    """`staff.members[0].address`, counted as a person counts: the first is 1."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")


def _shown(loc: Loc, value: object) -> str:
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict | list) for item in value)):
        return ""
    if not str(loc[-1]).endswith(("_file", "_env")) and SECRET.search(str(loc[-1])):
        return f" = {HIDDEN}"
    return f" = {toml(value)}"


def toml(value: object) -> str:
    """A value as TOML writes it, passwords inside URLs left out."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        keys = (f"{key} = {toml(item)}" for key, item in value.items() if item is not None)
        return f"{{ {', '.join(keys)} }}"
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    if isinstance(value, date):
        return value.isoformat()
    text = json.dumps(value, default=str, ensure_ascii=False)
    return without_password(text)


def _fields(loc: Loc) -> list[str]:
    kind, _ = _look_up(loc)
    return list(kind.model_fields)


def _expected(loc: Loc) -> str:
    return _look_up(loc)[1]


def _look_up(loc: Loc) -> tuple[Any, str]:
    """The type that lies at a place of the configuration, and the description it carries."""
    kind: Any = Config
    words = ""
    for part in loc:
        if isinstance(part, int):
            kind = get_args(kind)[0]
            words = _description(kind)
        else:
            field = kind.model_fields[part]
            kind, words = field.annotation, field.description or _description(field.annotation)
        kind = _bare(kind)
    return kind, words


def _description(kind: Any) -> str:
    """The words inside `Annotated[…]`, alone or in a choice with None."""
    if get_origin(kind) is Annotated:
        found = (note.description for note in get_args(kind)[1:] if isinstance(note, FieldInfo) and note.description)
        return next(found, "")
    choices = get_args(kind) if not isinstance(kind, type) else ()
    return next(filter(None, map(_description, choices)), "")


def _bare(kind: Any) -> Any:
    """The model inside a choice with None; anything else as it is."""
    models = (choice for choice in get_args(kind) if isinstance(choice, type) and issubclass(choice, BaseModel))
    return kind if get_origin(kind) is tuple else next(models, kind)
