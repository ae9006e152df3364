"""The notices of a sending service that come as JSON in a mail (Amazon SES through SNS): bounce, complaint, delivery.

In: the text of a mail. Out: what it says of whom, or None where it is no such notice; JSON of any other shape is
nothing to us. Never raises.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from mailbot.model import Automated
from mailbot.reading.bounces import codes, recipient
from mailbot.reading.bounces.groups import MOST_RECIPIENTS, Told

_DECODER = json.JSONDecoder(strict=False)
_FOLD = re.compile(r"\n ?")
_MOST = 256 * 1024
_KINDS = {
    "bounce": Automated.BOUNCE,
    "complaint": Automated.FEEDBACK_REPORT,
    "delivery": Automated.RECEIPT,
    "deliverydelay": Automated.DELAY,
}
_RECIPIENTS = ("bouncedRecipients", "complainedRecipients", "delayedRecipients", "recipients")


@dataclass(frozen=True, slots=True)
class Event:
    """One notice: its kind, the recipients, and the Message-ID of the mail it speaks of."""

    kind: Automated
    told: tuple[Told, ...]
    ids: tuple[str, ...]


def read_event(text: str) -> Event | None:
    """The notice in a text that begins with a JSON object; a notification's envelope is opened once."""
    data = _object(text)
    if isinstance(data.get("Message"), str):
        data = _object(data["Message"])
    name = str(data.get("notificationType") or data.get("eventType") or "").lower().replace(" ", "")
    kind = _KINDS.get(name)
    if kind is None:
        return None
    key = "deliveryDelay" if name == "deliverydelay" else name
    detail, mail = _mapping(data.get(key)), _mapping(data.get("mail"))
    told = tuple(one for item in _recipients(detail) if (one := _told(item, detail, kind)))
    identifier = _mapping(mail.get("commonHeaders")).get("messageId")
    return Event(kind, told, (identifier.strip("<>")[:995],) if isinstance(identifier, str) and identifier else ())


def _object(text: str) -> dict[str, Any]:
    """What stands below it (SNS adds how to unsubscribe) is left alone; its long lines come folded, even in strings."""
    if text.lstrip()[:1] != "{" or len(text) > _MOST:
        return {}
    try:
        return _mapping(_DECODER.raw_decode(_FOLD.sub("", text.lstrip()))[0])
    except (ValueError, RecursionError):
        return {}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _recipients(detail: dict[str, Any]) -> list[dict[str, Any]]:
    values: list[Any] = next((detail[name] for name in _RECIPIENTS if isinstance(detail.get(name), list)), [])
    return [{"emailAddress": one} if isinstance(one, str) else _mapping(one) for one in values[:MOST_RECIPIENTS]]


def _told(item: dict[str, Any], detail: dict[str, Any], kind: Automated) -> Told | None:
    address = recipient.first_in(str(item.get("emailAddress") or ""))
    if address is None:
        return None
    said = str(item.get("diagnosticCode") or detail.get("smtpResponse") or "")
    status = "" if kind is Automated.FEEDBACK_REPORT else codes.of_report(str(item.get("status") or ""), said)
    if kind is Automated.BOUNCE and not status:
        status = "4.0.0" if detail.get("bounceType") == "Transient" else "5.0.0"
    return Told(address, status, str(item.get("action") or "").lower())
