"""What mail programs write around a person's words, line by line: attributions, separators, header blocks, and lines
that advertise the program. For the common programs in the common languages.

Pure questions about lines; `reply` decides what they mean for a text. General signs (an address, a date, a colon at
the end) come before words of any language.
"""

from __future__ import annotations

import re

_WROTE = re.compile(
    r"(?:On\b.{5,300}\bwrote|Le\b.{5,300}\ba [ée]crit|Am\b.{5,300}\bschrieb\b.{0,150}|El\b.{5,300}\bescribi[óo]"
    r"|Il\b.{5,300}\bha scritto"
    r"|Em\b.{5,300}\bescreveu|Op\b.{5,300}\bschreef\b.{0,150}|(?:Den|På)\b.{5,300}\bskrev\b.{0,150}|(?:W dniu"
    r"|Dnia)\b.{5,300}\bnapisał(?:\(a\)|a)?"
    r"|.{5,300}\b(?:пишет|написал(?:а|\(а\))?|пише)|.{5,300}(?:写道|寫道|のメール|님이 작성)"
    r"|.{1,200}<[^<>\s@]+@[^<>\s@]+>\s*(?:wrote|a [ée]crit|schrieb))"
    r"\s?[:：]?\s*$",
    re.IGNORECASE | re.DOTALL,
)
# In any language: an address in brackets and a date in one line that ends with a colon, or begins with the date.
_DATED = re.compile(r"\b20\d\d\b|\b\d{1,2}[:.h]\d\d\b|年")
_BRACKETED = re.compile(r"<\s?[^<>\s@]+@[^<>\s@]+>")
_DATE_FIRST = re.compile(r"\d{1,4}[-./年\s]")
_OPENING = re.compile(
    r"(?:On|Le|Am|El|Il|Em|Op|Den|På|W dniu|Dnia|\d{1,4}[-./年\s]|.{0,40}\b20\d\d\b|.{0,80}<)", re.IGNORECASE
)
_SEPARATOR = re.compile(
    r"(?:[-_=*]{2,}\s*(?:Original|Forwarded|Begin forwarded|Message d.origine|Message transf[ée]r[ée]"
    r"|Urspr[üu]ngliche|Weitergeleitete|Mensaje"
    r"|Messaggio|Mensagem|Oorspronkelijk|Doorgestuurd|Wiadomo|Opprinnelig|Ursprungligt|Исходное|Пересылаемое|原始邮件"
    r"|原始郵件|转发)[^\n]{0,60}"
    r"|-{2,}\s*On\b[^\n]{5,300}\bwrote\s*-{2,}"
    r"|Begin forwarded message\s*:|Début du message (?:réexpédié|transféré)\s*:|_{20,}|-{20,}\s*)\s*$",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"[*>\s]*(?P<name>From|De|Von|Da|Van|Fra|Från|Od|От|Від|发件人|寄件者|差出人|보낸 사람|Sent|Envoy[ée]|Gesendet"
    r"|Enviado(?: el)?|Inviato|Verzonden|Sendt|Skickat"
    r"|Wysłano|Отправлено|Date|Datum|Fecha|Data|Дата|发送时间|日期|To|[ÀA]|An|Para|A|Aan|Til|Till|Do|Кому|收件人|Subject"
    r"|Objet|Betreff|Asunto|Oggetto|Assunto"
    r"|Onderwerp|Emne|Ämne|Temat|Тема|主题|主旨|件名|Cc|Reply-To)\*?\s?[:：]\*?\s",
    re.IGNORECASE,
)
_SENDERS = frozenset(
    ["from", "de", "von", "da", "van", "fra", "från", "od", "от", "від", "发件人", "寄件者", "差出人"]
) | {"보낸 사람"}
_ADVERTISEMENT = re.compile(
    r"[(<\[]*(?:Sent (?:from|with|using|via|by) (?:my |the |a )?\[?[\w-]+(?:\]?,? [\w-]+){0,6}\]?"
    r"|\w+ from (?:mobile|phone)"
    r"|From my (?:iphone|ipad|android|phone|mobile)[^.]{0,20}|Get \[?(?:Outlook|BlueMail) for \w+.*"
    r"|Envoy[ée] (?:de|depuis|à partir de|avec) (?:mon |l'|ma |Outlook|l’|le |Courrier).{0,60}"
    r"|(?:Télécharge[rz]|Obtenez|Obtenir) (?:\[?Outlook) pour \w+.*"
    r"|Von mein.{2,60} gesendet|(?:Diese Nachricht wurde )?(?:von|mit) .{2,60} gesendet|Gesendet (?:von|mit) .{2,40}"
    r"|Enviado desde mi .{2,30}|Inviato da .{2,30}|Verzonden (?:vanaf|met) .{2,30}"
    r"|Send(?:t|t fra) (?:fra )?min .{2,30}|Skickat från min .{2,30}|Wysłane z .{2,30}|Enviado do meu .{2,30}"
    r"|Download .{0,40} app.*|Отправлено с .{2,30}|從我的 .{2,20}傳送|发自我的.{2,20})"
    r"[)>\]]*(?:[.,]?\s*(?:please )?excuse .{2,30})?\.?\s*(?:<?https?://\S+>?|<[^<>]*>|\(https?://\S+\).{0,20})?\s*$",
    re.IGNORECASE,
)
_LONGEST_ATTRIBUTION_LINES = 4
_LONGEST_LINE = 300


def is_quote(line: str) -> bool:
    """A line under a quote mark."""
    return line.lstrip(" ").startswith(">")


def is_signature_mark(line: str) -> bool:
    """The line above a signature: "-- " (RFC 3676 section 4.3), also where the blank was lost."""
    return line in ("-- ", "--") or line.strip() == "--"


def is_advertisement(line: str) -> bool:
    """A whole line by which a program or a device advertises itself ("Sent from my iPhone")."""
    return len(line) <= _LONGEST_LINE and _ADVERTISEMENT.match(line.strip()) is not None


def is_attribution(lines: list[str], index: int) -> int:
    """How many lines the attribution ("On … wrote:") that begins here has, or 0. Programs fold it over up to four."""
    if not _OPENING.match(lines[index].strip()[:200]):
        return 0
    joined = ""
    for length, line in enumerate(lines[index : index + _LONGEST_ATTRIBUTION_LINES], 1):
        if not line.strip() or len(line) > _LONGEST_LINE:
            return 0
        joined = f"{joined} {line.strip()}".strip()
        if _is_attribution(joined):
            return length
    return 0


def _is_attribution(line: str) -> bool:
    if _WROTE.match(line):
        return True
    if not (_BRACKETED.search(line) and _DATED.search(line)) or _HEADER.match(line):
        return False
    return line.endswith((":", "：")) or (line.endswith(">") and _DATE_FIRST.match(line) is not None)


def is_certain(attribution: str) -> bool:
    """Whether an attribution names an address, a year or a time of day, as programs do; a person's "On Monday he
    wrote:" does not.
    """
    return _DATED.search(attribution) is not None or "@" in attribution


def begins_old_message(lines: list[str], index: int) -> bool:
    """Whether all below is an old message: a separator line, alone or over a header block, or a header block
    (Outlook).
    """
    line = lines[index].strip()
    if not line:
        return False
    if _SEPARATOR.match(line):
        return line.strip("_- ") != "" or _is_header_block(lines, index + 1)
    return _is_header_block(lines, index)


def _is_header_block(lines: list[str], index: int) -> bool:
    """Three header lines close together, the first of them a sender."""
    near = [line for line in lines[index : index + 12] if line.strip()][:6]
    first = _HEADER.match(near[0]) if near else None
    if first is None or first["name"].lower() not in _SENDERS:
        return False
    return sum(_HEADER.match(line) is not None for line in near) >= 3
