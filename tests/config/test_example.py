"""The example says every key, and for each the default that the program has."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from mailbot.config import parse
from mailbot.config.oauth import OAuth
from mailbot.config.people import InternalHeader, MemberEntry
from mailbot.config.tables import Config, Signatory

ROOT = Path(__file__).parents[2]
EXAMPLE = (files("mailbot.config") / "example.toml").read_text("utf-8")


def uncommented() -> dict[str, dict[str, Any]]:
    """The example with every key switched on: "#key = …" is a key, "# words" is a comment."""
    return tomllib.loads(re.sub(r"^#(?=\w+ = |  \{)", "", EXAMPLE, flags=re.MULTILINE))


def everything_switched_on() -> dict[str, dict[str, Any]]:
    tables = uncommented()
    for account in ("inbox", "submission"):
        del tables[account]["password_env"], tables[account]["oauth"]  # alternatives to password_file
    return Config.model_validate(tables, context={"folder": Path.cwd()}).shown()


def keys(tables: dict[str, dict[str, Any]]) -> set[str]:
    return {f"{table}.{key}" for table, values in tables.items() for key in values}


def test_the_example_at_the_root_is_the_one_that_init_writes() -> None:
    assert (ROOT / "config.example.toml").read_text("utf-8") == EXAMPLE


def test_the_example_has_every_key_and_no_other() -> None:
    known = {f"{name}.{key}" for name, field in Config.model_fields.items() for key in field.annotation.model_fields}
    assert keys(uncommented()) == known


def test_the_example_shows_every_key_of_inner_tables() -> None:
    tables = uncommented()
    shown = set().union(*tables["staff"]["members"])
    assert shown == set(MemberEntry.model_fields)
    assert set(tables["authentication"]["internal_header"]) == set(InternalHeader.model_fields)
    assert set(tables["orders"]["signatory"]) == set(Signatory.model_fields)


def test_the_example_says_every_key_of_oauth_and_its_line_is_right() -> None:
    tables = uncommented()
    for account in ("inbox", "submission"):
        OAuth.model_validate(tables[account]["oauth"], context={"folder": Path.cwd()})
    for key in OAuth.model_fields:
        assert re.search(rf"^#.*\b{key}\b", EXAMPLE, re.MULTILINE), key


def test_the_example_loads_as_it_is() -> None:
    assert parse(EXAMPLE.encode(), Path("config.toml")).service.address == "help@example.org"


def test_each_default_in_the_example_is_the_one_in_force() -> None:
    in_force = parse(EXAMPLE.encode(), Path("config.toml")).shown()
    stated = everything_switched_on()
    defaults = [
        (table, key)
        for table, values in in_force.items()
        for key, value in values.items()
        if value is not None and (table, key) != ("staff", "members")
    ]
    assert len(defaults) > 40
    for table, key in defaults:
        assert (table, key, stated[table][key]) == (table, key, in_force[table][key])


def test_a_key_without_default_says_so_by_being_absent() -> None:
    in_force = parse(EXAMPLE.encode(), Path("config.toml")).shown()
    absent = {f"{table}.{key}" for table, values in in_force.items() for key, value in values.items() if value is None}
    assert absent == {
        "service.telephone", "inbox.password_env", "inbox.oauth", "inbox.since", "submission.password_env",
        "submission.oauth",
        "authentication.internal_header", "orders.platforms_dir", "orders.signatory", "templates.dir", "metrics.listen",
            "metrics.text_file",
    }  # fmt: skip
