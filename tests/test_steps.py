"""Every durable commit and every network write has a name: the sources are read, and one without a name fails here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import mailbot
import storage
from mailbot.steps import Step

ROOTS = [Path(mailbot.__file__).parent, Path(storage.__file__).parent]
# What changes something at a server or makes something durable, as the libraries call it.
WRITES = {
    "commit",
    "create_folder",
    "subscribe_folder",
    "append",
    "move",
    "copy",
    "add_flags",
    "remove_flags",
    "set_flags",
    "uid_expunge",
    "expunge",
    "delete_messages",
    "delete_folder",
    "rename_folder",
    "store",
    "sendmail",
    "send_message",
    "backup",
}
LIBRARY_OBJECTS = {"client", "begun", "smtp", "_smtp", "_imap", "imap", "connection"}


def _sources() -> Iterator[tuple[Path, ast.Module]]:
    for root in ROOTS:
        for path in root.rglob("*.py"):
            if "demo" not in path.parts and "migrations" not in path.parts:
                yield path, ast.parse(path.read_text())


def _is_step(node: ast.With | ast.AsyncWith) -> bool:
    calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(isinstance(call.func, ast.Name) and call.func.id == "step" for call in calls)


def _unnamed(node: ast.AST, named: bool) -> Iterator[ast.Call]:
    if isinstance(node, (ast.With, ast.AsyncWith)) and _is_step(node):
        named = True
    if isinstance(node, ast.Call) and not named and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
        owner = node.func.value
        name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
        if name in LIBRARY_OBJECTS:
            yield node
    for child in ast.iter_child_nodes(node):
        yield from _unnamed(child, named)


def test_every_commit_and_every_network_write_stands_inside_a_named_step() -> None:
    found = [f"{path}:{call.lineno}" for path, tree in _sources() for call in _unnamed(tree, False)]
    assert found == []


def test_the_search_finds_a_write_without_a_name() -> None:
    tree = ast.parse("def f(client):\n    client.move(1, 'x')\n    with step(1):\n        client.copy(1, 'x')")
    assert [call.lineno for call in _unnamed(tree, False)] == [2]


def test_only_one_place_commits_and_engines_are_made_in_one_place() -> None:
    makers = {path.name for path, tree in _sources() for node in ast.walk(tree) if _calls(node, "create_engine")}
    begun = {path.name for path, tree in _sources() for node in ast.walk(tree) if _calls(node, "commit")}
    assert makers == {"sqlite.py", "postgresql.py"}
    assert begun == {"database.py", "install.py"}


def _calls(node: ast.AST, name: str) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return getattr(node.func, "id", None) == name or getattr(node.func, "attr", None) == name


def test_every_name_is_used_somewhere() -> None:
    text = "".join(path.read_text() for path, _ in _sources())
    assert [name for name in Step.__members__ if f"Step.{name}" not in text] == []
