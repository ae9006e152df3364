"""The house is as the plans say: handlers are the folder's files, imports point down only, one module a library."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import mailbot
import scheduler
import storage
from mailbot import handlers
from mailbot.handlers import HANDLERS, Author

ROOT = Path(mailbot.__file__).parent
ROOTS = [ROOT, Path(storage.__file__).parent, Path(scheduler.__file__).parent]
UNTYPED = ("imapclient", "apscheduler", "authres", "holidays")


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for root in ROOTS:
        for path in sorted(root.rglob("*.py")):
            yield path, ast.parse(path.read_text())


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_the_handlers_are_the_files_of_their_folder() -> None:
    files = {path.stem for path in Path(str(handlers.__file__)).parent.glob("*.py")} - {"__init__"}
    assert {str(author) for author in HANDLERS} == files == {str(author) for author in Author}


def test_a_handler_lives_in_the_file_of_its_name() -> None:
    for author, handle in HANDLERS.items():
        assert (handle.__module__, handle.__name__) == (f"mailbot.handlers.{author}", "handle")


@pytest.mark.parametrize("library", UNTYPED)
def test_a_library_without_types_has_one_importer(library: str) -> None:
    found = {path.name for path, tree in sources() for name in imported(tree) if name.partition(".")[0] == library}
    assert len(found) <= 1 or library == "imapclient", found


def test_sql_is_spoken_in_the_storage_room_alone() -> None:
    outside = [
        str(path)
        for path, tree in sources()
        if ROOTS[1] not in path.parents
        for name in imported(tree)
        if name.startswith("sqlalchemy") and name != "sqlalchemy.exc"
    ]
    assert outside == []


def test_handlers_and_decisions_touch_no_network_and_no_clock() -> None:
    """They take `now`, and a transaction from the loop that commits it."""
    forbidden = re.compile(r"mailbot\.transport|mailbot\.reading|socket|imaplib|smtplib|time$|scheduler\.clock")
    found = defaultdict(set)
    for folder in ("handlers", "casework"):
        for path in (ROOT / folder).glob("*.py"):
            tree = ast.parse(path.read_text())
            found[path.name] |= {name for name in imported(tree) if forbidden.match(name)}
            found[path.name] |= {"now()" for node in ast.walk(tree) if _asks_the_time(node)}
    assert {name: what for name, what in found.items() if what} == {}


def _asks_the_time(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("now", "utcnow", "today", "time")
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("datetime", "date", "time", "clock")
    )


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(path) for path, tree in sources() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_no_module_is_called_utils_or_helpers() -> None:
    assert [path.name for path, _ in sources() if re.search(r"util|helper|common|misc", path.stem)] == []
