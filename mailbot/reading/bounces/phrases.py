"""What hosts mean: phrases of refusals, and the enhanced status (RFC 3463, the IANA registry) that says the same.

Asked only where a host gave no enhanced code of its own. The first row that fits decides, so what is certain and
narrow stands above what is common and wide. Rows are families of wording, never one host's sentence.
"""

from __future__ import annotations

import re

# (subject and detail, what hosts write, why it means that where the words alone do not say so)
_ROWS: tuple[tuple[str, str], ...] = (
    # 1.2 the domain: before 1.1, since "unknown" and "not found" stand in both.
    (
        "1.2",
        r"host (?:is )?(?:unknown|not found)|unknown host|(?:host"
        r"|domain) (?:name )?(?:or domain name )?(?:was )?not found"
        r"|domain[^.]{0,40}(?:does ?n.t|does not|may not|not) exist|(?:unknown|invalid|bad|illegal) (?:mail )?domain"
        r"|no such (?:host|domain)|invalid host ?name|could ?n.t find any host|nxdomain|unrouteable (?:mail )?domain"
        r"|no (?:valid )?(?:mx|a|dns) records?|(?:mx records?|dns)[^.]{0,40}(?:non-?existent|not found"
        r"|lookup fail\w*)"
        r"|bad destination (?:host|system)|name service error",
    ),
    (
        "1.6",
        r"(?:user|recipient|mailbox|account|address)[^.]{0,40}\b(?:has )?(?:moved|been moved"
        r"|changed (?:h\w+ )?address)",
    ),
    # 2.2 full: before 2.1 and 3.4, whose words ("mailbox", "exceeded") it shares.
    (
        "2.2",
        r"(?:mail ?(?:box|folder|drop)|inbox|account|recipient|user)[^.]{0,60}\b(?:is |are )?(?:full"
        r"|over[- ]?quota|out of (?:space|storage))"
        r"|quota|(?:mail ?box|inbox|account|folder)[^.]{0,60}\b(?:exceed\w*|over)[^.]{0,40}\b(?:limit|size"
        r"|storage|allow\w+|space)"
        r"|exceed\w*[^.]{0,40}\b(?:mail ?box|storage)|not enough (?:storage )?space in|allocated storage"
        r"|exceed\w* allowed size|messages in recipient.s mailbox exceeded"
        r"|bo[iî]te[^.]{0,40}pleine|postfach[^.]{0,40}voll|buz[oó]n[^.]{0,40}lleno|casella[^.]{0,40}piena"
        r"|(?:メールボックス|受信箱)[^。]{0,20}(?:一杯|いっぱい|容量)|邮箱(?:已满|空间不足)|переполнен",
    ),
    # 4.7 given up after days: before 3.4, since a message that waited "too long" is not too long.
    (
        "4.7",
        r"in the queue (?:for )?too long|(?:too long|days|hours)[^.]{0,20}in (?:the )?queue|message expired"
        r"|retry time(?:out)? (?:not reached|exceeded)",
    ),
    (
        "3.1",
        r"insufficient (?:system|disk|storage)|(?:disk|file system|filesystem|mail system) (?:is )?full"
        r"|no space left",
    ),
    (
        "3.4",
        r"(?:message|mail|file|attachment|size|body)[^.]{0,40}(?:too (?:big|large|long)|larger than|exceed\w*)"
        r"|exceed\w*[^.]{0,40}(?:message|size|length|limit for)|too (?:big|large) (?:a )?message"
        r"|message (?:size|length) limit",
    ),
    # 1.1 nobody of that name
    (
        "1.1",
        r"(?:user|recipient|mail ?box|account|address|alias|addressee|local[- ]part|person|name)[^.]{0,60}"
        r"\b(?:unknown|not (?:be )?(?:found|exist\w*|listed|known|recogni[sz]ed|valid|registered)|n.t (?:found|exist)"
        r"|does(?: ?n.t| not) exist|(?:is )?invalid|no longer (?:exist\w*|valid|in use|available))"
        r"|(?:unknown|no such|invalid|illegal|bad|non-?existent|incorrect|undefined)\b[^.]{0,30}"
        r"\b(?:user|recipient|mail ?box|account|alias|address\w*|addressee|local[- ]part|person|name)"
        r"|no (?:valid recipients?|mailbox|account|user|one)\b|(?:doesn.t|does not) have an? .{0,60}\baccount"
        r"|not (?:listed|a known user|our (?:user|customer))"
        r"|not a valid (?:user|mailbox|recipient|address)|(?:user|account|mail ?box|address)[^.]{0,30}deleted"
        r"|recipnotfound|unrout[e]?able address|undeliverable address"
        r"|utilisateur inconnu|destinataire inconnu|adresse (?:inconnue|invalide)|(?:empf[äa]nger"
        r"|benutzer)[^.]{0,40}(?:unbekannt|existiert nicht)"
        r"|usuario[^.]{0,20}(?:desconocido|no existe)|utente[^.]{0,20}(?:sconosciuto|inesistente)"
        r"|usu[áa]rio[^.]{0,20}desconhecido"
        r"|(?:宛先|アドレス|ユーザ)[^。]{0,20}(?:不明|存在し|見つかり)|用户不存在|пользователь не найден"
        r"|no such user",
    ),
    # 2.1 somebody, but closed
    (
        "2.1",
        r"(?:user|recipient|mail ?box|account|address)[^.]{0,60}\b(?:disabled|suspended|inactive|deactivated"
        r"|locked|blocked"
        r"|closed|expired|frozen|on hold|not active|dormant|unavailable|not available|not accepting"
        r"|disconnected|terminated)"
        r"|(?:disabled|suspended|inactive|deactivated|locked|closed) (?:user|recipient|mail ?box|account|address)"
        r"|not accepting (?:mail|messages)|does not accept (?:mail|messages)",
    ),
    (
        "4.6",
        r"mail(?:ing)? loop|loop(?:s|ing)? (?:detected|back|alert)|routing loop|too many (?:hops|received)"
        r"|hop count|duplicated message-id",
    ),
    # 7.x policy: proofs of the sender first, they are named exactly
    ("7.26", r"\bdmarc\b"),
    ("7.23", r"\bspf\b"),
    ("7.20", r"\bdkim\b"),
    (
        "7.25",
        r"reverse (?:dns|lookup|name|mapping)|\bptr\b|\brdns\b|unverifiable sending ip"
        r"|cannot find your (?:reverse )?hostname",
    ),
    (
        "7.0",
        r"authentication (?:is )?required|unauthenticated sender|not authenticated|must (?:authenticate"
        r"|log ?in)|starttls|encryption (?:is )?required",
    ),
    (
        "7.1",
        r"relay\w*|black ?-?list\w*|block ?-?list\w*|den(?:y|ied)|blocked|spam\w*|unsolicited|reputation"
        r"|\brbl\b|dnsbl|spamhaus|virus\w*|malware|infected"
        r"|phish\w*|prohibited|not (?:permitted|allowed|authori[sz]ed)|polic(?:y|ies)|banned|rejected (?:for"
        r"|by|due)|content filter|(?<!connection )refused by|sender (?:address )?rejected"
        r"|access (?:is )?denied|client host rejected|local(?:ly)? (?:refus|reject)\w*|restricted"
        r"|mail refused|rejet\w*|bad (?:sender|reputation)",
    ),
    # 4.x the way there
    (
        "4.7",
        r"(?:too long|days|hours|minutes|seconds)[^.]{0,40}(?:queue|giving up)|(?:queue"
        r"|giv\w+ up)[^.]{0,60}(?:too long|days|hours|seconds)"
        r"|(?:message|delivery|retry|queue)[^.]{0,30}(?:expired|time ?-?out exceeded|time limit)"
        r"|retry time(?:out)? (?:not reached|exceeded)"
        r"|cannot be delivered within|could not deliver for the last|expired|maximum (?:age|time|retries)"
        r"|failed \d+ attempts",
    ),
    (
        "4.1",
        r"connection (?:refused|timed ?out|reset|failed|dropped|lost|died)|(?:operation|session"
        r"|connect\w*)[^.]{0,20}tim(?:ed|e) ?-?out|no (?:answer|route) (?:from|to) host"
        r"|unable to connect|(?:could ?n.t|could not|cannot|can.t) (?:establish|connect|contact)"
        r"|did ?n.t respond|not respond\w*|(?:network|host|server)[^.]{0,20}unreachable|deferred",
    ),
    (
        "4.5",
        r"too many (?:connections?|messages|sessions|emails)|rate[- ]?limit\w*|throttl\w*|too fast|congest\w*"
        r"|too busy",
    ),
    ("5.3", r"too many recipients"),
    (
        "5.0",
        r"syntax error|command (?:not|un)\w*|bad sequence|unrecogni[sz]ed command|protocol error"
        r"|does not advertise|unsupported command",
    ),
    (
        "6.0",
        r"(?:message|mail) (?:format|content|header)|mime (?:error|format)|8-?bit|malformed|rfc ?-?[25]?322"
        r"|missing (?:header|from|date)",
    ),
    ("2.0", r"mail ?box|requested action not taken"),
    (
        "3.0",
        r"(?:system|internal|server|local|configuration|mailer|fatal) (?:error|failure|problem)|(?:pipe"
        r"|command|program|process|script)[^.]{0,40}(?:fail\w*|died|exit|generated|status)|out of memory"
        r"|service (?:is )?(?:not |un)available"
        r"|input/output error|i/o error|can.?t create output|resources? temporarily unavailable",
    ),
)
# In lower case, as the text is made: three times as fast as patterns that fold each letter for themselves.
_TABLE = tuple((meaning, re.compile(pattern)) for meaning, pattern in _ROWS)
_LATER = re.compile(
    r"(?:try|retry|tried|attempt)\w* (?:again )?(?:later|in a)|temporar(?:y|ily)|\bdeferred\b"
    r"|will (?:be )?retr(?:y|ied)|greylist\w*"
    # Exim writes this where every failure until then was a temporary one.
    r"|retry time(?:out)? (?:not reached|exceeded)",
    re.IGNORECASE,
)


def meaning(text: str) -> str | None:
    """Subject and detail ("1.1") of the first row whose words stand in the text, or None."""
    lowered = text.lower()
    return next((code for code, pattern in _TABLE if pattern.search(lowered)), None)


def says_later(text: str) -> bool:
    """Whether the words say that another try may succeed."""
    return _LATER.search(text) is not None
