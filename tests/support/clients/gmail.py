"""Gmail on the web and on telephones: plain lines broken at 78, "-- " above the signature, a gmail_quote."""

from __future__ import annotations

from collections.abc import Callable

from support.clients.quoting import (
    Quoted,
    Written,
    around,
    attribution,
    lines,
    marked,
    page_around,
    quote_of,
    signed,
    unsigned,
    wrapped,
)

_QUOTE = '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204)">'


def plain(written: Written, quoted: Quoted) -> str:
    line = attribution(written, quoted)
    line = line.replace(" <", " <\n") if len(line) > 78 else line
    top = wrapped(signed(written, "-- \n"), 78).replace("\n--\n", "\n-- \n")
    return around(top, f"{line}\n", marked(quoted.text, 76).split("\n"), written)


def page(direction: str) -> Callable[[Written, Quoted], str]:
    def made(written: Written, quoted: Quoted) -> str:
        link = f'&lt;<a href="mailto:{quoted.address}">{quoted.address}</a>&gt;'
        line = attribution(written, quoted).replace(f"<{quoted.address}>", link)
        line = f'<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{line}<br></div>'

        def top(text: str) -> str:
            words, signature = unsigned(text, written)
            return f'<div dir="{direction}">{lines(words, "div")}</div>{_signature(signature)}<br>'

        return f"<html><body>{page_around(top, line, quote_of(quoted, _QUOTE), written)}</div></body></html>"

    return made


def _signature(signature: str) -> str:
    if not signature:
        return ""
    return (
        '<br><div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature"'
        f' data-smartmail="gmail_signature">{lines(signature, "div")}</div></div>'
    )
