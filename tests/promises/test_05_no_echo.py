"""Promise 5: what goes out is a function of letter, language, clock and our own random values; from the received
message it takes one thing, a Message-ID of strict grammar.
"""

from __future__ import annotations

import base64
import binascii
import quopri

from promises.conftest import MakeScene
from promises.evidence import DAY, EVENING, mail, what_a_stranger_sees
from support.facade import MailServers
from support.mails import parsed

from mailbot.demo.servers import EmbeddedServers

CANARY = "Zq7Canary"
GOOD_ID = "<abc.123@mail.example.net>"
BAD_IDS = [
    "<two words@mail.example.net>",
    "<" + "a" * 300 + "@mail.example.net>",
    "<no-at-sign>",
    "<evil@attacker.example",
    "<a@b@c>",
    "=?utf-8?q?=3Cabc=0D=0ABcc:evil=40attacker.example=40x=3E?=",
    "<caf\xe9@mail.example.net>",
    "<abc@mail.example.net\x00>",
    "<evil(comment)@attacker.example>",
    '<"evil bcc"@attacker.example>',
]
AUTHOR = "kim@example.com"


def marked(author: str = AUTHOR, **replaced: str) -> bytes:
    """A mail with a canary in every field and part: C00, C01, …"""
    number = iter(range(100))

    def canary() -> str:
        return f"{CANARY}{next(number):02}"

    boundary = "b" + canary()
    encoded = base64.b64encode(f"{canary()} in base64".encode()).decode()
    utf16 = base64.b64encode(f"{canary()} in UTF-16".encode("utf-16")).decode()
    quoted = quopri.encodestring(f"{canary()} \N{SNOWMAN}".encode()).decode()
    fields = {
        "Return-Path": f"<{canary()}@example.org>",
        "Received": f"from {canary()}.example (EHLO {canary()}) by mx.example; Tue, 24 Nov 2026 10:00:00 -0700",
        "From": f'"{canary()}, {{{{ notice }}}} %s ${{jndi:x}}" <{author}> ({canary()})',
        "Reply-To": f"{canary()} <{canary()}@example.org>",
        "Sender": f"{canary()} <{canary()}@example.org>",
        "To": f"{canary()} <help@service.example>, {canary()}@example.org",
        "Cc": f"{canary()} <{canary()}@example.org>",
        "Subject": f"=?utf-8?b?{base64.b64encode(f'{canary()} =cmd'.encode()).decode()}?= {canary()} [ABC234]",
        "Date": f"Tue, 24 Nov 2026 10:00:00 -0700 ({canary()})",
        "Message-ID": f"<{canary()} x@{canary()}.example>",
        "In-Reply-To": f"<{canary()}@example.org> {canary()}",
        "References": " ".join(f"<{canary()}@example.org>" for _ in range(5)),
        "Comments": canary(),
        "Keywords": f"{canary()}, {canary()}",
        "Organization": canary(),
        "User-Agent": canary(),
        f"X-{canary()}": canary(),
        "X-Mailbot-Command": f"#contact {canary()}",
        "Content-Language": canary(),
        "Thread-Topic": canary(),
        "Disposition-Notification-To": f"{canary()}@example.org",
        "Authentication-Results": f"{canary()}.example; dmarc=pass ({canary()}) header.from=example.com",
        "MIME-Version": f"1.0 ({canary()})",
        "Content-Type": f'multipart/mixed; boundary="{boundary}"; name="{canary()}"',
    } | replaced
    page = (
        f"<p title='{canary()}'>{canary()} <a href='https://{canary()}.example/'>{canary()}</a><!-- {canary()} --></p>"
    )
    parts = [
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{canary()} #note {canary()}\r\n> {canary()}",
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}",
        f"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n{utf16}",
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{quoted}",
        f"Content-Type: text/html\r\n\r\n{page}",
        f'Content-Type: application/pdf; name="{canary()}.pdf"\r\nContent-Disposition: attachment; '
        f'filename="../{canary()}.pdf"\r\nContent-Description: {canary()}\r\n'
        f"Content-ID: <{canary()}@x>\r\n\r\n%PDF {canary()}",
        f"Content-Type: image/jpeg\r\nContent-Location: https://{canary()}.example/\r\n\r\n{canary()}",
        f"Content-Type: message/rfc822\r\n\r\nFrom: {canary()} <{canary()}@example.org>\r\n"
        f"Subject: {canary()}\r\n\r\n{canary()}",
        f"Content-Type: text/{canary()}\r\n\r\n{canary()}",
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f"{head}\r\n{canary()} preamble\r\n{body}--{boundary}--\r\n{canary()} epilogue\r\n".encode()


def forms(canary: str) -> list[bytes]:
    """How a canary may stand in bytes: as it is, UTF-16, base64 at all three places, hex, percent and quoted forms."""
    plain = canary.encode()
    found = [plain, canary.encode("utf-16-le"), canary.encode("utf-16-be"), binascii.hexlify(plain)]
    found += [base64.b64encode(b"x" * shift + plain)[(0, 2, 3)[shift] : -4] for shift in range(3)]
    found += ["".join(f"={byte:02X}" for byte in plain).encode(), "".join(f"%{byte:02X}" for byte in plain).encode()]
    return [*found, plain[::-1], binascii.hexlify(plain).upper()]


def shows(data: bytes, canary: str = CANARY) -> list[bytes]:
    """The forms of a canary that stand in `data`, whatever the letter case."""
    return [form for form in forms(canary) if form in data or form.lower() in data.lower()]


def test_the_search_finds_a_canary_in_every_form() -> None:
    for hidden in (
        b"a" + base64.b64encode(b"ab" + CANARY.encode() + b"cd"),
        base64.b64encode(b"1" + CANARY.encode() + b"2"),
        base64.b64encode(CANARY.encode() + b"00"),
        CANARY.encode("utf-16"),
        CANARY.upper().encode(),
        CANARY.encode().hex().encode(),
    ):
        assert shows(hidden), hidden
    assert not shows(b"Support Service " * 50)
    assert marked().count(CANARY.encode()) > 60


def test_no_field_or_part_of_a_received_mail_comes_out_again(scene: MakeScene, servers: MailServers) -> None:
    here = scene(servers)
    here.write(marked())
    here.once(EVENING)
    (sent,) = here.outside()
    assert sent.rcpt_to == (AUTHOR,)
    assert shows(sent.data) == []
    assert not any(shows(option.encode()) for option in (*sent.mail_options, *sent.rcpt_options, sent.mail_from))
    decoded = parsed(sent.data)
    words = "".join(str(part.get_content()) for part in decoded.walk() if part.get_content_maintype() == "text")
    assert shows(words.encode()) == []
    assert {"In-Reply-To", "References"}.isdisjoint(decoded.keys()), "a Message-ID of no grammar came out again"


def test_every_letter_but_the_random_parts_is_the_same_whatever_was_written(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    here.write(marked(), mail("lee@example.com"), mail("max@example.com", text="# {{ 7*7 }} %(x)s\r\n" * 300))
    here.once(DAY)
    (lee,), (maxine,), (kim,) = here.to("lee@example.com"), here.to("max@example.com"), here.to(AUTHOR)
    assert what_a_stranger_sees(lee) == what_a_stranger_sees(maxine)
    ours, theirs = what_a_stranger_sees(kim), what_a_stranger_sees(lee)
    assert ours["text"] == theirs["text"]
    assert ours["page"] == theirs["page"]
    assert ours["Subject"] == theirs["Subject"]


def test_only_a_message_id_of_strict_grammar_comes_out(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    people = {f"person{number:02}@example.net": given for number, given in enumerate([GOOD_ID, *BAD_IDS])}
    for person, given in people.items():
        lines = mail(person).split(b"\r\n")
        field = f"Message-ID: {given}".encode("latin-1")
        here.write(b"\r\n".join(field if line.startswith(b"Message-ID:") else line for line in lines))
    here.once(EVENING)
    named = {person: [str(letter[name]) for name in ("In-Reply-To", "References") if letter[name]]
             for person in people for letter in here.to(person)}  # fmt: skip
    assert named == {person: [GOOD_ID, GOOD_ID] if given == GOOD_ID else [] for person, given in people.items()}
    assert not any(b"evil" in one.data for one in here.outside())
