"""What commands share: `--config`, `--json`, and the two ways to print."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mailbot.cli.options import (
    config_option,
    json_option,
    optional_config_option,
    print_json,
    table,
    unused_config_option,
)


@click.command()
@config_option
@json_option
def needs(config_file: Path, as_json: bool) -> None:
    click.echo(repr((config_file, as_json)))


@click.command()
@optional_config_option
def may(config_file: Path | None) -> None:
    click.echo(repr(config_file))


@click.command()
@unused_config_option
def ignores() -> None:
    click.echo("fine")


def test_the_configuration_comes_from_the_option_or_the_environment() -> None:
    run = CliRunner().invoke
    assert run(needs, ["--config", "a.toml", "--json"]).output == f"{(Path('a.toml'), True)!r}\n"
    assert run(needs, env={"MAILBOT_CONFIG": "b.toml"}).output == f"{(Path('b.toml'), False)!r}\n"
    assert run(needs, ["--config", "a.toml"], env={"MAILBOT_CONFIG": "b.toml"}).output.startswith(
        "(PosixPath('a.toml')"
    )


def test_without_either_it_is_asked_for_by_both_names() -> None:
    result = CliRunner().invoke(needs, env={"MAILBOT_CONFIG": None})
    assert result.exit_code == 2
    assert "--config" in result.output
    assert "MAILBOT_CONFIG" in result.output


def test_a_command_that_may_do_without_gets_none_for_a_file_that_does_not_exist_yet(tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert run(may, env={"MAILBOT_CONFIG": str(tmp_path / "later.toml")}).output == "None\n"
    (tmp_path / "later.toml").touch()
    assert run(may, env={"MAILBOT_CONFIG": str(tmp_path / "later.toml")}).output != "None\n"


def test_a_command_that_needs_none_takes_the_option_all_the_same() -> None:
    assert CliRunner().invoke(ignores, ["--config", "absent.toml"]).output == "fine\n"


def test_json_is_one_ascii_line_with_keys_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"z": "é\u2028\n", "at": datetime(2026, 11, 24, 12, tzinfo=UTC), "a": date(2026, 1, 2), "p": Path("x")}
    print_json(value)
    line = capsys.readouterr().out
    assert line.isascii()
    assert line.count("\n") == 1
    expected = {"z": "é\u2028\n", "at": "2026-11-24T12:00:00+00:00", "a": "2026-01-02", "p": "x"}
    assert list(json.loads(line).items()) == list(expected.items())


def test_an_instant_without_zone_is_never_printed() -> None:
    with pytest.raises(TypeError):
        print_json(datetime(2026, 11, 24))  # noqa: DTZ001  the mistake under test


def test_a_table_shows_cells_as_they_are_and_cuts_nothing_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    table([("a" * 60, "[red]b", None), ("c", "d" * 90, 7)], ["First", "Second", "Third"])
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["First", "Second", "Third"]
    assert first.split() == ["a" * 60, "[red]b"]
    assert second.split() == ["c", "d" * 90, "7"]
