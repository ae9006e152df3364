"""The operators' list of sealed files: which ones members asked for (`#fetch`), and nobody opened since (RULES 11).

Read from the audit, where both acts stand; a list of its own could only say something else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import select

from storage.database import View
from storage.erasure import chunks
from storage.schema import audit

WANTED, OPENED = "attachment.wanted", "attachment.opened"


def wanted(view: View, message_ids: Sequence[str]) -> set[tuple[str, int]]:
    """Of these messages: (message, number of the file)."""
    found: set[tuple[str, int]] = set()
    for chunk in chunks(message_ids):
        acts = select(audit.c.subject, audit.c.act, audit.c.detail).where(
            audit.c.subject.in_(chunk), audit.c.act.in_((WANTED, OPENED))
        )
        for row in view.connection.execute(acts.order_by(audit.c.seq)):
            file = (row.subject, int(json.loads(row.detail)["number"]))
            found.add(file) if row.act == WANTED else found.discard(file)
    return found
