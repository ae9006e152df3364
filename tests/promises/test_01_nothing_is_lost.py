"""Promise 1: a message seen in a watched folder is at every instant whole in the journal or untouched on the server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from promises import hand
from promises.conftest import MakeScene
from promises.evidence import DAY, mail
from support.facade import MailServers
from support.installation import PROGRAM

from mailbot.demo.faults import CutInLiteral, LoseAnswer, Refuse
from mailbot.demo.servers import EmbeddedServers

CALLS = "trace=write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync"
ODD = (
    b"From: <kim@example.com>\r\nTo: help@service.example\r\nSubject: =?utf-8?b?xZMnhQ\r\n"
    b"Message-ID: <odd@example.com>\r\n"
    b"Content-Type: text/plain; charset=x-unknown\r\n\r\n\xff\xfe caf\xe9 \x1b[31m\r\n.\r\n..\r\nFrom here on\r\n"
    + b"x" * 990
    + b"\r\n"
)
POISON = ODD.replace(b"From: <kim@example.com>\r\n", b"From: <kim@example.com>\r\nFrom: <lee@example.com>\r\n")


def events(trace: Path) -> list[str]:
    """What strace saw, in order: writes to the write-ahead log, its syncs, and three commands to the servers."""
    kinds = {
        "written": r"(?:p?write(?:v|64)?|pwritev)\(\d+<[^>]*mailbot\.db-wal>",
        "synced": r"fd?a?t?a?sync\(\d+<[^>]*mailbot\.db-wal>",
        "fetch": r'(?:send\w+|write)\(\d+<[^>]*>, .*UID FETCH [^"]*BODY\.PEEK\[\]',
        "move": r"(?:send\w+|write)\(\d+<[^>]*>, .*UID MOVE ",
        "data": r'(?:send\w+|write)\(\d+<[^>]*>, .*"DATA\\r\\n"',
    }
    found = []
    for line in trace.read_text(errors="replace").splitlines():
        found += [kind for kind, pattern in kinds.items() if re.search(pattern, line)]
    return found


def test_the_journal_is_on_disk_before_the_servers_copy_moves_and_the_outbox_before_data(
    scene: MakeScene, servers: MailServers, strace: str, tmp_path: Path
) -> None:
    here, trace = scene(servers), tmp_path / "trace"
    here.write(mail("kim@example.com"), mail("lee@example.com"))
    here.house.at = DAY
    here.house.run("run", "--once", program=[strace, "-f", "-y", "-s", "400", "-e", CALLS, "-o", str(trace), *PROGRAM])
    seen = events(trace)
    for act in ("move", "data"):
        before = seen[: seen.index(act)]
        assert "fetch" in before
        assert "synced" in before[before.index("fetch") :], f"nothing was synced between the fetch and {act}"
    for place, act in enumerate(seen):
        if act in ("move", "data"):
            unsynced = seen[:place][::-1].index("synced")
            assert "written" not in seen[place - unsynced : place], f"{act} left with unsynced writes"
    assert here.files_in("help") == {"Mailbot/Done": 2}


def test_what_is_filed_away_is_the_same_bytes(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    here.write(ODD)
    here.write(POISON)
    lying = sorted(servers.mailbox("help"))
    here.once(DAY, expect=1)
    assert servers.mailbox("help") == []
    assert sorted([*here.foreign("help", "Mailbot/Done"), *servers.mailbox("help", "Mailbot/Quarantine")]) == lying


def test_the_journal_holds_the_whole_message_when_the_server_has_it_no_more(
    scene: MakeScene, servers: MailServers
) -> None:
    here = scene(servers)
    here.write(POISON)
    (lying,) = servers.mailbox("help")
    here.once(DAY, expect=1)
    assert hand.remove_all(servers, "Mailbot/Quarantine") == 1
    (row,) = here.house.json("quarantine")
    copy = here.folder / "copy.eml"
    here.house.run("quarantine", "show", row["id"], "--raw", str(copy))
    assert copy.read_bytes() == lying


@pytest.mark.parametrize("fault", [CutInLiteral(times=1), LoseAnswer("UID MOVE", times=1), Refuse("UID MOVE", times=1)])
def test_a_connection_that_breaks_at_the_worst_moment_loses_nothing(
    scene: MakeScene, embedded: EmbeddedServers, proxy: object, fault: object
) -> None:
    front = proxy(embedded.imap_port, fault)  # type: ignore[operator]
    here = scene(embedded, imap_port=front.port)
    people = [f"person{number}@example.net" for number in range(3)]
    here.write(*(mail(person, text="x" * 3000) for person in people))
    here.once(DAY, expect=None)
    assert sum(front.counts.values()) == 1, "the fault did not happen"
    here.once(DAY, expect=None)
    assert here.files_in("help") == {"Mailbot/Done": 3}
    assert sorted(one.rcpt_to[0] for one in here.outside()) == people


def test_a_message_gone_before_it_was_fetched_is_counted_and_met_again_when_it_returns(
    scene: MakeScene, embedded: EmbeddedServers, proxy: object
) -> None:
    front = proxy(embedded.imap_port, Refuse("UID FETCH", "OK nothing there", times=1))  # type: ignore[operator]
    here = scene(embedded, imap_port=front.port)
    here.write(mail("kim@example.com"))
    here.once(DAY, expect=None)
    assert here.house.status()["reconciled"]["vanished"] == 1
    here.once(DAY)
    assert len(here.to("kim@example.com")) == 1


def test_on_a_full_disk_the_mailbox_stays_untouched_and_nothing_leaves(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    here.write(mail("kim@example.com", text="words " * 100_000))
    here.house.at = DAY
    full = ["sh", "-c", 'ulimit -f 400; exec "$0" "$@"', *PROGRAM]
    here.house.run("run", "--once", expect=1, program=full)
    assert here.files_in("help") == {"INBOX": 1}
    assert embedded.sent == []
    here.once(DAY)
    assert here.files_in("help") == {"Mailbot/Done": 1}
    assert len(here.to("kim@example.com")) == 1


def test_oversized_mail_stays_whole_on_the_server(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers, more="[limits]\nmessage_bytes = 100000\n")
    here.write(mail("kim@example.com", text="x" * 900 + "\r\n" + ("y" * 900 + "\r\n") * 200))
    (lying,) = servers.mailbox("help")
    here.once(DAY, expect=1)
    assert servers.mailbox("help", "Mailbot/Quarantine") == [lying]
    (letter,) = here.to("kim@example.com")
    assert "It was too large to open" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
