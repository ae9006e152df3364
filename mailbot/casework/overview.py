"""Cases as the command line shows them (INTERFACES "JSON"): opaque ids and references, no address, name, subject or
text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mailbot.casework import safety
from mailbot.model import Member, Role
from storage import cases, followups, journal, outbox
from storage.cases import Case, Conversation
from storage.database import View


def case_json(view: View, members: Sequence[Member], case: Case) -> dict[str, object]:
    """One line of `mailbot cases`."""
    return {
        "reference": case.reference,
        "status": case.status,
        "stream": case.stream,
        "language": case.language,
        "owner": _owner(view, members, case),
        "opened_at": case.opened_at,
        "updated_at": case.updated_at,
        "messages": journal.count_of_case(view, case.id) + outbox.count_outside(view, case.id),
    }


def _owner(view: View, members: Sequence[Member], case: Case) -> str | None:
    return next((m.name for m in members if case.owner == view.keys.hash("member", m.key)), None)


def case_detail(view: View, members: Sequence[Member], case: Case, now: datetime) -> dict[str, object]:
    """`mailbot case REF`: the line of `cases`, and what the case holds. Mail recorded safe counts as unasked after its
    thirty days.
    """
    conversations = cases.conversations(view, case.id)
    return {
        **case_json(view, members, case),
        "contact": safety.contact_of_case(view, case, now),
        "conversations": [_conversation_json(view, conversation) for conversation in conversations],
        "followups": [
            {"due": _due(follow_up.due_wall, follow_up.zone), "text_id": follow_up.id, "urgent": follow_up.urgent}
            for follow_up in followups.of_case(view, case.id)
        ],
        "orders": [],
    }


def _due(wall: str, zone_name: str) -> str:
    from scheduler.zone import zone

    return datetime.strptime(wall, followups.WALL).replace(tzinfo=zone(zone_name)).isoformat()


def _conversation_json(view: View, conversation: Conversation) -> dict[str, object]:
    inbound = [
        {
            "direction": "in",
            "at": row.journaled_at,
            "letter": None,
            "state": row.state,
            "size": row.size,
            "attachments": row.attachments,
        }
        for row in journal.of_conversation(view, conversation.id)
    ]
    outbound = [
        {
            "direction": "out",
            "at": row.ended_at or row.created_at,
            "letter": row.letter,
            "state": row.state,
            "size": row.size,
            "attachments": 0,
        }
        for row in outbox.of_conversation(view, conversation.id)
        if row.role is not Role.STAFF
    ]
    messages = sorted([*inbound, *outbound], key=lambda one: str(one["at"]))
    return {"id": conversation.id, "role": conversation.role, "messages": messages}
