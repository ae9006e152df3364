"""What the mails to ourselves prove. Plain functions of what came back.

A mail that did not come proves nothing: only where its plain sister came is a subaddress known to fail. What opens a
door (a forged result or header that arrives) is a fault where staff are proved by it; what merely keeps one shut (the
host vouches for nobody) is a note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailbot.config import Config
from mailbot.model import Dmarc, Reading
from mailbot.reading.fields import Field, read_block
from mailbot.selfproof.finding import Finding, Result
from mailbot.selfproof.post import Arrived
from mailbot.selfproof.probes import Probe
from mailbot.transport import Answer, Outcome

SLOW = "where the host is slow: `mailbot check --wait 120`"


@dataclass(frozen=True, slots=True)
class Evidence:
    """How sending ended and what arrived within `seconds`; `reading` is what reading makes of the plain one."""

    secret: str
    seconds: int
    answers: Mapping[Probe, Answer]
    arrived: Mapping[Probe, Arrived]
    reading: Reading | None

    def refused(self, probe: Probe) -> bool:
        """Whether the host would not take it at all."""
        return self.answers[probe].outcome is Outcome.NEVER

    def absent(self, probe: Probe) -> str:
        """Why nothing is known of one."""
        answer = self.answers[probe]
        if answer.outcome is Outcome.SENT:
            return f"it did not arrive within {self.seconds} seconds; {SLOW}"
        return f"the submission server answered {answer.code or 'nothing'} at {answer.stage}"

    def fields(self, probe: Probe) -> tuple[Field, ...]:
        raw = self.arrived[probe].raw
        return read_block(raw, 0, len(raw)).fields


def findings(config: Config, evidence: Evidence) -> Iterator[Finding]:
    """One line for each thing that was tried."""
    if Probe.SUBADDRESS in evidence.answers:
        yield _subaddress(evidence)
    if Probe.FORGED_RESULT in evidence.answers:
        yield _forged_result(config, evidence)
    if Probe.FORGED_HEADER in evidence.answers:
        yield _forged_header(config, evidence)
    if config.authentication.staff != "none":
        yield _own_result(config, evidence)


def _subaddress(evidence: Evidence) -> Finding:
    name = "subaddresses"
    if Probe.SUBADDRESS in evidence.arrived:
        return Finding(name, "ok", "a mail to one arrived")
    if evidence.answers[Probe.SUBADDRESS].outcome in (Outcome.LATER, Outcome.UNCERTAIN):
        return Finding(name, "note", f"not proved: {evidence.absent(Probe.SUBADDRESS)}")
    if Probe.PLAIN not in evidence.arrived:
        return Finding(name, "note", f"not proved: no mail to ourselves came: {evidence.absent(Probe.PLAIN)}")
    todo = 'switch subaddresses on at the mail host, or set service.subaddress_separator = ""'
    what = "a mail to the service's address arrived, one to a subaddress did not"
    return Finding(name, "fault", f"{what} ({evidence.absent(Probe.SUBADDRESS)}): no answer could be joined; {todo}")


def _forged_result(config: Config, evidence: Evidence) -> Finding:
    name, probe = "forged results", Probe.FORGED_RESULT
    bad = _bad(config, "dmarc")
    ids = ", ".join(config.authentication.trusted_authserv_ids)
    if evidence.refused(probe):
        return Finding(name, "ok", f"the host refuses mail that carries a result of {ids} already")
    if probe not in evidence.arrived:
        return Finding(name, bad, f"not proved that the host strips a forged result of {ids}: {evidence.absent(probe)}")
    fields = evidence.fields(probe)
    top = next((at for at, field in enumerate(fields) if field.name == "received"), len(fields))
    forged = [at for at, field in enumerate(fields) if _is_forged(field, evidence.secret)]
    if any(at < top for at in forged):
        harm = "anybody can pass for staff"
        todo = f"let the host remove Authentication-Results of {ids} from mail that arrives, before it adds its own"
        return Finding(name, bad, f"one that a sender wrote stands above the host's Received lines: {harm}; {todo}")
    how = "stands below the host's Received line, where it counts for nothing" if forged else "was taken out"
    return Finding(name, "ok", f"one of {ids} that a sender wrote {how} (seen in mail through submission.host)")


def _is_forged(field: Field, secret: str) -> bool:
    return field.name == "authentication-results" and secret.encode() in field.value.lower()


def _forged_header(config: Config, evidence: Evidence) -> Finding:
    name, probe = "internal header", Probe.FORGED_HEADER
    bad = _bad(config, "internal")
    header = config.authentication.internal_header
    field = header.name if header else ""
    if evidence.refused(probe):
        return Finding(name, "ok", f"the host refuses mail that carries {field} already")
    if probe not in evidence.arrived:
        return Finding(name, bad, f"not proved that the host strips a forged {field}: {evidence.absent(probe)}")
    values = [one.value.lower() for one in evidence.fields(probe) if one.name == field.lower()]
    if evidence.secret.encode() in values:
        todo = f"let the host remove every {field} from mail before it adds its own"
        return Finding(name, bad, f"one that a sender wrote arrived: whoever learns its value passes for staff; {todo}")
    return Finding(name, "ok", f"a {field} that a sender wrote was taken out (seen in mail through submission.host)")


def _own_result(config: Config, evidence: Evidence) -> Finding:
    """Whether a member on this host could be proved at all: members elsewhere may be, so it is no fault."""
    name, proof = "staff proof", config.authentication
    if evidence.reading is None:
        return Finding(
            name, "fault", f'authentication.staff = "{proof.staff}" is not proved: {evidence.absent(Probe.PLAIN)}'
        )
    if proof.staff == "internal":
        proved, what = evidence.reading.internal, "the internal header"
    else:
        proved, what = evidence.reading.dmarc is Dmarc.PASS, "a dmarc=pass of a trusted server"
    if proved:
        return Finding(name, "ok", f"the host vouches for its own mail: {what} stands on it")
    return Finding(
        name,
        "note",
        f"the host put no {what.removeprefix('the ').removeprefix('a ')} on the mail that it took from us: nobody who "
        "sends through it could act; let it do so for its own people's mail too",
    )


def _bad(config: Config, proof: str) -> Result:
    """What opens no door to staff commands is a note."""
    return "fault" if config.authentication.staff == proof else "note"
