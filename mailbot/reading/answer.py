"""A reading as JSON, or files behind a JSON head, over the pipe between the daemon and the child that reads.

The child has parsed hostile bytes, so the daemon trusts nothing it says: `reading_from` checks every type and length
and the grammar of every address that mail could later go to, in one place. JSON, never pickle: what comes back can be
data only.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import asdict
from typing import Any, Final, TypeVar

from mailbot.errors import MessageError, ReaderDied
from mailbot.model import Attachment, Automated, Bounced, Dmarc, File, Files, NotSent, Reading, Verdict
from mailbot.reading import limits
from mailbot.reading.address import is_address
from mailbot.reading.bounces.recipient import is_reported

REQUEST: Final = struct.Struct(">III")
"""Before a request: its number, and the sizes of the settings (JSON) and of the message that follow."""
REPLY: Final = struct.Struct(">II")
"""Before an answer: the number of the request, so that none is ever taken for another's, and its size."""
ANSWER: Final = struct.Struct(">I")
"""Before the head of an answer that has one: its size."""
MOST_BYTES: Final = 16 * 1024 * 1024
MOST_FILES_BYTES: Final = limits.FILES_BYTES + 1024 * 1024
_MOST_ITEMS: Final = 2 * limits.ADDRESSES + limits.ATTACHMENTS
_FIELDS: Final = tuple(Reading.__dataclass_fields__)
_CODE = re.compile(r"[a-z0-9-]{1,60}\Z")
_IDENTIFIER = re.compile(r"[\x21-\x7e]{1,995}\Z")
_HEX = re.compile(r"(?:[0-9a-f]{64})?\Z")
_T = TypeVar("_T", bound=str)


def to_bytes(reading: Reading) -> bytes:
    """The reading as UTF-8 JSON."""
    plain = {name: getattr(reading, name) for name in _FIELDS}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=asdict).encode("utf-8", "replace")


def failure_to_bytes(code: str) -> bytes:
    """A message that cannot be read at all, by its code."""
    return json.dumps({"failure": code}).encode("ascii")


def reading_from(answer: bytes) -> Reading:
    """The reading in an answer. `MessageError` where the child says that the message cannot be read, `ReaderDied`
    where it talks nonsense.
    """
    try:
        data = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise ReaderDied("nonsense") from error
    if not isinstance(data, dict):
        raise ReaderDied("nonsense")
    if "failure" in data:
        raise MessageError(_matching(data["failure"], _CODE))
    try:
        return _reading(data)
    except (KeyError, TypeError, ValueError) as error:
        raise ReaderDied("nonsense") from error


def files_to_bytes(found: Files) -> bytes:
    """The head as JSON, its size before it; then the bytes of the files, one behind the other."""
    head = {
        "allowed": [[one.filename, one.content_type, len(one.data)] for one in found.allowed],
        "refused": [[one.filename, one.reason] for one in found.refused],
    }
    encoded = json.dumps(head).encode("ascii")
    return b"".join((ANSWER.pack(len(encoded)), encoded, *(one.data for one in found.allowed)))


def files_from(answer: bytes) -> Files:
    """The files in an answer; `ReaderDied` where it holds anything else than sound files of the two kinds."""
    try:
        (size,) = ANSWER.unpack_from(answer)
        head = json.loads(answer[ANSWER.size : ANSWER.size + size])
        return _files(head, memoryview(answer)[ANSWER.size + size :])
    except (struct.error, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ReaderDied("nonsense") from error


def part_to_bytes(found: Attachment, data: bytes) -> bytes:
    """The description as JSON, its size before it; then the content of the part."""
    encoded = json.dumps(asdict(found)).encode("ascii")
    return ANSWER.pack(len(encoded)) + encoded + data


def part_from(answer: bytes) -> tuple[Attachment, bytes]:
    """One part and its content. `MessageError` where the child says that it cannot be opened, `ReaderDied` where it
    talks nonsense.
    """
    if answer[:1] == b"{":
        reading_from(answer)
        raise ReaderDied("nonsense")
    try:
        (size,) = ANSWER.unpack_from(answer)
        end = ANSWER.size + size
        return _attachment(json.loads(answer[ANSWER.size : end])), answer[end:]
    except (struct.error, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ReaderDied("nonsense") from error


def _files(head: Any, content: memoryview) -> Files:
    allowed: list[File] = []
    for name, kind, size in _items(head["allowed"]):
        if type(size) is not int or not 0 <= size <= len(content):
            raise ReaderDied("nonsense")
        file = File(_text(name, limits.NAME_CHARACTERS), _text(kind, 40), bytes(content[:size]))
        if not _is_sound(file):
            raise ReaderDied("nonsense")
        allowed.append(file)
        content = content[size:]
    if len(content) or sum(len(one.data) for one in allowed) > limits.FILES_BYTES:
        raise ReaderDied("nonsense")
    refused = [
        NotSent(_text(name, limits.NAME_CHARACTERS), _matching(why, _CODE)) for name, why in _items(head["refused"])
    ]
    return Files(tuple(allowed), tuple(refused))


def _is_sound(file: File) -> bool:
    if len(file.data) > limits.FILE_BYTES:
        return False
    return file.content_type == "text/plain" or (
        file.content_type == "application/pdf" and file.data.startswith(b"%PDF-")
    )


def _reading(data: dict[str, Any]) -> Reading:
    if data.keys() != Reading.__dataclass_fields__.keys():
        raise ReaderDied("nonsense")
    return Reading(
        message_id=None if data["message_id"] is None else _matching(data["message_id"], _IDENTIFIER),
        in_reply_to=tuple(_matching(one, _IDENTIFIER) for one in _items(data["in_reply_to"])),
        references=tuple(_matching(one, _IDENTIFIER) for one in _items(data["references"])),
        from_=_addresses(data["from_"], most=1),
        from_name=_text(data["from_name"], limits.NAME_CHARACTERS),
        to=_addresses(data["to"]),
        cc=_addresses(data["cc"]),
        recipients=_addresses(data["recipients"]),
        reply_to=_addresses(data["reply_to"]),
        return_path=""
        if data["return_path"] == ""
        else next(iter(_addresses([data["return_path"]])), None)
        if data["return_path"]
        else None,
        subject=_text(data["subject"], 998),
        date=None if data["date"] is None else _text(data["date"], 40),
        text=_text(data["text"], 2 * limits.TEXT_BYTES),
        reply=_text(data["reply"], 2 * limits.TEXT_BYTES),
        language=None if data["language"] is None else _text(data["language"], 3),
        automated=None if data["automated"] is None else Automated(data["automated"]),
        no_answer=None if data["no_answer"] is None else _matching(data["no_answer"], _CODE),
        bounces=tuple(_bounced(one) for one in _items(data["bounces"])),
        reported_ids=tuple(_text(one, limits.IDENTIFIER_CHARACTERS) for one in _items(data["reported_ids"])),
        attachments=tuple(_attachment(one) for one in _items(data["attachments"])),
        defects=tuple(_matching(one, _CODE) for one in _items(data["defects"])),
        dmarc=Dmarc(data["dmarc"]),
        internal=_flag(data["internal"]),
        identity=_matching(data["identity"], _HEX),
        verdict=Verdict(data["verdict"]),
        reason=None if data["reason"] is None else _matching(data["reason"], _CODE),
        plain_reply=_text_or_none(data["plain_reply"]),
        page_reply=_text_or_none(data["page_reply"]),
        cut=_pieces(data["cut"]),
        several_texts=_flag(data["several_texts"]),
    )


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value, 2 * limits.TEXT_BYTES)


def _pieces(value: Any) -> tuple[str, ...]:
    found = tuple(_text(one, limits.CUT_CHARACTERS + 10) for one in _items(value))
    if len(found) > limits.CUT_PIECES:
        raise ReaderDied("nonsense")
    return found


def _bounced(item: Any) -> Bounced:
    original = None if item["original"] is None else _reported(item["original"])
    return Bounced(_reported(item["recipient"]), _text(item["status"], 12), _flag(item["temporary"]), original)


def _reported(value: Any) -> str:
    if not is_reported(_text(value, 254)):
        raise ReaderDied("nonsense")
    return str(value)


def _attachment(item: Any) -> Attachment:
    name = None if item["filename"] is None else _text(item["filename"], limits.NAME_CHARACTERS)
    if type(item["size"]) is not int or item["size"] < 0:
        raise ReaderDied("nonsense")
    return Attachment(name, _text(item["content_type"], 200), item["size"], _flag(item["sealed"]))


def _addresses(value: Any, most: int = _MOST_ITEMS) -> tuple[str, ...]:
    found = tuple(_text(one, 254) for one in _items(value))
    if len(found) > most or not all(map(is_address, found)):
        raise ReaderDied("nonsense")
    return found


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST_ITEMS:
        raise ReaderDied("nonsense")
    return value


def _text(value: Any, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise ReaderDied("nonsense")
    return value


def _matching(value: Any, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.match(value):
        raise ReaderDied("nonsense")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ReaderDied("nonsense")
    return value
