"""The frame of the command line: a quick help, suggestions, one sentence and an exit code for every error."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from mailbot import __version__, errors
from mailbot.cli import COMMANDS, frame, help_text, main

HEAVY = (
    "aiosmtplib", "alembic", "apscheduler", "click", "cryptography", "holidays", "imapclient", "jinja2", "pydantic",
    "rich", "selectolax", "sqlalchemy", "ssl", "tzdata", "storage", "scheduler",
)  # fmt: skip


def mailbot(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "mailbot", *arguments], capture_output=True, text=True, **settings)


def ends(monkeypatch: pytest.MonkeyPatch, command: click.Command, *arguments: str) -> int | str | None:
    """The exit code of `main`, with `command` in the place of `status`."""
    monkeypatch.setattr(frame.LazyGroup, "get_command", lambda *_: command)
    monkeypatch.setattr(sys, "argv", ["mailbot", "status", *arguments])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    with pytest.raises(SystemExit) as ending:
        main()
    return ending.value.code


def raising(problem: BaseException) -> click.Command:
    @click.command()
    def command() -> None:
        raise problem

    return command


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    look = f"import sys; import mailbot.cli; print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    code = f"import atexit; atexit.register(lambda: exec({look!r})); import sys; sys.argv = ['mailbot', '--help'];"
    done = subprocess.run(
        [sys.executable, "-c", code + "from mailbot.cli import main; main()"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"
    for name, entry in COMMANDS.items():
        assert f"  {name} " in done.stdout
        assert entry.help in done.stdout


def test_help_comes_within_four_times_what_an_empty_interpreter_takes() -> None:
    def quickest(*arguments: str) -> float:
        def once() -> float:
            begun = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            return time.perf_counter() - begun

        return min(once() for _ in range(10))

    assert quickest("-m", "mailbot", "--help") < 4 * quickest("-c", "pass")


def test_help_is_the_same_whether_click_is_asked_or_not() -> None:
    assert frame.cli.main(["--help"], standalone_mode=False) == 0
    assert mailbot("-h").stdout == help_text() == mailbot("--help").stdout


def test_the_version_is_the_package_s() -> None:
    assert mailbot("--version").stdout == f"mailbot, version {__version__}\n"


def test_a_command_misspelt_gets_a_suggestion_and_exit_2() -> None:
    done = mailbot("statsu")
    assert done.returncode == 2
    assert "Did you mean 'status'?" in done.stderr


def test_an_option_misspelt_gets_a_suggestion_and_exit_2() -> None:
    done = mailbot("config", "--jsn")
    assert done.returncode == 2
    assert "--json" in done.stderr


@pytest.mark.parametrize("kind", errors.ENDINGS)
def test_each_error_is_one_sentence_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: type[errors.MailbotError]
) -> None:
    assert ends(monkeypatch, raising(kind("The sentence."))) == errors.ENDINGS[kind].exit_code
    assert capsys.readouterr().err == "mailbot: The sentence.\n"


def test_an_error_without_text_is_its_class_s_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(monkeypatch, raising(errors.LeaseTaken())) == 1
    assert "Another mailbot is at work" in capsys.readouterr().err


def test_a_subclass_that_nobody_listed_ends_like_its_parent() -> None:
    class Narrower(errors.KeyMismatch):
        pass

    assert frame.exit_code(Narrower()) == 2


@pytest.mark.parametrize("problem", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], problem: BaseException
) -> None:
    assert ends(monkeypatch, raising(problem)) == 130
    assert capsys.readouterr().err.strip() == ""


@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_command_s_own_exit_code_comes_through(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    @click.command()
    @click.pass_context
    def leaves(ctx: click.Context) -> None:
        ctx.exit(code)

    @click.command()
    def returns() -> int:
        return code

    assert ends(monkeypatch, leaves) == code
    assert ends(monkeypatch, returns) == code


def test_what_nobody_foresaw_is_told_by_kind_and_place_without_its_text(tmp_path: Path) -> None:
    code = "import mailbot.cli as c; c.COMMANDS['status'] = c.Entry('broken:command', ''); c.main()"
    (tmp_path / "broken.py").write_text(
        "import click\n@click.command()\ndef command():\n    raise KeyError('canary@example.net')\n"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    run = [sys.executable, "-c", code, "status"]
    done = subprocess.run(run, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("mailbot: this is a fault in mailbot itself: KeyError at ")
    assert "/broken.py:4 < " in done.stderr
    assert "canary" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_who_leaves_ends_the_command_quietly() -> None:
    code = "import sys, time, mailbot.cli as c; time.sleep(0.5); sys.argv = ['mailbot', '--help']; c.main()"
    run = f'{sys.executable} -c "{code}" | true; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", run], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")


def test_an_interrupted_process_exits_130_without_a_word() -> None:
    code = (
        "import os, signal, sys, click, mailbot.cli.frame as c\n"
        # A shell's background job starts with SIGINT ignored; a person's terminal does not.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "kill = lambda: os.kill(os.getpid(), signal.SIGINT)\n"
        "c.LazyGroup.get_command = lambda *_: click.Command('x', callback=kill)\n"
        "sys.argv = ['mailbot', 'status']\nfrom mailbot.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (130, "")
