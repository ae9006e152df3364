"""Runs mailbot in this process and holds it, once, just before a named step.

usage: gated.py FOLDER STEP -- ARGUMENTS. Once FOLDER/gate.armed exists, the first thread that comes to STEP makes
gate.reached and waits for gate.open. A step that ends in "*" stands for each that begins so.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from mailbot import steps
from mailbot.cli import main

LONGEST = 30.0


def hook(folder: Path, wanted: str) -> steps.Hook:
    """What is called around every step."""
    held = threading.Event()
    pause = threading.Event()
    lock = threading.Lock()

    def reached(moment: str, name: steps.Step) -> None:
        if moment != "before" or held.is_set() or not _fits(name, wanted) or not (folder / "gate.armed").exists():
            return
        with lock:
            if held.is_set():
                return
            held.set()
        (folder / "gate.reached").touch()
        waited = 0.0
        while not (folder / "gate.open").exists() and waited < LONGEST:
            pause.wait(0.01)
            waited += 0.01

    return reached


def _fits(name: str, wanted: str) -> bool:
    return name.startswith(wanted[:-1]) if wanted.endswith("*") else name == wanted


if __name__ == "__main__":
    steps.observe(hook(Path(sys.argv[1]), sys.argv[2]))
    sys.argv = ["mailbot", *sys.argv[4:]]
    main()
