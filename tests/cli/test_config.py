"""`mailbot config`: what is in force, as a file that would say the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailbot.cli.config import config
from mailbot.config import load

TEXT = """\
[service]
name = "The \\"Café\\""
address = "help@service.example"
sender_name = "Support Service"
[inbox]
host = "imap.example.org"
username = "help"
password_file = "secret"
since = 2026-11-24T00:00:00-07:00
[submission]
host = "smtp.example.org"
[hours]
closures = [2026-12-24]
[staff]
members = [{ name = "Dana", address = "dana@example.net", signature = "Dana\\nSupport" }]
"""
HEADER = '[authentication]\nstaff = "internal"\ninternal_header = { name = "X-Internal", value = "hunter2" }\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(TEXT, "utf-8")
    (tmp_path / "secret").write_text("hunter2\n")
    return path


def test_the_shown_configuration_is_one_that_says_the_same(file: Path) -> None:
    result = CliRunner().invoke(config, ["--config", str(file)])
    shown = file.parent / "elsewhere" / "shown.toml"
    shown.parent.mkdir()
    shown.write_text(result.output, "utf-8")
    assert load(shown) == load(file)


def test_json_has_every_key_and_null_for_what_is_not_set(file: Path) -> None:
    result = CliRunner().invoke(config, ["--config", str(file), "--json"])
    shown = json.loads(result.output)
    assert shown["inbox"]["since"] == "2026-11-24T00:00:00-07:00"
    assert shown["hours"]["opens"] == "08:30"
    assert shown["service"]["telephone"] is None
    assert shown["storage"]["key_file"] == str(file.parent / "mailbot.key")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_secrets_are_masked(file: Path, options: list[str]) -> None:
    file.write_text(TEXT + HEADER, "utf-8")
    result = CliRunner().invoke(config, ["--config", str(file), *options])
    assert result.exit_code == 0
    assert "X-Internal" in result.output
    assert "hunter2" not in result.output
