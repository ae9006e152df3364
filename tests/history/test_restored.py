"""The history of a lost machine (promises 1 and 3): a backup at a random point, more lives that are killed, the loss of
the database, a restore, and lives after it.

Until the release the sink gets nothing. After it nothing that had left leaves again, every person has one case, and
what came between backup and loss is there. Only a person whose mail still lay in the inbox when the machine was lost
may have a second acknowledgement: nothing outside the lost database tells whether they had the first.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from history.lives import START, History
from support.mails import answer_to, parsed, text_of
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers

PERSONS = [f"person{number:02}@example.net" for number in range(12)]
RESTORED = START + timedelta(hours=3)


class Loss:
    """One history, and what the mail servers know of it when the machine is lost."""

    def __init__(self, folder: Path, servers: EmbeddedServers, seed: int) -> None:
        self.chance = random.Random(seed)
        self.mode = "once" if seed % 2 else "run"
        self.servers = servers
        self.history = History(folder / "house", servers, PERSONS)
        self.house = self.history.house
        self.answered: set[str] = set()

    def some_lives(self, lives: int) -> None:
        for _ in range(lives):
            self.history.write(self.chance.randint(1, 3))
            self._answer()
            self.history.live(self.mode, f"any:{self.chance.randint(1, 120)}")

    def _answer(self) -> None:
        """A member answers a notice that has arrived."""
        told = {
            person: raw for raw in self.servers.mailbox("dana") for person in PERSONS if f"{person}," in text_of(raw)
        }
        waiting = sorted(told.keys() - self.answered)
        if waiting:
            person = self.chance.choice(waiting)
            self.answered.add(person)
            self.servers.append("help", answer_to(told[person], f"An answer for {person}."))

    def happens(self) -> None:
        """The database is gone; key and configuration were kept."""
        self.before = Counter(one.data for one in self.servers.sent)
        self.in_inbox = {parsed(raw)["From"].addresses[0].addr_spec for raw in self.servers.mailbox("help")}
        for path in self.house.folder.glob("mailbot.db*"):
            path.unlink()
        self.house.at = RESTORED
        self.house.run("restore", str(self.house.folder / "copy.backup"))

    def sent_to(self, person: str) -> list[bytes]:
        return [one.data for one in self.servers.sent if one.rcpt_to == (person,)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(2, 40))])
def test_a_restored_machine_sends_nothing_until_its_release_and_nothing_twice_after_it(
    tmp_path: Path, embedded: EmbeddedServers, seed: int
) -> None:
    loss = Loss(tmp_path, embedded, seed)
    history, house = loss.history, loss.house
    loss.some_lives(2)
    house.run("backup", str(house.folder / "copy.backup"))
    loss.some_lives(loss.chance.randint(1, 2))
    loss.happens()

    history.write(2)
    history.live(loss.mode, f"any:{loss.chance.randint(1, 60)}")
    house.once(expect=None)
    assert Counter(one.data for one in embedded.sent) == loss.before

    listed = house.json("run", "--release", expect=None)
    history.write(len(PERSONS))
    for minutes in (30, 90):
        house.once(RESTORED + timedelta(minutes=minutes), expect=None)
    until(lambda: not embedded.mailbox("help"), seconds=20)

    after = Counter(one.data for one in embedded.sent)
    assert {data: count for data, count in loss.before.items() if after[data] != count} == {}
    again = 0
    for person in PERSONS:
        letters = {parsed(data)["Message-ID"] for data in loss.sent_to(person) if "Auto-Submitted" in parsed(data)}
        again += len(letters) > 1
        assert len(letters) <= 1 or person in loss.in_inbox, person
        answers = [data for data in loss.sent_to(person) if f"An answer for {person}." in text_of(data)]
        assert len(set(answers)) <= 1, person
    assert len(house.json("cases")) == len(PERSONS)
    status = house.status()
    assert (status["journal"]["processed"] >= len(PERSONS), status["journal"]["waiting"]) == (True, 0)
    house.run("audit", "verify")
    told = "".join(text_of(raw) for raw in embedded.mailbox("dana"))
    assert [case["reference"] for case in house.json("cases") if case["reference"] not in told] == []
    fates = dict(Counter(one["fate"] for one in listed))
    print(f"\nrestore, seed {seed}, {loss.mode}: {fates}, {again} acknowledged again, kills {dict(history.kills)}")
