"""An environment elsewhere, with the wheel and what the wheel says it needs, and nothing else.

No network: what is needed is linked from this environment, package by package, as the wheel's own metadata names it. A
dependency that is used and not declared is missing there, and so is the source tree.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support.processes import program

ROOT = Path(__file__).parents[2]


def build(target: str, source: Path, folder: Path) -> Path:
    """The "wheel" or the "sdist" of a source tree, made without network by the hatchling that is installed."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = folder.iterdir()
    return made


class Elsewhere:
    """A fresh virtual environment into which pip installed the wheel."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.environment = folder / "environment"
        self.folder = folder / "work"
        self.folder.mkdir()
        venv.EnvBuilder(symlinks=True).create(self.environment)
        self.pip("install", "--quiet", "--no-index", "--no-deps", str(wheel))
        (self.site,) = self.environment.glob("lib/python*/site-packages")
        self._linked = folder / "needed"
        self._linked.mkdir()
        (self.site / "needed.pth").write_text(f"{self._linked}\n")
        (metadata,) = self.site.glob("mailbot-*.dist-info")
        self._mailbot = Distribution.at(metadata)
        self.add_extra("")

    def add_extra(self, extra: str) -> None:
        """Links what the wheel needs for one of its extras ("" for what it always needs)."""
        for needed in closure(_wanted(self._mailbot, (extra,))):
            for top in {file.parts[0] for file in needed.files or ()} - {"..", "__pycache__"}:
                link = self._linked / top
                if not link.exists():
                    link.symlink_to(Path(str(needed.locate_file(top))))

    def pip(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """This environment's pip, at work in the other."""
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(self.environment)]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=110, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def program(self, name: str) -> Path:
        """A program of the environment."""
        return self.environment / "bin" / name

    def variables(self) -> dict[str, str]:
        """The environment variables of a machine on which only mailbot is installed."""
        path = f"{self.environment / 'bin'}:/usr/bin:/bin"
        return {"PATH": path, "HOME": str(self.folder), "LANG": "C.UTF-8"}

    def run(
        self, *arguments: str, program: str = "mailbot", more: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A program of the environment, run from a folder that is not the source tree's."""
        return subprocess.run(
            [str(self.program(program)), *arguments],
            cwd=self.folder,
            env=self.variables() | dict(more or {}),
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )


def closure(wanted: Iterable[Requirement]) -> Iterable[Distribution]:
    """The installed packages that requirements name, and all that these need."""
    found: dict[tuple[str, frozenset[str]], Distribution] = {}
    waiting = list(wanted)
    while waiting:
        one = waiting.pop()
        key = (canonicalize_name(one.name), frozenset(one.extras))
        if key not in found:
            found[key] = distribution(one.name)
            assert one.specifier.contains(found[key].version), f"{one}: {found[key].version} is installed"
            waiting.extend(_wanted(found[key], ("", *one.extras)))
    return found.values()


def _wanted(package: Distribution, extras: tuple[str, ...]) -> list[Requirement]:
    requirements = map(Requirement, package.requires or ())
    return [one for one in requirements if _applies(one, extras)]


def _applies(requirement: Requirement, extras: tuple[str, ...]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras)


def need(*programs: str) -> None:
    """Skips the test without these programs; fails it where live tests must run (MAILBOT_REQUIRE_LIVE=1)."""
    absent = [name for name in programs if program(name) is None]
    if absent and os.environ.get("MAILBOT_REQUIRE_LIVE") == "1":
        pytest.fail(f"This test needs {' and '.join(absent)} from Debian: make live-deps.", pytrace=False)
    if absent:
        pytest.skip(f"This test needs {' and '.join(absent)} from Debian: make live-deps.")
