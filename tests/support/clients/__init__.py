"""What mail programs make of an answer: `reply` builds the message that a person's Reply to a notice becomes.

Written after what the programs send, form by form: how they quote, attribute, wrap, sign and name their parts.
`CLIENTS` has them all by name; `QUOTING` those that mark a quote, so that one can write below it and between it.
"""

from __future__ import annotations

from collections.abc import Iterable
from email.message import EmailMessage

from support.clients import apple, gmail, outlook, thunderbird
from support.clients.quoting import Client, Quoted, Written, quoted_by

__all__ = ["CLIENTS", "QUOTING", "Quoted", "quoted_by", "reply"]

_IPHONE, _OUTLOOK_PHONE = "Sent from my iPhone", "Get Outlook for iOS<https://aka.ms/o0ukef>"
_OUTLOOK_PHONE_PAGE = 'Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a>'
_RULE = "________________________________\n"
_FLOWED = "text/plain; charset=utf-8; format=flowed"

CLIENTS: dict[str, Client] = {
    "gmail_web": Client(gmail.plain, gmail.page("ltr"), picture="[image: image001.png]"),
    "gmail_phone": Client(gmail.plain, gmail.page("auto"), picture="[image: image001.png]"),
    "apple_mail": Client(apple.plain(""), apple.page(""), _FLOWED),
    "iphone": Client(apple.plain(_IPHONE), apple.page(_IPHONE)),
    "thunderbird": Client(thunderbird.plain, thunderbird.page, _FLOWED),
    "outlook_desktop": Client(outlook.plain(""), outlook.word_page, picture="[cid:image001.png@01DB3E6A.7C1F2A50]"),
    "outlook_web": Client(outlook.plain(_RULE), outlook.web_page(), picture="[cid:8d1b]"),
    "outlook_phone": Client(
        outlook.plain(_RULE, _OUTLOOK_PHONE), outlook.web_page(_OUTLOOK_PHONE_PAGE), picture="[cid:8d1b]"
    ),
}
QUOTING = ("gmail_web", "gmail_phone", "apple_mail", "iphone", "thunderbird")
_PICTURE = "PICTURE"
PNG = b"\x89PNG\r\n\x1a\nlogo"
DATE = "Tue, 24 Nov 2026 11:30:00 -0700"


def reply(
    notice: EmailMessage,
    *,
    author: str,
    words: str,
    client: str = "gmail_web",
    signature: str | None = None,
    html: bool = True,
    plain: bool = True,
    language: str = "en",
    place: str = "top",
    files: Iterable[tuple[str, str, bytes]] = (),
    picture: bool = False,
    fields: Iterable[str] = (),
    message_id: str = "answer.1@mail.service.example",
) -> bytes:
    """The bytes of an answer to `notice`: to its Reply-To, with In-Reply-To, its text quoted as the program does it.

    `place`: "top", "bottom" (below the quote), or "between" (a second half, behind an empty line in `words`, stands in
    the middle of the quote). `files` are (name, type, bytes); `picture` puts the signature's picture into the page;
    `fields` go on top.
    """
    made, quoted = CLIENTS[client], quoted_by(notice)
    signed = f"{signature or 'Dana'}\n{_PICTURE}" if picture else signature
    written = Written(words, signed, language, place)
    text = made.plain(written, quoted).replace(_PICTURE, made.picture)
    page = made.page(written, quoted).replace(_PICTURE, '<img src="cid:logo@program" width="120">')
    message = _with_forms(made, text if plain else None, page if html else None, picture)
    message["From"], message["To"] = author, str(notice["Reply-To"] or notice["From"])
    message["Subject"] = f"Re: {quoted.subject}"
    message["Date"], message["Message-ID"] = DATE, f"<{message_id}>"
    message["In-Reply-To"] = message["References"] = str(notice["Message-ID"])
    for name, kind, data in files:
        main, _, sub = kind.partition("/")
        message.add_attachment(data, main, sub, filename=name)
    head = "".join(f"{field}\r\n" for field in fields)
    return head.encode() + message.as_bytes(policy=message.policy.clone(linesep="\r\n", max_line_length=None))


def _with_forms(made: Client, text: str | None, page: str | None, picture: bool) -> EmailMessage:
    message = EmailMessage()
    if text is not None:
        message.set_content(text, cte="quoted-printable")
        message.replace_header("Content-Type", made.plain_type)
    if page is not None and text is not None:
        message.add_alternative(page, subtype="html", cte="quoted-printable")
    elif page is not None:
        message.set_content(page, subtype="html", cte="quoted-printable")
    shown = message.get_body(("html",))
    if picture and isinstance(shown, EmailMessage):
        shown.add_related(PNG, "image", "png", cid="<logo@program>", disposition="inline", filename="image001.png")
    return message
