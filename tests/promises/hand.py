"""A person's mail program, or a rule of the host: moves and removes what lies in a mailbox, behind mailbot's back."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager

from support.facade import MailServers

MARK = "X-Mailbot-Installation"


@contextmanager
def program(servers: MailServers, account: str = "help") -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4(servers.host, servers.imap_port) as client:
        client.login(account, servers.accounts[account])
        yield client


def _named(client: imaplib.IMAP4, folder: str) -> str:
    """The folder's name with the server's own separator."""
    _, listed = client.list('""', '""')
    assert isinstance(listed[0], bytes)
    separator = listed[0].split(b'"')[1].decode()
    return f'"{folder.replace("/", separator)}"'


def remove_all(servers: MailServers, folder: str) -> int:
    """Removes every message of a folder, but for mailbot's mark."""
    with program(servers) as client:
        return _take_away(client, folder)


def move_all(servers: MailServers, source: str, target: str) -> int:
    """Moves every message of a folder into another one, where each gets a new UID; mailbot's mark stays."""
    with program(servers) as client:
        return _take_away(client, source, _named(client, target))


def remove_folder(servers: MailServers, folder: str) -> None:
    """Removes a folder; when it is made again it has another UIDVALIDITY."""
    with program(servers) as client:
        client.delete(_named(client, folder))


def _take_away(client: imaplib.IMAP4, folder: str, target: str | None = None) -> int:
    client.select(_named(client, folder))
    _, (found, *_) = client.uid("SEARCH", "NOT", "HEADER", MARK, '""')
    uids = b",".join(found.split()).decode()
    if not uids:
        return 0
    if target is not None:
        client.uid("COPY", uids, target)
    client.uid("STORE", uids, "+FLAGS", r"(\Deleted)")
    client.expunge()
    return uids.count(",") + 1
