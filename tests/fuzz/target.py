"""What must hold for any bytes at all: the one question that both fuzzers ask."""

from __future__ import annotations

from mailbot.errors import MessageError
from mailbot.model import Reading, Verdict
from mailbot.reading import Limits, answer, read_message
from mailbot.reading.files import read_files
from mailbot.reading.opening import open_part

LIMITS = Limits(parts=200, depth=20)


def understood(raw: bytes) -> Reading:
    """Reads a message in every way that there is, and asserts what the daemon relies on."""
    reading = read_message(
        raw, trusted_ids=("mx.service.example",), limits=LIMITS, internal_header=("x-internal", "yes")
    )
    assert (reading.verdict is Verdict.QUARANTINE) == (reading.reason is not None)
    assert len(reading.from_) <= 1
    assert not reading.from_ or reading.from_[0].isascii()
    assert "\0" not in reading.text + reading.reply + reading.subject
    assert answer.reading_from(answer.to_bytes(reading)) == reading
    files = read_files(raw, LIMITS)
    assert answer.files_from(answer.files_to_bytes(files)) == files
    for number in (1, 2, len(reading.attachments)):
        opened(raw, number)
    return reading


def opened(raw: bytes, number: int) -> None:
    try:
        found = open_part(raw, LIMITS, number)
    except MessageError:
        return
    assert answer.part_from(answer.part_to_bytes(*found)) == found
