"""Every error of mailbot, by whose fault it is. A class's docstring is the sentence an operator reads.

    MailbotError
    ├── ConfigError         the configuration or the way mailbot was called: exit 2
    │   ├── KeyMismatch     ├── SchemaMismatch     └── ForeignMailbox
    ├── PeerError           a mail server: wait, try again, say so in `status`
    │   ├── Unreachable     ├── LyingPeer     ├── LoginRefused (TokenRefused)     ├── SubmissionRefused
    │   └── CommandRefused
    ├── MessageError        one message: quarantine it, go on with the next
    │   └── ReaderDied
    └── OurError            mailbot itself: stop before harm is done, exit 1
        ├── LeaseTaken      ├── Fenced     ├── Damaged     ├── DatabaseDown
        └── NotInCharge

Texts hold codes, keys and opaque ids, never anything received. `ENDINGS` says what each kind leads to; a test demands a
row for every class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


class MailbotError(Exception):
    """Something went wrong."""


class ConfigError(MailbotError):
    """The configuration is wrong; nothing was touched."""


class KeyMismatch(ConfigError):
    """The database belongs to another key; nothing was touched."""


class SchemaMismatch(ConfigError):
    """The database has another schema than this program; run `mailbot upgrade` or install the right program."""


class ForeignMailbox(ConfigError):
    """The mailbox carries the mark of another database; nothing was touched."""


class PeerError(MailbotError):
    """A mail server did not do what mailbot needs."""


class Unreachable(PeerError):
    """A mail server cannot be reached, or the connection broke."""


class LyingPeer(PeerError):
    """A mail server says what cannot be true; the connection was closed."""


class LoginRefused(PeerError):
    """A mail server refuses the user name or the password."""


class TokenRefused(LoginRefused):
    """A mail server refuses the access token."""


class SubmissionRefused(PeerError):
    """The submission server refuses everything we send, whoever it is for: our fault, not a recipient's."""


class CommandRefused(PeerError):
    """A mail server said no to one command; the connection goes on."""


class MessageError(MailbotError):
    """One message cannot be handled; it is kept whole in quarantine."""


class ReaderDied(MessageError):
    """The process that reads messages died or hung over this one."""


class OurError(MailbotError):
    """mailbot cannot go on safely."""


class LeaseTaken(OurError):
    """Another mailbot is at work on this database; nothing was touched."""


class Fenced(OurError):
    """Another mailbot took this database over; nothing more was touched."""


class NotInCharge(OurError):
    """Another mailbot on this database looks after the mailbox and the clock; this one stands by."""


class Damaged(OurError):
    """The database is damaged; mailbot stops before it does harm."""


class DatabaseDown(OurError):
    """The database cannot be read or written at the moment: a full disk, a lock, a lost connection."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What an error of one kind leads to, in a loop and on the command line."""

    in_loop: Literal["stop", "wait", "quarantine"]
    exit_code: Literal[1, 2]


ENDINGS: dict[type[MailbotError], Ending] = {
    ConfigError: Ending("stop", 2),
    KeyMismatch: Ending("stop", 2),
    SchemaMismatch: Ending("stop", 2),
    ForeignMailbox: Ending("stop", 2),
    PeerError: Ending("wait", 1),
    Unreachable: Ending("wait", 1),
    LyingPeer: Ending("wait", 1),
    LoginRefused: Ending("wait", 1),
    TokenRefused: Ending("wait", 1),
    SubmissionRefused: Ending("wait", 1),
    CommandRefused: Ending("wait", 1),
    MessageError: Ending("quarantine", 1),
    ReaderDied: Ending("quarantine", 1),
    OurError: Ending("stop", 1),
    LeaseTaken: Ending("stop", 1),
    Fenced: Ending("stop", 1),
    NotInCharge: Ending("wait", 1),
    Damaged: Ending("stop", 1),
    DatabaseDown: Ending("wait", 1),
}
