"""A small file system of its own that can be filled to the last block, and emptied again."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path
from types import TracebackType

ROOM = "600m"


@cache
def can_mount() -> bool:
    """Whether this machine lets us mount: root, and not a container without the right."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "none", folder], capture_output=True).returncode == 0
        if mounted:
            subprocess.run(["umount", folder], check=True)
    return mounted


class SmallDisk:
    """A tmpfs at `folder` while the `with` lasts. It is filled by shrinking it to what it holds: no memory is spent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> SmallDisk:
        self.folder.mkdir()
        self._mount(ROOM)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def fill(self) -> None:
        """From now on no file grows: the file system is as large as what lies in it."""
        found = subprocess.run(
            ["df", "--output=used", "-k", str(self.folder)], capture_output=True, text=True, check=True
        )
        used = int(found.stdout.split()[1])
        for more in range(0, 1024, 64):
            if self._mount(f"{used + more}k", "remount").returncode == 0:
                return
        raise AssertionError("the file system could not be filled")

    def free(self) -> None:
        """Room again."""
        self._mount(ROOM, "remount").check_returncode()

    def _mount(self, size: str, *options: str) -> subprocess.CompletedProcess[bytes]:
        words = ",".join([*options, f"size={size}"])
        return subprocess.run(["mount", "-t", "tmpfs", "-o", words, "none", str(self.folder)], capture_output=True)
