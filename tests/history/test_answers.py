"""The history of held answers (promises 3 and 8): the process is killed while answers wait, stop and are released.

Afterwards every answer left once, at the opening and never before, but for the one whose person had written meanwhile.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from history.lives import History
from support.installation import office
from support.mails import answer_to, first_mail, parsed, text_of

from mailbot.demo.misbehaviour import Reply, Rule, Rules, Stage
from mailbot.demo.servers import EmbeddedServers
from mailbot.steps import Step

PERSONS = [f"night{number:02}@example.net" for number in range(12)]
NIGHT = office("2026-11-24 23:10")
OPENING = office("2026-11-25 08:30")
KILLED_WHILE_HELD = (Step.PROCESS_MESSAGE, Step.WATCH_JOURNAL)
KILLED_AT_RELEASE = (
    Step.TICK_RELEASE,
    Step.TICK,
    Step.DELIVER_CLAIM,
    Step.DELIVER_BEGIN,
    Step.SMTP_DATA,
    Step.DELIVER_ANSWER,
)


def _notices(servers: EmbeddedServers) -> dict[str, bytes]:
    """The notices that Dana has, by the address of the person each is about."""
    found = {}
    for raw in servers.mailbox("dana"):
        text = text_of(raw)
        found |= {person: raw for person in PERSONS if f"{person}, under the name" in text}
    return found


def _answers(servers: EmbeddedServers, person: str) -> list[bytes]:
    return [one.data for one in servers.sent if one.rcpt_to == (person,) and "Auto-Submitted" not in parsed(one.data)]


@pytest.mark.timeout(200)
@pytest.mark.parametrize("mode", ["once", "run"])
def test_a_held_answer_leaves_once_at_the_opening_whichever_step_the_process_dies_at(
    tmp_path: Path, embedded: EmbeddedServers, mode: str
) -> None:
    history = History(tmp_path / "house", embedded, PERSONS, NIGHT)
    history.write(len(PERSONS))
    history.house.once(NIGHT)
    notices = _notices(embedded)
    assert sorted(notices) == PERSONS

    history.house.at = NIGHT + timedelta(minutes=20)
    for number, person in enumerate(PERSONS):
        embedded.append("help", answer_to(notices[person], f"An answer for number {number}."))
    for name in KILLED_WHILE_HELD:
        for moment in ("before", "after"):
            history.live(mode, f"{moment}:{name}:1")
    embedded.append("help", first_mail(PERSONS[0], text="He reads this.", message_id="again@example.net"))
    history.live(mode, f"before:{Step.PROCESS_MESSAGE}:1")
    history.house.once(OPENING - timedelta(seconds=5), expect=None)
    assert [person for person in PERSONS if _answers(embedded, person)] == []

    history.house.at = OPENING
    for name in KILLED_AT_RELEASE:
        for moment in ("before", "after"):
            history.live(mode, f"{moment}:{name}:1")
    for minutes in (1, 10, 30):
        history.house.once(OPENING + timedelta(minutes=minutes), expect=None)

    repeats = 0
    assert _answers(embedded, PERSONS[0]) == []
    for number, person in enumerate(PERSONS[1:], 1):
        letters = _answers(embedded, person)
        assert 1 <= len(letters) <= 2, (person, len(letters))
        assert len(set(letters)) == 1
        assert text_of(letters[0]).strip() == f"An answer for number {number}."
        repeats += len(letters) - 1
    held = [row for row in history.house.json("outbox") if row["state"] == "held"]
    assert [(row["letter"], row["release_at"]) for row in held] == [("answer", None)]
    history.house.run("audit", "verify")
    assert {f"{moment}:{Step.TICK_RELEASE}" for moment in ("before", "after")} <= history.reached()
    assert history.kills["before"] + history.kills["after"] >= 7, history.kills
    counts = f"{len(PERSONS) - 1} released, 1 stopped, {repeats} repeated, kills {dict(history.kills)}"
    print(f"\nheld answers, {mode}: {counts}")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("mode", ["once", "run"])
def test_an_answer_in_its_grace_leaves_once_whichever_step_the_process_dies_at(
    tmp_path: Path, embedded: EmbeddedServers, mode: str
) -> None:
    morning = office("2026-11-25 10:00")
    history = History(tmp_path / "house", embedded, PERSONS[:1], morning)
    history.write(1)
    history.house.once(morning)
    (notice,) = _notices(embedded).values()
    embedded.append("help", answer_to(notice, "An answer by day."))
    for moment in ("before", "after"):
        history.live(mode, f"{moment}:{Step.PROCESS_MESSAGE}:1")
    history.house.once(morning + timedelta(minutes=2), expect=None)
    assert _answers(embedded, PERSONS[0]) == []
    history.house.at = morning + timedelta(minutes=6)
    for name in (Step.TICK_RELEASE, Step.DELIVER_CLAIM):
        for moment in ("before", "after"):
            history.live(mode, f"{moment}:{name}:1")
    for minutes in (8, 20):
        history.house.once(morning + timedelta(minutes=minutes), expect=None)
    letters = _answers(embedded, PERSONS[0])
    assert [text_of(letter).strip() for letter in letters] == ["An answer by day."]
    assert history.kills["before"] + history.kills["after"] >= 4, history.kills


@pytest.mark.timeout(120)
def test_supervisors_hear_once_of_a_letter_that_failed_whichever_step_the_process_dies_at(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    embedded.smtp_script = Rules([Rule(Stage.RCPT, Reply("550 5.1.1 nobody here"), about=PERSONS[0])])
    history = History(tmp_path / "house", embedded, PERSONS[:1], NIGHT)
    history.write(1)
    for name in (Step.DELIVER_ANSWER, Step.TICK):
        for moment in ("before", "after"):
            for number in (1, 2):
                history.live("once", f"{moment}:{name}:{number}")
    for minutes in (1, 20):
        history.house.once(NIGHT + timedelta(minutes=minutes), expect=None)
    alerts = [raw for raw in embedded.mailbox("sam") if "Please look" in str(parsed(raw)["Subject"])]
    assert len(alerts) == 1, [str(parsed(raw)["Subject"]) for raw in embedded.mailbox("sam")]
    assert history.kills["before"] + history.kills["after"] >= 4, history.kills
