"""flufl.bounce, the detectors of Mailman: asked where our own walk found nobody, and only of what looks like a bounce.

Its traps (tried with 6.0.0): it needs `policy.default`, it raises on an 8-bit, an empty or a missing From, it takes
over a second for 50,000 lines, and it calls one ordinary reply in thirty a bounce. So a copy with a From of our own
goes in, short ones only, and whatever it raises means that it found nothing. It gives no status.
"""

from __future__ import annotations

import re

_LONGEST = 64 * 1024
_MOST_LINES = 2000
_FROM = re.compile(rb"^From:[^\n]*\n(?:[ \t][^\n]*\n)*", re.MULTILINE | re.IGNORECASE)


def failed_recipients(raw: bytes) -> list[tuple[str, bool]]:
    """Addresses, each with whether its failure is temporary; none where the library fails or the message is long."""
    if len(raw) > _LONGEST or raw.count(b"\n") > _MOST_LINES:
        return []
    # Imported here: 57 ms, and most messages are no bounces.
    import email.policy
    from email import message_from_bytes

    from flufl.bounce import all_failures

    head, blank, body = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw[:_LONGEST] else b"\n\n")
    sender = b"From: MAILER-DAEMON@report.invalid\n"
    try:
        message = message_from_bytes(sender + _FROM.sub(b"", head + b"\n") + b"\n" + body, policy=email.policy.default)
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - thirty detectors by thirty hands: whatever they raise, they found nothing
        return []
    return [(_text(one), True) for one in sorted(temporary)] + [(_text(one), False) for one in sorted(permanent)]


def _text(address: bytes | str) -> str:
    return address.decode("utf-8", "replace") if isinstance(address, bytes) else address
