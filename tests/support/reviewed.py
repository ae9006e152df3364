"""An operator's folder in which people have done their part: French read by a second reader, places called."""

from __future__ import annotations

import shutil
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

DAY = date(2026, 11, 20)
PUNJABI = "ਪੰਜਾਬੀ ਲਈ: VictimLinkBC, 1-800-563-0808."


def folder(parent: Path, *, french: bool = True, places: bool = False, interpreters: bool = False) -> Path:
    """Writes it; `places`: every place of resources.toml is verified; `interpreters`: Punjabi has its sentence."""
    found = parent / "letters"
    found.mkdir()
    with as_file(files("templates")) as ours:
        if french:
            shutil.copytree(ours / "fr", found / "fr")
        for name in ("resources.toml",) * places + ("lines.toml",) * interpreters:
            shutil.copy(ours / name, found / name)
    for file in found.rglob("*.j2"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("{#\n", f"{{#\nreviewed_on = {DAY}\n", 1), encoding="utf-8")
    for file in found.glob("resources.toml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("\nsource = ", f"\nverified_on = {DAY}\nsource = "), encoding="utf-8")
    for file in found.glob("lines.toml"):
        sentence = f'\n[interpreters.pa]\nsentence = "{PUNJABI}"\nreviewed_on = {DAY}\n'
        file.write_text(file.read_text(encoding="utf-8") + sentence, encoding="utf-8")
    return found
