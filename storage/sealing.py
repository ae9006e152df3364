"""Encryption at rest (promise 14, RULES 12): sealed columns, wrapped keys, keyed hashes.

One master key in a file. Subkeys by HKDF (RFC 5869), a label each. The intake, look-up and audit keys are random and
stored wrapped (RFC 3394), and so is each case's key: a new master key re-wraps them, and destroying a case's wraps
makes its bytes unreadable. A sealed value is version byte, 12 random bytes, AES-256-GCM ciphertext; its associated data
names table, column and row, so that a value moved to another row is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from mailbot.errors import Damaged, KeyMismatch

VERSION = b"\x01"
NONCE = 12
HASH = 16


def new_key() -> bytes:
    """32 random bytes."""
    return os.urandom(32)


def _subkey(master: bytes, label: str) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=32, info=b"mailbot " + label.encode()).derive(master)


def key_id(master: bytes) -> str:
    """What the database remembers of its key: enough to recognise it, nothing to compute it from."""
    return _subkey(master, "key id")[:8].hex()


def seal(key: bytes, data: bytes, table: str, column: str, row: str) -> bytes:
    """Encrypts one value for one place."""
    nonce = os.urandom(NONCE)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, data, _place(table, column, row))


def unseal(key: bytes, blob: bytes, table: str, column: str, row: str) -> bytes:
    """The value again. Raises Damaged when the bytes were changed or moved."""
    try:
        if blob[:1] != VERSION:
            raise Damaged(f"{table}.{column} of {row}: sealed in an unknown way")
        return AESGCM(key).decrypt(blob[1 : 1 + NONCE], blob[1 + NONCE :], _place(table, column, row))
    except (InvalidTag, ValueError) as error:  # ValueError: cut shorter than its nonce
        raise Damaged(f"{table}.{column} of {row}: the sealed bytes do not belong here") from error


def _place(table: str, column: str, row: str) -> bytes:
    return f"{table}\0{column}\0{row}".encode()


@dataclass(frozen=True, slots=True)
class WrappedKeys:
    """The installation's own keys as the database holds them."""

    intake: bytes
    lookup: bytes
    audit: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    """The unwrapped keys of one installation. Never printed."""

    wrapping: bytes = field(repr=False)
    intake: bytes = field(repr=False)
    lookup: bytes = field(repr=False)
    audit: bytes = field(repr=False)

    @classmethod
    def open(cls, master: bytes, wrapped: WrappedKeys) -> Keyring:
        """Raises KeyMismatch where `master` is not the key that wrapped them."""
        wrapping = _subkey(master, "wrap")
        try:
            keys = [aes_key_unwrap(wrapping, wrap) for wrap in (wrapped.intake, wrapped.lookup, wrapped.audit)]
        except InvalidUnwrap as error:
            raise KeyMismatch("storage.key_file: another key than the database's; nothing was touched") from error
        return cls(wrapping, *keys)

    @staticmethod
    def new(master: bytes) -> WrappedKeys:
        """Fresh random keys of a new installation, wrapped."""
        wrapping = _subkey(master, "wrap")
        return WrappedKeys(*(aes_key_wrap(wrapping, new_key()) for _ in range(3)))

    def under(self, master: bytes) -> tuple[Keyring, WrappedKeys]:
        """The same keys under another master key: open, and wrapped."""
        wrapping = _subkey(master, "wrap")
        wrapped = WrappedKeys(*(aes_key_wrap(wrapping, key) for key in (self.intake, self.lookup, self.audit)))
        return Keyring(wrapping, self.intake, self.lookup, self.audit), wrapped

    def wrap(self, key: bytes) -> bytes:
        """A case's key for its row."""
        return aes_key_wrap(self.wrapping, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        return _unwrap(self.wrapping, wrapped)

    def wrap_intake(self, key: bytes) -> bytes:
        """A journal row's data key, until a case takes it over."""
        return aes_key_wrap(self.intake, key)

    def unwrap_intake(self, wrapped: bytes) -> bytes:
        return _unwrap(self.intake, wrapped)

    def hash(self, kind: str, value: str | bytes) -> bytes:
        """A keyed hash for looking up `value` as a `kind`: address, token, bytes, identity or member."""
        data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        return hmac.new(self.lookup, kind.encode() + b"\0" + data, hashlib.sha256).digest()[:HASH]

    def link(self, previous: bytes, line: bytes) -> bytes:
        """The next hash of the audit chain."""
        return hmac.new(self.audit, previous + line, hashlib.sha256).digest()


def wrap_with(key: bytes, data_key: bytes) -> bytes:
    """A data key wrapped by a case's key."""
    return aes_key_wrap(key, data_key)


def unwrap_with(key: bytes, wrapped: bytes) -> bytes:
    return _unwrap(key, wrapped)


def _unwrap(key: bytes, wrapped: bytes) -> bytes:
    try:
        return aes_key_unwrap(key, wrapped)
    except InvalidUnwrap as error:
        raise Damaged("a wrapped key does not open; the database is damaged") from error
