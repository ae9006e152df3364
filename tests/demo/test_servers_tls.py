"""The embedded servers speak TLS where they are given a certificate: from the first byte, and after STARTTLS."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from imapclient import IMAPClient
from support.certificates import certificate

from mailbot.demo.servers import EmbeddedServers
from mailbot.demo.smtpside import Offers

MESSAGE = b"Subject: hello\r\n\r\nPlease help.\r\n"


@pytest.fixture
def tls_servers(tmp_path: Path) -> Iterator[tuple[EmbeddedServers, ssl.SSLContext]]:
    pem, context = certificate(tmp_path)
    with EmbeddedServers({"help": "secret"}, {"help@service.example": "help"}, offers=Offers(tls=context)) as servers:
        yield servers, ssl.create_default_context(cafile=str(pem))


@pytest.mark.parametrize("upgrade", [False, True])
def test_imap_over_tls(tls_servers: tuple[EmbeddedServers, ssl.SSLContext], upgrade: bool) -> None:
    servers, trusting = tls_servers
    servers.append("help", MESSAGE)
    port = servers.imap_port if upgrade else servers.imaps_port
    with IMAPClient("127.0.0.1", port, ssl=not upgrade, ssl_context=trusting, timeout=5) as client:
        if upgrade:
            client.starttls(trusting)
        client.login("help", "secret")
        client.select_folder("INBOX")
        assert len(client.search()) == 1


@pytest.mark.parametrize("upgrade", [False, True])
def test_smtp_over_tls(tls_servers: tuple[EmbeddedServers, ssl.SSLContext], upgrade: bool) -> None:
    servers, trusting = tls_servers
    client = (
        smtplib.SMTP("127.0.0.1", servers.smtp_port, timeout=5)
        if upgrade
        else smtplib.SMTP_SSL("127.0.0.1", servers.smtps_port, timeout=5, context=trusting)
    )
    with client:
        if upgrade:
            client.starttls(context=trusting)
        client.sendmail("", ["help@service.example"], MESSAGE)
    assert [taken.data for taken in servers.sent] == [MESSAGE]


def test_a_client_that_does_not_know_the_certificate_refuses_it(
    tls_servers: tuple[EmbeddedServers, ssl.SSLContext],
) -> None:
    servers, _ = tls_servers
    with pytest.raises(ssl.SSLCertVerificationError):
        smtplib.SMTP_SSL("127.0.0.1", servers.smtps_port, timeout=5, context=ssl.create_default_context())
