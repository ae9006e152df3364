"""Errors by fault: every class has its ending and its sentence."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import mailbot
from mailbot import errors
from mailbot.errors import ENDINGS, MailbotError

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, MailbotError)]
KINDS = [kind for kind in CLASSES if kind is not MailbotError]


def test_every_error_has_a_row_in_the_table_and_no_row_is_left_over() -> None:
    assert set(ENDINGS) == set(KINDS)


def test_errors_are_defined_in_one_file_or_end_as_the_nearest_that_is() -> None:
    """An error of another file has no row of its own: a base class must have one."""
    found = dict(_elsewhere())
    known = {kind.__name__ for kind in CLASSES}
    assert all(bases & known or not _is_error(name, found, known) for name, bases in found.items())


def _elsewhere() -> Iterator[tuple[str, set[str]]]:
    for path in Path(mailbot.__file__).parent.rglob("*.py"):
        if path.name != "errors.py":
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    yield node.name, {ast.unparse(base).rpartition(".")[2] for base in node.bases}


def _is_error(name: str, found: dict[str, set[str]], known: set[str]) -> bool:
    return any(base in known or _is_error(base, found, known) for base in found.get(name, ()))


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_has_a_sentence_of_its_own_and_a_place_in_the_drawn_tree(kind: type[MailbotError]) -> None:
    assert kind.__doc__
    assert kind.__doc__.strip().endswith(".")
    assert all(kind.__doc__ != other.__doc__ for other in CLASSES if other is not kind)
    assert kind.__name__ in str(errors.__doc__)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_only_wrong_usage_or_configuration_exits_with_2_and_nothing_of_it_is_waited_out(
    kind: type[MailbotError],
) -> None:
    configuration = issubclass(kind, errors.ConfigError)
    assert (ENDINGS[kind].exit_code == 2) == configuration
    assert not configuration or ENDINGS[kind].in_loop == "stop"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_server_is_waited_for_and_a_message_is_quarantined(kind: type[MailbotError]) -> None:
    if issubclass(kind, errors.PeerError):
        assert ENDINGS[kind].in_loop == "wait"
    if issubclass(kind, errors.MessageError):
        assert ENDINGS[kind].in_loop == "quarantine"


@pytest.mark.parametrize("kind", [errors.Fenced, errors.LeaseTaken, errors.Damaged, errors.ForeignMailbox])
def test_what_must_not_go_on_stops(kind: type[MailbotError]) -> None:
    assert ENDINGS[kind].in_loop == "stop"
