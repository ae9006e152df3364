"""Lines by which a mail program, a telephone or a virus scanner advertises itself: "Sent from my iPhone".

A line counts only as a whole, by a phrase of some language around the name of a device; `reply` cuts it only where
words end. "Sent from his phone to my mother" is somebody's words.
"""

from __future__ import annotations

import re

from mailbot.reading.phrases import DEVICES, folded

_LONGEST_LINE = 300
_LONGEST_NAME, _MOST_WORDS = 60, 8
_LINK = re.compile(r"\[([^\[\]]{1,80})\]\s?\(https?://[^\s()]*\)")
_ADDRESS = re.compile(r"<(?:https?|mailto):[^<>]*>|\(?https?://\S+\)?|\bwww\.\S+")
_EXCUSE = re.compile(r"[.,;!-]*\s(?:please |kindly )?(?:excuse|pardon|forgive|apologi[sz]e for)\b.{0,60}\Z")
# What those three need: asked first, since they are slow to find that they do not fit an ordinary line.
_LINKED, _EXCUSING = ("http", "mailto:", "www."), ("excuse", "pardon", "forgive", "apologi")
_AROUND = " \t<>()[]{}«»\"'*_~-–—|.!•"
_DEVICE = re.compile(
    r"iphon|ipad|ipod|\bios\b|apple|android|samsung|galaxy|huawei|xiaomi|redmi|nokia|lumia|\bhtc\b|\blg\b|sony|xperia|motorola"
    r"|moto\b|pixel|oneplus|oppo|vivo|realme|honor|alcatel|\bzte\b|lenovo|asus|nexus|blackberry|windows|outlook|hotmail"
    r"|yahoo|gmail|google|\baol\b|mail|sparrow|spark|thunderbird|proton|tutanota|\btuta\b|k-9|edison|polymail|nine\b"
    r"|boxer|zimbra|telus|rogers|bell\b|verizon|at&t|sprint|t-mobile|vodafone|orange|free\b|\bpc\b|\bmac\b|imac|laptop"
    r"|mob[iy]l|phone|tel[ée]fon|t[ée]l[ée]phone|\btel\b|cell|celular|m[óò]vil|handy|tablet|device|wireless|gsm|surface"
    r"|портатив|телефон|смартфон|мобіль|мобиль|планшет|айфон|почт|пошт|κινητό|συσκευή|טלפון|נייד|אייפון|هاتف|جوال|آيفون"
    r"|گوشی|موبایل|手机|手機|邮箱|邮件|携帯|スマート|アプリ|휴대|아이폰|스마트폰|điện thoại|โทรศัพท์|ਫੋਨ|फ़ोन|फोन"
)
# A model that nobody has heard of has a number ("Sent from my TI-85"); people put their own names before "from mobile".
_MODEL = re.compile(r"(?=\D*\d)\S+(?: \S+){0,2}")
_NAME = re.compile(r"\w+(?: \w+)?")
_PREFIXES = tuple(phrase.partition("*")[0] for phrase in DEVICES if not phrase.startswith("*"))
_SUFFIXES = tuple(phrase.partition("*")[2] for phrase in DEVICES if phrase.startswith("*"))
# A device does not act on anybody; with these, a person tells what was done.
_TELLING = re.compile(r"\b(?:to|and|at|he|she|his|her|their|who|that|when|without|is|was|à|ma m|und|an|y|e a)\b")
_SCANNERS = re.compile(
    r"(?:this (?:e-?mail|message) has been (?:checked|scanned) for viruses by .{2,40}|virus-free\.?"
    r"|(?:garanti )?sans virus\.?|virenfrei\.?|libre de virus\.?|l'absence de virus .{2,60}|scanned by .{2,30}"
    r"|avast logo|diese e-mail wurde von .{2,40} auf viren geprüft)"
)


def is_advertisement(line: str) -> bool:
    """Whether a whole line advertises a program or a device."""
    if len(line) > _LONGEST_LINE:
        return False
    if any(mark in line for mark in _LINKED):
        line = _ADDRESS.sub(" ", _LINK.sub(r"\1", line))
    text = folded(line).strip(_AROUND)
    if any(word in text for word in _EXCUSING):
        text = _EXCUSE.sub("", text).strip(_AROUND)
    if _SCANNERS.fullmatch(text):
        return True
    if not text.startswith(_PREFIXES) and not text.endswith(_SUFFIXES):
        return False
    return any(_fits(text, phrase) for phrase in DEVICES)


def _fits(text: str, phrase: str) -> bool:
    before, star, after = phrase.partition("*")
    if not star:
        return text == phrase
    if not text.startswith(before) or not text.endswith(after) or len(text) <= len(before) + len(after):
        return False
    name = text[len(before) : len(text) - len(after)].strip(_AROUND)
    name, comma, rest = name.partition(",")
    if not name or len(name) > _LONGEST_NAME or _TELLING.search(name) or name.count(" ") >= _MOST_WORDS:
        return False
    if comma and not rest.startswith((" a ", " an ")):
        return False
    if _DEVICE.search(name) or (phrase.endswith("my *") and _MODEL.fullmatch(name)):
        return True
    return phrase in ("* from mobile", "* from phone") and _NAME.fullmatch(name) is not None
