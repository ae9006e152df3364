"""The fuzzer of bytes: libFuzzer's options after the folders of mails, as `run.py` gives them."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.setrecursionlimit(1000)

with atheris.instrument_imports(include=["mailbot.reading"]):
    from fuzz.target import understood


def one(raw: bytes) -> None:
    understood(raw)


if __name__ == "__main__":
    logging.disable()
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
