"""A file that somebody outside sent, on its way to one member (`#fetch`, RULES 11): PDF, text or Office, nothing else.

Label and bytes must agree; reading says in its child whether an Office file's ZIP directory does, and seals it where it
does not. Nothing is unpacked or changed. The name is ours: one of the sender's may end in .exe whatever the label says.
"""

from __future__ import annotations

from mailbot.casework.acting import CommandError
from mailbot.model import Attachment, File

LARGEST = 10 * 1024 * 1024
"""What mail servers take along; a larger file is for an operator."""
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
ENDINGS = {
    "application/pdf": "pdf",
    "text/plain": "txt",
    f"{_OFFICE}wordprocessingml.document": "docx",
    f"{_OFFICE}spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}presentationml.presentation": "pptx",
    f"{_OPEN}text": "odt",
    f"{_OPEN}spreadsheet": "ods",
    f"{_OPEN}presentation": "odp",
}
_WORDS = {
    "pdf": "PDF",
    "txt": "text",
    "docx": "Word",
    "xlsx": "Excel",
    "pptx": "PowerPoint",
    "odt": "OpenDocument text",
    "ods": "OpenDocument table",
    "odp": "OpenDocument slides",
    "image": "a picture",
    "video": "a film",
    "audio": "a sound",
    "message": "a mail",
}
_UNKNOWN = "application/octet-stream"


def described(found: Attachment) -> str:
    """Kind and size in words of ours: its label is its sender's word, and may be any text."""
    main = found.content_type.partition("/")[0]
    kind = _WORDS.get(ENDINGS.get(found.content_type, main), "another kind of file")
    return f"{kind}, {found.size} bytes{'; sealed' if found.sealed else ''}"


def refuse_kind(found: Attachment) -> None:
    """What cannot be mailed, as far as its description tells. CommandError."""
    if found.content_type not in ENDINGS:
        raise CommandError("Only PDF, text and Office files can be mailed to you. An operator can open others.")
    if found.size > LARGEST:
        raise CommandError("This file is larger than 10 MB: too large for mail. An operator can open it.")


def to_mail(found: Attachment, data: bytes, name: str) -> File:
    """The file under our name, byte for byte. CommandError where its bytes are not what its label says."""
    refuse_kind(found)
    ending = ENDINGS[found.content_type]
    if not _agrees(ending, data):
        raise CommandError("This file is not what it says it is. It is not mailed; an operator can open it.")
    kind = found.content_type
    if ending == "txt" and not _is_utf8(data):
        kind = _UNKNOWN  # in what characters it is written, only a person can tell
    return File(f"{name}.{ending}", kind, data)


def _agrees(ending: str, data: bytes) -> bool:
    match ending:
        case "pdf":
            return data.startswith(b"%PDF-")
        case "txt":
            return b"\0" not in data
        case _:
            return data.startswith(b"PK\3\4")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
