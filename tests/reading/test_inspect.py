"""`mailbot inspect`: what people and their scripts see of a message."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from reading.build import PASS, mail, multipart

from mailbot.cli.inspect import inspect

KEYS = {
    "file",
    "message_id",
    "in_reply_to",
    "references",
    "from",
    "to",
    "subject",
    "date",
    "text",
    "reply",
    "automated",
    "bounces",
    "attachments",
    "defects",
    "verdict",
}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(inspect, [str(argument) for argument in arguments], env={"MAILBOT_CONFIG": None})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    picture = b"Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(
        b"\x89PNG"
    )
    path = tmp_path / "a.eml"
    path.write_bytes(
        multipart(
            "\r\nYes.\r\n> old\r\n", picture, fields=("In-Reply-To: <a@x.example>", "Date: 24 Nov 2026 10:00 PST", PASS)
        )
    )
    return path


def test_a_program_gets_one_json_line_a_file(file: Path) -> None:
    result = run("--json", file, file)
    assert result.exit_code == 0
    first, second = map(json.loads, result.output.splitlines())
    assert first == second
    assert first.keys() == KEYS
    assert first == {
        "file": str(file),
        "message_id": "first@example.net",
        "in_reply_to": "a@x.example",
        "references": [],
        "from": ["kim@example.net"],
        "to": ["help@service.example"],
        "subject": "A question",
        "date": "2026-11-24T10:00:00-08:00",
        "text": "Yes.\n> old",
        "reply": "Yes.",
        "automated": None,
        "bounces": [],
        "attachments": [{"filename": "a.png", "content_type": "image/png", "size": 4, "sealed": True}],
        "defects": [],
        "verdict": "process",
    }


def test_a_person_gets_sentences_without_tricks(file: Path) -> None:
    file.write_bytes(mail(body="Yes.\u202e\x1b[31m".encode()))
    result = run(file)
    assert result.exit_code == 0
    assert "kim@example.net" in result.output
    assert "Yes." in result.output
    assert not {"\u202e", "\x1b"} & set(result.output)


def test_a_hostile_file_is_quarantined_and_the_next_is_read(file: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "b.eml"
    hostile.write_bytes(b"")
    result = run("--json", hostile, file)
    assert [json.loads(line)["verdict"] for line in result.output.splitlines()] == ["quarantine", "process"]


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.eml"
    result = run("--json", missing)
    assert result.exit_code == 2
    assert str(missing) in result.output


def test_no_file_is_wrong_usage() -> None:
    assert run("--json").exit_code == 2


def test_a_configuration_that_does_not_exist_yet_is_no_matter(file: Path, tmp_path: Path) -> None:
    assert run("--config", tmp_path / "none.toml", "--json", file).exit_code == 0


CONFIGURATION = """
[service]
name = "A Service"
address = "help@service.example"
sender_name = "Support Service"
[inbox]
host = "127.0.0.1"
username = "help"
[submission]
host = "127.0.0.1"
[staff]
members = [{ name = "Dana", address = "dana@service.example", roles = ["staff"] }]
[authentication]
trusted_authserv_ids = ["mx.service.example"]
[limits]
parts = 2
"""


def test_a_configuration_names_the_servers_to_trust_and_the_limits(file: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIGURATION)
    assert json.loads(run("--json", file).output)["verdict"] == "process"
    assert json.loads(run("--config", config, "--json", file).output)["verdict"] == "quarantine"
    file.write_bytes(mail(PASS))
    assert "DMARC        none" in run(file).output
    assert "DMARC        pass" in run("--config", config, file).output
