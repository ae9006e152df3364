"""Apple's programs: the attribution stands inside the quote; telephones advertise themselves below the words."""

from __future__ import annotations

import html as entities
from collections.abc import Callable

from support.clients.quoting import (
    Quoted,
    Written,
    around,
    attribution,
    flowed,
    lines,
    marked,
    page_around,
    quote_of,
    signed,
)

_HEAD = '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body dir="auto">'


def plain(advertisement: str) -> Callable[[Written, Quoted], str]:
    def made(written: Written, quoted: Quoted) -> str:
        top = f"{signed(written)}\n\n{advertisement}" if advertisement else flowed(signed(written))
        line = f"{marked(attribution(written, quoted))}\n> "
        return around(top, line, marked(quoted.text).split("\n"), written)

    return made


def page(advertisement: str) -> Callable[[Written, Quoted], str]:
    def made(written: Written, quoted: Quoted) -> str:
        line = (
            '<br><blockquote type="cite"><div dir="ltr">'
            f"{entities.escape(attribution(written, quoted))}<br><br></div></blockquote>"
        )
        quote = quote_of(quoted, '<blockquote type="cite"><div dir="ltr">\ufeff</div>')

        def top(text: str) -> str:
            own = f'<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">{advertisement}</div>'
            return lines(text, "div") + (own if advertisement else "")

        return f"{_HEAD}{page_around(top, line, quote, written)}</body></html>"

    return made
