"""`mailbot letters`, as an operator runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mailbot.cli.letters import letters
from mailbot.errors import ConfigError
from mailbot.writing.catalogue import BY_HAND

CONFIG = """
[service]
name = "A service"
address = "help@service.example"
sender_name = "Support Service"
telephone = "604-555-0123"
[inbox]
host = "127.0.0.1"
username = "help"
password_env = "PASSWORD"
[submission]
host = "127.0.0.1"
port = 1025
security = "plain"
[staff]
members = [{ name = "Dana", address = "dana@service.example", roles = ["staff"] }]
[templates]
dir = "letters"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "letters" / "en").mkdir(parents=True)
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    return file


def run(*words: str | Path) -> Result:
    return CliRunner(env={"MAILBOT_CONFIG": None}).invoke(letters, [str(word) for word in words], standalone_mode=False)


def test_check_prints_a_line_a_letter_and_what_nobody_has_verified_or_reviewed() -> None:
    result = run("check")
    assert result.return_value == 0
    assert "ok    en/ack-night: 170 words, longest sentence 17\n" in result.output
    assert "ok    fr/ack-night: " in result.output
    assert "never sent: not reviewed" in result.output
    assert "note  lines.toml: victimlinkbc: not verified\n" in result.output
    assert "note  en/ack-day.j2: not reviewed\n" in result.output


def test_check_as_json_is_one_value_a_line() -> None:
    values = [json.loads(line) for line in run("check", "--json").output.splitlines()]
    assert values[0]["ok"] is True
    assert any("note" in value for value in values)


def test_check_ends_with_1_for_a_letter_that_breaks_a_rule(config: Path) -> None:
    (config.parent / "letters" / "en" / "ack-day.j2").write_text('{#\nsubject = "Your photos"\n#}\nHello.\n')
    result = run("check", "--config", config)
    assert result.return_value == 1
    assert "fault en/ack-day: " in result.output
    assert "forbidden word: photo*" in result.output


def test_check_names_file_line_and_field_of_a_broken_letter(config: Path) -> None:
    (config.parent / "letters" / "en" / "ack-day.j2").write_text('{#\nsubject = "x"\n#}\n{{ name }}\n')
    with pytest.raises(ConfigError, match=r"en/ack-day\.j2: line 4: unknown field 'name'"):
        raise run("check", "--config", config).exception or AssertionError("no error")


def test_preview_shows_subject_text_and_page() -> None:
    output = run("preview", "ack-night").output
    assert output.startswith("Subject: We received your message\n\nWe received your message.")
    assert "<!DOCTYPE html>" in output


def test_preview_uses_the_configuration_s_telephone_number(config: Path) -> None:
    assert "or call 604-555-0123 from 8:30 a.m." in run("preview", "ack-night", "--config", config).output


@pytest.mark.parametrize("language", ["en", "fr"])
def test_preview_and_check_know_every_letter_that_a_member_sends(language: str) -> None:
    checked = run("check").output
    for name in BY_HAND:
        assert f"ok    {language}/{name}: " in checked
        subject = {"en": "Reply to your message", "fr": "Réponse à votre message"}[language]
        assert run("preview", name, "--language", language).output.startswith(f"Subject: {subject}\n\n")


def test_preview_shows_places_as_if_they_were_verified() -> None:
    assert "BC 211: 2-1-1" in run("preview", "resources").output


def test_preview_writes_the_page_to_a_file(tmp_path: Path) -> None:
    output = run("preview", "ack-day", "--language", "fr", "--html", tmp_path / "page.html").output
    assert "Nous avons reçu votre message" in output
    assert "<html" not in output
    assert '<html lang="fr"' in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [("preview", "ack-nigth"), ("preview", "ack-day", "--language", "pa")])
def test_a_letter_that_does_not_exist_is_wrong_usage(words: tuple[str, ...]) -> None:
    exception = run(*words).exception
    assert getattr(exception, "exit_code", None) == 2
