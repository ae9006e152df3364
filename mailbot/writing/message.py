"""A rendered letter as the bytes of a message (RFC 5322, 2045, 2046), field by field from a closed list (INTERFACES).

In: words and addresses of ours; out: bytes that are 7-bit, CRLF only, no line over 998 bytes, parsed again and
compared before they are returned (A31). Nothing received goes into a field but a Message-ID that `valid_message_id`
lets through. Any doubt about a value raises MessageError with the field's name only, and nothing is built.
"""

from __future__ import annotations

import base64
import binascii
import email
import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.header import Header
from email.message import Message
from email.utils import format_datetime
from functools import lru_cache
from typing import Literal

from mailbot.errors import MessageError
from mailbot.model import File
from mailbot.writing.attached import with_files
from mailbot.writing.letters import Rendered

# RFC 5322 §3.6.4: dot-atom-text "@" (dot-atom-text / no-fold-literal), without obsolete forms and without folding.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
_MESSAGE_ID = re.compile(rf"{_DOT_ATOM}@(?:{_DOT_ATOM}|\[[!-Z^-~]*\])", re.ASCII)
_LONGEST_ID = 250
_LAST_REFERENCES = 8
# RFC 5322 §3.4.1; RFC 5321 §4.5.3.1.3 bounds a path to 256 with its brackets.
_ADDRESS = re.compile(rf'(?:{_DOT_ATOM}|"(?:[ !#-\[\]-~]|\\[ -~])*")@(?:{_DOT_ATOM}|\[[!-Z^-~]*\])', re.ASCII)
_LONGEST_ADDRESS = 254
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_LONGEST_LINE = 998  # RFC 5322 §2.1.1
_SUPPRESS = "DR, RN, NRN, OOF, AutoReply"


def valid_message_id(text: str | None) -> str | None:
    """The Message-ID in a received field, without angle brackets, or None. RFC 5322 strictly, at most 250 bytes."""
    bare = (text or "").strip(" \t")
    if bare.startswith("<") and bare.endswith(">"):
        bare = bare[1:-1]
    return bare if len(bare) + 2 <= _LONGEST_ID and _MESSAGE_ID.fullmatch(bare) else None


def build_message(
    rendered: Rendered,
    *,
    sender_name: str,
    sender_address: str,
    to: str,
    reply_to: str | None,
    message_id: str,
    date: datetime,
    in_reply_to: str | None = None,
    references: tuple[str, ...] = (),
    automatic: Literal["auto-replied", "auto-generated"] | None = None,
    files: tuple[File, ...] = (),
) -> bytes:
    """The final bytes. Ids come with or without angle brackets, `date` is aware, only the last 8 references stay.

    Raises MessageError naming the field whose value cannot be sent.
    """
    head = {
        "From": f"{_phrase(sender_name)} <{_address('From', sender_address)}>",
        "To": _address("To", to),
        "Reply-To": _address("Reply-To", reply_to) if reply_to is not None else None,
        "Subject": _words("Subject", rendered.subject),
        "Date": _date(date),
        "Message-ID": _id("Message-ID", message_id),
        "In-Reply-To": _id("In-Reply-To", in_reply_to) if in_reply_to is not None else None,
        "References": "\r\n ".join(_id("References", one) for one in references[-_LAST_REFERENCES:]) or None,
        "MIME-Version": "1.0",
        "Content-Language": _language(rendered.language),
        "Auto-Submitted": automatic,
        "X-Auto-Response-Suppress": _SUPPRESS if automatic else None,
    }
    fields = {name: value for name, value in head.items() if value is not None}
    kind, body = _body(rendered.text, rendered.html)
    if files:
        kind, body = with_files(kind, body, files)
    fields["Content-Type"] = kind
    block = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    final = block.encode("ascii") + b"\r\n" + body
    compare(final, fields, rendered, files)
    return final


def _phrase(name: str) -> str:
    """A display name (RFC 5322 §3.2.5), quoted if plain, encoded if not (RFC 2047 §5)."""
    words = _words("From", name)
    if words != name:
        return words
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


@lru_cache(maxsize=256)
def _words(field: str, text: str) -> str:
    """Unstructured words, as encoded-words of at most 75 characters where they are not ASCII (RFC 2047 §2)."""
    if not text.strip() or len(text) > 200 or _FORBIDDEN.search(text):
        raise MessageError(f"field {field}: empty, too long, or with control characters")
    if text.isascii() and "=?" not in text:
        return text
    try:
        return Header(text, "utf-8", maxlinelen=75, header_name=field).encode(linesep="\r\n")
    except UnicodeError as fault:
        raise MessageError(f"field {field}: not Unicode text") from fault


def _address(field: str, address: str) -> str:
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise MessageError(f"field {field}: not one bare address in ASCII")
    return address


def _id(field: str, text: str) -> str:
    bare = valid_message_id(text)
    if bare is None:
        raise MessageError(f"field {field}: not a Message-ID")
    return f"<{bare}>"


def _language(code: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise MessageError("field Content-Language: not a language")
    return code


def _date(date: datetime) -> str:
    if date.tzinfo is None:
        raise MessageError("field Date: an instant without a zone")
    return format_datetime(date)


@lru_cache(maxsize=64)
def _body(text: str, html: str) -> tuple[str, bytes]:
    """Content-Type and body of multipart/alternative, the plain part first (RFC 2046 §5.1.4)."""
    boundary = "part-" + hashlib.sha256(f"{text}\0{html}".encode("utf-8", "replace")).hexdigest()[:32]
    parts = b"".join(
        f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n".encode("ascii") + _encoded(content)
        for kind, content in (("plain", text), ("html", html))
    )
    return f'multipart/alternative; boundary="{boundary}"', parts + f"--{boundary}--\r\n".encode("ascii")


def _encoded(content: str) -> bytes:
    """Encoding field and content of a part: quoted-printable if not much longer than base64 (RFC 2045 §6.7, §6.8)."""
    try:
        raw = content.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    except UnicodeError as fault:
        raise MessageError("body: not Unicode text") from fault
    quoted = binascii.b2a_qp(raw, istext=True)
    if len(quoted) * 3 <= len(raw) * 5:
        return b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted + b"\r\n"
    return b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(raw).replace(b"\n", b"\r\n") + b"\r\n"


def compare(final: bytes, fields: Mapping[str, str], rendered: Rendered, files: tuple[File, ...] = ()) -> None:
    """Reads the bytes back as a stranger would, and refuses them (MessageError) if anything else comes out."""
    if not _wireable(final):
        raise MessageError("lines: not what was written")
    message = email.message_from_bytes(final)
    if _unfolded(message.items()) != _unfolded(fields.items()) or _defects(message):
        raise MessageError("fields: not what was written")
    letter, *attached = _parts(message) if files else [message]
    if [part.get_payload(decode=True) for part in attached] != [file.data for file in files]:
        raise MessageError("files: not what was written")
    parts = [_content(part) for part in _parts(letter)]
    if parts != [("text/plain", rendered.text), ("text/html", rendered.html)]:
        raise MessageError("parts: not what was written")


def _parts(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _wireable(final: bytes) -> bool:
    """ASCII without NUL, every line ended by CRLF and none too long (RFC 5322 §2.1.1, §2.3)."""
    ends = final.count(b"\r\n")
    if not final.isascii() or b"\0" in final or final.count(b"\r") != ends or final.count(b"\n") != ends:
        return False
    return max(map(len, final.split(b"\r\n"))) <= _LONGEST_LINE


def _unfolded(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value.replace("\r\n", "")) for name, value in fields]


def _defects(message: Message) -> bool:
    return any(part.defects for part in message.walk())


def _content(part: Message) -> tuple[str, str]:
    """Type and words of one part, line ends as LF."""
    payload = part.get_payload(decode=True)
    words = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return part.get_content_type(), words.replace("\r\n", "\n")
