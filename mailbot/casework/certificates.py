"""The end of a mail server's certificate: named two weeks before mail would stop (F20).

In: when the certificate of the open connection ends. Out: a problem in `status` until a newer one is met. Once it has
ended the server is out of reach, which the loop says; this line then still has the date.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from storage import pulse
from storage.database import Transaction

WARNED = timedelta(days=14)


def note(transaction: Transaction, server: str, ends_at: datetime | None, now: datetime) -> None:
    """Call it only while connected: without TLS `ends_at` is None, and there is nothing to warn of. `server` is the
    table of the configuration that names it.
    """
    code = f"certificate:{server}"
    if ends_at is not None and ends_at - now < WARNED:
        pulse.raise_problem(transaction, code, f"the server's certificate ends on {ends_at:%Y-%m-%d}; renew it", now)
    else:
        pulse.end_problem(transaction, code)
