"""Hosts that write their own prose instead of a report: who failed, with which status, for good or for now.

The texts are ours, in the style of each family of hosts.
"""

from __future__ import annotations

import pytest
from reading.build import mail, read

from mailbot.model import Automated, Bounced
from mailbot.reading.bounces import library

DAEMON = "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.org>"
COPY = (
    "Received: from mail.example.net by mx.example.org; Tue, 24 Nov 2026 10:00:00 +0000\n"
    "Message-ID: <letter-7@service.example>\nFrom: help@service.example\nTo: Jo <jo@example.org>\n"
    "Cc: third@example.com\nSubject: A letter\n\n<second@example.com>: user unknown\n"
    "550 5.7.1 could not deliver to fourth@example.com\n"
)


def notice(text: str, subject: str = "Undelivered Mail", sender: str = DAEMON, more: tuple[str, ...] = ()) -> bytes:
    raw = mail("Return-Path: <>", *more, body=text.replace("\n", "\r\n"), sender=sender)
    return raw.replace(b"A question", subject.encode(), 1)


QMAIL = f"""Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<jo@example.org>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 <jo@example.org>... User unknown
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

{COPY}"""
QMAIL_LOCAL = QMAIL.replace("192.0.2.7 does not like recipient.\n", "").replace(
    "Remote host said: 550 5.1.1 <jo@example.org>... User unknown\nGiving up on 192.0.2.7.",
    "Sorry, no mailbox here by that name. (#5.1.1)",
)
EXIM = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  jo@example.org
    host mx.example.org [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<jo@example.org>:
    552 5.2.2 mailbox over quota

------ This is a copy of the message, including all the headers. ------

{COPY}"""
SENDMAIL = f"""The original message was received at Tue, 24 Nov 2026 10:00:00 GMT
from mail.example.net [192.0.2.9]

   ----- The following addresses had permanent fatal errors -----
<jo@example.org>
    (reason: 550 5.7.1 Access denied)

   ----- Transcript of session follows -----
... while talking to mx.example.org.:
>>> RCPT To:<jo@example.org>
<<< 550 5.7.1 Access denied
550 5.1.1 <jo@example.org>... User unknown
<<< 503 5.0.0 Need RCPT (recipient)

   ----- Original message follows -----

{COPY}"""
OLD_SENDMAIL = f"""   ----- Transcript of session follows -----
... while talking to mx.example.org:
>>> RCPT To:<jo@example.org>
<<< 550 <jo@example.org>, User unknown
550 <jo@example.org>... User unknown

   ----- Unsent message follows -----
{COPY}"""
EXCHANGE_5 = """Your message

  To:      jo@example.org
  Subject: A letter
  Sent:    Tue, 24 Nov 2026 10:00:00 -0000

did not reach the following recipient(s):

jo@example.org on Tue, 24 Nov 2026 10:00:02 -0000
    The recipient name is not recognized
    MSEXCH:IMS:ORG:SITE:HOST 0 (000C05A6) Unknown Recipient
"""
EXCHANGE_2007 = f"""Delivery has failed to these recipients or distribution lists:

jo@example.org<mailto:jo@example.org>
The recipient's e-mail address was not found in the recipient's e-mail system.

Diagnostic information for administrators:

Generating server: mx.example.org

jo@example.org
#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##

Original message headers:

{COPY}"""
DOMINO = """Your message

  Subject: A letter

was not delivered to:

  jo@example.org

because:

  User jo (jo@example.org) not listed in Domino Directory
"""
NOTES = f"""------- Failure Reasons  --------

User not listed in public Name & Address Book
jo@example.org

------- Returned Message --------

{COPY}"""
GMAIL = f"""Delivery to the following recipient failed permanently:

     jo@example.org

Technical details of permanent failure:
The server for the recipient domain example.org by mx.example.org. [192.0.2.7] answered:
552 5.2.3 This message is larger than the current system limit

----- Original message -----

{COPY}"""
OPENSMTPD = f"""    Hi!

    This is the MAILER-DAEMON, please DO NOT REPLY to this email.

    An error has occurred while attempting to deliver a message for
    the following list of recipients:

jo@example.org: 550 5.1.1 <jo@example.org>: no such person

    Below is a copy of the original message:

{COPY}"""
MARSHAL = """Your message:
   From:    help@service.example
   Subject: A letter

Could not be delivered because of

550 5.7.1 Message refused by policy

The following recipients were affected:
    jo@example.org
"""
SUN = """This report relates to a message you sent with the following header fields:

  Message-id: <letter-7@service.example>
  Date: Tue, 24 Nov 2026 10:00:00 +0000
  From: help@service.example
  To: jo@example.org
  Subject: A letter

Your message cannot be delivered to the following recipients:

  Recipient address: jo@example.org
  Reason: Remote SMTP server has rejected address
  Diagnostic code: smtp;550 5.1.1 unknown user
"""
GROUPWISE = """The message that you sent was undeliverable to the following:

\tjo@example.org (550 5.2.1 Mailbox disabled)
"""
COURIER = f"""This is a delivery status notification from mx.example.org,
running the Courier mail server, version 0.65.2.

           UNDELIVERABLE MAIL

Your message to the following recipients cannot be delivered:

<jo@example.org>:
    mx.example.org [192.0.2.7]:
>>> RCPT TO:<jo@example.org>
<<< 550 5.1.1 <jo@example.org>... User unknown

---------------------------------------------------------------------------
{COPY}"""
ZOHO = """This message was created automatically by mail delivery software.
A message that you sent could not be delivered to one or more of its recipients. This is a permanent error.

jo@example.org Invalid address, ERROR_CODE :550, ERROR_CODE :5.1.1 <jo@example.org>... User unknown
"""
IMAIL = f"""User mailbox exceeds allowed size: jo@example.org

Original message follows.

{COPY}"""
MERCURY = """The following message could not be delivered; the addresses that failed are shown here.

*** jo@example.org
  550 No such user here
"""
FOUNDRY = """Unable to deliver message to: <jo@example.org>
Delivery failed for the following reason:
Server mx.example.org[192.0.2.7] failed with: 550 <jo@example.org> No such user here

This has been a permanent failure.  No further delivery attempts will be made.
"""
BIGLOBE = f"""   ----- The following addresses had delivery problems -----
jo@example.org

   ----- Non-delivered information -----
The number of messages in recipient's mailbox exceeded the local limit.

   ----- Original message -----
{COPY}"""
BRACKETS = """---The following addresses had delivery errors---

jo@example.org [User unknown]
"""
BULLET = """Your message could not be delivered to some of its recipients.

  * jo@example.org
    Unrouteable address
"""
YAHOO = f"""Sorry, we were unable to deliver your message to the following address.

<jo@example.org>:
Remote host said:
554 delivery error: This user does not have an example.org account (jo@example.org) [0]
[RCPT_TO]

--- Below this line is a copy of the message.

{COPY}"""
GERMAN = """Diese Nachricht konnte nicht zugestellt werden.

Unzustellbar: jo@example.org
Der Empfänger ist unbekannt.
"""
FRENCH = """Échec de la remise à ces destinataires :

jo@example.org
La boîte aux lettres du destinataire est pleine.
"""
JAPANESE = """次の宛先にメールを送信できませんでした。
jo@example.org
宛先のメールボックスが一杯です。
"""
EXPIRED = f"""Message from example.org.
Unable to deliver message to the following address(es).

<jo@example.org>:
unable to connect to remote server: Connection timed out
I'm giving up; this message has been in the queue too long.

--- Original message follows.

{COPY}"""
SENDGRID = """This is an automatically generated message.

I'm sorry to have to tell you that your message was not able to be delivered to one of its intended recipients.
If you require assistance with this, please contact support@mx.example.org.

list:00:<jo@example.org> : 192.0.2.9 : mx.example.org:[192.0.2.7] : 550 5.1.1 <jo@example.org>... unknown in RCPT TO
"""
TELEPHONE = """The user(s) account is disabled.

<jo@example.org>: 550 user unknown (in reply to RCPT TO command)
"""
SURF = """Your message could not be delivered to:

 Addressed To: jo@example.org
 Tue 24 Nov 2026 10:00:00 +0000
 Failed to send to identified host,
 jo@example.org: [192.0.2.7], 550 jo@example.org... No such user
"""
IN_A_SENTENCE = """There was an error delivering your mail to <jo@example.org>.

mx.example.org did not like our RCPT TO:
550 5.1.1 unknown
"""


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param(QMAIL, "5.1.1", id="qmail"),
        pytest.param(QMAIL_LOCAL, "5.1.1", id="qmail, local"),
        pytest.param(EXIM, "5.2.2", id="Exim"),
        pytest.param(SENDMAIL, "5.7.1", id="sendmail"),
        pytest.param(OLD_SENDMAIL, "5.1.1", id="sendmail 5"),
        pytest.param(EXCHANGE_5, "5.1.1", id="Exchange 5.5"),
        pytest.param(EXCHANGE_2007, "5.1.1", id="Exchange 2007"),
        pytest.param(DOMINO, "5.1.1", id="Domino"),
        pytest.param(NOTES, "5.1.1", id="Notes"),
        pytest.param(GMAIL, "5.2.3", id="Gmail"),
        pytest.param(OPENSMTPD, "5.1.1", id="OpenSMTPD"),
        pytest.param(MARSHAL, "5.7.1", id="MailMarshal"),
        pytest.param(SUN, "5.1.1", id="Sun"),
        pytest.param(GROUPWISE, "5.2.1", id="GroupWise"),
        pytest.param(COURIER, "5.1.1", id="Courier"),
        pytest.param(ZOHO, "5.1.1", id="Zoho"),
        pytest.param(IMAIL, "5.2.2", id="IMail"),
        pytest.param(MERCURY, "5.1.1", id="Mercury"),
        pytest.param(FOUNDRY, "5.1.1", id="MailFoundry"),
        pytest.param(BIGLOBE, "5.2.2", id="Biglobe"),
        pytest.param(BRACKETS, "5.1.1", id="reason in brackets"),
        pytest.param(BULLET, "5.1.1", id="bullets"),
        pytest.param(YAHOO, "5.1.1", id="Yahoo"),
        pytest.param(GERMAN, "5.1.1", id="German"),
        pytest.param(FRENCH, "5.2.2", id="French"),
        pytest.param(JAPANESE, "5.2.2", id="Japanese"),
        pytest.param(EXPIRED, "5.4.7", id="expired"),
        pytest.param(SENDGRID, "5.1.1", id="SendGrid"),
        pytest.param(TELEPHONE, "5.1.1", id="telephone gateway"),
        pytest.param(SURF, "5.1.1", id="SurfControl"),
        pytest.param(IN_A_SENTENCE, "5.1.1", id="in a sentence"),
    ],
)
def test_a_host_that_writes_prose_is_understood(text: str, status: str) -> None:
    reading = read(notice(text))
    assert (reading.automated, reading.bounces) == (
        Automated.BOUNCE,
        (Bounced("jo@example.org", status, False),),
    )
    if COPY in text:
        assert reading.reported_ids == ("letter-7@service.example",)


def test_each_recipient_has_the_status_of_the_words_below_it() -> None:
    text = (
        "This mail system could not deliver your message to:\n\n"
        "<jo@example.org>: host mx.example.org said: 550 5.1.1 nobody here\n\n"
        "<kay@example.com>: host mx.example.com said: 452 4.2.2 full\n\n"
        "<lee@example.com>: mailbox unavailable: account disabled\n"
    )
    assert read(notice(text)).bounces == (
        Bounced("jo@example.org", "5.1.1", False),
        Bounced("kay@example.com", "4.2.2", True),
        Bounced("lee@example.com", "5.2.1", False),
    )


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("550 5.7.26 not aligned", "5.7.26"),
        ("550-5.7.26 not\n550 5.7.26 aligned", "5.7.26"),
        ("451 try again later", "4.0.0"),
        ("550 no", "5.0.0"),
        ("450 user over quota", "4.2.2"),
        ("554 too many hops", "5.4.6"),
        ("550 relaying denied", "5.7.1"),
        ("550 host 192.0.2.5.1 says no", "5.0.0"),
        ("550 5.1.1 from mx4.5.6 of 5.5.1960.3", "5.1.1"),
        ("Host or domain name not found", "5.1.2"),
        ("mailbox is full: retry timeout exceeded", "4.2.2"),
        ("SPF check failed", "5.7.23"),
        ("message size exceeds fixed limit", "5.3.4"),
        ("", "5.0.0"),
    ],
)
def test_a_status_is_the_hosts_own_code_else_what_its_words_mean(said: str, status: str) -> None:
    (bounced,) = read(notice(f"These addresses failed:\n\n<jo@example.org>:\n{said}\n")).bounces
    assert (bounced.status, bounced.temporary) == (status, status.startswith("4"))


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (
            "A message that you sent has not yet been delivered to one or more of its\nrecipients after 24 hours.\n\n"
            "  jo@example.org\n    Delay reason: 450 greylisted\n\nDelivery attempts will continue for some time.\n",
            "Warning: message delayed 24 hours",
        ),
        (
            "THIS IS A WARNING MESSAGE ONLY.\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\n<jo@example.org>:\n450 busy\n",
            "Undelivered Mail",
        ),
    ],
)
def test_a_host_that_goes_on_trying_reports_a_delay(text: str, subject: str) -> None:
    reading = read(notice(text, subject))
    assert (reading.automated, reading.bounces) == (Automated.DELAY, (Bounced("jo@example.org", "4.0.0", True),))


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ("jo@example.com\n    (generated from jo@example.org)\n    550 5.1.1 gone", ()),
        ("<jo@example.com> (expanded from <jo@example.org>): 550 5.1.1 gone", ()),
        ("jo@example.com\n    550 5.1.1 gone", ("X-Failed-Recipients: jo@example.org",)),
    ],
)
def test_the_address_that_was_written_to_is_told_apart_from_the_one_an_alias_led_to(
    line: str, more: tuple[str, ...]
) -> None:
    text = f"The following address(es) failed:\n\n  {line}\n"
    assert read(notice(text, more=more)).bounces == (Bounced("jo@example.com", "5.1.1", False, "jo@example.org"),)


def test_where_the_notice_names_nobody_its_header_or_the_copy_does() -> None:
    text = f"Your mail could not be delivered: mailbox full.\n\n--- Original message\n\n{COPY}"
    assert read(notice(text)).bounces == (Bounced("jo@example.org", "5.2.2", False),)
    named = read(notice(text, more=("X-Failed-Recipients: kay@example.com",)))
    assert named.bounces == (Bounced("kay@example.com", "5.2.2", False),)


def test_of_several_addressees_of_the_copy_nobody_is_guessed() -> None:
    text = f"Your mail could not be delivered.\n\n--- Original message\n\n{COPY}".replace("jo@", "kay@example.com, jo@")
    assert read(notice(text)).bounces == ()


def test_neither_the_sender_nor_whom_to_ask_has_failed() -> None:
    text = (
        "Dear help@service.example, your mail could not be delivered to jo@example.org.\n"
        "If it fails again, please contact postmaster@mx.example.org\nor write to desk@mx.example.org\n"
    )
    assert [one.recipient for one in read(notice(text)).bounces] == ["jo@example.org"]


def test_a_bounce_is_known_by_what_it_says_whatever_its_subject() -> None:
    reading = read(
        notice("Error: invalid address\n\n550 no such user\n\nRCPT TO: jo@example.org\n", subject="Re: A letter")
    )
    assert (reading.automated, reading.bounces) == (Automated.BOUNCE, (Bounced("jo@example.org", "5.1.1", False),))


@pytest.mark.parametrize(
    ("sender", "path", "text", "more"),
    [
        ("Kim <kim@example.net>", "kim@example.net", "I wrote to jo@example.org, it failed:\n550 5.1.1 unknown\n", ()),
        (
            "Kim <kim@example.net>",
            "",
            "I am away.\n\njo@example.org cannot help you. Ask:\n\nkay@example.org\n",
            ("Auto-Submitted: auto-replied",),
        ),
        ("Kim <kim@example.net>", "", "Thank you for your mail.\n\nkay@example.org\n", ()),
        (DAEMON, "", "The maintenance of Tuesday is over.\n", ()),
    ],
)
def test_what_only_speaks_of_failures_is_no_bounce(sender: str, path: str, text: str, more: tuple[str, ...]) -> None:
    raw = mail(f"Return-Path: <{path}>", *more, body=text, sender=sender)
    reading = read(raw)
    assert reading.automated is not Automated.BOUNCE
    assert reading.bounces == ()


@pytest.mark.parametrize("encoded", ["quoted-printable", "base64", "text/html"])
def test_prose_is_read_as_people_see_it(encoded: str) -> None:
    import base64
    import quopri

    body, kind = QMAIL.encode(), "text/plain"
    if encoded == "base64":
        body = base64.encodebytes(body)
    elif encoded == "quoted-printable":
        body = quopri.encodestring(body)
    else:
        body, kind, encoded = (
            b"<html><body><pre>" + body.replace(b"<", b"&lt;") + b"</pre></body></html>",
            encoded,
            "8bit",
        )
    raw = mail(
        "Return-Path: <>", f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoded}", body=body, sender=DAEMON
    )
    reading = read(raw)
    assert reading.bounces == (Bounced("jo@example.org", "5.1.1", False),)
    assert reading.reported_ids == ("letter-7@service.example",)


@pytest.mark.parametrize(
    "text",
    [
        "Your message to jo@example.org has been blocked.\n\nThe response was:\n\n550 spam\n",
        "The message you sent to jo@example.org was rejected.\n\nReason: 550 spam\n",
        "收件人邮件地址： jo@example.org\n退信原因： 550 spam\n",
        "Ваше письмо не было доставлено.\n\nПолучатель: jo@example.org\n550 spam\n",
        "Failed address: jo@example.org\n\n --> RCPT To:<jo@example.org>\n <-- 550 spam\n",
        "Intended recipients: <jo@example.org>\nFailure reason: 550 spam\n",
        "--> RCPT TO:<jo@example.org>\n<-- 550 spam\n",
    ],
)
def test_a_recipient_is_found_in_a_sentence_a_label_or_the_dialogue(text: str) -> None:
    assert read(notice(text)).bounces == (Bounced("jo@example.org", "5.7.1", False),)


def test_a_transcript_of_a_delay_is_for_now() -> None:
    text = (
        "    **      THIS IS A WARNING MESSAGE ONLY      **\n\n"
        "   ----- The following addresses had transient non-fatal errors -----\n<jo@example.org>\n\n"
        "   ----- Transcript of session follows -----\n"
        "<jo@example.org>... Deferred: Connection refused by mx.example.org.\nWill keep trying for 5 days\n"
    )
    reading = read(notice(text, "Warning: could not send message for past 4 hours"))
    assert (reading.automated, reading.bounces) == (Automated.DELAY, (Bounced("jo@example.org", "4.4.1", True),))


def test_where_we_find_nobody_the_library_is_asked() -> None:
    text = (
        "This message was created automatically by mail delivery software.\n"
        "The letter was addressed to 'jo@example.org'.\n\n\n\n550 5.7.1 no\n"
        "---- START OF RETURNED MESSAGE ----\n"
    )
    assert read(notice(text)).bounces == (Bounced("jo@example.org", "5.7.1", False),)


@pytest.mark.parametrize(
    "sender", [b"", b"\xff\xfe", b"<>", "Jö".encode("latin-1"), b"a@example.org\r\n b@example.org"]
)
def test_the_library_is_shielded_from_what_it_raises_on(sender: bytes) -> None:
    body = QMAIL.encode()
    raw = b"From: " + sender + b"\r\nSubject: failure notice\r\n\r\n" + body
    assert library.failed_recipients(raw) == [("jo@example.org", False)]
    assert library.failed_recipients(b"\n\n" + body) == [("jo@example.org", False)]


def test_the_library_is_not_asked_about_long_messages() -> None:
    raw = b"From: MAILER-DAEMON@mx.example.org\n\n" + QMAIL.encode()
    assert library.failed_recipients(raw) == [("jo@example.org", False)]
    assert library.failed_recipients(raw + b"\n" * 2000) == []
    assert library.failed_recipients(raw + b"x" * 70_000) == []
