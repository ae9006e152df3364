"""Promise 14, `erase` works: with the master key and every copy at hand, nothing of an erased case can be read again.

The scanner below is a burglar with everything: it takes each file as it lies, opens with the keys that remain whatever
can be opened, and searches all of it for what people wrote and where from, in every usual form.
"""

from __future__ import annotations

import base64
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from promises.conftest import MakeScene
from promises.evidence import DAY, EVENING, Scene, mail
from support.mails import answer_to, parsed
from support.waiting import until

from mailbot.demo.misbehaviour import Drop, Rule, Rules, Stage
from mailbot.demo.servers import EmbeddedServers
from storage import sealing
from storage.keyfile import read_key
from storage.sealing import Keyring, WrappedKeys

PERSON, CANARY, ANSWER = "kim.canary@example.com", "Qz7canary", "Xw9answer"
OTHERS = "lee@example.org"


def shows(data: bytes, word: str) -> list[str]:
    """The forms in which a word stands in the bytes: as text, UTF-16, hexadecimal, or any alignment of base64."""
    low = data.lower()
    found = [name for name in ("utf-8", "utf-16-le", "utf-16-be") if word.lower().encode(name) in low]
    found += ["hex"] * (word.encode().hex().encode() in low or word.lower().encode().hex().encode() in low)
    for shift in range(3):
        for form in {word, word.lower()}:
            encoded = base64.b64encode(b"\0" * shift + form.encode())
            # The letters at both ends depend on the neighbours.
            found += [f"base64+{shift}"] * (encoded[4 if shift else 0 : -4] in data)
    return found


class Burglar:
    """A database file, its key, and everything that the two give away together."""

    def __init__(self, database: Path, key_file: Path) -> None:
        self.master = read_key(key_file)
        self.database = database

    def plain_texts(self) -> Iterator[tuple[str, bytes]]:
        """Every value of the database, as it lies and as any key opens it."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            row = connection.execute("SELECT * FROM installation").fetchone()
            wrapped = WrappedKeys(row["wrapped_intake_key"], row["wrapped_lookup_key"], row["wrapped_audit_key"])
            ring = Keyring.open(self.master, wrapped)
            keys = [ring.intake, *self._case_keys(connection, ring)]
            data_keys = dict(self._data_keys(connection, keys))
            tables = [one[0] for one in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                for found in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - our own table names
                    yield from self._opened(table, found, [*keys, *data_keys.get(found[0], [])])

    def _case_keys(self, connection: sqlite3.Connection, ring: Keyring) -> Iterator[bytes]:
        for row in connection.execute('SELECT wrapped_key FROM "case" WHERE wrapped_key IS NOT NULL'):
            yield ring.unwrap(row[0])

    def _data_keys(self, connection: sqlite3.Connection, keys: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
        for row in connection.execute("SELECT id, wrapped_key FROM journal WHERE wrapped_key IS NOT NULL"):
            opened = []
            for key in keys:
                try:
                    opened.append(sealing.aes_key_unwrap(key, row[1]))
                except InvalidUnwrap:
                    continue
            yield row[0], opened

    def _opened(self, table: str, row: sqlite3.Row, keys: list[bytes]) -> Iterator[tuple[str, bytes]]:
        for column in row.keys():  # noqa: SIM118 - a Row iterates its values
            value = row[column]
            raw = value if isinstance(value, bytes) else str(value).encode()
            yield f"{table}.{column}", raw
            for key in keys if isinstance(value, bytes) else []:
                try:
                    place = f"{table}\0{column}\0{row[0]}".encode()
                    yield f"{table}.{column}, opened", sealing.AESGCM(key).decrypt(raw[1:13], raw[13:], place)
                except (InvalidTag, ValueError):
                    continue


def searched(here: Scene, *words: str) -> dict[str, list[str]]:
    """Where any of these words stands: in the folder's files, and in what its databases give away with the key."""
    found: dict[str, list[str]] = {}
    looked = 0
    for path in sorted(here.folder.rglob("*")):
        if path.is_file():
            texts = [(path.name, path.read_bytes())]
            if path.suffix in (".db", ".backup"):
                texts += [
                    (f"{path.name}: {where}", text)
                    for where, text in Burglar(path, here.folder / "mailbot.key").plain_texts()
                ]
            for where, text in texts:
                looked += 1
                forms = [f"{word} as {form}" for word in words for form in shows(text, word)]
                if forms:
                    found.setdefault(where, []).extend(forms)
    assert looked > 50, "a scanner that looks at nothing proves nothing"
    return found


def written(here: Scene, person: str = PERSON, words: str = CANARY) -> str:
    """Somebody writes, by day; the new case's reference."""
    before = {case["reference"] for case in here.cases()}
    here.write(mail(person, text=f"{words} and more"))
    here.once(DAY)
    (new,) = {case["reference"] for case in here.cases()} - before
    return new


def answered(here: Scene, servers: EmbeddedServers, words: str) -> None:
    """Dana answers the newest notice, and quotes it."""
    notice = servers.mailbox("dana")[-1]
    here.write(answer_to(notice, f"{words}\r\n\r\n> {CANARY} and more"))
    here.once(DAY)


@pytest.fixture
def here(scene: MakeScene, embedded: EmbeddedServers) -> Scene:
    return scene(embedded, grace_minutes=0)


def test_the_scanner_finds_what_is_there_and_opens_what_is_sealed(here: Scene, embedded: EmbeddedServers) -> None:
    written(here)
    answered(here, embedded, ANSWER)
    places = set(searched(here, CANARY, ANSWER, PERSON))
    assert {
        "mailbot.db: journal_raw.sealed, opened",
        "mailbot.db: outbox.sealed_bytes, opened",
        "mailbot.db: conversation.sealed_address, opened",
    } <= places
    assert not any(name.endswith((".db", "-wal")) for name in places), "readable without a key"


def test_after_erase_nothing_of_a_case_is_readable_with_the_master_key(here: Scene, embedded: EmbeddedServers) -> None:
    stays = written(here, OTHERS, "somebody else")
    gone = written(here)
    answered(here, embedded, ANSWER)
    letter = here.to(PERSON)[-1]
    here.write(mail(PERSON, text=f"{CANARY} once more", to=str(letter["Reply-To"])))
    here.once(EVENING)
    (done,) = here.house.json("erase", gone)
    assert (done["reference"], done["files_clean"], done["undecided"]) == (gone, True, [])
    assert done["messages"] >= 3
    assert searched(here, CANARY, ANSWER, PERSON) == {}
    here.house.run("audit", "verify")
    assert {case["reference"] for case in here.cases()} == {stays, gone}
    (shown,) = here.house.json("case", stays, "--text")
    assert "somebody else" in shown["text"][0]["text"]


def test_the_number_of_messages_and_of_letters_is_what_it_was(here: Scene, embedded: EmbeddedServers) -> None:
    gone = written(here)
    answered(here, embedded, ANSWER)
    before = here.house.status()
    here.house.run("erase", gone)
    after = here.house.status()
    assert (after["journal"], after["reconciled"], after["outbox"]) == (
        before["journal"],
        before["reconciled"],
        before["outbox"],
    )
    assert after["cases"]["closed"] == 1
    here.once(EVENING)


def test_what_was_not_sent_never_leaves_and_what_was_due_is_dropped(here: Scene, embedded: EmbeddedServers) -> None:
    gone = written(here)
    notice = embedded.mailbox("dana")[-1]
    here.write(answer_to(notice, ANSWER))
    here.once(EVENING)
    assert [row["state"] for row in here.house.json("outbox")] == ["held"]
    letters = len(here.outside())
    (done,) = here.house.json("erase", gone)
    assert (done["cancelled"], done["follow_ups"] > 0) == (1, True)
    told = len(here.staff())
    here.once(DAY.replace(day=27))
    assert len(here.outside()) == letters
    assert len(here.staff()) == told
    assert here.house.json("case", gone)[0]["followups"] == []


def test_a_report_about_a_letter_and_a_members_refused_mail_go_with_the_case(
    here: Scene, embedded: EmbeddedServers
) -> None:
    gone = written(here)
    (letter,) = [one for one in embedded.sent if one.rcpt_to == (PERSON,)]
    here.write(bounce_of(letter.mail_from, letter.data))
    notice = embedded.mailbox("dana")[-1]
    here.write(answer_to(notice, f"#nonsense\r\n\r\n> {CANARY} {PERSON}"))
    here.once(EVENING, expect=None)
    assert searched(here, CANARY, PERSON)
    here.house.run("erase", gone)
    assert searched(here, CANARY, PERSON) == {}


def bounce_of(verp: str, data: bytes) -> bytes:
    report = EmailMessage()
    report["From"], report["To"], report["Subject"] = "MAILER-DAEMON@mx.example", verp, "Undelivered Mail"
    report["Message-ID"] = "<report@mx.example>"
    raw = report.as_bytes().rstrip(b"\n")
    status = f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {PERSON}\nAction: failed\nStatus: 5.1.1\n"
    body = (
        (
            "\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n"
            f"Return-Path: <>\n\n--b\nContent-Type: text/plain\n\n{PERSON} is unknown\n--b\n"
            f"Content-Type: message/delivery-status\n\n{status}\n--b\nContent-Type: text/rfc822-headers\n\n"
        ).encode()
        + data.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        + b"\n\n--b--\n"
    )
    return (raw + body).replace(b"\n", b"\r\n")


def test_a_backup_put_back_by_hand_is_erased_again_at_the_next_start(here: Scene, embedded: EmbeddedServers) -> None:
    gone = written(here)
    older = here.folder.parent / "older.db"
    copy_of_database(here, older)
    answered(here, embedded, ANSWER)
    here.house.run("erase", gone)
    for name in ("mailbot.db-wal", "mailbot.db-shm"):
        (here.folder / name).unlink(missing_ok=True)
    shutil.copy(older, here.folder / "mailbot.db")
    assert searched(here, PERSON), "the backup has the person"
    here.once(EVENING, expect=None)
    assert searched(here, CANARY, ANSWER, PERSON) == {}
    assert [act["who"] for act in here.audit() if act["act"] == "case.erased"] == ["mailbot"]
    here.house.run("audit", "verify")


def copy_of_database(here: Scene, path: Path) -> None:
    with closing(sqlite3.connect(here.folder / "mailbot.db")) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)


def test_what_a_restored_backup_or_its_mailbox_shows_again_is_erased_again(
    here: Scene, embedded: EmbeddedServers
) -> None:
    """One case was in the backup; of the other the backup knows nothing, but the done folder has its mail."""
    stays, in_backup = written(here, OTHERS, "somebody else"), written(here)
    copy = here.folder.parent / "copy.backup"
    here.house.run("backup", str(copy))
    later = "late.canary@example.com"
    after_it = written(here, later, f"{CANARY} later")
    for case in (in_backup, after_it):
        here.house.run("erase", case)
    for path in here.folder.glob("mailbot.db*"):
        path.unlink()
    (restored,) = here.house.json("restore", str(copy))
    assert restored["erased_again"] == 1
    assert searched(here, CANARY, PERSON, later) == {}
    here.once(EVENING, expect=None)
    assert searched(here, CANARY, PERSON, later) == {}
    assert {case["reference"] for case in here.cases()} == {stays, in_backup}
    here.house.run("audit", "verify")


def test_a_copy_that_comes_back_into_the_inbox_opens_nothing_and_is_not_kept(
    here: Scene, embedded: EmbeddedServers
) -> None:
    gone = written(here)
    here.house.run("erase", gone)
    letters = len(here.outside())
    (raw,) = here.foreign("help", "Mailbot/Done")
    here.write(raw)
    here.once(EVENING)
    assert here.journal() == {"processed": 1, "seen_before": 1}
    assert len(here.outside()) == letters
    assert searched(here, CANARY, PERSON) == {}


def test_who_writes_again_is_a_person_nobody_knows(here: Scene, embedded: EmbeddedServers) -> None:
    gone = written(here)
    old = here.to(PERSON)[-1]
    here.house.run("erase", gone)
    here.write(mail(PERSON, text="I am back", to=str(old["Reply-To"])))
    here.once(EVENING)
    new = [case for case in here.cases() if case["reference"] != gone]
    assert [case["status"] for case in new] == ["open"]
    assert gone not in str(parsed(embedded.mailbox("dana")[-1]).get_body(("plain",)))


def test_a_stop_outlives_the_case(here: Scene, embedded: EmbeddedServers) -> None:
    gone = written(here)
    letter = here.to(PERSON)[-1]
    here.write(mail(PERSON, text="STOP", to=str(letter["Reply-To"])))
    here.once(DAY)
    here.house.run("erase", gone)
    letters = len(here.outside())
    here.write(mail(PERSON, text="hello again"))
    here.once(EVENING)
    assert len(here.outside()) == letters
    with here.database() as database:
        assert [row["cause"] for row in database.execute("SELECT cause FROM contact")] == [None]


def test_a_letter_in_hand_is_waited_for_and_nothing_is_erased(here: Scene, embedded: EmbeddedServers) -> None:
    embedded.smtp_script = Rules([Rule(Stage.END, Drop(taken=True), about=PERSON)])
    here.write(mail(PERSON, text=CANARY))
    here.once(DAY, expect=None)
    (case,) = here.cases()
    gone = case["reference"]
    with here.database() as database:
        database.execute("UPDATE outbox SET state = 'sending' WHERE role = 'requester'")
    here.house.run("erase", gone, expect=1)
    assert searched(here, PERSON)
    assert not (here.folder / "mailbot.erased").exists()
    with here.database() as database:
        database.execute("UPDATE outbox SET state = 'uncertain' WHERE role = 'requester'")
    here.house.run("erase", gone)
    assert searched(here, CANARY, PERSON) == {}


def test_what_only_names_the_address_in_quarantine_waits_for_a_persons_decision(
    here: Scene, embedded: EmbeddedServers
) -> None:
    gone = written(here)
    here.write(b"From: a@example.org, b@example.org\r\n\r\nI know " + PERSON.encode() + b"\r\n")
    here.once(DAY, expect=1)
    (row,) = here.house.json("quarantine")
    (done,) = here.house.json("erase", gone)
    assert done["undecided"] == [row["id"]]
    assert searched(here, PERSON)


def test_with_its_flag_that_goes_too(here: Scene, embedded: EmbeddedServers) -> None:
    gone = written(here)
    here.write(b"From: a@example.org, b@example.org\r\n\r\nI know " + PERSON.encode() + b"\r\n")
    here.once(DAY, expect=1)
    here.house.run("erase", gone, "--quarantined")
    assert searched(here, PERSON) == {}
    assert here.house.json("quarantine") == []


def test_another_case_of_the_same_person_stays_and_is_named(here: Scene, embedded: EmbeddedServers) -> None:
    first, second = written(here), written(here)
    (done,) = here.house.json("erase", first)
    assert done["other_cases"] == [second]
    (shown,) = here.house.json("case", second, "--text")
    assert CANARY in shown["text"][0]["text"]


def test_erase_while_the_daemon_runs_leaves_no_old_page_behind(here: Scene, embedded: EmbeddedServers) -> None:
    with here.house.daemon(DAY):
        here.write(mail(PERSON, text=CANARY), mail(OTHERS))
        embedded.wait_sent(2)
        references = until(here.cases, lambda found: len(found) == 2)
        until(here.outbox, lambda rows: all(row["state"] == "sent" for row in rows))
        gone = references[0]["reference"]
        until(lambda: here.house.json("erase", gone, expect=None)[0]["files_clean"], lambda clean: clean)
        here.write(mail("max@example.com"))
        until(here.cases, lambda found: len(found) == 3)
    here.house.run("audit", "verify")
