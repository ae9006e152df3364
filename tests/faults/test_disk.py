"""A disk without room at any write: what was not committed is done again, the mailbox stays untouched, nothing leaves
that could be forgotten (F28).

`ulimit -f` stops the growth of every file at a size, so each size is another place at which the disk is full. Where the
machine lets us mount, a real file system is filled under the running daemon.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ACCOUNTS, ADDRESSES
from faults.conftest import MakeFaulty
from faults.disks import SmallDisk, can_mount
from faults.house import TEN
from support.installation import PROGRAM, Installation
from support.mails import first_mail
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers

pytestmark = pytest.mark.timeout(300)

PEOPLE = ("kim@example.com", "lee@example.net", "max@example.org")
BLOCK = 512
FEW = [200, 900]


def _survives(folder: Path, blocks: int) -> str:
    """One pass on a disk that is full at that many blocks, one with room; how the first ended."""
    with EmbeddedServers(ACCOUNTS, ADDRESSES) as servers:
        house = Installation(folder, servers)
        for person in PEOPLE:
            servers.append("help", first_mail(person))
        house.at = TEN
        full = ["sh", "-c", f'ulimit -f {blocks}; exec "$0" "$@"', *PROGRAM]
        done = subprocess.run(
            [*full, "run", "--once"], env=house.environment(), capture_output=True, text=True, timeout=100
        )
        assert done.returncode in (0, 1), (blocks, done.returncode, done.stderr[-2000:])
        assert "fault in mailbot itself" not in done.stderr
        assert "Traceback" not in done.stderr.replace("Traceback (most recent call last)\\n", "")
        for minutes in (2, 10):
            house.once(TEN.replace(minute=minutes), expect=None)
        assert house.status()["journal"]["processed"] == len(PEOPLE)
        filed = [raw for raw in servers.mailbox("help", "Mailbot/Done") if b"X-Mailbot-Installation:" not in raw]
        assert (len(filed), servers.mailbox("help")) == (len(PEOPLE), [])
        letters = Counter(one.rcpt_to[0] for one in servers.sent if not one.rcpt_to[0].endswith("@service.example"))
        assert set(letters) == set(PEOPLE)
        bodies = Counter(one.data for one in servers.sent)
        uncertain = house.json("outbox", "--all")
        assert len({one.data.partition(b"Message-ID: ")[2][:30] for one in servers.sent}) == len(bodies), "other bytes"
        assert max(bodies.values()) <= 2
        assert {row["state"] for row in uncertain} == {"sent"}
        house.run("audit", "verify")
        return "went on" if done.returncode == 0 else "stopped"


@pytest.mark.parametrize("blocks", FEW)
def test_f28_a_disk_full_at_any_size_of_any_file_loses_nothing(tmp_path: Path, blocks: int) -> None:
    _survives(tmp_path / "house", blocks)


@pytest.mark.deep
@pytest.mark.timeout(2400)
def test_f28_a_disk_full_at_every_write_loses_nothing(tmp_path: Path) -> None:
    """From a size at which nothing fits to one at which everything does."""
    ended = {blocks: _survives(tmp_path / str(blocks), blocks) for blocks in range(40, 1800, 32)}
    print(f"\ndisk full at {len(ended)} sizes: {Counter(ended.values())}")
    assert set(ended.values()) == {"stopped", "went on"}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    if not can_mount():
        if os.environ.get("MAILBOT_REQUIRE_LIVE") == "1":
            pytest.fail("this test mounts a file system: it needs root", pytrace=False)
        pytest.skip("this test mounts a file system: it needs root")
    with SmallDisk(tmp_path / "disk") as found:
        yield found


def test_f28_a_disk_that_fills_under_the_daemon_is_named_and_afterwards_all_is_done_once(
    faulty: MakeFaulty, disk: SmallDisk
) -> None:
    """Status needs no room; a letter that was not committed as begun has not left."""
    here = faulty("disk/house")
    with here.daemon():
        here.write("kim@example.com")
        here.answered("kim@example.com")
        disk.fill()
        here.write("lee@example.net", "max@example.org")
        here.named("disk:")
        assert len(here.inbox()) == 2
        disk.free()
        here.answered("lee@example.net", "max@example.org")
        until(lambda: len(here.inbox("Mailbot/Done")), lambda number: number == 3, seconds=60)
        here.all_well()
    assert max(Counter(one.data for one in here.servers.sent).values()) == 1
