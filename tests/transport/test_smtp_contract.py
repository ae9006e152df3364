"""What the door outwards promises on any decent server: the same tests on the embedded and on the real ones."""

from __future__ import annotations

from support.facade import MailServers

from mailbot.transport import Account, Dsn, Outcome, Submission

DATA = b"From: help@service.example\r\nTo: kim@example.org\r\nSubject: x\r\n\r\n.\r\n..two\r\nlast. \r\n"


def submission(servers: MailServers) -> Submission:
    return Submission(Account(servers.host, servers.smtp_port, "plain"), timeout=10)


def test_letters_arrive_byte_for_byte_over_one_kept_connection(servers: MailServers) -> None:
    begun = list[str]()
    with submission(servers) as out:
        for to in ("kim@example.org", "lee@example.org"):
            answer = out.send(mail_from="", to=to, data=DATA, begin=lambda to=to: begun.append(to))  # type: ignore[misc]
            assert (answer.outcome, answer.code, answer.stage) == (Outcome.SENT, 250, "dot")
        assert out.noop_ok()
    sent = servers.wait_sent(2)
    assert begun == ["kim@example.org", "lee@example.org"]
    assert sorted(taken.rcpt_to for taken in sent) == [("kim@example.org",), ("lee@example.org",)]
    assert all(taken.data.endswith(DATA) and taken.mail_from == "" for taken in sent)


def test_delivery_options_are_taken_where_they_are_offered(servers: MailServers) -> None:
    with submission(servers) as out:
        assert out.supports_dsn
        answer = out.send(
            mail_from="help+r2345@service.example",
            to="kim@example.org",
            data=DATA,
            begin=lambda: None,
            dsn=Dsn("abc234"),
        )
    assert answer.outcome is Outcome.SENT


def test_closing_twice_and_connecting_again_is_fine(servers: MailServers) -> None:
    out = submission(servers)
    out.close()
    out.connect()
    out.close()
    out.close()
    assert not out.connected
    assert out.send(mail_from="", to="kim@example.org", data=DATA, begin=lambda: None).outcome is Outcome.SENT
    out.close()
