"""The wheel, installed elsewhere, run from another folder: nothing of the source tree is in reach."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.elsewhere import ROOT, Elsewhere

from mailbot.demo.servers import EmbeddedServers

MESSAGE = b"From: alex@example.net\r\nTo: help@service.example\r\nSubject: Hello\r\n\r\nPlease help me.\r\n"
CONFIGURATION = """
[service]
name = "Intimate Images Protection Service"
address = "help@service.example"
sender_name = "Support Service"
[inbox]
host = "127.0.0.1"
port = {imap}
security = "plain"
username = "help"
password_file = "password"
since = 2026-01-01T00:00:00-07:00
[submission]
host = "127.0.0.1"
port = {smtp}
security = "plain"
[staff]
members = [{{ name = "Dana", address = "dana@service.example", roles = ["staff", "supervisor"] }}]
[authentication]
staff = "none"
"""


@pytest.fixture
def made(elsewhere: Elsewhere, tmp_path: Path) -> Path:
    """A folder that the installed `mailbot init` made."""
    done = elsewhere.run("init", str(tmp_path / "service"), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return Path(json.loads(done.stdout)["config"]).parent


def test_the_source_tree_and_the_tools_are_not_importable_there(elsewhere: Elsewhere) -> None:
    """Else the tests below would prove nothing."""
    for name in ("mailbot", "storage", "scheduler", "templates"):
        place = elsewhere.run("-c", f"import {name}; print({name}.__path__[0])", program="python").stdout.strip()
        assert Path(place).parent == elsewhere.site
    for name in ("support", "pytest", "pymap", "hypothesis"):
        assert "ModuleNotFoundError" in elsewhere.run("-c", f"import {name}", program="python").stderr
    assert str(ROOT) not in elsewhere.run("-c", "import sys; print(sys.path)", program="python").stdout


def test_pip_finds_nothing_missing_there(elsewhere: Elsewhere) -> None:
    assert "No broken requirements found" in elsewhere.pip("check").stdout


def test_init_makes_a_folder_that_config_and_upgrade_take(elsewhere: Elsewhere, made: Path) -> None:
    config = str(made / "config.toml")
    shown = elsewhere.run("config", "--json", "--config", config)
    assert shown.returncode == 0, shown.stderr
    assert {file.name for file in made.iterdir()} >= {"config.toml", "mailbot.key", "mailbot.db"}
    (made / "mailbot.db").unlink()
    upgraded = elsewhere.run("upgrade", "--json", "--config", config)
    assert upgraded.returncode == 0, upgraded.stderr
    assert json.loads(upgraded.stdout)["from"] is None
    assert (made / "mailbot.db").exists()


def test_check_tries_the_mail_servers_and_finds_all_in_order(
    elsewhere: Elsewhere, made: Path, embedded: EmbeddedServers
) -> None:
    found = _checked(elsewhere, made, embedded.imap_port, embedded.smtp_port)
    assert found.pop("exit") == 0
    assert found["letters"] != "fault"
    assert (found["schema"], found["mailbox"], found["submission"]) == ("ok", "ok", "ok")


def test_check_names_mail_servers_that_are_not_there(elsewhere: Elsewhere, made: Path) -> None:
    found = _checked(elsewhere, made, 1, 1)
    assert found.pop("exit") == 1
    assert {name for name, result in found.items() if result == "fault"} == {"mailbox", "submission"}


def _checked(elsewhere: Elsewhere, folder: Path, imap: int, smtp: int) -> dict[str, object]:
    """Each name that `check` looked at and what it found last, the exit code too."""
    (folder / "config.toml").write_text(CONFIGURATION.format(imap=imap, smtp=smtp))
    (folder / "password").write_text("secret\n")
    (folder / "password").chmod(0o600)
    done = elsewhere.run("check", "--wait", "60", "--json", "--config", str(folder / "config.toml"))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["name"]: line["result"] for line in lines} | {"exit": done.returncode}


def test_every_letter_is_there_and_sound(elsewhere: Elsewhere) -> None:
    done = elsewhere.run("letters", "check", "--json")
    assert done.returncode == 0, done.stderr
    letters = [json.loads(line) for line in done.stdout.splitlines()]
    names = {(one["language"], one["letter"]) for one in letters if "letter" in one}
    assert names == {(file.parent.name, file.stem) for file in (ROOT / "templates").glob("*/*.j2")}


def test_inspect_reads_a_message_in_its_child_process(elsewhere: Elsewhere, tmp_path: Path) -> None:
    (tmp_path / "message.eml").write_bytes(MESSAGE)
    done = elsewhere.run("inspect", "--json", str(tmp_path / "message.eml"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "process"


def test_the_demo_without_its_extra_says_how_to_install_it(elsewhere: Elsewhere) -> None:
    done = elsewhere.run("demo", "--json")
    assert done.returncode == 2
    assert "pip install 'mailbot[demo]'" in done.stderr


@pytest.mark.timeout(300)
def test_the_demo_goes_as_told_with_its_extra(wheel: Path, tmp_path: Path) -> None:
    elsewhere = Elsewhere(tmp_path, wheel)
    elsewhere.add_extra("demo")
    done = elsewhere.run("demo", "--json")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["as_told"] is True
    assert list(elsewhere.folder.glob("*.html")) == []
