"""What lies inside winmail.dat (MS-OXTNEF): names, types, sizes and first bytes of its files, and its text as a hint.

The part stays whole and sealed; what is read here is only told of. A walk of our own over lengths, with limits: the
one library that exists counts to four thousand million on thirty hostile bytes (docs/decisions/reading.md). Nothing
here raises; damage ends the walk and is said.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mailbot.reading import charset, limits

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_OBJECT = struct.Struct("<BHHI")
_NEW_FILE, _TITLE, _DATA, _PROPERTIES, _BODY = 0x9002, 0x8010, 0x800F, 0x9005, 0x800C
_MESSAGE_PROPERTIES, _CODE_PAGE = 0x9003, 0x9007
_LONG_NAME, _SHORT_NAME, _MIME, _DATA_OBJECT, _TEXT, _PAGE = 0x3707, 0x3704, 0x370E, 0x3701, 0x1000, 0x1013
_INTERNET_CODE_PAGE = 0x3FDE
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16, 0: 0, 1: 0}
_LONG, _WIDE = 3, 0x1F
_VARIABLE = (0x1E, _WIDE, 0x102, 13)
_IID_BYTES = 16
_MOST_OBJECTS, _MOST_DEPTH = 4000, 5


class _Damaged(Exception):
    """The bytes end, or contradict themselves."""


@dataclass(slots=True)
class File:
    """One file inside: its name and media type as written, its size, and its first bytes."""

    name: str = ""
    content_type: str = ""
    size: int = 0
    head: bytes = b""


@dataclass(slots=True)
class Inside:
    """What was found: `files` in their order, `text` and `page` of the message, whether all of it could be read."""

    files: list[File] = field(default_factory=list)
    text: str = ""
    page: str = ""
    is_sound: bool = True
    code_page: str = "cp1252"


def read(data: bytes) -> Inside:
    """Walks over one winmail.dat, and over messages inside it."""
    found = Inside()
    stack = [(data, 0)]
    while stack and len(found.files) < limits.ATTACHMENTS:
        content, depth = stack.pop()
        try:
            inner = list(_walk(content, found, is_outer=depth == 0))
        except _Damaged:
            found.is_sound = False
            continue
        if depth < _MOST_DEPTH:
            stack += [(one, depth + 1) for one in inner]
    return found


def _walk(data: bytes, found: Inside, is_outer: bool) -> Iterator[bytes]:
    """Reads the objects of one level; yields the messages inside."""
    if not data.startswith(SIGNATURE):
        raise _Damaged
    position = len(SIGNATURE) + 2
    for _ in range(_MOST_OBJECTS):
        if position >= len(data):
            return
        if position + _OBJECT.size > len(data):
            raise _Damaged
        _, name, _, size = _OBJECT.unpack_from(data, position)
        position += _OBJECT.size
        value = data[position : position + size]
        if len(value) < size:
            found.is_sound = False
        position += size + 2
        if name == _NEW_FILE:
            found.files.append(File())
        elif name in (_TITLE, _DATA, _PROPERTIES):
            yield from _of_file(found, name, value)
        elif is_outer:
            _of_message(found, name, value)
    raise _Damaged


def _of_file(found: Inside, name: int, value: bytes) -> Iterator[bytes]:
    if not found.files:
        found.files.append(File())
    file = found.files[-1]
    if name == _TITLE:
        file.name = file.name or _text(value, found.code_page)
    elif name == _DATA:
        file.size, file.head = len(value), value[: limits.HEAD_BYTES]
    else:
        for key, kind, content in _properties(value, found):
            if key == _LONG_NAME or (key == _SHORT_NAME and not file.name):
                file.name = _characters(kind, content, found.code_page)
            elif key == _MIME:
                file.content_type = _characters(kind, content, "utf-8").lower()
            elif key == _DATA_OBJECT and len(content) > _IID_BYTES:
                file.size, file.head = len(content) - _IID_BYTES, content[_IID_BYTES:][: limits.HEAD_BYTES]
                if file.head.startswith(SIGNATURE):
                    yield content[_IID_BYTES:]


def _of_message(found: Inside, name: int, value: bytes) -> None:
    if name == _CODE_PAGE and len(value) >= 4:
        found.code_page = f"cp{int.from_bytes(value[:4], 'little')}"
    elif name == _BODY:
        found.text = _text(value[: limits.TEXT_BYTES], found.code_page)
    elif name == _MESSAGE_PROPERTIES:
        page = b""
        label = found.code_page
        for key, kind, content in _properties(value, found):
            if key == _TEXT:
                found.text = found.text or _characters(kind, content[: limits.TEXT_BYTES], found.code_page)
            elif key == _PAGE:
                page = content[: limits.TEXT_BYTES]
            elif key == _INTERNET_CODE_PAGE and kind == _LONG:
                label = f"cp{int.from_bytes(content, 'little')}"
        found.page = _text(page, label)


def _properties(data: bytes, found: Inside) -> Iterator[tuple[int, int, bytes]]:
    """Key, kind and (first) value of each MAPI property (MS-OXTNEF section 2.1.3.4). Every property has bytes of its
    own, so a count that lies ends with them.
    """
    try:
        position = 4
        for _ in range(min(_number(data, 0), _MOST_OBJECTS)):
            kind, key = struct.unpack_from("<HH", data, position)
            position = _behind_name(data, position + 4, key)
            content, position = _value(data, position, kind)
            yield key, kind & 0xFFF, content
    except (_Damaged, struct.error):
        found.is_sound = False


def _behind_name(data: bytes, position: int, key: int) -> int:
    """Properties from 0x8000 on carry a GUID and a number or a name."""
    if key < 0x8000:
        return position
    position += 16
    if _number(data, position) == 0:
        return position + 8
    size = _number(data, position + 4)
    return position + 8 + _padded(size)


def _value(data: bytes, position: int, kind: int) -> tuple[bytes, int]:
    base, is_multiple = kind & 0xFFF, bool(kind & 0x1000)
    if base in _VARIABLE:
        count = _number(data, position)
        position += 4
        first = b""
        for number in range(count):
            size = _number(data, position)
            position += 4
            if not number:
                first = data[position : position + size]
            position += _padded(size)
        return first, position
    if base not in _FIXED:
        raise _Damaged
    count = 1
    if is_multiple:
        count = _number(data, position)
        position += 4
    size = _FIXED[base]
    return data[position : position + size], position + size * count


def _number(data: bytes, position: int) -> int:
    if position + 4 > len(data):
        raise _Damaged
    return int.from_bytes(data[position : position + 4], "little")


def _padded(size: int) -> int:
    return size + -size % 4


def _characters(kind: int, content: bytes, label: str) -> str:
    return _text(content, "utf-16-le" if kind == _WIDE else label)


def _text(content: bytes, label: str) -> str:
    return charset.decode(content, label)[0].rstrip("\0")
