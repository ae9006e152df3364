"""Handlers: one file per kind of author, one public `handle` each. A handler writes into the transaction it is given
and returns how the message ends; it never commits, and never touches the network or a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from mailbot.casework.desk import Desk
from mailbot.handlers import junk, machine, nobody, requester, staff
from mailbot.model import Inbound
from storage.database import Transaction
from storage.journal import End

Handler = Callable[[Transaction, Desk, Inbound, datetime], End]


class Author(StrEnum):
    """Who wrote a message, as far as handling goes."""

    NOBODY = "nobody"
    JUNK = "junk"
    MACHINE = "machine"
    STAFF = "staff"
    REQUESTER = "requester"


HANDLERS: Mapping[Author, Handler] = {
    Author.NOBODY: nobody.handle,
    Author.JUNK: junk.handle,
    Author.MACHINE: machine.handle,
    Author.STAFF: staff.handle,
    Author.REQUESTER: requester.handle,
}

__all__ = ["HANDLERS", "Author", "Handler"]
