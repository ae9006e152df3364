"""make fuzz: structure by hypothesis, then bytes by atheris, for so many seconds in all (600).

usage: .venv/bin/python tests/fuzz/run.py [SECONDS]

Bytes begin with the mails in `kept`; what atheris finds on its way stays in build/fuzz, and a failing input too, named
at the end. Without atheris (it has no wheel for every Python) structure takes all the time. Exit 1 on any failure.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.mails import mails
from fuzz.target import understood

HERE = Path(__file__).parent
FOUND = HERE.parents[1] / "build/fuzz"
EXAMPLES = 500
SECONDS_FOR_ONE = 5


def structure(seconds: float) -> int:
    """How many mails were built and read until the time was over. Raises what reading raised, on the smallest mail."""
    deadline = time.monotonic() + seconds
    count = 0

    def read(raw: bytes) -> None:
        nonlocal count
        count += 1
        understood(raw)

    number = time.time_ns()
    while time.monotonic() < deadline:
        number += 1
        checked = settings(
            max_examples=EXAMPLES,
            deadline=SECONDS_FOR_ONE * 1000,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        seed(number)(checked(given(mails())(read)))()
    return count


def bytes_(seconds: float) -> int:
    """Runs atheris in a process of its own; its exit code."""
    corpus = FOUND / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(HERE / "bytes.py"), str(corpus), str(HERE / "kept")]
    options = [
        f"-max_total_time={int(seconds)}",
        f"-timeout={SECONDS_FOR_ONE}",
        "-rss_limit_mb=1024",
        "-max_len=16384",
        "-len_control=0",
        f"-artifact_prefix={FOUND}/",
        f"-dict={HERE / 'words.dict'}",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    return subprocess.run([*command, *options], check=False).returncode


def has_atheris() -> bool:
    try:
        import atheris  # noqa: F401
    except ImportError:
        return False
    return True


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    both = has_atheris()
    if not both:
        print("atheris is not there (it has no wheel for this Python): structure alone")
    print(f"structure: {structure(seconds / 3 if both else seconds)} mails read", flush=True)
    sys.exit(1 if both and bytes_(2 * seconds / 3) else 0)


if __name__ == "__main__":
    main()
