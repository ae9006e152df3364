"""What mailbot understands of real mail: one table for each corpus, the misses named, the library alone beside it.

usage: make corpus, or .venv/bin/python bench/corpus.py [parse|bounce|arf|auto|reply|reply-clients|mime …]

The mail lies in the folder that MAILBOT_CORPORA names (../shared/corpora) and is read there, in the limited child, as
the daemon reads; only file names are printed. NAME/*.eml are the messages, NAME.jsonl says of each what is true.
"""

from __future__ import annotations

import argparse
import email.policy
import json
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import mailparser
from flufl.bounce import all_failures

from mailbot.errors import MessageError
from mailbot.model import Reading
from mailbot.reading import Reader

FOLDER = Path(os.environ.get("MAILBOT_CORPORA", Path(__file__).parents[1] / "../shared/corpora"))
SLOW_MS = 100
# x.0.9nn is in no registry: the tool that made the truth writes it where the host gave no code and only prose. What can
# be asked of such a row is the class; what the prose means, in the registry's numbers, is what we answer.
PRIVATE = re.compile(r"[245]\.0\.9\d\d\Z")
Expected = dict[str, Any]


@dataclass
class Table:
    """The rows of one corpus: how many of how many were right by name of the figure, and who missed."""

    name: str
    right: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)
    misses: dict[str, list[str]] = field(default_factory=dict)

    def add(self, figure: str, file: str, is_right: bool) -> None:
        self.of[figure] += 1
        self.right[figure] += is_right
        if not is_right:
            self.misses.setdefault(figure, []).append(file)

    def show(self, notes: Iterable[str] = ()) -> None:
        print(f"\n{self.name}")
        for figure, of in self.of.items():
            right = self.right[figure]
            print(f"  {figure:<46} {right:>4} of {of:<4} {100 * right / of:6.1f} %")
        for note in notes:
            print(f"  {note}")
        for figure, files in self.misses.items():
            if "alone" not in figure:
                print(f"  missed, {figure}: {' '.join(files)}")


def truth(name: str) -> list[tuple[str, bytes, Expected]]:
    """File name, bytes and truth of every message of a corpus."""
    rows = [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines() if line.strip()]
    return [(row["file"], (FOLDER / name / row["file"]).read_bytes(), row["expect"]) for row in rows]


def files(name: str) -> list[Path]:
    return sorted((FOLDER / name).glob("*.eml"))


def read(reader: Reader, raw: bytes) -> Reading | None:
    """None where the child died of it."""
    try:
        return reader.read(raw)
    except MessageError:
        return None


def parse(reader: Reader) -> None:
    table = Table("parse")
    for file, raw, expect in truth("parse"):
        found = _parsed(read(reader, raw))
        alone = _parsed_by_library(raw)
        for key, wanted in expect.items():
            table.add(key, file, found.get(key) == wanted)
        for key, wanted in expect.items():
            table.add(f"{key}, mail-parser alone", file, alone.get(key) == wanted)
    table.show()


def _parsed(reading: Reading | None) -> Expected:
    if reading is None:
        return {}
    return {
        "subject": reading.subject,
        "message_id": reading.message_id,
        "from": list(reading.from_),
        "attachments": len(reading.attachments),
    }


def _parsed_by_library(raw: bytes) -> Expected:
    try:
        mail = mailparser.parse_from_bytes(raw)
        return {
            "subject": mail.subject,
            "message_id": str(mail.message_id).strip("<>"),
            "from": [address.lower() for _, address in mail.from_],
            "attachments": len(mail.attachments),
        }
    except Exception:  # noqa: BLE001 - a library that raises has not understood
        return {}


Rows = set[tuple[str, str, bool]]


def _rows(bounces: Iterable[Expected]) -> Rows:
    """An address under .invalid (RFC 2606) is the truth's way to write that the report names nobody."""
    found = {(one["recipient"].lower(), one["status"], one["temporary"]) for one in bounces}
    return {row for row in found if not row[0].endswith(".invalid")}


def _recipients(rows: Rows) -> set[str]:
    return {recipient for recipient, _, _ in rows}


def _agrees(found: Rows, wanted: Rows) -> bool:
    """Whether every status is the one wanted; where the truth has a private code, whether the class is."""
    private = {recipient for recipient, status, _ in wanted if PRIVATE.match(status)}
    return {(one, status[:1] if one in private else status) for one, status, _ in found} == {
        (one, status[:1] if one in private else status) for one, status, _ in wanted
    }


def bounce(reader: Reader, name: str = "bounce") -> None:
    table = Table(name)
    for file, raw, expect in truth(name):
        reading = read(reader, raw)
        wanted = _rows(expect["bounces"])
        found = _rows(_values(one) for one in reading.bounces) if reading else set()
        table.add("recipients", file, _recipients(found) == _recipients(wanted))
        table.add("status (the class where the truth has no code)", file, _agrees(found, wanted))
        table.add("status, literally", file, {one[:2] for one in found} == {one[:2] for one in wanted})
        table.add("temporary", file, {one[::2] for one in found} == {one[::2] for one in wanted})
        if name == "arf":
            table.add("called a feedback report", file, reading is not None and reading.automated == "feedback-report")
        temporary, permanent = _by_library(raw)
        table.add("recipients, flufl.bounce alone", file, temporary | permanent == _recipients(wanted))
        table.add(
            "temporary, flufl.bounce alone",
            file,
            {(one, one in temporary) for one in temporary | permanent} == {one[::2] for one in wanted},
        )
    table.misses.pop("status, literally", None)
    table.show()


def _values(bounced: Any) -> Expected:
    return {"recipient": bounced.recipient, "status": bounced.status, "temporary": bounced.temporary}


def _by_library(raw: bytes) -> tuple[set[str], set[str]]:
    try:
        found = all_failures(message_from_bytes(raw, policy=email.policy.default))
    except Exception:  # noqa: BLE001 - it raises on an 8-bit, an empty or a missing From
        return set(), set()
    temporary, permanent = ({bytes(one).decode("ascii", "replace").lower() for one in group} for group in found)
    return temporary, permanent


def arf(reader: Reader) -> None:
    bounce(reader, "arf")


def auto(reader: Reader) -> None:
    table = Table("auto")
    for file, raw, expect in truth("auto"):
        reading = read(reader, raw)
        table.add("automated", file, reading is not None and reading.automated == expect["automated"])
    table.show()


def _folded(text: str) -> str:
    return " ".join(text.split())


def reply(reader: Reader) -> None:
    table = Table("reply")
    for file, raw, expect in truth("reply"):
        reading = read(reader, raw)
        wanted = _folded(expect["reply"])
        found = _folded(reading.reply) if reading else ""
        table.add("equal after folding white space", file, found == wanted)
        table.add("nothing lost", file, not Counter(wanted.split()) - Counter(found.split()))
    table.show()


def reply_clients(reader: Reader) -> None:
    table = Table("reply-clients")
    for path in files("reply-clients"):
        reading = read(reader, path.read_bytes())
        table.add('"Hello" alone', path.name, reading is not None and _folded(reading.reply) == "Hello")
    table.show()


def mime(reader: Reader) -> None:
    table = Table("mime")
    slowest = (0.0, "")
    for path in files("mime"):
        raw = path.read_bytes()
        reader.warm()
        started = time.perf_counter()
        reading = read(reader, raw)
        took = 1000 * (time.perf_counter() - started)
        slowest = max(slowest, (took, path.name))
        table.add("answered", path.name, reading is not None)
        table.add(f"within {SLOW_MS} ms", path.name, took <= SLOW_MS)
    table.show([f"slowest: {slowest[0]:.1f} ms, {slowest[1]}"])


CORPORA: dict[str, Callable[[Reader], None]] = {
    "parse": parse,
    "bounce": bounce,
    "arf": arf,
    "auto": auto,
    "reply": reply,
    "reply-clients": reply_clients,
    "mime": mime,
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("corpora", nargs="*", metavar="CORPUS", help=", ".join(CORPORA))
    names = options.parse_args().corpora or list(CORPORA)
    if unknown := set(names) - set(CORPORA):
        options.error(f"no such corpus: {', '.join(sorted(unknown))}; there are {', '.join(CORPORA)}")
    if not FOLDER.is_dir():
        options.error(f"MAILBOT_CORPORA: no such folder: {FOLDER}")
    logging.getLogger("mailparser").setLevel(logging.CRITICAL)
    with Reader() as reader:
        reader.read(b"From: warm@example.org\r\n\r\nThe child imports what it needs before anything is measured.\r\n")
        for name in names:
            CORPORA[name](reader)


if __name__ == "__main__":
    main()
