"""No statement of the loops reads a whole table: every one that a real run issues is explained on a filled database.

`status` and the command line's lists may read much; they are not in the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from loops.fixtures import MakeRunning
from loops.house import AT_NIGHT, BY_DAY, Running, StandingClock
from sqlalchemy import event
from support.mails import first_mail

from mailbot.demo.misbehaviour import Drop, Reply, Rule, Rules, Stage
from mailbot.demo.servers import EmbeddedServers
from storage.database import Database

TABLES = ("journal", "outbox", "case", "conversation", "token", "audit", "follow_up", "journal_raw", "contact")
ROWS = 2000
SERVER_ROWS = 100_000
# Partial indexes hold only what waits: reading one whole is reading what is due. The newest row by its key is one row.
WAITING = ("ix_outbox_ready", "ix_outbox_held", "ix_follow_up_due", "ix_journal_file_to")
NEWEST = re.compile(r"FROM audit ORDER BY audit\.seq DESC\s+LIMIT")

# The daily proof of the whole chain reads the whole chain (F30).
WHOLE = re.compile(r"FROM audit ORDER BY audit\.seq\s*$")

Parameters = tuple[object, ...] | dict[str, object]
Statements = dict[str, Parameters]


@contextmanager
def recorded(database: Database) -> Iterator[Statements]:
    """Every statement of the run, with the parameters of one of its uses."""
    found: Statements = {}

    def remember(_c: object, _cursor: object, statement: str, parameters: Any, _x: object, many: bool) -> None:
        one = parameters[0] if many else parameters
        found.setdefault(statement, one if isinstance(one, dict) else tuple(one))

    event.listen(database.engine, "before_cursor_execute", remember)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", remember)


def mail(number: int, **changes: object) -> bytes:
    return first_mail(f"person{number}@example.net", message_id=f"m{number}@mail.example.net", text=f"words {number}",
                      **changes)  # type: ignore[arg-type] # fmt: skip


def whole_run(running: Running, embedded: EmbeddedServers, clock: StandingClock) -> None:
    """A few dozen messages of every kind, letters of every ending, a restart."""
    for number in range(30):
        embedded.append("help", mail(number), received_at=BY_DAY)
    embedded.append("help", mail(0), received_at=BY_DAY)
    embedded.append("help", mail(40), "Junk", received_at=BY_DAY)
    embedded.append("help", mail(41, fields=["Auto-Submitted: auto-replied"]), received_at=BY_DAY)
    embedded.append("help", b"From: a@example.net, b@example.net\r\n\r\nwords\r\n", received_at=BY_DAY)
    embedded.append("help", mail(42, fields=["From: Dana <dana@service.example>"]), received_at=BY_DAY)
    embedded.append("help", mail(43).replace(b"words 43", b"words " * 30000), received_at=BY_DAY)
    embedded.smtp_script = Rules(
        [
            Rule(Stage.RCPT, Reply("550 5.1.1 nobody"), about="person1@example.net"),
            Rule(Stage.RCPT, Reply("450 4.2.0 later"), about="person2@example.net"),
            Rule(Stage.END, Drop(), times=3),
        ]
    )
    running.one_pass()
    embedded.append("help", first_mail("person2@example.net", text="STOP", fields=(PROVED,)), received_at=BY_DAY)
    answer_to(running, embedded, "person3@example.net", "STOP")
    answer_to(running, embedded, "person4@example.net", "More words.")
    answer_to(running, embedded, "person5@example.net", "More words.", author="evil@example.org")
    bounce_of(running, embedded, "person6@example.net")
    clock.at = AT_NIGHT
    embedded.append("help", mail(50), received_at=AT_NIGHT)
    running.one_pass()
    running.mailbox.close()
    clock.on(hours=10)
    running.one_pass()
    running.deliver.next_due()


def answer_to(running: Running, embedded: EmbeddedServers, person: str, text: str, author: str | None = None) -> None:
    sent = next(one for one in embedded.sent if one.rcpt_to == (person,))
    token = re.search(rb"Reply-To: (\S+)", sent.data)
    assert token is not None
    to = token[1].decode()
    embedded.append(
        "help",
        first_mail(author or person, to=to, text=text, message_id=f"r.{person}"),
        received_at=running.clock.now(),
    )


def bounce_of(running: Running, embedded: EmbeddedServers, person: str) -> None:
    sent = next(one for one in embedded.sent if one.rcpt_to == (person,))
    lines = (
        "Return-Path: <>",
        "From: MAILER-DAEMON@mx.example.net",
        f"To: {sent.mail_from}",
        "Subject: Undelivered",
        "Message-ID: <bounce@mx.example.net>",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
        "",
        "--x",
        "Content-Type: text/plain",
        "",
        "It came back.",
        "--x",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example.net",
        "",
        f"Final-Recipient: rfc822; {person}",
        "Action: failed",
        "Status: 5.1.1",
        "",
        "--x--",
        "",
    )
    embedded.append("help", "\r\n".join(lines).encode(), received_at=running.clock.now())


PROVED = "Authentication-Results: mx.service.example; dmarc=pass header.from=example.net"

FILL = {
    "journal": "id, folder, uidvalidity, uid, place, received_at, journaled_at, size, oversized, content_hash, state,"
    " batch, attempts, attachments, case_id, conversation_id"
    " | 'j' || n, 'INBOX', 9, n, 'done', n, n, 9, FALSE, {blob}, 'processed', n / 100, 0, 0, 'c' || n,"
    " 'v' || n",
    "case": "id, reference, status, stream, language, contact, opened_at, updated_at"
    " | 'c' || n, 'R' || n, 'open', 'unknown', 'en', 'unasked', n, n",
    "conversation": "id, case_id, role, address_hash, sealed_address, sealed_token, opened_at"
    " | 'v' || n, 'c' || n, 'requester', {blob}, {blob}, {blob}, n",
    "token": "hash, purpose, conversation_id, leaked | {blob}, 'conversation', 'v' || n, FALSE",
    "outbox": "id, cause, role, letter, priority, state, created_at, next_attempt_at, attempts, known, data_begun,"
    " repeated, urgent, message_id_hash, recipient_hash, sealed_envelope, case_id, conversation_id"
    " | 'o' || n, 'j' || n, 'requester', 'ack-day', 4, 'sent', n, n, 1, FALSE, TRUE, FALSE, FALSE, {blob},"
    " {blob}, {blob}, 'c' || n, 'v' || n",
    "follow_up": "id, case_id, kind, due_wall, zone, urgent, created_at, ended_at"
    " | 'f' || n, 'c' || n, 'x', '2020-01-01T00:00', 'UTC', FALSE, n, n",
    "audit": "seq, at, who, act, subject, detail, hash | n + 100000, n, 'x', 'x', 'c' || n, '{{}}', {blob}",
    "journal_raw": "id, sealed | 'j' || n, {blob}",
    "contact": "address_hash, stopped_at | {blob}, n",
}
NUMBERS = "WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {rows})"


def fill(database: Database, tables: Iterable[str] = FILL) -> None:
    """Thousands of rows on SQLite, whose planner does not count them; a hundred thousand on PostgreSQL, whose does."""
    server = database.dialect.SHARED
    blob = "substr(sha256((random()::text)::bytea), 1, 16)" if server else "randomblob(16)"
    numbers = NUMBERS.format(rows=SERVER_ROWS if server else ROWS)
    with database.engine.connect() as connection, connection.begin() as begun:
        for table in tables:
            columns, _, values = FILL[table].format(blob=blob).partition(" | ")
            connection.exec_driver_sql(f'{numbers} INSERT INTO "{table}" ({columns}) SELECT {values} FROM k')  # noqa: S608
        begun.commit()
    if server:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def explained(database: Database, statement: str, parameters: Parameters) -> list[str]:
    """The plan, a step a line."""
    explain = "EXPLAIN" if database.dialect.SHARED else "EXPLAIN QUERY PLAN"
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()  # type: ignore[arg-type]
    return [str(row[-1]).strip() for row in plan]


def reads_all(line: str, statement: str) -> bool:
    """Whether this step of a plan reads a big table from end to end."""
    scanned = re.match(r"SCAN (\w+)|(?:-> +)?(?:Parallel )?Seq Scan on \"?(\w+)", line)
    if scanned is None or (scanned[1] or scanned[2]) not in TABLES:
        return False
    return not any(f"INDEX {name}" in line for name in WAITING) and not NEWEST.search(statement)


def test_no_statement_of_the_loops_reads_a_whole_table_and_what_waits_is_found_in_its_order(
    make_running: MakeRunning, embedded: EmbeddedServers, clock: StandingClock
) -> None:
    running = make_running(more="[limits]\nmessage_bytes = 100000")
    with recorded(running.database) as found:
        whole_run(running, embedded, clock)
    assert_everything_happened(running)
    fill(running.database)
    kinds = ("SELECT", "UPDATE", "DELETE")
    queries = {text: values for text, values in found.items() if text.split()[0] in kinds and not WHOLE.search(text)}
    assert len(queries) > 50
    plans = {" ".join(text.split()): explained(running.database, text, queries[text]) for text in queries}
    whole = {text: plan for text, plan in plans.items() if any(reads_all(line, text) for line in plan)}
    assert not whole, "\n".join(f"{text}\n    {plan}" for text, plan in whole.items())
    waiting = {text: plan for text, plan in plans.items() if "ORDER BY journal.batch DESC" in text}
    assert waiting
    assert not any("TEMP B-TREE" in line or "Sort" in line for plan in waiting.values() for line in plan), waiting


def assert_everything_happened(running: Running) -> None:
    """The run went through what it was to go through, or it proves nothing."""
    assert running.journal().keys() == {"processed", "quarantined", "seen_before"}
    acts = {"contact.stopped", "conversation.token", "case.touched", "outbox.moved", "message.ended"}
    assert acts <= set(running.acts())
    assert {"bounced", "failed", "cancelled"} <= {str(row.state) for row in running.outbox()}
    assert {"staff-notice", "staff-quarantine", "staff-summary", "staff-trouble", "alert"} <= set(running.told())


def test_the_explanation_finds_a_statement_without_an_index(database: Database) -> None:
    fill(database, ["journal"])
    text = "SELECT id FROM journal WHERE reason = 'none'"
    assert any(reads_all(line, text) for line in explained(database, text, ()))
