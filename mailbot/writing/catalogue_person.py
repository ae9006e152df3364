"""Letters that a member sends to a person with `#letter` (LETTERS part 3, "to the person", classes A, B and G).

A letter about a claim, an order or a request comes with what it speaks of.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mailbot.writing.rows import Audience, Class, Gate, Letter

_A: Mapping[str, type] = {"at": datetime, "discreet": bool}
_B: Mapping[str, type] = {"at": datetime}
_TO: Mapping[str, type] = {"audience": Audience}
_CALL: Mapping[str, type] = {"call_at": datetime}
_IMAGE: Mapping[str, type] = {"image_minor": bool}
_ALLOWED: Mapping[str, type] = {"permitted_facts": str}


def _anyone(
    name: str, limit: int, grade: int = 6, more: Mapping[str, type] | None = None, *, lines: str | None = None
) -> Letter:
    return Letter(
        name, Class.ANYONE, {**_A, **(_TO if lines else {}), **(more or {})}, limit, grade, by_hand=True, lines=lines
    )


def _safe(
    name: str,
    limit: int,
    grade: int,
    *gates: Gate,
    more: Mapping[str, type] | None = None,
    lines: str | None = None,
    needs: tuple[str, ...] = (),
    law: bool = False,
    letter_class: Class = Class.SAFE,
) -> Letter:
    fields = {**_B, **(_TO if lines else {}), **(more or {})}
    return Letter(name, letter_class, fields, limit, grade, True, gates, lines, needs, law)


ROWS: tuple[Letter, ...] = (
    _anyone("safety-check", 120),
    _anyone("safe-way", 120),
    _anyone("call-offer", 80, more=_CALL),
    _anyone("call-missed", 80, more=_CALL),
    _anyone("language-offer", 80, 5, lines="interpreters"),
    _anyone("files-received", 70),
    _anyone("silent-checkin", 60, 5),
    _anyone("closing", 90, lines="closing"),
    _anyone("safety-after-order", 70, lines="aftercare"),
    _anyone("boundary-application", 80, 7),
    _safe("request-details", 180, 6, more=_TO),
    _safe("privacy", 160, 7),
    _safe("options-adult", 300, 8, Gate.ADULT, law=True),
    _safe("options-youth", 300, 8, Gate.YOUTH, law=True),
    _safe("extortion", 150, 6, lines="threatened"),
    _safe("evidence", 150, 7, more=_TO),
    _safe("takedown-self-help", 250, 7, Gate.ADULT),
    _safe("takedown-youth", 250, 7, Gate.YOUTH, more=_TO),
    _safe("hash-tools", 140, 7, more=_IMAGE),
    _safe("referral-adult", 200, 7, Gate.ADULT, lines="referral"),
    _safe("referral-18", 180, 7, Gate.EIGHTEEN, lines="referral", more=_IMAGE),
    _safe("referral-youth", 200, 6, Gate.MINOR, lines="referral"),
    _safe("guardian-talk", 180, 6, Gate.YOUTH_WITH_GUARDIAN),
    _safe("guardian-limits", 180, 6, Gate.YOUTH_WITH_GUARDIAN),
    _safe("guardian-first", 180, 7, Gate.WROTE_AS_GUARDIAN, lines="guardian", letter_class=Class.GUARDIAN),
    _safe("guardian-info", 220, 7, Gate.PERMISSION, lines="guardian", more=_ALLOWED, letter_class=Class.GUARDIAN),
    _safe("possession-only", 170, 7, Gate.HELD, lines="held"),
    _safe("police-support", 200, 8, lines="police"),
    _safe("resources", 250, 7, more=_TO, needs=("counselling", "legal", "indigenous", "youth", "guardian")),
    _safe("crt-apply", 250, 8, lines="tribunal", law=True),
    _safe("order-receive", 110, 7),
    _safe("boundary-legal", 120, 7, more=_TO, needs=("legal",)),
    _safe("other-place", 130, 7, more=_TO, needs=("elsewhere",)),
)
