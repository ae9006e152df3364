"""watch: every message in the two folders is journaled whole, once, and filed, whatever the server does meanwhile."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from loops.fixtures import MakeRunning
from loops.house import BY_DAY, Running, StandingClock
from support.mails import first_mail, to_person
from transport.scripted import CLOSE, Answer, Peer, ScriptedServer, imap

from mailbot.demo.faults import (
    CutInLiteral,
    EndlessLine,
    Fault,
    Hide,
    LiteralSays,
    LoseAnswer,
    OtherUidValidity,
    Refuse,
    WrongUid,
)  # fmt: skip
from mailbot.demo.proxy import Proxy
from mailbot.demo.servers import EmbeddedServers
from mailbot.errors import CommandRefused, ForeignMailbox, LyingPeer, MailbotError, PeerError, Unreachable
from mailbot.model import JournalState
from storage import folders, journal

Behind = Callable[..., tuple[Running, Proxy]]


@pytest.fixture
def behind(make_running: MakeRunning, embedded: EmbeddedServers, proxy: Callable[..., Proxy]) -> Behind:
    """`behind(fault, …)`: the house before a proxy with these faults."""

    def make(*faults: Fault, **changes: object) -> tuple[Running, Proxy]:
        found = proxy(embedded.imap_port, *faults)
        return make_running(imap_port=found.port, **changes), found

    return make


def mail(number: int = 1, **changes: object) -> bytes:
    return first_mail(
        f"person{number}@example.net", message_id=f"m{number}@mail.example.net", text=f"words {number}", **changes
    )  # type: ignore[arg-type]


def bring(embedded: EmbeddedServers, count: int, folder: str = "INBOX") -> list[bytes]:
    mails = [mail(number) for number in range(1, count + 1)]
    for one in mails:
        embedded.append("help", one, folder, received_at=BY_DAY)
    return mails


def raws(running: Running) -> set[bytes]:
    with running.database.view() as view:
        ids = [row[0] for row in view.connection.exec_driver_sql("SELECT id FROM journal")]
        return {journal.raw(view, one) for one in ids}


def tries(running: Running, rounds: int) -> list[type[MailbotError]]:
    """Rounds of watch; the kinds of errors that ended some of them."""
    failed = []
    for _ in range(rounds):
        try:
            running.watch.round()
        except MailbotError as error:
            failed.append(type(error))
    return failed


def delete(embedded: EmbeddedServers, folder: str = "INBOX") -> None:
    """Somebody else empties a folder."""
    client = imaplib.IMAP4(embedded.host, embedded.imap_port)
    client.login("help", "secret")
    client.select(folder)
    client.store("1:*", "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()


# What is seen


def test_a_backlog_is_journaled_in_batches_the_newest_first(running: Running, embedded: EmbeddedServers) -> None:
    mails = bring(embedded, 150)
    running.watch.round()
    assert raws(running) == set(mails[50:])
    running.look()
    assert raws(running) == set(mails)
    assert running.folders()["INBOX"] == (150, 150, 0)


def test_what_is_not_journaled_yet_is_behind_and_shows_since_when(
    running: Running, embedded: EmbeddedServers, clock: StandingClock
) -> None:
    bring(embedded, 150)
    running.watch.round()
    assert running.folders()["INBOX"] == (150, 100, 0)
    with running.database.view() as view:
        assert view.connection.exec_driver_sql("SELECT behind_since IS NULL FROM folder").scalar() == 0
    clock.on(minutes=1)
    running.look()
    with running.database.view() as view:
        assert view.connection.exec_driver_sql("SELECT behind_since IS NULL FROM folder").scalar() == 1


def test_mail_from_before_the_beginning_is_imported_where_it_is_and_never_answered(
    running: Running, embedded: EmbeddedServers
) -> None:
    since = running.watch.fetching.since
    for number, received in enumerate((since - timedelta(seconds=1), since)):
        embedded.append("help", mail(number), received_at=received)
    running.one_pass()
    assert running.journal() == {"imported": 1, "processed": 1}
    assert len(embedded.mailbox("help")) == 1
    assert to_person(embedded.sent, "person0@example.net") == []
    assert len(to_person(embedded.sent, "person1@example.net")) == 1


def test_an_oversized_mail_is_left_whole_in_quarantine_and_answered_by_its_own_letter(
    make_running: MakeRunning, embedded: EmbeddedServers
) -> None:
    running = make_running(more="[limits]\nmessage_bytes = 100000")
    large = mail(1).replace(b"words 1", b"words " * 20000)
    embedded.append("help", large, received_at=BY_DAY)
    embedded.append("help", mail(2), received_at=BY_DAY)
    running.one_pass()
    assert embedded.mailbox("help", "Mailbot/Quarantine") == [large]
    assert running.journal() == {"processed": 1, "quarantined": 1}
    assert sorted(running.letters()) == ["ack-day", "ack-oversized"]
    assert b"too large" in next(one for one in embedded.sent if one.rcpt_to == ("person1@example.net",)).data
    assert not any(b"words words" in raw for raw in raws(running))


def test_an_oversized_mail_of_many_parts_opens_a_case_by_its_header_alone(
    make_running: MakeRunning, embedded: EmbeddedServers
) -> None:
    running = make_running(more="[limits]\nmessage_bytes = 100000")
    head = mail(1).partition(b"Content-Type")[0] + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    body = b"--x\r\nContent-Type: text/plain\r\n\r\nhelp\r\n--x\r\nContent-Type: image/png\r\n\r\n" + b"a" * 200000
    embedded.append("help", head + body + b"\r\n--x--\r\n", received_at=BY_DAY)
    running.one_pass()
    assert running.letters() == ["ack-oversized"]


def test_a_message_that_vanishes_before_its_size_is_asked_is_counted_too(
    running: Running, embedded: EmbeddedServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(embedded, 1)
    real = running.mailbox.summaries

    def summaries(uids: list[int]) -> list[object]:
        delete(embedded)
        return real(uids)  # type: ignore[return-value]

    monkeypatch.setattr(running.mailbox, "summaries", summaries)
    running.look()
    assert running.folders()["INBOX"] == (0, 0, 1)


def test_junk_is_journaled_stays_where_it_is_and_staff_get_a_line(running: Running, embedded: EmbeddedServers) -> None:
    junk = bring(embedded, 1, "Junk")
    running.one_pass()
    assert embedded.mailbox("help", "Junk") == junk
    assert running.journal() == {"quarantined": 1}
    assert (running.letters(), running.told()) == ([], ["staff-quarantine"] * 2)


def test_junk_that_a_person_moves_to_the_inbox_is_processed_as_new(running: Running, embedded: EmbeddedServers) -> None:
    (junk,) = bring(embedded, 1, "Junk")
    running.one_pass()
    embedded.append("help", junk, received_at=BY_DAY)
    running.one_pass()
    assert running.letters() == ["ack-day"]
    assert running.journal() == {"processed": 1, "quarantined": 1}


def test_a_processed_message_that_is_moved_back_acts_never_again(running: Running, embedded: EmbeddedServers) -> None:
    (one,) = bring(embedded, 1)
    running.one_pass()
    embedded.append("help", one, received_at=BY_DAY)
    embedded.append("help", b"Received: by another.host\r\n" + one, received_at=BY_DAY)
    running.one_pass()
    assert running.journal() == {"processed": 1, "seen_before": 2}
    assert running.letters() == ["ack-day"]
    assert embedded.mailbox("help") == []


def test_without_a_junk_folder_all_goes_on_and_the_folder_counts_as_read(
    running: Running, embedded: EmbeddedServers
) -> None:
    bring(embedded, 1)
    assert running.one_pass()
    assert set(running.folders()) == {"INBOX"}


def test_without_an_inbox_there_is_an_error_that_names_the_key(make_running: MakeRunning) -> None:
    running = make_running(inbox='folder = "Elsewhere"')
    with pytest.raises(Unreachable, match="inbox.folder = Elsewhere"):
        running.watch.round()


def test_the_next_look_of_a_new_process_finds_what_the_first_had_not_filed(
    running: Running, make_running: MakeRunning, embedded: EmbeddedServers
) -> None:
    """F4: committed, copy still in the inbox: only the move is repeated."""
    bring(embedded, 1)
    running.look()
    running.work()
    running.mailbox.close()
    assert len(embedded.mailbox("help")) == 1
    running.look()
    assert embedded.mailbox("help") == []
    assert len(embedded.mailbox("help", "Mailbot/Done")) == 2
    assert running.journal() == {"processed": 1}


# Servers that cannot do much


@pytest.mark.parametrize("hidden", [("IDLE",), ("MOVE",), ("MOVE", "UIDPLUS"), ("MOVE", "UIDPLUS", "IDLE")], ids=str)
def test_a_server_without_an_extension_serves_all_the_same(
    behind: Behind, embedded: EmbeddedServers, hidden: tuple[str, ...]
) -> None:
    running, _ = behind(*map(Hide, hidden))
    mails = bring(embedded, 3)
    assert running.one_pass()
    assert running.one_pass()
    assert running.letters() == ["ack-day"] * 3
    done = embedded.mailbox("help", "Mailbot/Done")
    assert [raw for raw in done if b"X-Mailbot" not in raw] == mails
    assert len(embedded.mailbox("help")) == (3 if "UIDPLUS" in hidden else 0)


def test_a_renumbered_folder_makes_nothing_happen_twice_and_staff_get_one_line(
    behind: Behind, embedded: EmbeddedServers
) -> None:
    running, proxy = behind(Refuse("UID MOVE"), Refuse("UID COPY"))
    bring(embedded, 2)
    running.one_pass()
    running.mailbox.close()
    proxy.faults = [OtherUidValidity()]
    bring_new = mail(9)
    embedded.append("help", bring_new, received_at=BY_DAY)
    running.one_pass()
    running.one_pass()
    assert running.journal() == {"processed": 3, "seen_before": 2}
    assert running.letters() == ["ack-day"] * 3
    assert running.told().count("alert") == 2  # Dana and Robin, once each
    assert running.folders()["INBOX"][:2] == (0, 0)


# Servers that lie or break


@pytest.mark.parametrize(("fault", "error"), [
    (LiteralSays(times=1), LyingPeer), (LiteralSays(size=-1, times=1), PeerError), (WrongUid(), LyingPeer),
    (EndlessLine("UID FETCH", size=2**21, times=1), LyingPeer), (CutInLiteral(times=1), Unreachable),
    (LoseAnswer("UID FETCH", times=1), Unreachable), (Refuse("UID FETCH", times=1), CommandRefused),
], ids=str)  # fmt: skip
def test_a_lying_or_broken_server_gets_nothing_half_into_the_journal(
    behind: Behind, embedded: EmbeddedServers, fault: Fault, error: type[PeerError]
) -> None:
    running, proxy = behind()
    running.watch.round()
    mails = bring(embedded, 2)
    proxy.faults = [fault]
    with pytest.raises(error):
        running.watch.round()
    assert running.journal() == {}
    proxy.faults = []
    running.look()
    assert raws(running) == set(mails)


def test_a_line_that_breaks_while_copies_are_filed_makes_no_second_copy(
    behind: Behind, embedded: EmbeddedServers
) -> None:
    running, proxy = behind()
    bring(embedded, 2)
    running.look()
    running.work()
    proxy.faults = [LoseAnswer("UID MOVE", times=1)]
    with pytest.raises(Unreachable):
        running.watch.round()
    running.look()
    assert embedded.mailbox("help") == []
    assert len(embedded.mailbox("help", "Mailbot/Done")) == 3


BODIES = {1: mail(1), 2: mail(2), 3: mail(3)}


def fetching(bad: Answer, *, header_too: bool) -> Callable[[Peer], None]:
    """FETCH of a server with three messages, that does something else for every answer with the second's body."""

    def answer(peer: Peer) -> None:
        tag, rest = peer.heard[-1].split(b" ", 1)
        uids = [int(uid) for uid in re.findall(rb"\d+", rest.split(b"(")[0])]
        wants_header, wants_body = b"HEADER" in rest, b"BODY.PEEK[]" in rest
        for uid in uids:
            if uid == 2 and (wants_body or (wants_header and header_too)):
                peer.act(bad.replace(b"TAG", tag) if isinstance(bad, bytes) else bad)
                return
            raw = BODIES[uid].partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if wants_header else BODIES[uid]
            part = b"BODY[HEADER]<0> {%d}\r\n%s" if wants_header else b"BODY[] {%d}\r\n%s"
            told = b'RFC822.SIZE %d INTERNALDATE "24-Nov-2026 10:00:00 -0700" FLAGS ()' % len(raw)
            found = part % (len(raw), raw) if wants_header or wants_body else told
            peer.say(b"* %d FETCH (UID %d %s)\r\n" % (uid, uid, found))
        peer.say(tag + b" OK done\r\n")

    return answer


def serving(bad: Answer, *, header_too: bool = False) -> ScriptedServer:
    empty = b"* 0 EXISTS\r\n* OK [UIDVALIDITY 8] x\r\n* OK [UIDNEXT 1] x\r\nTAG OK [READ-WRITE] done\r\n"
    full = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4] x\r\nTAG OK [READ-WRITE] done\r\n"
    selected = [b""]

    def select(peer: Peer) -> None:
        selected[0] = peer.heard[-1].split(b" ")[2].strip(b'"')
        peer.say((full if selected[0] == b"INBOX" else empty).replace(b"TAG", peer.heard[-1].split(b" ")[0]))

    def search(peer: Peer) -> None:
        found = b"* SEARCH 1 2 3\r\n" if selected[0] == b"INBOX" else b"* SEARCH\r\n"
        peer.say(found + peer.heard[-1].split(b" ")[0] + b" OK done\r\n")

    def listing(peer: Peer) -> None:
        tag, _, _, name = peer.heard[-1].split(b" ", 3)
        peer.say(b'* LIST () "/" ' + name + b"\r\n" + tag + b" OK done\r\n")

    def append(peer: Peer) -> None:
        tag = peer.heard[-1].split(b" ")[0]
        size = int(re.findall(rb"\{(\d+)\}", peer.heard[-1])[0])
        peer.say(b"+ go\r\n")
        peer.file.read(size + 2)
        peer.say(tag + b" OK done\r\n")

    changes: dict[str, Answer] = {
        "SELECT": select, "UID SEARCH": search, "LIST": listing, "APPEND": append,
        "UID FETCH": fetching(bad, header_too=header_too),
    }  # fmt: skip
    return ScriptedServer(imap(changes))


@pytest.mark.parametrize(
    "bad",
    [CLOSE, b"* 2 FETCH (UID 99 BODY[] {3}\r\nabc)\r\nTAG OK done\r\n", b"TAG NO cannot convert\r\n"],
    ids=["closes", "lies", "refuses"],
)
def test_one_message_that_breaks_the_talk_keeps_no_other_waiting_and_is_taken_by_its_header(
    make_running: MakeRunning, bad: Answer
) -> None:
    with serving(bad) as server:
        running = make_running(imap_port=server.port)
        assert tries(running, 10)
        assert {BODIES[1], BODIES[3]} < raws(running)
        with running.database.view() as view:
            found = view.connection.exec_driver_sql("SELECT uid, oversized FROM journal ORDER BY uid").all()
        running.mailbox.close()
    assert [tuple(one) for one in found] == [(1, 0), (2, 1), (3, 0)]


def test_a_message_that_cannot_even_be_shown_by_its_header_waits_alone_and_the_junk_folder_is_read(
    make_running: MakeRunning, clock: StandingClock
) -> None:
    with serving(CLOSE, header_too=True) as server:
        running = make_running(imap_port=server.port)
        tries(running, 10)
        assert raws(running) == {BODIES[1], BODIES[3]}
        clock.on(hours=1)
        tries(running, 3)
        with running.database.view() as view:
            junk = folders.find(view, "Junk")
        assert junk is not None
        assert junk.looked_at == clock.now()
        running.mailbox.close()


def test_messages_that_vanish_before_they_are_fetched_are_counted_and_are_no_error(make_running: MakeRunning) -> None:
    """The server tells of three, and has only the newest by the time it is asked for them."""
    with serving(b"TAG OK done\r\n") as server:
        running = make_running(imap_port=server.port)
        running.watch.round()
        running.mailbox.close()
    assert raws(running) == {BODIES[3]}
    assert running.folders()["INBOX"] == (1, 1, 2)


def test_a_server_that_lists_what_it_never_gives_does_not_keep_a_pass_going(make_running: MakeRunning) -> None:
    with serving(b"TAG OK done\r\n") as server:
        running = make_running(imap_port=server.port)
        rounds = 0
        while running.watch.round():
            rounds += 1
            assert rounds < 10
        running.mailbox.close()
    assert raws(running) == {BODIES[3]}


# The done folder


@pytest.mark.parametrize("refused", [("UID MOVE", "UID COPY"), ("CREATE",), ("APPEND",)], ids=str)
def test_a_done_folder_that_takes_nothing_stops_no_processing_and_shows_in_status_until_it_is_over(
    behind: Behind, embedded: EmbeddedServers, refused: tuple[str, ...]
) -> None:
    running, proxy = behind(*map(Refuse, refused))
    bring(embedded, 2)
    assert running.one_pass()
    assert running.letters() == ["ack-day"] * 2
    assert running.journal() == {"processed": 2}
    assert [code for code in running.problems() if code.startswith(("filing", "folder", "mark"))]
    proxy.faults = []
    running.mailbox.close()
    running.one_pass()
    assert embedded.mailbox("help") == []
    assert running.problems() == []


# The mark


def marks(embedded: EmbeddedServers) -> int:
    return sum(b"X-Mailbot-Installation" in raw for raw in embedded.mailbox("help", "Mailbot/Done"))


def test_the_mark_is_left_once_however_often_mailbot_connects(running: Running, embedded: EmbeddedServers) -> None:
    for _ in range(3):
        running.watch.round()
        running.mailbox.close()
    assert marks(embedded) == 1


def test_the_mailbox_of_another_database_is_left_alone(
    running: Running, make_running: MakeRunning, embedded: EmbeddedServers
) -> None:
    running.watch.round()
    other = make_running()
    with other.database.engine.connect() as connection, connection.begin() as begun:
        connection.exec_driver_sql("UPDATE installation SET id = 'another'")
        begun.commit()
    other.database.installation_id = "another"
    mails = bring(embedded, 1)
    for _ in range(2):
        with pytest.raises(ForeignMailbox, match="nothing was touched"):
            other.watch.round()
    assert other.journal() == {}
    assert embedded.mailbox("help") == mails
    assert marks(embedded) == 1


def test_a_received_mail_that_imitates_the_mark_is_nothing_but_mail(
    running: Running, embedded: EmbeddedServers
) -> None:
    embedded.append("help", mail(1, fields=["X-Mailbot-Installation: another"]), received_at=BY_DAY)
    running.one_pass()
    running.mailbox.close()
    assert running.one_pass()
    assert running.journal() == {"processed": 1}


@pytest.mark.parametrize("command", ["UID SEARCH", "UID FETCH"])
def test_while_the_mark_cannot_be_looked_for_nothing_is_read(
    behind: Behind, embedded: EmbeddedServers, command: str
) -> None:
    """A second round on the same connection must not take the first one's failure for a proof."""
    first, _ = behind()
    first.watch.round()
    running, _ = behind(Refuse(command))
    bring(embedded, 1)
    assert set(tries(running, 3)) <= {CommandRefused}
    assert len(tries(running, 3)) == 3
    assert running.journal() == {}


# Waiting


def test_waiting_ends_when_mail_comes_that_was_told_already(running: Running, embedded: EmbeddedServers) -> None:
    running.look()
    bring(embedded, 1)
    running.watch.wait(30, -1)
    assert running.watch.round(full=False)


def test_a_look_that_is_not_full_sees_new_mail_and_counts_it(running: Running, embedded: EmbeddedServers) -> None:
    running.look()
    bring(embedded, 2)
    running.watch.round(full=False)
    assert running.folders()["INBOX"] == (2, 2, 0)
    with running.database.view() as view:
        assert journal.counts(view)[JournalState.WAITING] == 2
