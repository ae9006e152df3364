"""Reports by their parts, however mutilated (RFC 3464, RFC 5965, RFC 8098), and the notices of sending services."""

from __future__ import annotations

import json

import pytest
from reading.build import mail, multipart, read

from mailbot.model import Automated, Bounced, Verdict
from mailbot.reading import Reader

DAEMON = "MAILER-DAEMON@mx.example.org"
STATUS = (
    "Reporting-MTA: dns; mx.example.org\r\nOriginal-Envelope-Id: envelope7\r\n\r\n"
    "Final-Recipient: rfc822; jo@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 gone\r\n"
)
COPY = "Message-ID: <letter-7@service.example>\r\nTo: jo@example.org\r\n\r\nHello\r\n"
GONE = (Bounced("jo@example.org", "5.1.1", False),)


def report(
    *parts: str,
    kind: str = "report; report-type=delivery-status",
    sender: str = DAEMON,
    fields: tuple[str, ...] = ("Return-Path: <>",),
) -> bytes:
    return multipart(*parts, kind=kind, fields=fields).replace(b"Kim <kim@example.net>", sender.encode())


def inside(raw: bytes) -> str:
    """A message as the content of a part, with a boundary of its own."""
    return raw.decode().replace("edge", "inner")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(report(f"Content-Type: message/delivery-status\r\n\r\n{STATUS}", kind="mixed"), id="mixed"),
        pytest.param(report(f"Content-Type: text/plain\r\n\r\n{STATUS}"), id="text/plain"),
        pytest.param(report(f"\r\n{STATUS}"), id="no type"),
        pytest.param(report(f"Content-Type: message/global-delivery-status\r\n\r\n{STATUS}"), id="global"),
        pytest.param(
            report("\r\nSorry.", f"\r\nThis is what it said:\r\n\r\n{STATUS}\r\nGoodbye.", kind="mixed"), id="in prose"
        ),
        pytest.param(
            report(f"Content-Type: message/delivery-status\r\n\r\n{STATUS}").replace(b"--edge", b"--other"),
            id="broken boundary",
        ),
        pytest.param(
            mail(
                "Return-Path: <>",
                body=f"--edge\r\nContent-Type: message/delivery-status\r\n\r\n{STATUS}",
                sender=DAEMON,
            ),
            id="no Content-Type at all",
        ),
        pytest.param(
            report(
                "\r\nYour gateway got this:",
                "Content-Type: message/rfc822\r\n\r\n"
                + inside(report(f"Content-Type: message/delivery-status\r\n\r\n{STATUS}")),
                kind="mixed",
            ),
            id="wrapped",
        ),
        pytest.param(
            report(f"Content-Type: message/delivery-status\r\n\r\n{STATUS.replace('Final', 'Original')}"), id="original"
        ),
        pytest.param(
            report(f"Content-Type: message/delivery-status\r\n\r\n{STATUS.replace('rfc822; ', '')}"),
            id="no address type",
        ),
        pytest.param(
            report(
                f"Content-Type: message/delivery-status\r\n\r\n{STATUS.replace('jo@example.org', '<jo@Example.ORG>')}"
            ),
            id="brackets",
        ),
        pytest.param(
            report(
                "\r\n<jo@example.org>: user unknown",
                "Content-Type: message/delivery-status\r\n\r\n"
                "Final-Recipient: rfc822; @mx.example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n",
            ),
            id="no address in the part",
        ),
        pytest.param(
            report(
                "\r\nUser unknown.",
                "Content-Type: message/delivery-status\r\n\r\n"
                "Final-Recipient: rfc822; jo@example.org\r\nAction: failed\r\n",
            ),
            id="no status in the part",
        ),
    ],
)
def test_a_report_is_understood_however_it_is_packed(raw: bytes) -> None:
    reading = read(raw)
    assert (reading.automated, reading.bounces, reading.verdict) == (Automated.BOUNCE, GONE, Verdict.PROCESS)


def test_the_report_that_is_returned_is_not_the_report() -> None:
    inner = inside(report(f"Content-Type: message/delivery-status\r\n\r\n{STATUS.replace('jo@', 'kay@')}"))
    outer = report(
        f"Content-Type: message/delivery-status\r\n\r\n{STATUS}", f"Content-Type: message/rfc822\r\n\r\n{inner}"
    )
    assert read(outer).bounces == GONE


@pytest.mark.parametrize(
    ("status", "diagnostic", "expected"),
    [
        ("5.0.0", "smtp; 550 5.2.2 full", "5.2.2"),
        ("5.0.0 (permanent failure)", "smtp; 5.1.0 - Unknown address error 550-'5.7.1 denied' (attempts: 0)", "5.7.1"),
        ("5.1.1", "smtp; 550 5.7.1 blacklisted", "5.7.1"),
        ("4.4.7", "smtp; 550 5.1.1 gone", "4.4.7"),
        ("5.0.0", "smtp; 554 gone", "5.0.0"),
        ("5.1.1", "smtp; 550 5.0.0 no", "5.1.1"),
        ("", "smtp; 550 mailbox full", "5.2.2"),
        ("", "smtp; 450 busy", "4.0.0"),
        ("failed", "X-Unix; 67", "5.0.0"),
    ],
)
def test_the_host_that_refused_knows_better_than_the_one_that_reports(
    status: str, diagnostic: str, expected: str
) -> None:
    fields = STATUS.replace("Status: 5.1.1", f"Status: {status}").replace("smtp; 550 5.1.1 gone", diagnostic)
    (bounced,) = read(report(f"Content-Type: message/delivery-status\r\n\r\n{fields}")).bounces
    assert (bounced.status, bounced.temporary) == (expected, expected.startswith("4"))


def test_the_final_recipient_is_named_and_the_original_one_kept() -> None:
    fields = STATUS.replace("Action:", "Original-Recipient: rfc822; kim@example.com\r\nAction:")
    expected = (Bounced("jo@example.org", "5.1.1", False, "kim@example.com"),)
    raw = report(f"Content-Type: message/delivery-status\r\n\r\n{fields}")
    assert read(raw).bounces == expected
    with Reader() as reader:
        assert reader.read(raw).bounces == expected


@pytest.mark.parametrize(
    "address",
    ["a..b.@example.org", '"a b"@example.org'.replace(" ", "."), "=?utf-8?B?eA==?=@example.org", "jö@exämple.org"],
)
def test_an_address_that_no_author_could_have_can_still_fail(address: str) -> None:
    with Reader() as reader:
        reading = reader.read(
            report(f"Content-Type: message/delivery-status\r\n\r\n{STATUS.replace('jo@example.org', address)}")
        )
    assert [one.recipient for one in reading.bounces] == [address]


@pytest.mark.parametrize(
    "part",
    [
        f"Content-Type: message/rfc822\r\n\r\n{COPY}",
        f"Content-Type: text/rfc822-headers\r\n\r\n{COPY}",
        f"Content-Type: message/global-headers\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{COPY}",
        f"Content-Type: text/plain\r\n\r\n--- Original message\r\n\r\n{COPY}",
        f"Content-Type: text/plain\r\n\r\n> {COPY}",
        "Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: letter-7@service.example\r\n",
    ],
)
def test_the_returned_messages_id_is_found_in_every_form_of_its_copy(part: str) -> None:
    reading = read(report("\r\nSorry: <jo@example.org>: unknown", part))
    assert "letter-7@service.example" in reading.reported_ids


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_success_report_is_a_receipt(action: str) -> None:
    fields = STATUS.replace("failed", action).replace("5.1.1", "2.0.0")
    reading = read(report(f"Content-Type: message/delivery-status\r\n\r\n{fields}"))
    assert (reading.automated, reading.bounces) == (Automated.RECEIPT, (Bounced("jo@example.org", "2.0.0", False),))


def test_a_read_receipt_names_the_message_it_is_about() -> None:
    part = (
        "Content-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822; jo@example.org\r\n"
        "Original-Message-ID: <letter-7@service.example>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    reading = read(
        report("\r\nIt was read.", part, kind="report; report-type=disposition-notification", sender="jo@example.org")
    )
    assert (reading.automated, reading.no_answer, reading.bounces) == (Automated.RECEIPT, "report", ())
    assert reading.reported_ids == ("letter-7@service.example",)


COMPLAINT = "Feedback-Type: abuse\r\nUser-Agent: Loop/1\r\nVersion: 1\r\n"


@pytest.mark.parametrize(
    ("fields", "copy", "named"),
    [
        (
            COMPLAINT + "Original-Rcpt-To: <jo@example.org>\r\nOriginal-Rcpt-To: kay@example.com\r\n",
            COPY,
            ["jo@example.org", "kay@example.com"],
        ),
        (COMPLAINT + "Removal-Recipient: jo@example.org\r\n", COPY, ["jo@example.org"]),
        (COMPLAINT, COPY, ["jo@example.org"]),
        (COMPLAINT, COPY.replace("jo@example.org", "<undisclosed recipients>"), []),
    ],
)
@pytest.mark.parametrize("kind", ["report; report-type=feedback-report", "mixed"])
def test_a_complaint_names_whom_it_or_the_copy_names(fields: str, copy: str, named: list[str], kind: str) -> None:
    parts = (
        "\r\nAbuse.",
        f"Content-Type: message/feedback-report\r\n\r\n{fields}",
        f"Content-Type: message/rfc822\r\n\r\n{copy}",
    )
    reading = read(report(*parts, kind=kind, sender="loop@example.com", fields=()))
    assert (reading.automated, [one.recipient for one in reading.bounces]) == (Automated.FEEDBACK_REPORT, named)
    assert reading.reported_ids == ("letter-7@service.example",)


def test_a_complaint_without_a_report_part_is_known_by_its_subject() -> None:
    copy = "X-HmXmrOriginalRecipient: jo@example.org\r\n" + COPY.replace("To: jo", "To: list")
    raw = report(f"Content-Type: message/rfc822\r\n\r\n{copy}", kind="mixed", sender="staff@example.com", fields=())
    reading = read(raw.replace(b"A question", b"complaint about message from 192.0.2.5"))
    assert (reading.automated, reading.bounces) == (Automated.FEEDBACK_REPORT, (Bounced("jo@example.org", "", False),))
    assert read(raw).automated is None


def event(kind: str, detail: dict[str, object]) -> str:
    sent = {"messageId": "opaque", "commonHeaders": {"messageId": "<letter-7@service.example>"}}
    return json.dumps({"notificationType": kind, kind[0].lower() + kind[1:]: detail, "mail": sent})


@pytest.mark.parametrize(
    ("kind", "detail", "automated", "bounced"),
    [
        (
            "Bounce",
            {
                "bounceType": "Permanent",
                "bouncedRecipients": [{"emailAddress": "jo@example.org", "status": "5.1.1", "action": "failed"}],
            },
            Automated.BOUNCE,
            GONE[0],
        ),
        (
            "Bounce",
            {"bounceType": "Transient", "bouncedRecipients": [{"emailAddress": "Jo <jo@example.org>"}]},
            Automated.BOUNCE,
            Bounced("jo@example.org", "4.0.0", True),
        ),
        (
            "Complaint",
            {"complainedRecipients": [{"emailAddress": "jo@example.org"}]},
            Automated.FEEDBACK_REPORT,
            Bounced("jo@example.org", "", False),
        ),
        (
            "Delivery",
            {"recipients": ["jo@example.org"], "smtpResponse": "250 2.6.0 taken"},
            Automated.RECEIPT,
            Bounced("jo@example.org", "2.6.0", False),
        ),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_sending_services_notice_is_understood(
    kind: str, detail: dict[str, object], automated: Automated, bounced: Bounced, wrapped: bool
) -> None:
    text = event(kind, detail)
    text = json.dumps({"Type": "Notification", "Message": text}) if wrapped else text
    raw = mail(
        body=f"{text[:90]}\r\n {text[90:]}\r\n\r\n--\r\nTo stop this, unsubscribe.\r\n", sender="no-reply@example.com"
    )
    reading = read(raw)
    assert (reading.automated, reading.bounces) == (automated, (bounced,))
    assert reading.reported_ids == ("letter-7@service.example",)


@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"notificationType": "Bounce"}', '{"notificationType": 7}', '{"a":' * 90_000]
)
def test_json_of_another_shape_names_nobody(text: str) -> None:
    assert read(mail(body=text, sender="no-reply@example.com")).bounces == ()


def test_a_persons_mail_with_such_a_notice_in_it_stays_a_persons() -> None:
    text = event("Bounce", {"bouncedRecipients": [{"emailAddress": "jo@example.org"}]})
    assert read(mail(body=text)).automated is None


@pytest.mark.parametrize(
    "line",
    [
        "user mailbox account host domain not found\r\n",
        "<a@example.org>: 550 x\r\n",
        "to @ x@ y@ z@\r\n",
        "5 : ( [ ; # 450\r\n",
        "Received: x\r\n",
    ],
)
def test_a_report_made_to_exhaust_is_answered_within_the_readers_time(line: str) -> None:
    with Reader() as reader:
        raw = mail("Return-Path: <>", body=("could not deliver\r\n" + line * 1000), sender=DAEMON)
        assert reader.read(raw).verdict is Verdict.PROCESS
