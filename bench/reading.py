"""How fast mail is read, beside mail-parser alone on the same mails in the same run; and what one mail of 50 MB costs.

usage: .venv/bin/python bench/reading.py [ROUNDS]

The mails lie in the folder that MAILBOT_CORPORA names (../shared/corpora) and are read there. "mailbot" is the whole
way: the pipe, the limited child, everything that reading finds out, and the check of what the child says. The library
only parses, in this process, unlimited. Compare the ratios: machines drift. "cost" is the processor time of all
processes for one mail, which other work on the machine does not change; "share" is of messages per second.
"""

from __future__ import annotations

import logging
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mailparser

from mailbot.errors import MessageError
from mailbot.reading import Reader

FOLDER = Path(os.environ.get("MAILBOT_CORPORA", Path(__file__).parents[1] / "../shared/corpora"))
GROUP = 20
MB = 1 << 20
Work = Callable[[Sequence[bytes]], None]


def library(raws: Sequence[bytes]) -> None:
    for raw in raws:
        try:
            mail = mailparser.parse_from_bytes(raw)
            _ = (mail.subject, mail.from_, mail.to, mail.date, mail.message_id, mail.body, mail.attachments)
        except Exception:  # noqa: BLE001, S112 - a library that raises has not understood; its time counts
            continue


def in_groups(reader: Reader) -> Work:
    def read(raws: Sequence[bytes]) -> None:
        for start in range(0, len(raws), GROUP):
            reader.read_all(raws[start : start + GROUP])

    return read


def one_by_one(reader: Reader) -> Work:
    def read(raws: Sequence[bytes]) -> None:
        for raw in raws:
            try:
                reader.read(raw)
            except MessageError:
                continue

    return read


@dataclass(frozen=True)
class Turn:
    """One entrant's turn: messages per second, and microseconds of processor time a message."""

    rate: float
    cost: float


def turn(work: Work, readers: Sequence[Reader], raws: Sequence[bytes]) -> Turn:
    started, used = time.perf_counter(), processor(readers)
    work(raws)
    took, used = time.perf_counter() - started, processor(readers) - used
    return Turn(len(raws) / took, used / len(raws) * 1e6)


def processor(readers: Sequence[Reader]) -> float:
    """Seconds of processor time so far of this process and of the children."""
    children = [one._child.pid for reader in readers for one in (reader._first, *reader._further) if one._child]
    nanoseconds = sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in children)
    return time.process_time() + nanoseconds / 1e9


def together(raws: Sequence[bytes], rounds: int) -> None:
    """The entrants in turn, each round all of them, so that the machine's moods hit all alike."""
    with Reader(workers=1) as one, Reader(workers=2) as two:
        entrants: dict[str, Work] = {
            "mail-parser alone, in this process": library,
            "mailbot, one at a time": one_by_one(one),
            "mailbot, one worker": in_groups(one),
            "mailbot, two workers": in_groups(two),
        }
        for work in entrants.values():
            work(raws)
        seen = [{name: turn(work, (one, two), raws) for name, work in entrants.items()} for _ in range(rounds)]
    first = next(iter(entrants))
    print(f"{len(raws)} mails, {rounds} rounds, medians")
    for name in entrants:
        shares = [one[name].rate / one[first].rate for one in seen]
        rate = statistics.median(one[name].rate for one in seen)
        cost = statistics.median(one[name].cost for one in seen)
        share = f"{statistics.median(shares):5.2f} ({min(shares):.2f} to {max(shares):.2f})"
        print(f"  {name:<36} {rate:6.0f} msg/s   share {share}   cost {cost:5.0f} us")


def large() -> None:
    line = b"QUJD" * 19 + b"\r\n"
    body = line * (50 * MB // len(line))
    raw = (
        b"From: Kim <kim@example.net>\r\nSubject: large\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nHello\r\n--b\r\nContent-Type: application/octet-stream\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + body + b"--b--\r\n"
    )
    with Reader(workers=1) as reader:
        reader.read(b"From: kim@example.net\r\n\r\nwarm")
        before = peaks(reader)
        started = time.perf_counter()
        reader.read(raw)
        took = time.perf_counter() - started
        more = sum(peaks(reader)) - sum(before) + len(raw)
    print(
        f"one mail of {len(raw) / MB:.0f} MB: {took:.2f} s; memory of both processes above their rest, the mail"
        f" itself included: {more / len(raw):.2f} times its size; the child at rest {before[1] / MB:.0f} MB"
    )


def peaks(reader: Reader) -> tuple[int, int]:
    """The largest resident size so far of this process and of the child, in bytes."""
    child = reader._first._child
    assert child is not None  # noqa: S101
    return _peak("self"), _peak(str(child.pid))


def _peak(process: str) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def main() -> None:
    logging.getLogger("mailparser").setLevel(logging.CRITICAL)
    paths = sorted(FOLDER.glob("*/*.eml"))
    if not paths:
        sys.exit(f"MAILBOT_CORPORA: no mail in {FOLDER}")
    large()
    together([path.read_bytes() for path in paths], int(sys.argv[1]) if len(sys.argv) > 1 else 5)


if __name__ == "__main__":
    main()
