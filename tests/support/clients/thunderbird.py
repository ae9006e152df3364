"""Thunderbird: format=flowed, "-- " above the signature, an attribution without the address."""

from __future__ import annotations

import html as entities

from support.clients.quoting import (
    Quoted,
    Written,
    around,
    flowed,
    linked,
    marked,
    page_around,
    quote_of,
    signed,
    unsigned,
)


def plain(written: Written, quoted: Quoted) -> str:
    return around(
        flowed(signed(written, "-- \n")), _attribution(written, quoted), marked(quoted.text).split("\n"), written
    )


def page(written: Written, quoted: Quoted) -> str:
    line = f'<div class="moz-cite-prefix">{_attribution(written, quoted)}<br></div>'
    quote = quote_of(quoted, f'<blockquote type="cite" cite="mid:{quoted.message_id}">')

    def top(text: str) -> str:
        words, signature = unsigned(text, written)
        shown = "".join(f"<p>{'<br>'.join(map(linked, one.split(chr(10))))}</p>" for one in words.split("\n\n") if one)
        if signature:
            shown += f'<pre class="moz-signature" cols="72">-- \n{entities.escape(signature)}</pre>'
        return shown

    return f"<!DOCTYPE html><html><body>{page_around(top, line, quote, written)}</body></html>"


def _attribution(written: Written, quoted: Quoted) -> str:
    at = quoted.at
    if written.language == "fr":
        return f"Le {at:%d/%m/%Y} à {at:%H:%M}, {quoted.name} a écrit\xa0:"
    return f"On {at:%Y-%m-%d} {at:%I:%M} {'a.m.' if at.hour < 12 else 'p.m.'}, {quoted.name} wrote:"
