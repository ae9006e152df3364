"""Whether a machine wrote a message, and why nothing automatic may answer it (RFC 3834, RULES 5(b)).

Two questions with two answers: `recognise` names the kind of machine (None: as far as can be seen, a person),
`no_answer` gives a short fixed reason for silence. A wrong "machine" costs an acknowledgement, a wrong "person"
starts a loop: in doubt, silence.
"""

from __future__ import annotations

import re

from mailbot.model import Automated
from mailbot.reading.fields import Block

_LIST_FIELDS = ("list-id", "list-post", "list-unsubscribe", "list-help", "mailing-list", "x-mailing-list", "x-loop")
_REPLY_FIELDS = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply", "x-auto-reply-from")
_MACHINE_FIELDS = ("feedback-id", "x-auto-generated", "x-csa-complaints")
_REPORTS = {
    "delivery-status": Automated.BOUNCE,
    "disposition-notification": Automated.RECEIPT,
    "feedback-report": Automated.FEEDBACK_REPORT,
}
_DAEMON = re.compile(
    r"(?:mailer-?daemon|mail-?daemon|mdaemon|postmaster|mail delivery (?:sub)?system|mail delivery service)\b",
    re.IGNORECASE,
)
_NO_REPLY = re.compile(
    r"(?:no|not?[-_.]?reply|do[-_.]?not|ne[-_.]?pas)[-_.]?(?:reply|respond|answer|repondre)\b"
    r"|(?:[^@]*[-_.+])?no[-_.]?reply@"
    r"|(?:mailer-?daemon|mail-?daemon|mdaemon|bounces?|auto-?confirm|auto-?reply|notifications?"
    r"|alerts?)(?:[-_.+=][^@]*)?@",
    re.IGNORECASE,
)
# The forms that programs write, at the very beginning; a person's "Away from home" must not cost them an answer.
_AUTOMATIC_SUBJECT = re.compile(
    r"\[?(?:auto(?:matic|mated)?[-\s]?(?:reply|respon[sd]er?|response|answer)|out of (?:the )?office\b|ooo\s*:|auto\s?:"
    r"|vacation (?:reply|notice|response|message|auto)|i(?: a|')m (?:on vacation|out of (?:the )?office)"
    r"|r[ée]ponse auto(?:matique)?"
    r"|absence du bureau|message d'absence|notification d'absence|automatische (?:antwort|r[üu]ckmeldung)|abwesenheits"
    r"|abwesend:|respuesta autom[áa]tica|fuera de (?:la )?oficina|risposta automatica|fuori sede|resposta autom[áa]tica"
    r"|automatisch(?:e)? antwoord|afwezigheid|autosvar|automatiskt? svar|odpowied[źz] automatyczna|автоответ|自动回复"
    r"|自動回覆|自動返信|자동 회신)",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"(?:undeliver(?:able|ed)|failure notice|delivery (?:status notification|failure|has failed|report|problem)"
    r"|mail delivery (?:failed|failure)"
    r"|returned (?:mail|to sender)|warning: (?:message|could not send)|non[- ]?remis|[ée]chec de (?:la )?(?:remise"
    r"|distribution)"
    r"|mail system error|message (?:delivery )?(?:delayed|failed))",
    re.IGNORECASE,
)


def report_kind(block: Block, report_type: str | None) -> Automated | None:
    """The kind of a multipart/report by its report-type parameter (RFC 6522), or None for an ordinary message."""
    return _REPORTS.get((report_type or "").strip().lower())


def is_daemon(author: str) -> bool:
    """Whether a From value, as text, names a mail system rather than a person."""
    return _DAEMON.search(author) is not None


def recognise(
    block: Block, report: Automated | None, address: str | None, author: str, subject: str, null_path: bool
) -> Automated | None:
    """The kind of machine. `author` is the whole From field as text, `address` what the grammar made of it."""
    if report is not None:
        return report
    submitted = _word(block, "auto-submitted")
    if (null_path or is_daemon(author)) and _BOUNCE_SUBJECT.search(subject):
        return Automated.BOUNCE
    if submitted.startswith("auto-replied") or any(block.first(name) is not None for name in _REPLY_FIELDS):
        return Automated.AUTO_REPLY
    if _AUTOMATIC_SUBJECT.match(subject) or _word(block, "precedence") in ("auto_reply", "auto-reply"):
        return Automated.AUTO_REPLY
    if submitted not in ("", "no"):
        return Automated.AUTO_GENERATED
    if any(block.first(name) is not None for name in _LIST_FIELDS) or _word(block, "precedence") == "list":
        return Automated.LIST
    return Automated.AUTO_GENERATED if no_answer(block, address, author, subject, null_path) else None


def no_answer(block: Block, address: str | None, author: str, subject: str, null_path: bool) -> str | None:
    """Why no automatic answer may go to this message, or None: the first reason that applies."""
    if _word(block, "auto-submitted") not in ("", "no"):
        return "auto-submitted"
    if null_path:
        return "null-return-path"
    if any(block.first(name) is not None for name in _LIST_FIELDS):
        return "list"
    if _word(block, "precedence") in ("bulk", "junk", "list", "auto_reply", "auto-reply"):
        return "precedence"
    if _suppressed(block):
        return "auto-response-suppress"
    if any(block.first(name) is not None for name in (*_REPLY_FIELDS, *_MACHINE_FIELDS)):
        return "machine-field"
    if _AUTOMATIC_SUBJECT.match(subject):
        return "automatic-subject"
    if is_daemon(author):
        return "daemon"
    return "no-reply" if address and _NO_REPLY.match(address) else None


def _suppressed(block: Block) -> bool:
    """Exchange's way to say "no automatic answers" (MS-OXCMAIL): OOF, AutoReply or All. DR, RN and NRN speak of
    receipts only.
    """
    words = {
        word.strip().lower()
        for value in block.all("x-auto-response-suppress")
        for word in value.decode("ascii", "replace").split(",")
    }
    return not words.isdisjoint(("oof", "autoreply", "all"))


def _word(block: Block, name: str) -> str:
    """The first word of a field in lower case; of several fields of one name the first that is not "no" (a second may
    be forged).
    """
    found = [
        re.split(r"[\s;(]", value.decode("ascii", "replace").strip().lower(), maxsplit=1)[0]
        for value in block.all(name)
    ]
    return next((word for word in found if word not in ("", "no")), "")
