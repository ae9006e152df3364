"""Who is in the story: people who write, and the staff who read. All of them are invented."""

from __future__ import annotations

from dataclasses import dataclass

SERVICE = "help@service.example"
BORDER = "mx.service.example"
"""The mail server whose word on a sender's domain counts (`authentication.trusted_authserv_ids`)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a mailbox of their own, or without one where `reachable` is False. `member_as` is the role of a
    member in the configuration.
    """

    name: str
    address: str
    about: str
    staff: bool = False
    member_as: str = "staff"
    reachable: bool = True

    @property
    def account(self) -> str:
        return self.name.lower()

    @property
    def role(self) -> str:
        return "staff" if self.staff else "requester"

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


ANA = Person("Ana", "ana@example.net", "wrote first at night")
BEN = Person("Ben", "ben@example.org", "wrote first by day")
CHLOE = Person("Chloe", "chloe@example.com", "never wrote; somebody used her name")
MAX = Person("Max", "max@mail.example", "wrote to an address that was given to Ana")
EVA = Person("Eva", "eva@example.net", "wrote, with her own address mistyped")
MISTYPED = Person("Eva", "ev@example.net", "an address that nobody has", reachable=False)
DANA = Person("Dana", "dana@service.example", "staff", staff=True)
ROBIN = Person("Robin", "robin@service.example", "staff", staff=True)
SAM = Person("Sam", "sam@service.example", "supervisor", staff=True, member_as="supervisor")

STAFF = (DANA, ROBIN)
MEMBERS = (*STAFF, SAM)
MAILBOXES = (ANA, BEN, CHLOE, MAX, EVA, *MEMBERS)
"""Everybody whose mailbox is shown at the end, in this order."""


def at_address(address: str) -> Person:
    """Whose address this is; LookupError for one that is not in the story."""
    return {person.address: person for person in (*MAILBOXES, MISTYPED)}[address]
