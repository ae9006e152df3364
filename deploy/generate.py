"""Writes the manual pages and the completions of shells into a folder: `make deploy` writes them here.

They are committed, so that an installation needs none of what makes them; a test makes them again and compares. In: the
commands and config/example.toml. Whatever stands in the folder's `man` and `completions` beforehand goes.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import configuration_page
import manual
from click.shell_completion import ShellComplete, get_completion_class

from mailbot.cli.frame import cli

COMPLETIONS = {"bash": "mailbot.bash", "zsh": "_mailbot", "fish": "mailbot.fish"}
"""Shell and file; zsh finds a function by its file's name."""


def files() -> Iterator[tuple[str, str]]:
    """Path below the folder, and text, of all that is generated."""
    for name, page in manual.pages():
        yield f"man/man1/{name}.1", page
    yield "man/man5/mailbot.toml.5", configuration_page.page()
    for shell, name in COMPLETIONS.items():
        yield f"completions/{name}", _completion(shell)


def _completion(shell: str) -> str:
    kind = get_completion_class(shell)
    if kind is None:
        raise SystemExit(f"click has no completion for {shell}")
    # Not kind.source(): for bash it looks for the bash of this machine, which is not the one that will read it.
    return ShellComplete.source(kind(cli, {}, "mailbot", "_MAILBOT_COMPLETE")).strip() + "\n"


def write(folder: Path) -> None:
    """Makes the folder's `man` and `completions` anew."""
    made = dict(files())
    for part in ("man", "completions"):
        shutil.rmtree(folder / part, ignore_errors=True)
    for path, text in made.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "ascii")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
