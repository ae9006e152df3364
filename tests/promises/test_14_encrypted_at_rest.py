"""Promise 14: no byte of received or written content is readable in any file mailbot makes: database, write-ahead log,
temporary files, logs.
"""

from __future__ import annotations

import os
import re
import signal
import stat
from pathlib import Path

from promises.conftest import MakeScene
from promises.evidence import DAY, EVENING, NIGHT, Scene, mail, reply_address
from promises.test_05_no_echo import AUTHOR, CANARY, marked, shows
from support.facade import MailServers
from support.installation import PROGRAM

from mailbot.demo.misbehaviour import Drop, Reply, Rule, Rules, Stage
from mailbot.demo.servers import EmbeddedServers

ADDRESSES = ("kim@example.com", "Kim@Example.com", "lee.unusual@example.org")


def nothing_readable(here: Scene, *words: str) -> None:
    """Neither the canary nor any of these words stands in any file, in any form."""
    files = here.files()
    assert {"mailbot.db", "mailbot.key", "config.toml"} <= files.keys()
    for name, data in files.items():
        assert shows(data) == [], name
        for word in words:
            assert shows(data, word) == [], f"{word} in {name}"


def hostile_and_harmless() -> list[bytes]:
    """Every way through the house: answered, quarantined, junk-like, machine, staff, broken."""
    return [
        marked(),
        marked("lee.unusual@example.org", Subject="plain subject"),
        marked(From=f"{CANARY} <a@example.org>, {CANARY} <b@example.org>"),
        marked("machine@example.org", **{"Auto-Submitted": f"auto-replied ({CANARY})"}),
        marked("dana@service.example"),
        marked(**{"Content-Type": f"multipart/report; report-type=delivery-status; boundary={CANARY}"}),
        marked(**{"Content-Type": f"text/plain; charset={CANARY}", "Content-Transfer-Encoding": CANARY}),
        f"{CANARY}: {CANARY}\r\n{CANARY}".encode(),
        marked(To=f"{CANARY} <help+{CANARY}@service.example>"),
    ]


def test_no_received_byte_is_readable_in_any_file_after_a_pass(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers, more='[log]\nlevel = "debug"\n')
    here.write(*hostile_and_harmless())
    here.write(marked("junk@example.org"), folder="Junk")
    here.once(DAY, expect=1)
    assert sum(here.journal().values()) == len(hostile_and_harmless()) + 1
    nothing_readable(here, *ADDRESSES, "plain subject", "junk@example.org")


def test_nor_while_the_daemon_runs_nor_after_it_was_killed(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers, more='[log]\nlevel = "debug"\n')
    with here.house.daemon(NIGHT, expect=-signal.SIGKILL) as daemon:
        here.write(*hostile_and_harmless())
        servers.wait_sent(2)
        nothing_readable(here, *ADDRESSES)
        assert any(name.endswith("-wal") for name in here.files())
        daemon.kill()
    nothing_readable(here, *ADDRESSES)
    here.once(NIGHT, expect=None)
    nothing_readable(here, *ADDRESSES)
    assert "daemon.log" in here.files()


def test_what_we_wrote_and_whom_we_wrote_to_is_not_readable_either(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    refusals = [Rule(Stage.RCPT, Reply(f"550 5.1.1 <{AUTHOR}> {CANARY} unknown"), about=AUTHOR),
                Rule(Stage.END, Reply(f"451 4.2.0 {CANARY} later"), about="max@example.com"),
                Rule(Stage.END, Drop(taken=True), about="lee@example.com")]  # fmt: skip
    embedded.smtp_script = Rules(refusals)
    here.write(mail(AUTHOR), mail("lee@example.com"), mail("max@example.com"))
    here.once(EVENING, expect=1)
    letter = here.to("lee@example.com", extra=1)[0]
    secret = reply_address(letter).partition("+")[2].partition("@")[0]
    nothing_readable(
        here, AUTHOR, "lee@example.com", "max@example.com", "We received your message", "VictimLink", secret
    )


def test_logs_and_errors_say_nothing_received(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded, more='[log]\nlevel = "debug"\nformat = "text"\n')
    here.write(*hostile_and_harmless())
    with here.house.daemon(DAY):
        embedded.wait_sent(10)
    said = (here.folder / "daemon.log").read_bytes()
    assert said, "a log that says nothing proves nothing"
    assert shows(said) == []
    assert not re.search(rb"\b[\w.]+@(example|service)\.", said), "an address in the log"
    for command in (("status",), ("cases",), ("outbox", "--all", "--json"), ("quarantine",)):
        assert shows(here.house.run(*command, expect=None).encode()) == [], command


def test_no_file_is_made_outside_the_folder_and_none_for_others_to_read(
    scene: MakeScene, servers: MailServers, strace: str, tmp_path: Path
) -> None:
    here, trace = scene(servers), tmp_path / "trace"
    here.write(*hostile_and_harmless())
    here.house.at = DAY
    calls = "trace=open,openat,creat,mkdir,mkdirat,link,linkat,rename,renameat,renameat2,symlink,symlinkat"
    options = ["-f", "-s", "400", "-e", calls, "-o", str(trace)]
    here.house.run("run", "--once", expect=1, program=[strace, *options, *PROGRAM])
    lines = [line for line in trace.read_text(errors="replace").splitlines() if " = -1 " not in line]
    writing = [line for line in lines if re.search(r"O_WRONLY|O_RDWR|O_CREAT|\b(creat|mkdir|link|rename)", line)]
    named = {path for line in writing for path in re.findall(r'"([^"]+)"', line)[:1]}
    allowed = (str(here.folder), "/dev/", "/proc/")
    assert {path for path in named if not path.startswith(allowed) and "__pycache__" not in path} == set()
    assert any(path.endswith("mailbot.db-wal") for path in named)
    for path in here.folder.iterdir():
        if path.name.startswith("mailbot."):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_a_file_that_an_operator_asks_for_is_theirs_alone_and_noted(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    here.write(marked(From=f"{CANARY} <a@example.org>, <b@example.org>"))
    here.once(DAY, expect=1)
    (row,) = here.house.json("quarantine")
    copy = here.folder / "copy.eml"
    before = os.umask(0)
    try:
        here.house.run("quarantine", "show", row["id"], "--raw", str(copy))
    finally:
        os.umask(before)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert shows(copy.read_bytes())
    assert here.audit()[-1]["act"] == "message.shown"
    copy.unlink()
    nothing_readable(here)


def test_without_its_key_the_database_opens_to_nobody_and_nothing_is_touched(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here, other = scene(embedded), scene(embedded, "other")
    here.write(mail(AUTHOR))
    here.house.at = DAY
    key, right = here.folder / "mailbot.key", (here.folder / "mailbot.key").read_text()
    key.chmod(0o644)
    here.house.run("run", "--once", expect=2)
    key.chmod(0o600)
    key.write_text((other.folder / "mailbot.key").read_text())
    here.house.run("run", "--once", expect=2)
    here.house.run("cases", expect=2)
    key.unlink()
    here.house.run("run", "--once", expect=2)
    assert embedded.sent == []
    assert here.files_in("help") == {"INBOX": 1}
    key.touch(0o600)
    key.write_text(right)
    here.once(DAY)
    assert len(here.to(AUTHOR)) == 1
