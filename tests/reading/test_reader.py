"""The reading process: one bad message harms one message (promise 11; A56, F38)."""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from reading.build import PASS, mail, multipart, read

from mailbot.errors import MessageError, ReaderDied
from mailbot.model import Attachment, Automated, Bounced, Dmarc, File, Files, NotSent, Reading, Verdict
from mailbot.reading import Limits, Reader, answer
from mailbot.reading.worker import Worker

# A child that behaves as the first words of the message tell it to, and else as the real one.
MISBEHAVING = """
import os, sys
from mailbot.reading import child
real = child.read_message
def reads(raw, **settings):
    if b"Subject: die" in raw: os._exit(1)
    if b"Subject: hang" in raw:
        while True: pass
    if b"Subject: eat" in raw: return [bytearray(1 << 26) for _ in range(64)]
    if b"Subject: raise" in raw: raise RecursionError
    if b"Subject: refuse" in raw: raise child.MessageError("a-code")
    if b"Subject: talk" in raw: os.write(1, b""); return Talker()
    return real(raw, **settings)
class Talker: pass
to_bytes = child.answer.to_bytes
def talks(reading):
    return b"x" * (20 << 20) if isinstance(reading, Talker) else to_bytes(reading)
child.read_message, child.answer.to_bytes = reads, talks
child.main()
"""


@pytest.fixture
def reader() -> Iterator[Reader]:
    with Reader(seconds=2, command=[sys.executable, "-I", "-c", MISBEHAVING]) as made:
        yield made


def test_the_child_reads_what_the_function_reads() -> None:
    with Reader(("mx.service.example",)) as reader:
        assert reader.read(mail(PASS)) == read(mail(PASS))
        assert reader.read(mail(PASS)).dmarc is Dmarc.PASS
    with Reader(("other.example",), Limits(parts=1), ("X-Host", "yes")) as reader:
        assert reader.read(mail(PASS, "X-Host: yes")).internal
        assert (
            reader.read(mail("Content-Type: multipart/mixed; boundary=b", body="--b\r\n\r\nx")).reason
            == "too-many-parts"
        )


@pytest.mark.parametrize("misdeed", ["die", "hang", "eat", "raise", "talk"])
def test_a_message_that_kills_the_child_harms_no_other(reader: Reader, misdeed: str) -> None:
    assert reader.read(mail()).from_ == ("kim@example.net",)
    with pytest.raises(ReaderDied):
        reader.read(mail().replace(b"A question", misdeed.encode()))
    assert reader.read(mail()).from_ == ("kim@example.net",)


def test_a_message_that_cannot_be_read_is_said_so_by_the_living_child(reader: Reader) -> None:
    with pytest.raises(MessageError, match="a-code") as caught:
        reader.read(mail().replace(b"A question", b"refuse"))
    assert not isinstance(caught.value, ReaderDied)


def test_the_child_persists_and_is_started_again_when_it_is_gone() -> None:
    with Reader() as reader:
        reader.warm()
        first = _pid(reader)
        reader.read(mail())
        assert _pid(reader) == first
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while Path(f"/proc/{first}/stat").read_text().split()[2] != "Z" and time.monotonic() < deadline:
            os.sched_yield()
        assert reader.read(mail()).verdict is Verdict.PROCESS
        assert _pid(reader) != first


def test_the_child_has_little_to_lose() -> None:
    with Reader() as reader:
        os.environ["MAILBOT_TEST_SECRET"] = "secret"
        extra = os.open("/dev/null", os.O_RDONLY)
        os.set_inheritable(extra, True)
        try:
            reader.read(mail())
        finally:
            os.close(extra)
            del os.environ["MAILBOT_TEST_SECRET"]
        home = Path(f"/proc/{_pid(reader)}")
        limits = (home / "limits").read_text()
        assert b"SECRET" not in (home / "environ").read_bytes()
        assert (home / "cwd").readlink() == Path("/")
        assert len(list((home / "fd").iterdir())) <= 4
        assert os.getsid(_pid(reader)) == _pid(reader)
        for line in ("Max address space         536870912            536870912", "Max core file size        0"):
            assert line in limits


def test_the_child_ends_with_its_input() -> None:
    with Reader() as reader:
        reader.read(mail())
        child = reader._first._child
        assert child is not None
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(timeout=5) == 0


HOSTILE = ["die", "hang", "eat", "raise", "talk"]


def _titled(words: str) -> bytes:
    return mail().replace(b"A question", words.encode())


def test_many_messages_come_back_in_their_order_from_several_workers() -> None:
    with Reader(workers=3) as reader:
        for _ in range(3):
            found = reader.read_all([_titled(f"number {number}") for number in range(30)])
            assert [isinstance(one, Reading) and one.subject for one in found] == [f"number {n}" for n in range(30)]
        assert len(_pids(reader)) == 3
        assert reader.read_all([]) == []


def test_a_bad_message_in_a_group_harms_no_other() -> None:
    with Reader(seconds=2, command=[sys.executable, "-I", "-c", MISBEHAVING], workers=2) as reader:
        for bad in HOSTILE:
            raws = [_titled(f"number {number}") for number in range(10)]
            raws[4] = _titled(bad)
            found = reader.read_all(raws)
            assert isinstance(found.pop(4), ReaderDied)
            assert [isinstance(one, Reading) and one.subject[:6] for one in found] == ["number"] * 9


def test_an_answer_is_never_taken_for_another_messages() -> None:
    with Reader(seconds=2, command=[sys.executable, "-I", "-c", MISBEHAVING], workers=2) as reader:
        for turn in range(4):
            titles = ["die" if (number + turn) % 3 == 0 else f"number {number}" for number in range(20)]
            found = reader.read_all([_titled(title) for title in titles])
            told = [one.subject if isinstance(one, Reading) else "die" for one in found]
            assert told == titles


def test_only_bad_messages_are_all_named() -> None:
    with Reader(seconds=2, command=[sys.executable, "-I", "-c", MISBEHAVING], workers=2) as reader:
        found = reader.read_all([_titled("die")] * 12 + [_titled("refuse")] * 2)
        assert [type(one) for one in found] == [ReaderDied] * 12 + [MessageError] * 2


def test_further_workers_start_for_a_backlog_alone_and_end_with_it() -> None:
    with Reader(workers=2) as reader:
        reader.read_all([mail()] * 20)
        assert len(_pids(reader)) == 1
        reader.read_all([mail()] * 20)
        assert len(_pids(reader)) == 2
        reader.read_all([mail()] * 3)
        assert len(_pids(reader)) == 1


def test_a_further_worker_ends_by_itself_when_nothing_comes() -> None:
    worker = Worker(idle_seconds=1)
    worker.ask(mail(), b'{"trusted_ids": [], "limits": {}, "internal_header": null, "files": false}')
    assert answer.reading_from(worker.answer(answer.MOST_BYTES)).from_ == ("kim@example.net",)
    child = worker._child
    assert child is not None
    assert child.wait(timeout=20) == -signal.SIGALRM
    worker.close()


def test_a_message_may_use_only_so_much_of_the_processor() -> None:
    spinning = MISBEHAVING.replace("child.main()", "child.CPU_SECONDS = 0.2\nchild.main()")
    with Reader(seconds=60, command=[sys.executable, "-I", "-c", spinning]) as reader, pytest.raises(ReaderDied):
        reader.read(_titled("hang"))


def test_a_large_message_costs_the_child_little_more_than_its_size() -> None:
    picture = b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n" + (b"A" * 76 + b"\r\n") * 400_000
    raw = mail(
        "Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n\r\nHello\r\n--b\r\n" + picture + b"--b--\r\n"
    )
    with Reader() as reader:
        reader.read(mail())
        before = _peak_bytes(reader)
        reading = reader.read(raw)
        assert (reading.text, [one.sealed for one in reading.attachments]) == ("Hello", [True])
        assert _peak_bytes(reader) - before < 1.5 * len(raw)


def test_a_reading_survives_the_pipe() -> None:
    full = Reading(
        "a@b.example",
        ("c@d.example",),
        ("e@f.example",),
        ("kim@example.net",),
        "Zoë",
        ("a@b.example",),
        (),
        ("a@b.example",),
        (),
        "",
        "süß \u2028",
        None,
        "text",
        "reply",
        "en",
        Automated.BOUNCE,
        "report",
        (Bounced("a@b.example", "5.1.1", True),),
        ("id",),
        (Attachment(None, "image/png", 5, True),),
        ("charset",),
        Dmarc.PASS,
        True,
        "a" * 64,
        Verdict.QUARANTINE,
        "from-none",
        "plain",
        "",
        ("> old",),
        True,
    )
    assert answer.reading_from(answer.to_bytes(full)) == full
    assert answer.reading_from(answer.to_bytes(Reading())) == Reading()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("from_", ["dana@service.example", "kim@example.net"]),
        ("from_", ["kim@example.net\r\nBcc: x@example.org"]),
        ("from_", "kim@example.net"),
        ("recipients", [1]),
        ("return_path", "nonsense"),
        ("message_id", "a\r\nb"),
        ("message_id", 7),
        ("references", ["a b"]),
        ("text", None),
        ("text", "x" * (3 << 20)),
        ("dmarc", "perfect"),
        ("verdict", "ok"),
        ("automated", "robot"),
        ("internal", 1),
        ("reason", "a sentence with words"),
        ("attachments", [{"filename": "a", "content_type": "b", "size": -1, "sealed": False}]),
        ("attachments", [{"filename": "a", "content_type": "b", "size": 1, "sealed": "no"}]),
        ("attachments", ["a"]),
        ("bounces", [{"recipient": "x", "status": "", "temporary": False}]),
        ("identity", "zz"),
        ("plain_reply", 1),
        ("page_reply", ["a"]),
        ("cut", "a"),
        ("cut", ["x" * 3000]),
        ("cut", ["x"] * 41),
        ("several_texts", "no"),
        ("extra", 1),
    ],
)
def test_nonsense_of_the_child_is_never_believed(name: str, value: object) -> None:
    sound = asdict(replace(Reading(), from_=("kim@example.net",)))
    assert answer.reading_from(json.dumps(sound).encode()).from_ == ("kim@example.net",)
    with pytest.raises(ReaderDied):
        answer.reading_from(json.dumps({**sound, name: value}).encode())


@pytest.mark.parametrize("talk", [b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"failure": "what? ever"}'])
def test_an_answer_that_is_none_is_never_believed(talk: bytes) -> None:
    with pytest.raises(ReaderDied):
        answer.reading_from(talk)


def test_files_survive_the_pipe() -> None:
    full = Files(
        (File("a.pdf", "application/pdf", b"%PDF-1.7\n\0\xff"), File("ü.txt", "text/plain", b"x")),
        (NotSent("", "kind"),),
    )
    assert answer.files_from(answer.files_to_bytes(full)) == full
    assert answer.files_from(answer.files_to_bytes(Files())) == Files()


@pytest.mark.parametrize(
    "file",
    [
        File("a.pdf", "application/pdf", b"PK\3\4"),
        File("a.png", "image/png", b"\x89PNG"),
        File("a" * 300, "text/plain", b"x"),
        File("a.txt", "text/plain", b"x" * (10 * 1024 * 1024 + 1)),
    ],
)
def test_a_file_that_must_not_leave_is_never_believed(file: File) -> None:
    with pytest.raises(ReaderDied):
        answer.files_from(answer.files_to_bytes(Files((file,))))


def test_nonsense_instead_of_files_is_never_believed() -> None:
    sound = answer.files_to_bytes(Files((File("a.txt", "text/plain", b"word"),), (NotSent("b", "kind"),)))
    for talk in (b"", b"\0\0\0\2[]", sound[:-1], sound + b"x", sound.replace(b" 4]", b"-4]"), sound[:3] + sound):
        with pytest.raises(ReaderDied):
            answer.files_from(talk)
    many = tuple(File("a.txt", "text/plain", b"x" * (9 * 1024 * 1024)) for _ in range(3))
    with pytest.raises(ReaderDied):
        answer.files_from(answer.files_to_bytes(Files(many)))


def test_files_are_read_by_the_child_too(reader: Reader) -> None:
    pdf = b"%PDF-1.7\n" + bytes(range(256)) * 30_000
    fields = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    raw = multipart("\r\nYes.", fields + base64.encodebytes(pdf))
    assert reader.files(raw) == Files((File("a.pdf", "application/pdf", pdf),))
    assert reader.read(raw).text == "Yes."
    assert reader.files(mail()) == Files()


def _pids(reader: Reader) -> list[int]:
    """The children that live."""
    workers = [reader._first, *reader._further]
    return [one._child.pid for one in workers if one._child is not None and one._child.poll() is None]


def _pid(reader: Reader) -> int:
    child = reader._first._child
    assert child is not None
    return child.pid


def _peak_bytes(reader: Reader) -> int:
    status = Path(f"/proc/{_pid(reader)}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
