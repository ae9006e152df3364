"""The manual pages and the completions: as the commands are today, and of use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.elsewhere import ROOT, need

from mailbot.cli import COMMANDS

DEPLOY = ROOT / "deploy"
PAGES = sorted(DEPLOY.glob("man/man?/*.?"))
MAILBOT = str(Path(sys.executable).parent / "mailbot")


def _files(folder: Path) -> dict[str, str]:
    found = [file for part in ("man", "completions") for file in (folder / part).rglob("*") if file.is_file()]
    return {str(file.relative_to(folder)): file.read_text("ascii") for file in found}


def test_what_is_committed_is_what_the_commands_say_today(tmp_path: Path) -> None:
    """Whoever changes a command, an option or the example configuration runs `make manual`."""
    # Neither the terminal, nor the language, nor somebody's own configuration may show in a page.
    variables = os.environ | {"COLUMNS": "40", "LC_ALL": "C", "MAILBOT_CONFIG": "/elsewhere.toml"}
    subprocess.run([sys.executable, str(DEPLOY / "generate.py"), str(tmp_path)], check=True, timeout=60, env=variables)
    made, committed = _files(tmp_path), _files(DEPLOY)
    differing = {name for name in made | committed if made.get(name) != committed.get(name)}
    assert not differing, "run `make manual`"


def test_every_command_has_its_page_and_the_program_names_it() -> None:
    program = (DEPLOY / "man/man1/mailbot.1").read_text("ascii")
    for name, entry in COMMANDS.items():
        page = (DEPLOY / f"man/man1/mailbot-{name}.1").read_text("ascii")
        assert entry.help.rstrip(".").replace("-", "\\-") in page
        assert f"mailbot-{name}(1)".replace("-", "\\-") in program


def test_a_text_with_points_and_backslashes_at_its_line_starts_stays_text(tmp_path: Path) -> None:
    """Else a help line such as ".prom files" would be an instruction of roff, and vanish."""
    need("groff")
    code = "import roff; print('.TH A 1'); print('.SH B'); print(roff.prose(\".prom\\n'x\\n\\\\n --yes `REF…`\"))"
    page = subprocess.run([sys.executable, "-c", code], cwd=DEPLOY, capture_output=True, check=True, timeout=60)
    drawn = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-cbou"], input=page.stdout, capture_output=True, check=True, timeout=60
    )
    assert ".prom 'x \\n --yes REF…" in drawn.stdout.decode()
    assert drawn.stderr == b""


@pytest.mark.live
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_man_finds_nothing_wrong_in_a_page(page: Path) -> None:
    need("man", "groff")
    checked = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", str(page)],
        env=os.environ | {"LC_ALL": "C.UTF-8", "MANWIDTH": "80", "MANPAGER": "cat"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    assert page.stem.split("-")[-1] in checked.stdout


def _bash(script: str) -> str:
    """What bash says, with the program of this environment first in its path."""
    path = f"{Path(MAILBOT).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", script],
        env={"PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_bash_completes_commands_their_commands_and_options() -> None:
    need("bash")
    source = f"source {DEPLOY / 'completions' / 'mailbot.bash'}; "
    ask = "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _mailbot_completion mailbot; echo ${COMPREPLY[@]}"
    assert _bash(f"{source} COMP_WORDS=(mailbot qu); {ask}").split() == ["quarantine"]
    assert set(_bash(f"{source} COMP_WORDS=(mailbot quarantine ''); {ask}").split()) == {"discard", "retry", "show"}
    assert "--config" in _bash(f"{source} COMP_WORDS=(mailbot check --); {ask}").split()
    assert "_mailbot_completion" in _bash(f"{source} complete -p mailbot")


@pytest.mark.parametrize(
    ("shell", "words", "word"), [("zsh", "mailbot qu", "1"), ("fish", "mailbot qu", "qu"), ("bash", "mailbot qu", "1")]
)
def test_the_program_answers_the_question_of_each_shell(shell: str, words: str, word: str) -> None:
    asked = {"_MAILBOT_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": word}
    done = subprocess.run([MAILBOT], env=os.environ | asked, capture_output=True, text=True, timeout=60, check=False)
    answers = {line.split("\t")[0].split(",")[-1] for line in done.stdout.splitlines()}
    assert (done.returncode, done.stderr) == (0, "")
    assert "quarantine" in answers
    assert "check" not in answers


@pytest.mark.parametrize(("shell", "name"), [("bash", "mailbot.bash"), ("zsh", "_mailbot"), ("fish", "mailbot.fish")])
def test_a_shell_can_read_its_completion(shell: str, name: str) -> None:
    text = (DEPLOY / "completions" / name).read_text("ascii")
    assert f"_MAILBOT_COMPLETE={shell}_complete" in text
    if shell == "bash":
        need("bash")
        subprocess.run(["bash", "-n", str(DEPLOY / "completions" / name)], check=True, timeout=60)
