"""What the archives hold: all that an installation needs, and nothing that was left lying about."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

from support.elsewhere import ROOT, build

CODE = ("mailbot", "storage", "scheduler", "templates")


def test_the_source_archive_builds_the_very_same_wheel(unpacked: Path, wheel: Path, tmp_path: Path) -> None:
    again = build("wheel", unpacked, tmp_path)
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_the_wheel_holds_every_file_of_the_four_packages(wheel: Path) -> None:
    """An editable installation hides a template, a migration or a table that the wheel lacks."""
    there = {
        str(file.relative_to(ROOT))
        for folder in CODE
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.split("/")[0] in CODE}
    assert inside == there
    assert {"templates/page.html.j2", "mailbot/config/example.toml", "storage/migrations/env.py"} <= inside


def test_the_wheel_puts_nothing_but_its_packages_and_manuals_into_an_environment(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    version = next(top for top in tops if top.endswith(".dist-info")).removesuffix(".dist-info")
    assert tops == {*CODE, f"{version}.dist-info", f"{version}.data"}
    shared = {name.split("/data/")[1] for name in names if ".data/" in name}
    assert {"share/man/man1/mailbot.1", "share/man/man5/mailbot.toml.5", "share/mailbot/mailbot.service"} <= shared
    assert "share/bash-completion/completions/mailbot" in shared


def test_a_key_that_was_left_in_the_source_tree_is_in_no_archive(unpacked: Path, tmp_path: Path) -> None:
    (unpacked / "mailbot.key").write_text("secret")
    (unpacked / "mailbot.db").write_text("secret")
    again = build("sdist", unpacked, tmp_path)
    with tarfile.open(again) as archive:
        names = {Path(name).name for name in archive.getnames()}
    (unpacked / "mailbot.key").unlink()
    (unpacked / "mailbot.db").unlink()
    assert "pyproject.toml" in names
    assert not {"mailbot.key", "mailbot.db"} & names
