"""Real servers behind the same face as `mailbot.demo.servers.EmbeddedServers`: Dovecot for IMAP, Postfix for SMTP.

Both are started once for a whole test run; `fresh` gives every test empty mailboxes under the same names. `sent`
holds what Postfix passed on to addresses outside. Tests must close their connections: a session left open would look
into the next test's mailboxes.
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import pytest
from imapclient import IMAPClient

from mailbot.demo.misbehaviour import Rules, Script
from mailbot.demo.servers import EmbeddedServers
from mailbot.demo.smtpside import Transaction
from support import processes
from support.dovecot import Dovecot
from support.postfix import Postfix


def missing() -> str | None:
    """One sentence on what live tests lack here; None where they can run."""
    if os.geteuid() != 0:
        return "Live tests need root, because Postfix does."
    absent = [name for name in ("dovecot", "postfix") if processes.program(name) is None]
    return f"Live tests need {' and '.join(absent)} from Debian: make live-deps." if absent else None


def require() -> None:
    """Skips the test where live tests cannot run; fails it where they must (MAILBOT_REQUIRE_LIVE=1)."""
    lacks = missing()
    if lacks and os.environ.get("MAILBOT_REQUIRE_LIVE") == "1":
        pytest.fail(lacks, pytrace=False)
    if lacks:
        pytest.skip(lacks)


class LiveServers:
    """Dovecot and Postfix while the `with` lasts. All accounts have the password `password`."""

    host = "127.0.0.1"

    def __init__(self, accounts: Mapping[str, str], addresses: Mapping[str, str], domain: str) -> None:
        (self.password,) = set(accounts.values())
        self.accounts = dict(accounts)
        self.addresses = dict(addresses)
        self._domain = domain
        self._generation = 0
        self._sent_before = 0

    def __enter__(self) -> LiveServers:
        with ExitStack() as stack:
            # Not pytest's folder: that one is closed to other users, and its path is too long for a socket.
            self._folder = Path(tempfile.mkdtemp(prefix="mailbot-live-"))
            stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self._folder.chmod(0o755)
            self._outside = stack.enter_context(EmbeddedServers({}, {}))
            self.fresh()
            mail = self._folder / "mail"
            dovecot = Dovecot(self._folder / "dovecot", mail, self.password)
            self.imap_port = stack.enter_context(dovecot).port
            postfix = Postfix(self._folder / "postfix", mail, self.addresses, self._domain, self._outside.smtp_port)
            self.smtp_port = stack.enter_context(postfix).port
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def fresh(self) -> None:
        """Empty mailboxes for all accounts from now on, by turning a link to a new folder; `sent` starts anew."""
        self._generation += 1
        owner = pwd.getpwnam("mail")
        box = self._folder / str(self._generation)
        box.mkdir()
        os.chown(box, owner.pw_uid, owner.pw_gid)
        link = self._folder / "next"
        link.symlink_to(box)
        link.rename(self._folder / "mail")
        self._sent_before = len(self._outside.sent)
        self.outside_script = Rules()

    @property
    def outside_script(self) -> Script:
        """What the server outside, to which Postfix passes mail on, does wrong: Postfix then bounces for real."""
        return self._outside.smtp_script

    @outside_script.setter
    def outside_script(self, script: Script) -> None:
        self._outside.smtp_script = script

    @property
    def sent(self) -> list[Transaction]:
        """What went to addresses outside, in order."""
        return self._outside.sent[self._sent_before :]

    def wait_sent(self, count: int, seconds: float = 20.0) -> list[Transaction]:
        """`sent`, once there are at least `count`."""
        self._outside.wait_sent(self._sent_before + count, seconds)
        return self.sent

    def append(self, account: str, raw: bytes, folder: str = "INBOX", received_at: datetime | None = None) -> None:
        """Puts `raw` into a folder (made if missing), by IMAP. `received_at`, aware, becomes INTERNALDATE; now by
        default.
        """
        with self._session(account) as client:
            name = folder.replace("/", ".")
            if not client.folder_exists(name):
                client.create_folder(name)
            client.append(name, raw, msg_time=received_at or datetime.now(UTC))

    def mailbox(self, account: str, folder: str = "INBOX") -> list[bytes]:
        """The raw messages of a folder, oldest UID first; empty where there is no such folder."""
        with self._session(account) as client:
            name = folder.replace("/", ".")
            if not client.folder_exists(name):
                return []
            client.select_folder(name, readonly=True)
            uids = client.search()
            return [fields[b"BODY[]"] for _, fields in sorted(client.fetch(uids, ["BODY.PEEK[]"]).items())]

    def folders(self, account: str) -> list[str]:
        """The names of all folders, with "/" between levels."""
        with self._session(account) as client:
            listed = client.list_folders()
        return sorted(name.replace(".", "/") for flags, _, name in listed if b"\\Noselect" not in flags)

    @contextmanager
    def _session(self, account: str) -> Iterator[IMAPClient]:
        with IMAPClient(self.host, self.imap_port, ssl=False) as client:
            client.login(account, self.password)
            yield client
