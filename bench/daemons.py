"""How fast a backlog of first mails is answered by one, two and three daemons, on SQLite and on PostgreSQL, in one run.

usage (as root, after `make live-deps`): PYTHONPATH=tests .venv/bin/python bench/daemons.py [--messages 500] [--rounds
3]

The mails lie in Dovecot before the daemons start; the clock stops when the last acknowledgement is noted as sent. The
start of the program is in the figure. Ratios hold; the machine's speed drifts.
"""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from backlog import LIMITS, fill
from support import processes
from support.installation import PROGRAM, Installation
from support.live import LiveServers
from support.postgresql import Cluster
from support.waiting import until

SENT = """
SELECT (SELECT count(*) FROM outbox WHERE role = 'requester' AND state = 'sent')
     + (SELECT count(*) FROM journal WHERE state = 'quarantined')
"""
ENTRANTS = (("SQLite", 1), ("PostgreSQL", 1), ("PostgreSQL", 2), ("PostgreSQL", 3))


def answered(house: Installation, sent: Callable[[], int], count: int, daemons: int) -> float:
    """Seconds from the start of the daemons to the last acknowledgement."""
    started = time.monotonic()
    with (house.folder / "daemons.log").open("ab") as log:
        running = [subprocess.Popen([*PROGRAM, "run"], env=house.environment(), stderr=log) for _ in range(daemons)]
    try:
        until(lambda: sent() >= count, seconds=600)
        return time.monotonic() - started
    finally:
        for one in running:
            one.send_signal(signal.SIGTERM)
        for one in running:
            one.wait(60)


def on_sqlite(folder: Path) -> Callable[[], int]:
    def sent() -> int:
        with closing(sqlite3.connect(folder / "mailbot.db")) as connection:
            return int(connection.execute(SENT).fetchone()[0])

    return sent


def on_postgresql(cluster: Cluster, name: str) -> Callable[[], int]:
    connection = cluster.connect(name)
    return lambda: int(str((connection.execute(SENT).fetchone() or (0,))[0]))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--messages", type=int, default=500)
    options.add_argument("--rounds", type=int, default=3)
    found = options.parse_args()
    port = processes.free_port()
    who = ["-u", "nobody"] if os.geteuid() == 0 else []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        command = [str(processes.program("smtp-sink")), *who, f"127.0.0.1:{port}", "1000"]
        stack.callback(processes.Server(command, port, folder / "sink.log").end)
        cluster = stack.enter_context(Cluster(on_disk=True))
        servers = stack.enter_context(
            LiveServers({"help": "secret"}, {"help@service.example": "help"}, "service.example")
        )
        speeds: dict[tuple[str, int], list[float]] = {entrant: [] for entrant in ENTRANTS}
        for number in range(found.rounds):
            for entrant in ENTRANTS:
                speeds[entrant].append(one(folder, servers, cluster, port, found.messages, entrant, number))
    first = statistics.median(speeds[ENTRANTS[0]])
    for (database, daemons), rates in speeds.items():
        median = statistics.median(rates)
        spread = f"{min(rates):.0f} to {max(rates):.0f}"
        print(f"{database:<11}{daemons} daemons: {median:5.1f} a second ({spread}), {median / first:.2f} of SQLite's")


def one(
    folder: Path, servers: LiveServers, cluster: Cluster, port: int, count: int, entrant: tuple[str, int], number: int
) -> float:
    """Mails a second of one entrant in one round."""
    database, daemons = entrant
    servers.fresh()
    fill(servers, count, number)
    name = cluster.database()
    more = LIMITS + (f'[storage]\ndatabase = "{cluster.url(name)}"\n' if database == "PostgreSQL" else "")
    home = folder / f"{database}{daemons}x{number}"
    house = Installation(home, servers, more=more, smtp_port=port)
    sent = on_postgresql(cluster, name) if database == "PostgreSQL" else on_sqlite(home)
    return count / answered(house, sent, count, daemons)


if __name__ == "__main__":
    main()
