"""What is due comes by mail, once, whatever happens to the program meanwhile (RULES 7 and 15). By the mail that
arrived.
"""

from __future__ import annotations

import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from stories.played import ALEX, Story, read
from support.facade import MailServers
from support.installation import Installation, office
from support.mails import first_mail, parsed
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers

KILLER = [sys.executable, str(Path(__file__).parents[1] / "history" / "killer.py")]
FIRST = "I need some help."
SILENT = "Nobody has answered or acted for two office hours."


def due_mails(servers: MailServers, member: str) -> list[str]:
    """The first lines of what came due, in a member's inbox."""
    mails = [parsed(raw) for raw in servers.mailbox(member)]
    return [read(mail).splitlines()[0] for mail in mails if "Something is due" in str(mail["Subject"])]


def test_an_untaken_case_goes_to_the_pool_again_then_up_and_a_tap_on_the_mail_takes_it(
    tmp_path: Path, servers: MailServers
) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, FIRST, "2026-11-24 15:30:00")
    assert read(story.told("dana", FIRST)).splitlines()[0].endswith(
        "First answer due Wednesday, November 25, 2026, at 3:30 p.m., Pacific time."
    )  # fmt: skip
    story.passes("2026-11-25 09:29:00")
    assert due_mails(servers, "dana") == []
    story.passes("2026-11-25 09:30:00")
    for member in ("dana", "robin"):
        assert read(story.told(member, SILENT)).startswith(f"{SILENT} Please look at case ")
    story.passes("2026-11-25 11:30:00")
    story.told("sam", "four office hours")

    story.taps("dana", story.told("dana", SILENT), "Take it", "2026-11-25 11:40:00")
    story.told("robin", "Dana has this case now.")
    assert story.house.json("cases")[0]["owner"] == "Dana"
    story.letters(ALEX, 1)


def test_a_follow_up_that_a_member_typed_comes_back_to_its_owner_at_the_opening(
    tmp_path: Path, servers: MailServers
) -> None:
    story = Story(tmp_path, servers)
    story.writes(ALEX, FIRST, "2026-11-24 10:00:00")
    typed = "#followup 2026-11-27 9:00 ask about the canary"
    story.answers("dana", story.told("dana", FIRST), typed, "2026-11-24 10:30:00")
    found = story.house.json("case", story.house.json("cases")[0]["reference"])[0]["followups"]
    assert "2026-11-27T09:00:00-07:00" in [one["due"] for one in found]
    asked = "asked to look at this case again"
    story.passes("2026-11-28 12:00:00")
    story.passes("2026-11-30 08:29:59")
    assert not any(asked in line for line in due_mails(servers, "dana"))
    story.passes("2026-11-30 08:30:00")
    assert "> ask about the canary" in read(story.told("dana", asked))
    assert not any(asked in line for line in due_mails(servers, "robin"))


# The installed program


@pytest.fixture
def house(tmp_path: Path, embedded: EmbeddedServers) -> Installation:
    found = Installation(tmp_path / "house", embedded)
    embedded.append("help", first_mail("kim@example.com", message_id="one@mail.example.net"))
    found.once(office("2026-11-24 10:00"))
    return found


def test_the_program_counts_what_is_due_and_tells_it_once(house: Installation, embedded: EmbeddedServers) -> None:
    house.at = office("2026-11-24 18:00")
    assert house.status()["followups_due"] == 1
    house.once(office("2026-11-24 18:00"))
    assert house.status()["followups_due"] == 1
    for _ in range(2):
        house.once(office("2026-11-25 08:30"))
    assert len(due_mails(embedded, "dana")) == 1
    assert house.status()["followups_due"] == 0
    house.once(office("2026-11-24 18:00"), expect=None)
    house.once(office("2026-11-25 08:45"), expect=None)
    assert len(due_mails(embedded, "dana")) == 1


@pytest.mark.parametrize("when", ["before:tick.commit:3", "after:tick.commit:3", "before:deliver.commit-claim:1"])
def test_a_kill_at_the_very_moment_loses_nothing_and_tells_nothing_twice(
    house: Installation, embedded: EmbeddedServers, tmp_path: Path, when: str
) -> None:
    house.at = office("2026-11-24 12:00")
    house.run(str(tmp_path / "log"), when, "--", "run", "--once", expect=-signal.SIGKILL, program=KILLER)
    house.once(office("2026-11-24 12:01"))
    assert len(due_mails(embedded, "dana")) == len(due_mails(embedded, "robin")) == 1


def test_a_closure_written_into_the_configuration_moves_what_is_due(
    house: Installation, embedded: EmbeddedServers
) -> None:
    house.config.write_text(house.config.read_text() + "\n[hours]\nclosures = [2026-11-24, 2026-11-25]\n")
    house.once(office("2026-11-24 12:00"))
    house.once(office("2026-11-26 10:29"))
    assert due_mails(embedded, "dana") == []
    house.once(office("2026-11-26 10:30"))
    assert len(due_mails(embedded, "dana")) == 1


def test_a_mistake_in_the_rules_stops_the_start(house: Installation) -> None:
    (house.folder / "letters").mkdir()
    (house.folder / "letters" / "followups.toml").write_text('[[rule]]\nname = "x"\n')
    house.config.write_text(house.config.read_text() + '\n[templates]\ndir = "letters"\n')
    house.run("run", "--once", expect=2)
    house.run("check", expect=1)


def test_the_daemon_tells_what_came_due_while_it_was_away(house: Installation, embedded: EmbeddedServers) -> None:
    with house.daemon(office("2026-11-26 09:00")):
        until(lambda: due_mails(embedded, "dana"), seconds=30)
    with house.daemon(office("2026-11-26 09:00") + timedelta(minutes=1)):
        until(lambda: house.status()["ages"]["tick"] is not None and house.status()["ages"]["tick"] < 20, seconds=30)
    # The silent case, and the first answer.
    assert len(due_mails(embedded, "dana")) == 2


def test_a_mailbox_out_of_reach_is_one_alert_and_one_end_though_every_pass_is_a_new_process(
    house: Installation, embedded: EmbeddedServers
) -> None:
    right = house.config.read_text()
    house.config.write_text(right.replace(f"port = {embedded.imap_port}", "port = 1"))
    for minutes in (0, 10, 16, 26):
        house.once(office("2026-11-24 10:30") + timedelta(minutes=minutes), expect=1)
    subjects = [str(parsed(raw)["Subject"]) for raw in embedded.mailbox("sam")]
    assert subjects == ["[service] Please look"]
    house.config.write_text(right)
    for minutes in (30, 40):
        house.once(office("2026-11-24 10:30") + timedelta(minutes=minutes), expect=None)
    subjects = [str(parsed(raw)["Subject"]) for raw in embedded.mailbox("sam")]
    assert subjects == ["[service] Please look", "[service] It is over"]
    assert not any(b"kim" in raw for raw in embedded.mailbox("sam"))
