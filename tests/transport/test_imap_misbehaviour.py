"""What a mailbox's server can get wrong: cut, stalled, lying, or merely unusual (F11, F12, F13, F16, F19)."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from transport.scripted import CLOSE, STALL, Answer, Peer, ScriptedServer, imap

from mailbot.errors import CommandRefused, LyingPeer, MailbotError, Unreachable
from mailbot.transport import DONE_FLAG, Account, Filed, How, Mailbox


@contextmanager
def mailbox(changes: dict[str, Answer], *, timeout: float = 0.5) -> Iterator[tuple[Mailbox, ScriptedServer]]:
    with ScriptedServer(imap(changes)) as server:
        opened = Mailbox(Account("127.0.0.1", server.port, "plain", "help", "secret"), timeout=timeout)
        with opened:
            opened.select("INBOX")
            yield opened, server


def fetched(text: bytes) -> dict[str, Answer]:
    return {"UID FETCH": text + b"TAG OK done\r\n"}


FETCH_LIES = [
    (b"* 1 FETCH (UID 5 BODY[] {99999999999}\r\n", LyingPeer),
    (b"* 1 FETCH (UID 5 BODY[] {" + b"9" * 5000 + b"}\r\n", LyingPeer),
    (b"* 1 FETCH (UID 5 BODY[] {-1}\r\n)\r\n", LyingPeer),
    (b"* 1 FETCH (UID 6 BODY[] {5}\r\nhello)\r\n", LyingPeer),
    (b"* 5 FETCH (BODY[] {5}\r\nhello)\r\n", LyingPeer),
    (b"* 1 FETCH (UID 5 BODY[] {5}\r\nhello BODY[] {5}\r\nworld)\r\n", LyingPeer),
    (b"* 1 FETCH (UID 5 ENVELOPE {5}\r\nhello)\r\n", LyingPeer),
    (b"* 1 FETCH (UID 0 BODY[] {5}\r\nhello)\r\n", LyingPeer),
    (b"* 1 FETCH (UID 4294967296 BODY[] {5}\r\nhello)\r\n", LyingPeer),
    (b"* 1 FETCH (UID 5 BODY[] what)\r\n", LyingPeer),
    (b"* 1 FETCH (UID 5 FLAGS (" + b"x" * 2_000_000 + b"))\r\n", LyingPeer),
    (b"* 1 FETCH (UID 5 FLAGS ())\n", LyingPeer),
    (b"A99 OK of another command\r\n", LyingPeer),
    (b"* OK and on it goes\r\n" * 400_000, LyingPeer),
]


@pytest.mark.parametrize(("text", "error"), FETCH_LIES)
def test_what_cannot_be_true_is_a_lie_and_ends_the_connection(text: bytes, error: type[MailbotError]) -> None:
    with mailbox(fetched(text), timeout=5) as (opened, _):
        with pytest.raises(error):
            opened.fetch([5], limit=1_000_000)
        assert not opened.connected


def test_a_literal_of_one_byte_more_than_the_limit_is_a_lie() -> None:
    for limit, whole in ((5, True), (4, False)):
        with mailbox(fetched(b"* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n")) as (opened, _):
            if whole:
                assert opened.fetch([5], limit=limit) == {5: b"hello"}
            else:
                with pytest.raises(LyingPeer):
                    opened.fetch([5], limit=limit)


def test_nothing_is_allocated_for_a_literal_above_the_limit() -> None:
    with mailbox(fetched(b"* 1 FETCH (UID 5 BODY[] {4000000000}\r\n")) as (opened, _):
        tracemalloc.start()
        with pytest.raises(LyingPeer):
            opened.fetch([5], limit=50_000_000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2_000_000


CUTS: list[Answer] = [
    CLOSE,
    lambda peer: (peer.say(b"* 1 FETCH (UID 5 BODY[] {100}\r\nhalf of"), peer.act(CLOSE)),  # type: ignore[func-returns-value]
    lambda peer: (peer.say(b"* 1 FETCH (UID 5 BODY[] {5}\r\nhello"), peer.act(CLOSE)),  # type: ignore[func-returns-value]
    lambda peer: (peer.say(b"* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n"), peer.act(CLOSE)),  # type: ignore[func-returns-value]
    lambda peer: (peer.say(b"* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n* BYE\r\n"), peer.act(CLOSE)),  # type: ignore[func-returns-value]
    lambda peer: (peer.say(b"* 1 FETCH (UID 5 BODY[] {100}\r\nhalf of"), peer.act(STALL)),  # type: ignore[func-returns-value]
    STALL,
]


@pytest.mark.parametrize(
    "answer", CUTS, ids=["at once", "in literal", "after literal", "before OK", "BYE", "stalled", "silent"]
)
def test_a_fetch_that_is_cut_gives_nothing_and_the_next_connection_works(answer: Answer) -> None:
    whole = imap(fetched(b"* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n"))
    with ScriptedServer(imap({"UID FETCH": answer}), whole) as server:
        opened = Mailbox(Account("127.0.0.1", server.port, "plain", "help", "secret"), timeout=0.5)
        opened.connect()
        opened.select("INBOX")
        with pytest.raises(Unreachable):
            opened.fetch([5])
        with pytest.raises(Unreachable):
            opened.uids()
        opened.connect()
        opened.select("INBOX")
        assert opened.fetch([5]) == {5: b"hello"}
        opened.close()


def test_flag_changes_of_others_and_vanished_messages_do_not_disturb_a_fetch() -> None:
    text = (
        b"* 5 FETCH (FLAGS (\\Seen))\r\n* 2 EXPUNGE\r\n"
        b"* 1 FETCH (FLAGS (UID 5 \\Seen) UID 7 BODY[] {5}\r\nhello)\r\n* 9 EXISTS\r\n* 2 FETCH (UID 99 FLAGS ())\r\n"
    )
    with mailbox(fetched(text)) as (opened, _):
        assert opened.fetch([5, 7]) == {7: b"hello"}


def test_a_body_may_come_as_a_quoted_string_or_nil_and_is_never_read_as_fields() -> None:
    text = b'* 1 FETCH (BODY[] "say \\"UID 7\\" (UID 8 )" UID 5)\r\n* 2 FETCH (UID 6 BODY[] NIL)\r\n'
    with mailbox(fetched(text)) as (opened, _):
        assert opened.fetch([5, 6]) == {5: b'say "UID 7" (UID 8 )', 6: b""}


DATES = [
    (b" 1-Mar-2026 23:30:00 -0700", "2026-03-02T06:30:00+00:00"),
    (b"01-mar-2026 23:30:00 +0530", "2026-03-01T18:00:00+00:00"),
    (b"31-Dec-2016 23:59:60 +0000", "2016-12-31T23:59:59+00:00"),
    (b"31-Feb-2026 00:00:00 +0000", None),
    (b"01-Foo-2026 00:00:00 +0000", None),
    (b"01-Jan-0000 00:00:00 +0000", None),
    (b"31-Dec-9999 23:59:59 -1200", None),
    (b"01-Jan-2026 00:00:00 +9999", None),
    (b"yesterday", None),
]


@pytest.mark.parametrize(("date", "instant"), DATES)
def test_internaldate_becomes_utc_or_nothing(date: bytes, instant: str | None) -> None:
    text = b'* 1 FETCH (UID 5 RFC822.SIZE 77 INTERNALDATE "' + date + b'" FLAGS (\\Seen $x))\r\n'
    with mailbox(fetched(text)) as (opened, _):
        [summary] = opened.summaries([5])
    assert (summary.uid, summary.size, summary.flags) == (5, 77, {"\\Seen", "$x"})
    assert (summary.received_at and summary.received_at.isoformat()) == instant


def test_the_last_uid_is_not_new_though_the_server_names_it() -> None:
    with mailbox({"UID SEARCH": b"* SEARCH 8\r\nTAG OK done\r\n"}) as (opened, server):
        assert opened.uids(above=8) == []
        assert opened.uids(above=7) == [8]
        assert b" ".join(server.heard()[-1].split()[1:]) == b"UID SEARCH UID 8:*"


def test_a_hundred_thousand_uids_in_one_line_are_no_lie_where_that_many_messages_are() -> None:
    count = 150_000
    line = (
        b"* SEARCH " + b" ".join(b"%d" % uid for uid in range(10_000_000, 10_000_000 + count)) + b"\r\nTAG OK done\r\n"
    )
    select = b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] x\r\nTAG OK [READ-WRITE] done\r\n"
    with mailbox({"SELECT": select % count, "UID SEARCH": line}, timeout=5) as (opened, _):
        assert len(opened.uids()) == count
    with mailbox({"SELECT": select % 3, "UID SEARCH": line}, timeout=5) as (opened, _), pytest.raises(LyingPeer):
        opened.uids()


SELECTS = [
    (b"* 3 EXISTS\r\nTAG OK done\r\n", LyingPeer),
    (b"* 3 EXISTS\r\n* OK [UIDVALIDITY 0] x\r\nTAG OK done\r\n", LyingPeer),
    (b"* 3 EXISTS\r\n* OK [UIDVALIDITY lots] x\r\nTAG OK done\r\n", LyingPeer),
    (b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\nTAG OK [READ-ONLY] done\r\n", CommandRefused),
    (b"TAG BAD what\r\n", None),
    (b"TAG NO no such folder\r\n", None),
]


@pytest.mark.parametrize(("answer", "error"), SELECTS)
def test_a_folder_opens_with_a_uidvalidity_and_for_writing_or_not_at_all(
    answer: bytes, error: type[MailbotError] | None
) -> None:
    folder = b'* LIST () "/" INBOX\r\nTAG OK done\r\n' if error is CommandRefused else b"TAG OK done\r\n"
    with ScriptedServer(imap({"SELECT": answer, "LIST": folder})) as server:
        opened = Mailbox(Account("127.0.0.1", server.port, "plain", "help", "secret"), timeout=0.5)
        with opened:
            if error is None:
                assert opened.select("INBOX") is None
            else:
                with pytest.raises(error):
                    opened.select("INBOX")


def test_a_folder_that_is_open_costs_no_second_select_unless_asked() -> None:
    with mailbox({"NOOP": b"* 5 EXISTS\r\nTAG OK done\r\n"}) as (opened, server):
        assert opened.refresh().exists == 5
        view = opened.select("INBOX")
        assert view is not None
        assert (view.exists, view.uidnext) == (5, None)
        assert sum(b"SELECT" in line for line in server.heard()) == 1
        opened.select("INBOX", again=True)
        assert sum(b"SELECT" in line for line in server.heard()) == 2


GREETINGS: list[tuple[Answer, type[MailbotError]]] = [
    (b"* BYE too many\r\n", Unreachable),
    (CLOSE, Unreachable),
    (STALL, Unreachable),
    (b"220 wrong port\r\n", LyingPeer),
    (b"x" * 3_000_000, LyingPeer),
]


@pytest.mark.parametrize(("greeting", "error"), GREETINGS)
def test_a_greeting_that_is_no_welcome_opens_nothing(greeting: Answer, error: type[MailbotError]) -> None:
    with ScriptedServer(imap({"greeting": greeting})) as server:
        opened = Mailbox(Account("127.0.0.1", server.port, "plain", "help", "secret"), timeout=0.5)
        with pytest.raises(error):
            opened.connect()
        assert not opened.connected


def test_names_of_the_configuration_lie_below_the_personal_namespace() -> None:
    space = b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\nTAG OK done\r\n'
    with mailbox({"NAMESPACE": space}) as (opened, server):
        for name in ("Mailbot/Done", "INBOX/Mailbot/Done", "inbox", "Élan"):
            opened.select(name, again=True)
        asked = [line.split(b" ", 2)[2] for line in server.heard() if b"SELECT" in line][1:]
    assert asked == [b'"INBOX.Mailbot.Done"', b'"INBOX.Mailbot.Done"', b'"INBOX"', b'"INBOX.&AMk-lan"']


def test_without_namespace_the_separator_is_the_one_that_list_tells() -> None:
    answers: dict[str, Answer] = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n",
        "LIST": b'* LIST (\\Noselect) "." ""\r\nTAG OK done\r\n',
    }
    with mailbox(answers) as (opened, _):
        assert opened.naming.server_name("Mailbot/Done") == "Mailbot.Done"


# Filing away


def capabilities(*more: bytes) -> bytes:
    return b"* CAPABILITY IMAP4rev1 " + b" ".join(more) + b"\r\nTAG OK done\r\n"


def commands(server: ScriptedServer) -> list[bytes]:
    changing = (b"UID MOVE", b"UID COPY", b"UID STORE", b"UID EXPUNGE", b"EXPUNGE", b"CREATE", b"CLOSE")
    lines = [line.split(b" ", 1)[1] for line in server.heard()]
    return [line for line in lines if line.startswith(changing)]


FLAGS = b"* 1 FETCH (UID 5 FLAGS ())\r\n* 2 FETCH (UID 6 FLAGS ($MailbotDone))\r\nTAG OK done\r\n"


def test_move_is_used_where_it_is_offered_five_hundred_a_command() -> None:
    with mailbox({}) as (opened, server):
        assert opened.file_away(range(1, 1202), "Done") == Filed(How.MOVED)
        assert [line.count(b",") + 1 for line in commands(server)] == [500, 500, 201]


def test_without_move_messages_are_copied_once_and_just_these_are_expunged() -> None:
    with mailbox({"CAPABILITY": capabilities(b"UIDPLUS"), "UID FETCH": FLAGS}) as (opened, server):
        assert opened.file_away([5, 6], "Done") == Filed(How.COPIED_EXPUNGED)
        assert commands(server) == [
            b'UID COPY 5 "Done"',
            b"UID STORE 5 +FLAGS.SILENT ($MailbotDone)",
            b"UID STORE 5,6 +FLAGS.SILENT (\\Deleted)",
            b"UID EXPUNGE 5,6",
        ]


def test_without_uidplus_nothing_is_expunged_and_the_copies_left_behind_are_marked() -> None:
    with mailbox({"CAPABILITY": capabilities(), "UID FETCH": FLAGS}) as (opened, server):
        assert opened.file_away([5, 6], "Done") == Filed(How.COPIED_MARKED, (5, 6))
        assert commands(server) == [b'UID COPY 5 "Done"', b"UID STORE 5 +FLAGS.SILENT ($MailbotDone)"]
        assert DONE_FLAG == "$MailbotDone"


def test_where_keywords_are_not_kept_the_mark_is_seen() -> None:
    answers: dict[str, Answer] = {
        "CAPABILITY": capabilities(),
        "UID FETCH": b"* 1 FETCH (UID 5 FLAGS ())\r\nTAG OK done\r\n",
        "SELECT": b"* OK [UIDVALIDITY 7] x\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted)] x\r\nTAG OK done\r\n",
    }
    with mailbox(answers) as (opened, server):
        assert opened.file_away([5], "Done") == Filed(How.COPIED_MARKED, (5,))
        assert commands(server)[-1] == b"UID STORE 5 +FLAGS.SILENT (\\Seen)"


def test_a_missing_folder_is_made_and_a_refusing_one_leaves_everything_in_place() -> None:
    answers: dict[str, Answer] = {"UID MOVE": b"TAG NO [OVERQUOTA] full\r\n", "UID FETCH": FLAGS}
    with mailbox(answers) as (opened, server):
        assert opened.file_away([5, 6, 7], "Done") == Filed(How.REFUSED, (5, 6))
        assert [line.split()[0:2] for line in commands(server)] == [
            [b"UID", b"MOVE"],
            [b"CREATE", b'"Done"'],
            [b"UID", b"MOVE"],
        ]


# Waiting


def idling(*steps: Answer) -> dict[str, Answer]:
    def play(peer: Peer) -> None:
        tag = peer.heard[-1].split()[0]
        for each in steps:
            peer.act(each.replace(b"TAG", tag) if isinstance(each, bytes) else each)

    return {"IDLE": play}


def done(peer: Peer) -> None:
    tag = peer.heard[-1].split()[0]
    assert peer.line() == b"DONE"
    peer.say(tag + b" OK done\r\n")


def test_mail_told_before_the_plus_or_together_with_it_ends_the_wait_at_once() -> None:
    for steps in ([b"* 4 EXISTS\r\n+ idling\r\n", done], [b"+ idling\r\n* 4 EXISTS\r\n", done]):
        with mailbox(idling(*steps)) as (opened, _):
            before = time.monotonic()
            assert opened.idle(30) is True
            assert time.monotonic() - before < 5


def test_mail_told_in_the_answer_to_another_command_ends_the_next_wait_at_once_and_only_that() -> None:
    search = b"* SEARCH 5\r\n* 4 EXISTS\r\nTAG OK done\r\n"
    with mailbox({"UID SEARCH": search} | idling(b"+ idling\r\n", done)) as (opened, server):
        assert opened.uids() == [5]
        assert opened.idle(30) is True
        assert opened.idle(0.05) is False
        assert sum(b"IDLE" in line for line in server.heard()) == 1


def test_a_line_that_comes_in_two_segments_is_read_whole() -> None:
    def slowly(peer: Peer) -> None:
        peer.say(b"* 4 EXI")
        threading.Event().wait(0.1)
        peer.say(b"STS\r\n")

    with mailbox(idling(b"+ idling\r\n", slowly, done)) as (opened, _):
        assert opened.idle(30) is True
        assert opened.uids() == []


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([b"+ idling\r\n", STALL], Unreachable),
        ([b"+ idling\r\n", CLOSE], Unreachable),
        ([STALL], Unreachable),
        ([b"TAG NO not now\r\n"], CommandRefused),
        ([b"+ idling\r\n* BYE good night\r\n", CLOSE], Unreachable),
    ],
)
def test_idle_on_a_dead_or_refusing_connection_is_an_error(steps: list[Answer], error: type[MailbotError]) -> None:
    with mailbox(idling(*steps)) as (opened, _), pytest.raises(error):
        opened.idle(0.05)


def test_a_wake_up_ends_the_wait_and_the_connection_stays_good() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, mailbox(idling(b"+ idling\r\n", done)) as (opened, _):
        theirs.send(b"!")
        before = time.monotonic()
        assert opened.idle(30, ours) is False
        assert time.monotonic() - before < 5
        assert opened.uids() == []
