"""Files that leave with a staff answer, as MIME parts (RFC 2045, 2183, 2231): PDF and plain text, built anew from
bytes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from email.utils import encode_rfc2231

from mailbot.model import File

KINDS = ("application/pdf", "text/plain")


def with_files(kind: str, body: bytes, files: Iterable[File]) -> tuple[str, bytes]:
    """Content-Type and body of multipart/mixed: the letter first, then each file."""
    parts = [f"Content-Type: {kind}\r\n\r\n".encode("ascii") + body, *map(_part, files)]
    boundary = "mixed-" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    joined = b"".join(f"--{boundary}\r\n".encode("ascii") + part + b"\r\n" for part in parts)
    return f'multipart/mixed; boundary="{boundary}"', joined + f"--{boundary}--\r\n".encode("ascii")


def _part(file: File) -> bytes:
    """One file. Its name is percent-encoded whatever it holds, so that nothing in it can end the field."""
    kind = file.content_type if file.content_type in KINDS else "application/octet-stream"
    charset = "; charset=utf-8" if kind == "text/plain" else ""
    head = (
        f"Content-Type: {kind}{charset}\r\n"
        f"Content-Disposition: attachment; filename*={encode_rfc2231(file.filename, 'utf-8')}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("ascii") + base64.encodebytes(file.data).replace(b"\n", b"\r\n")
