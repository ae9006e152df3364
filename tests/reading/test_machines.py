"""Whether a machine wrote it, why nothing automatic may answer (RFC 3834, RULES 5(b)), what reports say (RFC 3464)."""

from __future__ import annotations

import pytest
from reading.build import mail, multipart, read

from mailbot.model import Automated, Bounced, Verdict

OURS = "ours@service.example"


def test_a_person_gets_an_answer() -> None:
    reading = read(mail("Auto-Submitted: no", "X-Auto-Response-Suppress: DR, RN, NRN", "Precedence: first-class"))
    assert (reading.automated, reading.no_answer) == (None, None)


@pytest.mark.parametrize(
    ("field", "kind", "reason"),
    [
        ("Auto-Submitted: auto-replied", Automated.AUTO_REPLY, "auto-submitted"),
        ("Auto-Submitted: auto-generated (cron)", Automated.AUTO_GENERATED, "auto-submitted"),
        ("Auto-Submitted: AUTO-NOTIFIED; x=1", Automated.AUTO_GENERATED, "auto-submitted"),
        ("Return-Path: <>", Automated.AUTO_GENERATED, "null-return-path"),
        ("Return-Path: < >", Automated.AUTO_GENERATED, "null-return-path"),
        ("List-Id: <news.example.org>", Automated.LIST, "list"),
        ("List-Unsubscribe: <https://example.org/>", Automated.LIST, "list"),
        ("Precedence: bulk", Automated.AUTO_GENERATED, "precedence"),
        ("Precedence: JUNK", Automated.AUTO_GENERATED, "precedence"),
        ("Precedence: list", Automated.LIST, "precedence"),
        ("X-Auto-Response-Suppress: OOF", Automated.AUTO_GENERATED, "auto-response-suppress"),
        ("X-Auto-Response-Suppress: DR, AutoReply", Automated.AUTO_GENERATED, "auto-response-suppress"),
        ("X-Auto-Response-Suppress: All", Automated.AUTO_GENERATED, "auto-response-suppress"),
        ("X-Autoreply: yes", Automated.AUTO_REPLY, "machine-field"),
    ],
)
def test_a_machine_gets_none(field: str, kind: Automated, reason: str) -> None:
    reading = read(mail(field))
    assert (reading.automated, reading.no_answer, reading.verdict) == (kind, reason, Verdict.PROCESS)


def test_a_second_auto_submitted_field_cannot_take_the_first_back() -> None:
    assert read(mail("Auto-Submitted: no", "Auto-Submitted: auto-replied")).no_answer == "auto-submitted"


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: A question",
        "Out of Office: away",
        "Auto-Reply: x",
        "Réponse automatique : absence",
        "Automatische Antwort: x",
        "Respuesta automática: x",
        "=?utf-8?q?R=C3=A9ponse_automatique?=",
    ],
)
def test_an_automatic_subject_gets_none(subject: str) -> None:
    reading = read(mail().replace(b"A question", subject.encode()))
    assert (reading.automated, reading.no_answer) == (Automated.AUTO_REPLY, "automatic-subject")


@pytest.mark.parametrize(
    "subject",
    ["Away from home", "My automatic door", "Re: Automatic reply: A question", "Absence", "Auto sale photos", "office"],
)
def test_a_persons_subject_costs_no_answer(subject: str) -> None:
    assert read(mail().replace(b"A question", subject.encode())).no_answer is None


@pytest.mark.parametrize(
    "sender",
    [
        "noreply@example.net",
        "no-reply@example.net",
        "do_not_reply@example.net",
        "shop-noreply@example.net",
        "no-reply+x@example.net",
        "MAILER-DAEMON@example.net",
        "ne-pas-repondre@example.net",
        "bounces+1=x@example.net",
    ],
)
def test_a_no_reply_name_gets_none(sender: str) -> None:
    assert read(mail(sender=sender)).no_answer in ("no-reply", "daemon")


@pytest.mark.parametrize(
    "sender", ["nora@example.net", "noreen.reply@example.net", "bouncer@example.net", "alertine@example.net"]
)
def test_a_name_that_only_looks_like_it_does(sender: str) -> None:
    assert read(mail(sender=sender)).no_answer is None


def report(
    status: str, kind: str = "delivery-status", sender: str = "MAILER-DAEMON@mx.example.net", path: str = "<>"
) -> bytes:
    raw = multipart(
        "\r\nCould not deliver.",
        f"Content-Type: message/{kind}\r\n\r\n{status}",
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{OURS}>\r\nTo: jo@example.org\r\n",
        kind=f"report; report-type={kind}",
        fields=(f"Return-Path: {path}",),
    )
    return raw.replace(b"Kim <kim@example.net>", sender.encode())


FAILED = (
    "Reporting-MTA: dns; mx.example.net\r\nOriginal-Envelope-Id: envelope7\r\n\r\n"
    "Final-Recipient: rfc822; jo@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 gone\r\n"
)


def test_a_bounce_names_recipient_status_and_what_came_back() -> None:
    reading = read(report(FAILED))
    assert (reading.automated, reading.no_answer, reading.verdict) == (Automated.BOUNCE, "report", Verdict.PROCESS)
    assert reading.bounces == (Bounced("jo@example.org", "5.1.1", False),)
    assert set(reading.reported_ids) == {OURS, "envelope7"}


@pytest.mark.parametrize(
    ("old", "new", "kind", "bounced"),
    [
        ("failed", "delayed", Automated.DELAY, Bounced("jo@example.org", "5.1.1", True)),
        ("5.1.1", "4.2.2", Automated.BOUNCE, Bounced("jo@example.org", "4.2.2", True)),
        ("Status: 5.1.1", "Status: 5.0.0", Automated.BOUNCE, Bounced("jo@example.org", "5.1.1", False)),
        ("failed", "delivered", Automated.RECEIPT, Bounced("jo@example.org", "5.1.1", False)),
        (
            "Final-Recipient: rfc822; jo",
            "Original-Recipient: rfc822;jo",
            Automated.BOUNCE,
            Bounced("jo@example.org", "5.1.1", False),
        ),
    ],
)
def test_what_a_report_says_is_told_apart(old: str, new: str, kind: Automated, bounced: Bounced) -> None:
    reading = read(report(FAILED.replace(old, new, 1)))
    assert (reading.automated, reading.bounces) == (kind, (bounced,))


@pytest.mark.parametrize("sender", ["", "<>", "MAILER-DAEMON", "Mail Delivery Subsystem <MAILER-DAEMON>"])
def test_a_delivery_report_needs_no_author(sender: str) -> None:
    reading = read(report(FAILED, sender=sender))
    assert (reading.verdict, reading.from_, reading.automated) == (Verdict.PROCESS, (), Automated.BOUNCE)


def test_an_authorless_message_that_is_no_clear_report_is_quarantined() -> None:
    assert read(report(FAILED, sender="kim", path="<kim@example.net>")).reason == "from-malformed"
    assert read(report(FAILED, sender="a@example.net, b@example.net")).reason == "from-several"
    assert read(mail("Return-Path: <>", sender="MAILER-DAEMON")).reason == "from-malformed"


def test_a_complaint_and_a_receipt_are_told_apart() -> None:
    complaint = read(report("Feedback-Type: abuse\r\nOriginal-Rcpt-To: jo@example.org\r\n", kind="feedback-report"))
    assert (complaint.automated, complaint.bounces) == (
        Automated.FEEDBACK_REPORT,
        (Bounced("jo@example.org", "", False),),
    )
    receipt = read(report("Disposition: automatic-action; displayed\r\n", kind="disposition-notification"))
    assert (receipt.automated, receipt.no_answer, receipt.bounces) == (Automated.RECEIPT, "report", ())


def test_a_bounce_without_a_report_is_known_by_path_and_subject() -> None:
    raw = mail("Return-Path: <>", sender="MAILER-DAEMON@mx.example.net", body=f"gone\r\n\r\nMessage-ID: <{OURS}>\r\n")
    reading = read(raw.replace(b"A question", b"Undelivered Mail Returned to Sender"))
    assert (reading.automated, reading.reported_ids) == (Automated.BOUNCE, (OURS,))


def test_a_person_who_forwards_a_report_is_a_person() -> None:
    forwarded = "Content-Type: message/rfc822\r\n\r\n" + report(FAILED).decode()
    assert read(multipart("\r\nwhat is this?", forwarded)).automated is None


@pytest.mark.parametrize(
    "subject",
    [
        "Auto: Kim Example is out of the office (returning 1 December)",
        "Kim Example is out of the office.",
        "[Auto-Reply] A question",
        "Absence du bureau : Kim",
        "Contestación automática: Ausencia",
        "Automaattinen vastaus: A question",
        "Автоматический ответ: A question",
        "自動応答: A question",
        "자동 회신: A question",
        "رد تلقائي: A question",
        "ਆਟੋਮੈਟਿਕ ਜਵਾਬ: A question",
        "Trả lời tự động: A question",
        "Automatická odpověď: A question",
    ],
)
def test_an_automatic_subject_is_known_in_many_languages(subject: str) -> None:
    reading = read(mail().replace(b"A question", subject.encode()))
    assert (reading.automated, reading.no_answer) == (Automated.AUTO_REPLY, "automatic-subject")


@pytest.mark.parametrize(
    "subject",
    ["Office", "I need help: my friend is out of the office building", "An automatic photo", "auto-da-fé", "不在"],
)
def test_words_that_no_program_writes_there_cost_no_answer(subject: str) -> None:
    assert read(mail().replace(b"A question", subject.encode())).no_answer is None


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("Content-Class: urn:content-classes:mdn", Automated.RECEIPT),
        ("Content-Class: urn:content-classes:message", None),
        ("X-BeenThere: news@example.org", Automated.LIST),
        ("List-Archive: <https://example.org/>", Automated.LIST),
        ("X-Loop: news@example.org", Automated.AUTO_GENERATED),
        ("X-Autoresponder: 1", Automated.AUTO_REPLY),
    ],
)
def test_the_marks_of_products_are_known(field: str, kind: Automated | None) -> None:
    assert read(mail(field)).automated is kind
