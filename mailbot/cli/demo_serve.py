"""`mailbot demo --serve` for people: what to enter into a mail program, and what to try.

Runs until Ctrl-C or TERM. It ends by a signal alone, not with its input: so it can run in the background, too.
"""

from __future__ import annotations

import signal
import textwrap
from collections.abc import Callable

import click

from mailbot.cli.options import print_json
from mailbot.demo.serving import Offer
from mailbot.demo.serving import serve as keep_up

PAGE = """\
A support service is open on this machine. Its mail servers and its daemon run until you press Ctrl-C; then all of it
is gone. Only programs on this machine can reach it, for example Thunderbird or Apple Mail. A telephone cannot.

Make some of these mail accounts. Choose "no encryption" and "normal password".

  {mailboxes}

  Password     {password}
  Incoming     IMAP, host {host}, port {imap_port}
  Outgoing     SMTP, host {host}, port {smtp_port}, no user name, no password

The service's address is {service}. Its office is open on {days}
from {opens} to {closes} ({zone}). It is {state} now.

What to try:

  1. As Alex, write to {service}. Alex gets an automatic answer, Dana and Robin get a notice each.
     Sam is the supervisor: alerts and reminders that cannot wait go there.
  2. As Dana, press Reply on the notice. What you newly write goes to Alex as the service: a minute later while the
     office is open, else when it opens. A receipt says when, with the exact words. Until then #cancel takes it back.
  3. As Dana, put a line "#send now" above your words: they leave at once.
  4. Put another line at the top: #take, #note and some words, #hold until friday, #help. Or a slip: #tke.
  5. Tap a link in a notice: it opens a mail with a command in it. Send that.
  6. As Robin, answer what Dana has answered. Or as Alex, write again while an answer waits. See why it stops.
  7. As Alex, answer with the one word STOP.
"""


def serve(as_json: bool) -> int:
    """Runs until a signal."""

    def ready(offer: Offer, stop: Callable[[], None]) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop())
        print_json(offer.as_json()) if as_json else click.echo(page(offer))

    keep_up(ready)
    return 0


def page(offer: Offer) -> str:
    """What a person needs to know."""
    office = offer.office
    mailboxes = (f"{address:<24} user name {name}" for name, address in offer.mailboxes)
    return PAGE.format(
        mailboxes=textwrap.indent("\n".join(mailboxes), "  ").lstrip(),
        password=offer.password,
        host=offer.host,
        imap_port=offer.imap_port,
        smtp_port=offer.smtp_port,
        service=offer.service,
        days=", ".join(day.title() for day in office.days),
        opens=f"{office.opens:%H:%M}",
        closes=f"{office.closes:%H:%M}",
        zone=office.zone.key,
        state="open" if offer.open_now else "closed",
    )
