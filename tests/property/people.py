"""Who lives in the town, whom the case of each may talk with, and what members of staff type there."""

from __future__ import annotations

from dataclasses import dataclass

COMMANDS = ("#take", "#status waiting", "#status closed", "#status open", "#contact stop", "#contact resume",
            "#contact discreet", "#contact safe", "#cancel", "#send now", "#hold until tomorrow 9:00",
            "#assign Robin", "#help", "#call tomorrow 10:00", "#call reached", "#away until tomorrow 9:00",
            "#away over", "#show", "#list open", "#list mine", "#draft options-adult")  # fmt: skip
RECORDS = ("#stream adult", "#stream youth age 18", "#stream youth age 15", "#stream unknown",
           "#facts shared self bc yes", "#facts held", "#facts image minor yes", "#facts child",
           "#consent yes c3p", "#consent no police", "#disclose police danger", "#language fr",
           "#language en", "#contact phone 250-555-0100 weekdays 10 to 12 voicemail no")  # fmt: skip
"""What is only kept: it sends nothing, and changes what may be sent."""
LETTERS = ("safety-check", "call-offer", "contact-confirm", "options-adult", "referral-youth", "referral-18",
           "guardian-talk", "possession-only", "extortion", "guardian-info", "boundary-legal")  # fmt: skip
WITH_ANSWER = ("#take", "#send now", "#hold until tomorrow 9:00", "#status closed", "#status open", "#contact safe")


@dataclass(frozen=True)
class Person:
    """Somebody with a name, an address and a word that nobody else says."""

    name: str
    address: str
    word: str

    @property
    def signs(self) -> tuple[str, ...]:
        return (self.name, self.address, self.word)


PEOPLE = (
    Person("Alexandra", "alex@example.net", "alexandrite"),
    Person("Kimball", "kim@example.org", "kimberlite"),
    Person("Noor", "noor@example.com", "noumeaite"),
)
STRANGER = Person("Edgar", "edgar@attacker.example", "edgarite")
PARENTS = (
    Person("Pauline", "pauline@parents.example", "paulingite"),
    Person("Quentin", "quentin@parents.example", "quenstedtite"),
    Person("Rosalind", "rosalind@parents.example", "rosasite"),
)
OFFICES = (
    Person("Sabine", "sabine@office-one.example", "sabinaite"),
    Person("Tobias", "tobias@office-two.example", "tobelite"),
    Person("Ursula", "ursula@office-three.example", "urusovite"),
)
CIRCLES = {person: (person, parent, office) for person, parent, office in zip(PEOPLE, PARENTS, OFFICES, strict=True)}
"""Whom the case of a person may have conversations with: a guardian and an office, if staff open the door."""
EVERYBODY = (*PEOPLE, STRANGER, *PARENTS, *OFFICES)
MEMBERS = {"Dana": "dana@service.example", "Robin": "robin@service.example"}
