"""`mailbot demo` as a stranger runs it: one command, no configuration, no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailbot.demo.people import BEN
from mailbot.demo.scene import Outcome, play
from mailbot.demo.stage import REMINDERS, raised
from mailbot.demo.story import SCENES

PROGRAM = [str(Path(sys.executable).parent / "mailbot"), "demo"]
BOTH = [*["staff-notice"] * 5, "alert", "staff-notice"]
DANA = [
    *BOTH,
    "staff-refusal",
    "staff-notice",
    "staff-trouble",
    "staff-refusal",
    "staff-receipt",
    "staff-line",
    "staff-notice",
    "staff-receipt",
    "staff-notice",
    "staff-receipt",
    "staff-notice",
    "staff-receipt",
    "staff-notice",
]
ROBIN = [
    *BOTH,
    "staff-notice",
    "staff-trouble",
    "staff-line",
    "staff-receipt",
    "staff-notice",
    "staff-line",
    "staff-notice",
]
MAILBOXES = [
    ["ack-night", "ack-night", "answer"],
    ["ack-day", "answer"],
    [],
    ["ack-day", "answer"],
    [],
    DANA,
    ROBIN,
]
"""Ana, Ben, Chloe, Max, Eva, Dana, Robin, without reminders; Sam has nothing but alerts and reminders."""


def run(folder: Path, *arguments: str, program: list[str] = PROGRAM) -> subprocess.CompletedProcess[str]:
    """The command in an empty folder, without a configuration or a home."""
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(folder), "HOME": str(folder), "COLUMNS": "80"}
    return subprocess.run(
        [*program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One run for people and one for programs: what they printed, how long they took, what they left behind."""
    folder = tmp_path_factory.mktemp("demo")
    started = time.monotonic()
    page = run(folder)
    seconds = time.monotonic() - started
    lines = run(folder, "--json")
    events = [json.loads(line) for line in lines.stdout.splitlines()]
    return {"page": page, "seconds": seconds, "lines": lines, "events": events, "left_behind": list(folder.iterdir())}


def events(told: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [event for event in told["events"] if event["event"] == kind]


def test_the_story_goes_as_told_in_twenty_seconds(told: dict[str, Any]) -> None:
    page = told["page"]
    assert page.returncode == 0, page.stdout + page.stderr
    assert "The story went as told" in page.stdout
    assert not page.stderr
    assert told["seconds"] < 20  # a quarter of that on a machine of its own


def test_every_scene_has_the_letters_of_the_rules(told: dict[str, Any]) -> None:
    scenes = {
        scene["name"]: sorted(f"{one['role']}:{one['letter']}" for one in scene["letters"])
        for scene in events(told, "scene")
    }
    two_notices = ["staff:staff-notice"] * 2
    assert scenes == {
        "first-by-night": ["requester:ack-night", *two_notices],
        "first-by-day": ["requester:ack-day", *two_notices],
        "reply-joins": two_notices,
        "picture-sealed": two_notices,
        "forged-person": two_notices,
        "leaked-address": ["requester:ack-day", *["staff:alert"] * 2, *two_notices],
        "reminder": [],
        "forged-staff": ["staff:staff-refusal"],
        "forged-again": [],
        "quarantine-alert": [],
        "mistyped": ["requester:ack-day", *two_notices],
        "bounce": ["staff:staff-trouble"] * 2,
        "second-night": ["requester:ack-night", *two_notices],
        "slip": ["staff:staff-refusal"],
        "answer-by-day": ["staff:staff-line", "staff:staff-receipt"],
        "grace-over": ["requester:answer"],
        "answer-by-night": ["staff:staff-line", "staff:staff-receipt"],
        "answer-to-ana": ["staff:staff-line", "staff:staff-receipt"],
        "stopped": ["staff:staff-notice"],
        "a-second-early": [],
        "opening": ["requester:answer"],
        "tapped": ["requester:answer", "staff:staff-receipt"],
        "not-safe": ["staff:staff-notice"],
        "contact-stop": ["staff:staff-receipt"],
        "after-stop": two_notices,
    }


def test_each_mailbox_holds_its_letters_in_their_order(told: dict[str, Any]) -> None:
    boxes = events(told, "mailbox")
    assert all(box["complete"] for box in boxes)
    *others, sam = [[name for name in box["letters"] if name not in REMINDERS] for box in boxes]
    assert others == MAILBOXES
    assert set(sam) <= {"alert", "alert-over"}


def test_the_end_shows_who_got_what(told: dict[str, Any]) -> None:
    holds = told["page"].stdout.partition("What each mailbox holds now")[2]
    ana = holds.partition("Ana (ana@example.net")[2].partition("\nBen (")[0]
    assert "3 mails\n  We received your message (x2), Reply to your message" in ana
    assert "Chloe (chloe@example.com, never wrote; somebody used her name): nothing" in holds
    assert "All is well." in holds


def test_the_sums_of_status_agree_with_the_story(told: dict[str, Any]) -> None:
    (status,) = events(told, "status")
    assert status["ok"]
    assert sum(status["journal"].values()) == len([plan for plan in SCENES if plan.arrives])
    assert (status["journal"]["processed"], status["journal"]["quarantined"]) == (18, 2)
    left = sum(len(box["letters"]) for box in events(told, "mailbox")) + 1  # and the one that came back
    assert (status["outbox"]["sent"], status["outbox"]["bounced"]) == (left - 1, 1)
    assert (status["cases"]["open"], status["cases"]["waiting"]) == (5, 1)


def test_json_is_one_object_a_line_without_a_person_in_it(told: dict[str, Any]) -> None:
    lines = told["lines"]
    assert lines.returncode == 0
    assert events(told, "end")[0]["as_told"] is True
    assert not any(word in lines.stdout for word in ("example.net", "Ana", "We received", "video"))


def test_lines_fit_the_terminal(told: dict[str, Any]) -> None:
    lines = told["page"].stdout.splitlines()
    assert [line for line in lines if len(line) > 80 and not line.startswith("Every mail,")] == []


def test_nothing_but_the_page_stays_behind(told: dict[str, Any]) -> None:
    assert [path.name for path in told["left_behind"]] == ["mailbot-demo.html"]


def test_a_scene_that_goes_otherwise_says_what_differs() -> None:
    first = SCENES[0]
    wrong = replace(
        first, letters={BEN: ("ack-day",)}, outcomes=(Outcome("Pigs fly.", lambda _: False), *first.outcomes)
    )
    with raised(first.instant) as stage:
        scene = play(stage, wrong)
    assert not scene.as_told
    assert [held for _, held in scene.outcomes] == [False, True, True, True, True]
    assert set(scene.differs) == {
        "ben@example.org: ack-day expected, nothing left",
        "ana@example.net: nothing expected, ack-night left",
        "dana@service.example: nothing expected, staff-notice left",
        "robin@service.example: nothing expected, staff-notice left",
    }


def test_without_the_servers_libraries_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    bare = "import sys; sys.modules['pymap'] = None; sys.argv[0] = 'mailbot'; from mailbot.cli import main; main()"
    found = run(tmp_path, "demo", program=[sys.executable, "-c", bare])
    assert found.returncode == 2
    assert "pip install 'mailbot[demo]'" in found.stderr
    assert len(found.stderr.splitlines()) == 1
