"""Debian's PostgreSQL as a private cluster on loopback, in a folder of its own; a database for every test.

`Cluster` is a running server: `database` makes a database, `crash` ends the server as a loss of power would, `start`
brings it back. Databases are copied from templates, which costs less than running the migrations.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import psycopg
import pytest

from support import processes
from support.waiting import until

USER, PASSWORD = "mailbot", "secret"
SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
max_connections = 200
shared_buffers = 32MB
"""


def binaries() -> Path | None:
    """Where Debian keeps the newest server's programs; None without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


def missing() -> str | None:
    """One sentence on what these tests lack here; None where they can run."""
    if binaries() is None:
        return "Tests on PostgreSQL need postgresql from Debian: make live-deps."
    return None


def require() -> None:
    """Skips the test without PostgreSQL; fails it where live tests must run (MAILBOT_REQUIRE_LIVE=1)."""
    lacks = missing()
    if lacks and os.environ.get("MAILBOT_REQUIRE_LIVE") == "1":
        pytest.fail(lacks, pytrace=False)
    if lacks:
        pytest.skip(lacks)


def _memory() -> str | None:
    """A folder in memory with room for the databases of a test run, where making one takes a tenth of the time; what
    `crash` ends is the server alone, so that files outlive it as they do on a disk.
    """
    shared = "/dev/shm"
    return shared if os.path.isdir(shared) and shutil.disk_usage(shared).free > 2**30 else None


class Cluster:
    """The server while the `with` lasts. It refuses to run as root, so root runs it as another user."""

    def __init__(self, *, on_disk: bool = False) -> None:
        """`on_disk`: for measuring; commits then cost what they cost."""
        self._where = None if on_disk else _memory()
        self.port = processes.free_port()
        self._bin = binaries() or Path()

    def __enter__(self) -> Cluster:
        # Not pytest's folder: that one is closed to other users, and its path is too long for a socket.
        self.folder = Path(tempfile.mkdtemp(prefix="mailbot-pg-", dir=self._where))
        self.data = self.folder / "data"
        owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self._as = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"] if owner else []
        if owner:
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        secret = self.folder / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run(
            "initdb",
            "-D",
            str(self.data),
            "-U",
            USER,
            f"--pwfile={secret}",
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--no-sync",
        )
        settings = SETTINGS.format(port=self.port, folder=self.folder)
        self._run("sh", "-c", 'cat >> "$1"', "sh", str(self.data / "postgresql.conf"), text=settings)
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str, text: str | None = None) -> None:
        found = self._bin / program
        command = [*self._as, str(found) if found.exists() else program, *arguments]
        done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=self.folder, check=False)
        assert done.returncode == 0, f"{program} ended with {done.returncode}: {done.stderr[-2000:]}"

    def start(self) -> None:
        """Starts the server, after a crash too."""
        command = [*self._as, str(self._bin / "postgres"), "-D", str(self.data)]
        self._server = processes.Server(command, self.port, self.folder / "server.log")
        until(self._serves, seconds=processes.SECONDS)

    def _serves(self) -> bool:
        """Whether it lets clients in: it listens while it still recovers."""
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Ends it, its clients' sessions with it."""
        with suppress(AssertionError):
            self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop")
        self._server.end()

    def crash(self) -> None:
        """Ends it without a word to its clients and without a checkpoint: the next start recovers from the log."""
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
        self._server.end()

    def url(self, name: str) -> str:
        """What storage.database says."""
        return f"postgresql+psycopg://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def connect(self, name: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A connection as the cluster's owner, for looking and for mischief."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname=name, autocommit=True
        )

    def database(self, template: str = "template1") -> str:
        """A new database, as a copy; its name."""
        name = f"t{secrets.token_hex(6)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Ends a database, and whoever is still in it."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
