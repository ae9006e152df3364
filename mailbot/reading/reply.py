"""What a person newly wrote: the text without the quotes, attributions and header blocks that mail programs add.

A plain cutter by lines, for the common programs in the common languages. Answers between quotes are kept, and where
nothing new would be left, nothing is cut: rather a quote too many in the same conversation than a word lost.
"""

from __future__ import annotations

import re

_ATTRIBUTION = re.compile(
    r"(?:On\b.{5,300}\bwrote|Le\b.{5,300}\ba [ée]crit|Am\b.{5,300}\bschrieb\b.{0,150}|El\b.{5,300}\bescribi[óo]"
    r"|Il\b.{5,300}\bha scritto"
    r"|Em\b.{5,300}\bescreveu|Op\b.{5,300}\bschreef\b.{0,150}|(?:Den|På)\b.{5,300}\bskrev\b.{0,150}|(?:W dniu"
    r"|Dnia)\b.{5,300}\bnapisał(?:\(a\)|a)?"
    r"|.{5,300}\b(?:пишет|написал(?:а|\(а\))?|пише)|.{5,300}(?:写道|寫道|のメール|님이 작성)"
    r"|.{1,200}<[^<>\s]+@[^<>\s]+>\s*(?:wrote|a [ée]crit|schrieb))"
    r"\s?[:：]?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_OPENING = re.compile(
    r"(?:On|Le|Am|El|Il|Em|Op|Den|På|W dniu|Dnia|\d{1,4}[-./年]|.{0,40}\b(?:20\d\d)\b|.{0,80}<[^<>\s]+@[^<>\s]+>)",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"(?:[-_=*]{2,}\s*(?:Original|Forwarded|Begin forwarded|Message d.origine|Message transf[ée]r[ée]"
    r"|Urspr[üu]ngliche|Weitergeleitete|Mensaje"
    r"|Messaggio|Mensagem|Oorspronkelijk|Doorgestuurd|Wiadomo|Opprinnelig|Ursprungligt|Исходное|Пересылаемое|原始邮件"
    r"|原始郵件|转发)[^\n]{0,60}"
    r"|Begin forwarded message\s*:|_{20,}|-{20,}\s*)\s*$",
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
_CLIENT_LINE = re.compile(
    r"(?:Sent (?:from|with|using|via) (?:my |the )?(?:\w+ ){0,4}\w+|Get (?:Outlook|BlueMail) for \w+.*"
    r"|Envoy[ée] (?:de|depuis|à partir de) (?:mon|l'|ma|Outlook).*"
    r"|Von meinem .{2,40} gesendet|Gesendet (?:von|mit) .{2,40}|Enviado desde mi .{2,30}|Inviato da .{2,30}"
    r"|Verzonden (?:vanaf|met) .{2,30}"
    r"|Download .{0,40} app.*|Отправлено с .{2,30})\.?\s*$",
    re.IGNORECASE,
)
_LONGEST_ATTRIBUTION_LINES = 4
_MOST_LINES = 20_000


def newly_written(text: str) -> str:
    """The new part of a text; the whole text where the cutter would leave nothing, unless all of it is quoted."""
    lines = text.split("\n")[:_MOST_LINES]
    kept = _keep(lines)
    while kept and (not kept[-1].strip() or kept[-1].strip() == "--" or _CLIENT_LINE.match(kept[-1].strip())):
        kept.pop()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in kept).strip("\n"))


def _keep(lines: list[str]) -> list[str]:
    kept: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if _is_quote(line):
            index += 1
            continue
        if _ends_here(lines, index):
            break
        length = _attribution(lines, index)
        if length and _is_quote(_next_line(lines, index + length)):
            index += length
            continue
        if length and (any(one.strip() for one in kept) or not _next_line(lines, index + length)):
            break
        kept.append(line)
        index += 1
    return kept


def _is_quote(line: str) -> bool:
    return line.lstrip(" ").startswith(">")


def _next_line(lines: list[str], index: int) -> str:
    return next((line for line in lines[index : index + 10] if line.strip()), "")


def _ends_here(lines: list[str], index: int) -> bool:
    """Whether an old message begins here: a separator over a header block or under words, or a header block alone
    (Outlook).
    """
    line = lines[index].strip()
    if line == "--" or lines[index] == "-- ":
        return True
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


def _attribution(lines: list[str], index: int) -> int:
    """How many lines the attribution that begins here has, or 0. Programs fold it over up to four lines."""
    if not _OPENING.match(lines[index].strip()[:200]):
        return 0
    joined = ""
    for length, line in enumerate(lines[index : index + _LONGEST_ATTRIBUTION_LINES], 1):
        if not line.strip() or len(line) > 300:
            return 0
        joined = f"{joined} {line.strip()}".strip()
        if _ATTRIBUTION.match(joined):
            return length
    return 0
