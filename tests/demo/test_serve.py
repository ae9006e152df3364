"""`mailbot demo --serve` as a mail program finds it: IMAP and SMTP on loopback, and a service that answers."""

from __future__ import annotations

import imaplib
import json
import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from support.clients import reply
from support.mails import SERVICE, first_mail, parsed, text_of
from support.waiting import until

PROGRAM = [str(Path(sys.executable).parent / "mailbot"), "demo", "--serve"]
WORDS = "Hello Alex,\n\nthank you for writing. You can call us, or stay with mail."


@dataclass
class Served:
    """The running program, and what it said of itself."""

    process: subprocess.Popen[str]
    offer: dict[str, Any]
    folder: Path

    def inbox(self, name: str) -> list[bytes]:
        """What a mail program finds in somebody's inbox."""
        with imaplib.IMAP4(self.offer["imap"]["host"], self.offer["imap"]["port"]) as client:
            client.login(name, self.offer["password"])
            client.select(readonly=True)
            _, (found,) = client.search(None, "ALL")
            return [client.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in found.decode().split()]

    def wait_for(self, name: str, words: str) -> EmailMessage:
        """The first mail of somebody's with these words in it."""

        def found() -> list[bytes]:
            return [raw for raw in self.inbox(name) if words in text_of(raw)]

        return parsed(until(found, seconds=30)[0])

    def send(self, sender: str, to: str, raw: bytes) -> None:
        with smtplib.SMTP(self.offer["smtp"]["host"], self.offer["smtp"]["port"]) as client:
            client.sendmail(sender, [to], raw)

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(folder), "HOME": str(folder)}
    return subprocess.Popen(
        [*PROGRAM, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    process = start(tmp_path, "--json")
    try:
        assert process.stdout is not None
        yield Served(process, json.loads(process.stdout.readline()), tmp_path)
    finally:
        process.kill()
        process.communicate()


def test_a_person_writes_a_member_presses_reply_and_the_answer_arrives(served: Served) -> None:
    served.send("alex@example.net", SERVICE, first_mail("alex@example.net", text="Can you help me?"))
    notice = served.wait_for("dana", "Can you help me?")
    assert served.wait_for("robin", "Can you help me?")["Reply-To"] != notice["Reply-To"]
    assert "A person on our team will read it" in text_of(served.inbox("alex")[0])

    answer = reply(notice, author="Dana <dana@service.example>", words=f"#send now\n\n{WORDS}", client="thunderbird")
    served.send("dana@service.example", str(notice["Reply-To"]), answer)
    arrived = served.wait_for("alex", "stay with mail")
    assert "Dana" not in str(arrived["From"])
    assert "Can you help me?" not in text_of(bytes(arrived))
    assert "The letter leaves now" in text_of(bytes(served.wait_for("dana", "The exact words")))


def test_ctrl_c_ends_it_and_nothing_stays(served: Served) -> None:
    assert any(served.folder.iterdir())
    assert served.end() == 0
    assert list(served.folder.iterdir()) == []


def test_the_page_says_what_a_mail_program_asks_for_and_who_can_reach_it(tmp_path: Path) -> None:
    """Beside another one that has the usual ports, it takes others."""
    processes = [start(tmp_path) for _ in range(2)]
    try:
        pages = [_page(process) for process in processes]
    finally:
        for process in processes:
            process.terminate()
            process.communicate()
    for words in ("dana@service.example", "user name dana", "Password     demo", "127.0.0.1", "A telephone cannot"):
        assert all(words in page for page in pages)
    ports = [line.rpartition(" ")[2] for page in pages for line in page.splitlines() if "Incoming" in line]
    assert len(set(ports)) == 2


def _page(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "one word STOP" in line:
            break
    return "".join(lines)
