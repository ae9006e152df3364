"""What one try to send ends as, for every place where a submission server can refuse, vanish or fall silent."""

from __future__ import annotations

import threading

import pytest
from transport.scripted import CLOSE, STALL, Answer, Peer, ScriptedServer, smtp

from mailbot.errors import LyingPeer, MailbotError, MessageError, SubmissionRefused, Unreachable
from mailbot.steps import Step, observe
from mailbot.transport import Account, Dsn, Outcome, Submission
from mailbot.transport import Answer as Ending

DATA = b"Subject: x\r\n\r\nhello\r\n"


class Begun:
    """Counts the calls of `begin`."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def submission(server: ScriptedServer) -> Submission:
    return Submission(Account("127.0.0.1", server.port, "plain"), timeout=0.5, dot_timeout=0.5)


def send(
    out: Submission, begun: Begun, *, mail_from: str = "", to: str = "alex@example.net", dsn: Dsn | None = None
) -> Ending:
    return out.send(mail_from=mail_from, to=to, data=DATA, begin=begun, dsn=dsn)


ANSWERS = [
    ("MAIL", b"451 4.3.0 busy\r\n", Ending(Outcome.LATER, 451, "4.3.0", "mail"), 0),
    ("MAIL", b"552 5.3.4 too big\r\n", Ending(Outcome.NEVER, 552, "5.3.4", "mail"), 0),
    ("RCPT", b"450 4.2.1 greylisted\r\n", Ending(Outcome.LATER, 450, "4.2.1", "rcpt"), 0),
    ("RCPT", b"421 4.7.0 closing\r\n", Ending(Outcome.LATER, 421, "4.7.0", "rcpt"), 0),
    ("RCPT", b"550-5.1.1 no\r\n550 5.1.1 such user\r\n", Ending(Outcome.NEVER, 550, "5.1.1", "rcpt"), 0),
    ("RCPT", b"550 nobody\r\n", Ending(Outcome.NEVER, 550, None, "rcpt"), 0),
    ("RCPT", b"251 2.1.5 will forward\r\n", Ending(Outcome.SENT, 250, "2.0.0", "dot"), 1),
    ("DATA", b"451 4.3.0 busy\r\n", Ending(Outcome.LATER, 451, "4.3.0", "data"), 0),
    ("DATA", b"554 5.5.0 no valid recipients\r\n", Ending(Outcome.NEVER, 554, "5.5.0", "data"), 0),
    ("dot", b"250 2.0.0 taken\r\n", Ending(Outcome.SENT, 250, "2.0.0", "dot"), 1),
    ("dot", b"250 4.0.0 of another class\r\n", Ending(Outcome.SENT, 250, None, "dot"), 1),
    ("dot", b"452 4.3.1 full\r\n", Ending(Outcome.LATER, 452, "4.3.1", "dot"), 1),
    ("dot", b"421 4.3.2 closing\r\n", Ending(Outcome.LATER, 421, "4.3.2", "dot"), 1),
    ("dot", b"554 5.7.1 refused\r\n", Ending(Outcome.NEVER, 554, "5.7.1", "dot"), 1),
    ("dot", CLOSE, Ending(Outcome.UNCERTAIN, None, None, "dot"), 1),
    ("dot", STALL, Ending(Outcome.UNCERTAIN, None, None, "dot"), 1),
    ("dot", b"what?\r\n", Ending(Outcome.UNCERTAIN, None, None, "dot"), 1),
    ("dot", b"354 again\r\n", Ending(Outcome.UNCERTAIN, None, None, "dot"), 1),
    ("dot", b"25", Ending(Outcome.UNCERTAIN, None, None, "dot"), 1),
]


@pytest.mark.parametrize(("verb", "answer", "ending", "begun"), ANSWERS)
def test_a_reply_decides_how_one_try_ends(verb: str, answer: Answer, ending: Ending, begun: int) -> None:
    count = Begun()
    with ScriptedServer(smtp({verb: answer})) as server, submission(server) as out:
        assert send(out, count) == ending
    assert count.times == begun


ERRORS = [
    ("greeting", b"554 5.7.1 go away\r\n", SubmissionRefused),
    ("greeting", b"421 4.3.2 too many\r\n", Unreachable),
    ("greeting", CLOSE, Unreachable),
    ("greeting", STALL, Unreachable),
    ("greeting", b"hello\r\n", LyingPeer),
    ("EHLO", b"550 5.7.1 go away\r\n", SubmissionRefused),
    ("EHLO", CLOSE, Unreachable),
    ("MAIL", b"550 5.7.1 sender not allowed\r\n", SubmissionRefused),
    ("MAIL", b"530 5.7.0 log in first\r\n", SubmissionRefused),
    ("MAIL", CLOSE, Unreachable),
    ("MAIL", STALL, Unreachable),
    ("RCPT", b"530 5.7.0 log in first\r\n", SubmissionRefused),
    ("RCPT", b"503 5.5.1 order\r\n", SubmissionRefused),
    ("RCPT", CLOSE, Unreachable),
    ("RCPT", STALL, Unreachable),
    ("RCPT", b"999 what\r\n", LyingPeer),
    ("RCPT", b"x" * 100_000 + b"\r\n", LyingPeer),
    ("DATA", CLOSE, Unreachable),
    ("DATA", STALL, Unreachable),
    ("DATA", b"250 ok\r\n", LyingPeer),
]


@pytest.mark.parametrize(("verb", "answer", "error"), ERRORS)
def test_trouble_before_data_began_is_an_error_and_surely_nothing_was_sent(
    verb: str, answer: Answer, error: type[MailbotError]
) -> None:
    count, taken = Begun(), list[bytes]()
    with ScriptedServer(smtp({verb: answer}, taken)) as server, pytest.raises(error):
        send(submission_to_close := submission(server), count)
    assert not submission_to_close.connected
    submission_to_close.close()
    assert (count.times, taken) == (0, [])


def test_begin_comes_after_354_and_before_the_first_byte_of_data() -> None:
    seen = list[str]()
    told_354, begun = threading.Event(), threading.Event()

    def data(peer: Peer) -> None:
        told_354.set()
        peer.say(b"354 go\r\n")
        peer.sock.settimeout(0.2)
        try:
            seen.append(f"{peer.sock.recv(1)!r} too early")
        except TimeoutError:
            seen.append("silence")
        peer.sock.settimeout(None)
        begun.set()
        peer.message()
        peer.say(b"250 2.0.0 taken\r\n")

    def begin() -> None:
        seen.append("begin" if told_354.is_set() else "begin before 354")
        assert begun.wait(5)

    with ScriptedServer(smtp({"DATA": data})) as server, submission(server) as out:
        assert send(out, begin).outcome is Outcome.SENT  # type: ignore[arg-type]
    assert sorted(seen) == ["begin", "silence"]


def test_when_begin_raises_no_byte_of_the_message_leaves_and_the_connection_is_closed() -> None:
    taken = list[bytes]()

    def begin() -> None:
        raise RuntimeError

    with ScriptedServer(smtp(taken=taken)) as server, submission(server) as out:
        with pytest.raises(RuntimeError):
            out.send(mail_from="", to="alex@example.net", data=DATA, begin=begin)
        assert not out.connected
    assert taken == []


def test_several_letters_go_over_one_connection_and_a_refused_recipient_is_reset() -> None:
    taken = list[bytes]()
    replies = [b"550 5.1.1 no\r\n", b"250 ok\r\n"]
    with ScriptedServer(smtp({"RCPT": replies}, taken)) as server, submission(server) as out:
        outcomes = [send(out, Begun()).outcome for _ in range(3)]
        assert (len(server.peers), server.heard().count(b"RSET")) == (1, 1)
    assert outcomes == [Outcome.NEVER, Outcome.SENT, Outcome.SENT]
    assert taken == [DATA, DATA]


@pytest.mark.parametrize("gone", [b"421 4.4.2 idle too long\r\n", CLOSE, STALL], ids=["421", "closed", "silent"])
def test_a_kept_connection_that_the_server_gave_up_is_made_again_once(gone: Answer) -> None:
    taken = list[bytes]()
    first = smtp({"MAIL": [b"250 ok\r\n", gone]}, taken)
    count = Begun()
    with ScriptedServer(first, smtp(taken=taken)) as server, submission(server) as out:
        outcomes = [send(out, count).outcome for _ in range(2)]
        assert len(server.peers) == 2
    assert (outcomes, count.times, len(taken)) == ([Outcome.SENT, Outcome.SENT], 2, 2)


def test_a_connection_that_was_closed_while_nobody_looked_is_made_again() -> None:
    def hang_up_after_the_first(peer: Peer) -> None:
        peer.say(b"250 2.0.0 taken\r\n421 4.4.2 idle too long\r\n")
        peer.act(CLOSE)

    with ScriptedServer(smtp({"dot": hang_up_after_the_first}), smtp()) as server, submission(server) as out:
        assert [send(out, Begun()).outcome for _ in range(2)] == [Outcome.SENT, Outcome.SENT]
        assert len(server.peers) == 2


def test_421_on_a_fresh_connection_means_later_and_no_second_try() -> None:
    with ScriptedServer(smtp({"MAIL": b"421 4.3.2 closing\r\n"})) as server:
        out = submission(server)
        assert send(out, Begun()) == Ending(Outcome.LATER, 421, "4.3.2", "mail")
        out.close()
        assert len(server.peers) == 1


@pytest.mark.parametrize("reply", [b"421 4.3.2 closing\r\n", b"354 again\r\n", STALL])
def test_after_a_last_answer_that_ends_or_confuses_the_dialogue_the_connection_is_not_kept(reply: Answer) -> None:
    with ScriptedServer(smtp({"dot": reply})) as server, submission(server) as out:
        send(out, Begun())
        assert not out.connected


def test_noop_tells_whether_a_kept_connection_still_answers() -> None:
    with ScriptedServer(smtp({"NOOP": [b"250 ok\r\n", CLOSE]})) as server, submission(server) as out:
        assert [out.noop_ok(), out.noop_ok(), out.noop_ok(), out.connected] == [True, False, False, False]


def test_the_envelope_has_the_null_sender_and_delivery_options_only_where_offered() -> None:
    plain = b"250 mx.test\r\n"
    with ScriptedServer(smtp(), smtp({"EHLO": plain})) as server:
        for _ in range(2):
            with submission(server) as out:
                send(out, Begun(), dsn=Dsn("abc123"))
        envelope = [line for line in server.heard() if line[:4] in (b"MAIL", b"RCPT")]
    assert envelope == [
        b"MAIL FROM:<> SIZE=%d RET=HDRS ENVID=abc123" % len(DATA),
        b"RCPT TO:<alex@example.net> NOTIFY=SUCCESS,FAILURE,DELAY",
        b"MAIL FROM:<>",
        b"RCPT TO:<alex@example.net>",
    ]


def test_dots_at_the_head_of_lines_are_doubled_on_the_wire_and_nothing_else_changes() -> None:
    taken = list[bytes]()
    data = b".first\r\nSubject: x\r\n\r\n.\r\n..\r\nend. \r\n"
    with ScriptedServer(smtp(taken=taken)) as server, submission(server) as out:
        out.send(mail_from="a@example.org", to="alex@example.net", data=data, begin=Begun())
    assert taken == [b"..first\r\nSubject: x\r\n\r\n..\r\n...\r\nend. \r\n"]


@pytest.mark.parametrize(
    "data", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\nb", b"", b"a\r\n\r", b"caf\xc3\xa9\r\n", b"a\x00b\r\n", b"a\r\r\n\n\r\n"]
)
def test_bytes_that_are_not_fit_for_the_wire_are_refused_and_never_repaired(data: bytes) -> None:
    with ScriptedServer(smtp()) as server, submission(server) as out, pytest.raises(MessageError):
        out.send(mail_from="", to="alex@example.net", data=data, begin=Begun())


@pytest.mark.parametrize(
    "to", ["", "alex", "a@b> SIZE=1", "a@b\r\nRCPT TO:<c@d>", "a b@example.net", "<a@example.net>"]
)
def test_an_address_that_could_be_another_command_is_refused(to: str) -> None:
    with ScriptedServer(smtp()) as server, submission(server) as out:
        with pytest.raises(MessageError):
            send(out, Begun(), to=to)
        assert not [line for line in server.heard() if line.startswith((b"MAIL", b"RCPT"))]


def test_an_address_outside_ascii_is_never_where_smtputf8_is_not_offered_and_sent_where_it_is() -> None:
    offering = smtp({"EHLO": b"250-mx.test\r\n250 SMTPUTF8\r\n"})
    with ScriptedServer(smtp(), offering) as server:
        outcomes = []
        for _ in range(2):
            with submission(server) as out:
                outcomes.append(send(out, Begun(), to="zoë@example.net").outcome)
        assert b"MAIL FROM:<> SMTPUTF8" in server.heard()
        assert "RCPT TO:<zoë@example.net>".encode() in server.heard()
    assert outcomes == [Outcome.NEVER, Outcome.SENT]


def test_envelope_and_data_are_named_steps() -> None:
    told = list[tuple[str, Step]]()
    observe(lambda moment, name: told.append((moment, name)))
    try:
        with ScriptedServer(smtp()) as server, submission(server) as out:
            out.send(
                mail_from="", to="a@example.net", data=DATA, begin=lambda: told.append(("begin", Step.DELIVER_BEGIN))
            )
    finally:
        observe(lambda moment, name: None)
    assert told == [
        ("before", Step.SMTP_ENVELOPE), ("after", Step.SMTP_ENVELOPE), ("begin", Step.DELIVER_BEGIN),
        ("before", Step.SMTP_DATA), ("after", Step.SMTP_DATA),
    ]  # fmt: skip
