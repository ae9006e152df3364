"""Mail of ours to ourselves, by which `mailbot check` proves what the mail host does: known again without a row.

A secret that our key vouches for stands in its subject and its reply address. Nobody else can make one, so such a mail
opens no case, answers nobody, counts as nobody's and is filed away, whatever the host did to it on the way: wherever it
lies, and where it came back as a bounce.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets

from mailbot.casework.addresses import ServiceAddress
from mailbot.model import Inbound, JournalState, Place, Reading
from storage.journal import End
from storage.sealing import Keyring

HALF = 8
REASON = "self-proof"
_WORD = re.compile(r"[a-z2-7]{26}")


def new_secret(keys: Keyring) -> str:
    """64 random bits and as many that prove them ours; it looks like every other token."""
    random = secrets.token_bytes(HALF)
    return base64.b32encode(random + _seal(keys, random)).decode("ascii").rstrip("=").lower()


def is_ours(keys: Keyring, address: ServiceAddress, reading: Reading) -> bool:
    """Whether a message is such a mail, or a report about one."""
    shown = [secret for one in reading.recipients if (secret := address.secret_in_address(one))]
    if any(map(address.is_ours, reading.from_)):
        shown += _WORD.findall(reading.subject)
    return any(_is_sealed(keys, secret) for secret in shown)


def ending(inbound: Inbound) -> End:
    """It is filed away, from the junk folder too."""
    return End(
        JournalState.PROCESSED,
        REASON,
        identity=inbound.reading.identity,
        file_to=Place.DONE if inbound.place in (Place.INBOX, Place.JUNK) else None,
    )


def _is_sealed(keys: Keyring, secret: str) -> bool:
    raw = base64.b32decode(secret.upper() + "======")
    return hmac.compare_digest(raw[HALF:], _seal(keys, raw[:HALF]))


def _seal(keys: Keyring, random: bytes) -> bytes:
    return keys.hash("self-proof", random)[:HALF]
