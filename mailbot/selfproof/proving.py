"""The way of the proof: send, wait, read, judge, file away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mailbot.alive.keeper import beats_here
from mailbot.casework import selfmail
from mailbot.config import Config
from mailbot.model import Reading
from mailbot.selfproof import judging, post
from mailbot.selfproof.finding import Finding
from mailbot.selfproof.judging import Evidence
from mailbot.selfproof.probes import Probe, probe_mails
from mailbot.transport import Mailbox, Outcome, Submission
from scheduler import Clock
from storage.database import Database


def prove(
    config: Config,
    database: Database,
    mailbox: Mailbox,
    submission: Submission,
    read: Callable[[bytes], Reading],
    seconds: int,
) -> Iterator[Finding]:
    """Findings, after `seconds` at most and what the servers take. Raises PeerError, MessageError, ConfigError."""
    secret, now = selfmail.new_secret(database.keys), Clock().now()
    answers = post.send(submission, probe_mails(config, secret, now))
    wanted = [probe for probe, answer in answers.items() if answer.outcome is Outcome.SENT]
    arrived = post.collect(mailbox, config.inbox, secret, wanted, seconds)
    plain = arrived.get(Probe.PLAIN)
    evidence = Evidence(secret, seconds, answers, arrived, read(plain.raw) if plain else None)
    yield from judging.findings(config, evidence)
    # A daemon at work files them away itself, and would count them as vanished if we did it under its hands.
    if not beats_here(config, now):
        with database.view() as view:
            post.tidy(mailbox, config.inbox, view, arrived)
