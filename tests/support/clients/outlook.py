"""Outlook: no quote marks, header lines above the old message, and the words on top whatever one wishes."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable

from support.clients.quoting import DAYS, Quoted, Written, lines, linked, signed


def _header(written: Written, quoted: Quoted) -> list[tuple[str, str]]:
    at = quoted.at
    if written.language == "fr":
        when = f"{DAYS[at.weekday()]} {at.day} novembre {at.year} {at:%H:%M}"
        names, glue = ("De", "Envoyé", "À", "Objet"), "\xa0:"
    else:
        when = f"{at:%A, %B %d, %Y %I:%M %p}"
        names, glue = ("From", "Sent", "To", "Subject"), ":"
    values = (f"{quoted.name} <{quoted.address}>", when, quoted.to, quoted.subject)
    return [(f"{name}{glue}", value) for name, value in zip(names, values, strict=True)]


def plain(rule: str, advertisement: str = "") -> Callable[[Written, Quoted], str]:
    def made(written: Written, quoted: Quoted) -> str:
        header = "\n".join(f"{name} {value}" for name, value in _header(written, quoted))
        top = re.sub(r"(?<![\w/])[\w.+-]+@[\w-]+\.[\w.]+\w", r"\g<0><mailto:\g<0>>", signed(written))
        top += f"\n\n{advertisement}" if advertisement else ""
        return f"{top}\n\n{rule}{header}\n\n{quoted.text}\n"

    return made


def _bold(header: list[tuple[str, str]]) -> str:
    return "<br>".join(f"<b>{name}</b> {entities.escape(value)}" for name, value in header)


def word_page(written: Written, quoted: Quoted) -> str:
    """Outlook for Windows: Word writes the page."""
    words = "".join(
        f"<p class=MsoNormal><span style='mso-fareast-language:EN-US'>{linked(line) or '&nbsp;'}<o:p></o:p></span></p>"
        for line in signed(written).split("\n")
    )
    return (
        '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"><head>'
        "<meta name=Generator content='Microsoft Word 15 (filtered medium)'><!--[if !mso]><style>v\\:* {}</style>"
        "<![endif]--><style><!--p.MsoNormal{margin:0cm;font-size:11.0pt}--></style></head>"
        f"<body lang=EN-CA link='#0563C1' style='word-wrap:break-word'><div class=WordSection1>{words}"
        "<p class=MsoNormal><o:p>&nbsp;</o:p></p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;"
        "padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><span lang=EN-US>"
        f"{_bold(_header(written, quoted))}<o:p></o:p></span></p></div></div>"
        f"<p class=MsoNormal><o:p>&nbsp;</o:p></p>{quoted.page}</div></body></html>"
    )


def web_page(advertisement: str = "") -> Callable[[Written, Quoted], str]:
    """Outlook on the web and on telephones."""

    def made(written: Written, quoted: Quoted) -> str:
        words = lines(signed(written), "div", ' class="elementToProof" style="font-size: 12pt; color: rgb(0, 0, 0);"')
        own = f'<div id="ms-outlook-mobile-signature">{advertisement}</div>' if advertisement else ""
        return (
            '<html><head><style type="text/css" style="display:none;"> P {margin-top:0;} </style></head>'
            f'<body dir="ltr">{words}{own}<div id="appendonsend"></div>'
            '<hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">'
            f'<font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">'
            f"{_bold(_header(written, quoted))}</font><div>&nbsp;</div></div>{quoted.page}</body></html>"
        )

    return made
