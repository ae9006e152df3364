"""Ordinary mail is read as mail-parser reads it: a second opinion on what both understand."""

from __future__ import annotations

import logging
from email.message import EmailMessage

import hypothesis.strategies as st
import mailparser
from hypothesis import given, settings
from reading.build import read

# Letters whose form nothing changes: the library puts others into another normal form.
words = st.text(st.sampled_from("abcXYZ019éñßжд日本語한글"), min_size=1, max_size=8)
sentences = st.lists(words, min_size=1, max_size=8).map(" ".join)
names = st.lists(words.map(lambda word: f"{word}.pdf"), max_size=3)


@given(sentences, sentences, words, names)
@settings(max_examples=40, deadline=None)
def test_both_readers_agree_on_ordinary_mail(subject: str, text: str, name: str, files: list[str]) -> None:
    logging.getLogger("mailparser").setLevel(logging.CRITICAL)
    mail = EmailMessage()
    mail["From"] = f'"{name}" <kim@example.net>'
    mail["To"] = "help@service.example"
    mail["Subject"] = subject
    mail["Message-ID"] = "<a@example.net>"
    mail.set_content(text)
    for file in files:
        mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename=file)
    ours, theirs = read(mail.as_bytes()), mailparser.parse_from_bytes(mail.as_bytes())
    assert ours.subject.split() == theirs.subject.split()
    assert ours.message_id == theirs.message_id.strip("<>")
    assert ours.from_ == tuple(address for _, address in theirs.from_)
    assert [one.filename for one in ours.attachments] == [one["filename"] for one in theirs.attachments]
    assert ours.text.split() == theirs.text_plain[0].split()
    assert not ours.defects
