"""After a restore: what lies in the done and the quarantine folder and not in the journal is taken in again, once."""

from __future__ import annotations

from datetime import timedelta

from loops.fixtures import MakeRunning
from loops.house import Running
from promises import hand
from sqlalchemy import delete, select, update
from support.mails import first_mail, parsed
from transport.scripted import ScriptedServer, imap

from mailbot.demo.servers import EmbeddedServers
from mailbot.marker import FIELD
from mailbot.model import JournalState
from mailbot.steps import Step
from mailbot.transport import Account, Mailbox
from storage import journal, restored, retaken
from storage.schema import filed_until, installation
from storage.schema import journal as table

DONE, QUARANTINE = "Mailbot/Done", "Mailbot/Quarantine"


def restore(running: Running, *, forget_how_far: bool = False) -> None:
    """As if the database came from a backup of this moment."""
    with running.database.transaction(Step.OPERATOR) as transaction:
        transaction.connection.execute(update(installation).values(copied_at=running.clock.now()))
        if forget_how_far:
            transaction.connection.execute(delete(filed_until))
    restored.settle_once(running.database, running.desk.office.zone, running.clock.now())


def write(embedded: EmbeddedServers, name: str, folder: str = "INBOX", **options: object) -> bytes:
    raw = first_mail(f"{name}@example.net", **options)  # type: ignore[arg-type]
    embedded.append("help", raw, folder)
    return raw


def reasons(running: Running) -> list[str | None]:
    with running.database.view() as view:
        return list(view.connection.execute(select(table.c.reason).order_by(table.c.id)).scalars())


def until_noted(running: Running) -> dict[str, int]:
    with running.database.view() as view:
        found = (retaken.until(view, folder) for folder in (DONE, QUARANTINE))
        return {one.folder: one.uidnext for one in found if one}


def test_at_rest_it_is_noted_how_far_the_journal_knows_the_folders(running: Running, embedded: EmbeddedServers) -> None:
    running.one_pass()
    before = until_noted(running)
    write(embedded, "kim")
    running.one_pass()
    assert until_noted(running) == {DONE: before[DONE] + 1, QUARANTINE: before[QUARANTINE]}


def test_what_is_new_there_is_taken_in_again_before_the_inbox_and_what_is_known_is_not(
    running: Running, embedded: EmbeddedServers
) -> None:
    write(embedded, "kim")
    running.one_pass()
    restore(running, forget_how_far=True)
    write(embedded, "lee", DONE)
    write(embedded, "pat", QUARANTINE)
    write(embedded, "new")
    running.one_pass()
    with running.database.view() as view:
        folders = view.connection.execute(select(table.c.folder).order_by(table.c.batch)).scalars().all()
        found = restored.standing(view)
    assert folders == ["INBOX", DONE, QUARANTINE, "INBOX"]
    assert found is not None
    assert found.reread_at is not None
    assert running.journal() == {"processed": 4}
    assert len(embedded.mailbox("help", DONE)) == 4
    assert len(embedded.mailbox("help", QUARANTINE)) == 1


def test_until_a_person_lets_it_go_nothing_leaves_to_anybody(running: Running, embedded: EmbeddedServers) -> None:
    restore(running)
    write(embedded, "lee", DONE)
    write(embedded, "new")
    for hours in (1, 30):
        running.one_pass()
        running.clock.on(hours=hours)
    assert embedded.sent == []
    with running.database.transaction(Step.OPERATOR) as transaction:
        restored.let_go(transaction, "operator", running.clock.now())
    running.one_pass()
    people = {one.rcpt_to[0] for one in embedded.sent if not one.rcpt_to[0].endswith("@service.example")}
    assert people <= {"new@example.net"}
    assert embedded.mailbox("dana") != []


def test_it_happens_once(running: Running, embedded: EmbeddedServers) -> None:
    restore(running)
    running.one_pass()
    write(embedded, "lee", DONE)
    running.one_pass()
    assert running.journal() == {}


def test_only_what_was_filed_since_is_compared(running: Running, embedded: EmbeddedServers) -> None:
    running.one_pass()
    write(embedded, "put there by a person", DONE)
    running.watch._filed = True
    running.one_pass()
    restore(running)
    write(embedded, "lee", DONE)
    running.one_pass()
    assert running.journal() == {"processed": 1}


def test_a_folder_that_was_renumbered_since_is_compared_whole(running: Running, embedded: EmbeddedServers) -> None:
    running.one_pass()
    write(embedded, "lee", QUARANTINE)
    running.watch._filed = True
    running.one_pass()
    with running.database.transaction(Step.OPERATOR) as transaction:
        transaction.connection.execute(update(filed_until).values(uidvalidity=7))
    restore(running)
    running.one_pass()
    assert running.journal() == {"processed": 1}


def test_what_it_would_answer_counts_as_had_and_never_leaves(running: Running, embedded: EmbeddedServers) -> None:
    restore(running)
    write(embedded, "lee", DONE)
    running.one_pass()
    with running.database.transaction(Step.OPERATOR) as transaction:
        restored.let_go(transaction, "operator", running.clock.now())
    running.one_pass()
    assert running.states() == ["uncertain"]
    assert [one for one in embedded.sent if one.rcpt_to == ("lee@example.net",)] == []
    assert "staff-notice" in running.told()
    running.clock.on(hours=1)
    write(embedded, "lee", message_id="second@example.net")
    running.one_pass()
    assert running.letters() == ["ack-day"]


def test_many_are_taken_in_their_order_a_batch_at_a_time(running: Running, embedded: EmbeddedServers) -> None:
    restore(running)
    for number in range(130):
        write(embedded, f"person{number:03}", DONE)
    running.one_pass()
    assert running.journal() == {"processed": 130}
    with running.database.view() as view:
        order = select(table.c.uid).order_by(table.c.ended_at, table.c.batch, table.c.uid)
        uids = view.connection.execute(order).scalars().all()
        assert not retaken.waits(view)
    assert uids == sorted(uids)


def test_a_batch_waits_until_the_one_before_is_processed(running: Running, embedded: EmbeddedServers) -> None:
    restore(running)
    write(embedded, "lee", DONE)
    assert running.watch.round() is True
    assert running.watch.round() is False
    assert running.watch.retaking.waits
    running.work()
    running.look()
    assert not running.watch.retaking.waits


def test_a_crash_in_the_middle_takes_nothing_in_twice(running: Running, embedded: EmbeddedServers) -> None:
    restore(running)
    for number in range(3):
        write(embedded, f"person{number}", DONE)
    assert running.watch.round()
    running.watch.retaking._sights.clear()  # a new process knows what is committed alone
    running.work()
    running.one_pass()
    assert running.journal() == {"processed": 3}


def test_our_mark_is_no_mail_but_mail_that_imitates_it_is(running: Running, embedded: EmbeddedServers) -> None:
    restore(running)
    write(embedded, "evil", DONE, fields=[f"{FIELD}: {running.database.installation_id}"])
    running.one_pass()
    assert running.journal() == {"processed": 1}


def test_oversized_mail_is_known_by_its_header(make_running: MakeRunning, embedded: EmbeddedServers) -> None:
    running = make_running(more="[limits]\nmessage_bytes = 100000\n")
    write(embedded, "kim", text="x" * 90 + "\r\n" + ("y" * 70 + "\r\n") * 2000)
    running.one_pass()
    assert running.journal() == {"quarantined": 1}
    restore(running, forget_how_far=True)
    write(embedded, "lee", QUARANTINE, text="x" * 90 + "\r\n" + ("y" * 70 + "\r\n") * 2000)
    running.one_pass()
    assert running.journal() == {"quarantined": 2}
    with running.database.view() as view:
        assert {row.oversized for row in journal.quarantined(view)} == {True}


def test_mail_of_before_the_beginning_is_imported_again(running: Running, embedded: EmbeddedServers) -> None:
    restore(running)
    embedded.append("help", first_mail("old@example.net"), DONE, running.watch.fetching.since - timedelta(days=1))
    running.one_pass()
    assert running.journal() == {str(JournalState.IMPORTED): 1}


def test_mail_whose_copy_lies_in_both_is_seen_before_in_the_inbox(running: Running, embedded: EmbeddedServers) -> None:
    restore(running)
    raw = write(embedded, "lee", DONE)
    embedded.append("help", raw)
    running.one_pass()
    assert running.journal() == {"processed": 1, "seen_before": 1}


def test_a_mailbox_without_these_folders_is_read_to_its_end(running: Running, embedded: EmbeddedServers) -> None:
    running.one_pass()
    restore(running)
    hand.remove_folder(embedded, QUARANTINE)
    running.one_pass()
    with running.database.view() as view:
        found = restored.standing(view)
    assert found is not None
    assert found.reread_at is not None


def test_the_folder_of_sent_mail_tells_which_letters_are_there() -> None:
    listed = b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\HasNoChildren \\Sent) "/" "Sent mail"\r\nTAG OK done\r\n'
    opened = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\nTAG OK [READ-ONLY] done\r\n"
    answers = {"LIST": listed, "EXAMINE": opened, "UID SEARCH": b"* SEARCH 4\r\nTAG OK done\r\n"}
    server = ScriptedServer(imap(answers))
    with server, Mailbox(Account("127.0.0.1", server.port, "plain", "help", "secret")) as mailbox:
        mailbox.select("INBOX")
        assert mailbox.sent_among([]) == []
        assert mailbox.sent_among(["one@service.example"]) == ["one@service.example"]
        assert mailbox.select("INBOX") is not None


def test_a_notice_of_what_was_taken_in_again_says_so(running: Running, embedded: EmbeddedServers) -> None:
    restore(running)
    write(embedded, "lee", DONE)
    running.one_pass()
    with running.database.transaction(Step.OPERATOR) as transaction:
        restored.let_go(transaction, "operator", running.clock.now())
    running.one_pass()
    assert any("read this again" in str(parsed(raw).get_body(("plain",))) for raw in embedded.mailbox("dana"))
