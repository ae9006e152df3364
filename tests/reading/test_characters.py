"""Character sets as mail programs name and misuse them (A40)."""

from __future__ import annotations

import base64

import pytest
from reading.build import mail, read

from mailbot.reading import charset
from mailbot.reading.labels import codecs_of


@pytest.mark.parametrize(
    ("labels", "codec"),
    [
        ("utf-8 UTF8 'utf-8' \"utf-8\" utf8mb4 x-unicode-2-0-utf-8 cp65001", "utf-8"),
        ("us-ascii ASCII ANSI_X3.4-1968 iso646-us", "utf-8"),
        ("iso-8859-1 ISO_8859-1:1987 8859-1 latin1 iso8859_1 windows-1252 cp1252 x-ansi", "cp1252"),
        ("windows-1251 cp1251 x-cp1251 WIN1251 cp-1251 windows-1251http-equivContent-Type", "cp1251"),
        ("iso-8859-8-i ISO-8859-8-E visual", "iso8859-8"),
        ("gb2312 GBK x-gbk gb_2312-80 cp936 euc-cn gb18030", "gb18030"),
        ("big5 x-big5 cn-big5 cp950", "cp950"),
        ("big5-hkscs Big5_HKSCS", "big5hkscs"),
        ("ks_c_5601-1987 euc-kr korean x-windows-949 ksc5601", "cp949"),
        ("shift_jis x-sjis windows-31j ms_kanji", "cp932"),
        ("iso-2022-jp ISO-2022-JP-MS csISO2022JP _iso-2022-jp$ESC cp50220", "iso2022_jp"),
        ("macintosh x-mac-roman", "mac-roman"),
        ("x-mac-cyrillic", "mac-cyrillic"),
        ("x-mac-ce x-mac-centraleurroman", "mac-latin2"),
        ("koi8-r KOI8-RU", "koi8-r"),
        ("dos-866 ibm866 cp866", "cp866"),
        ("tis-620 windows-874 iso-8859-11", "cp874"),
    ],
)
def test_one_set_has_many_names(labels: str, codec: str) -> None:
    for label in labels.split():
        assert codecs_of(label)[0] == ("koi8-u" if label == "KOI8-RU" else codec), label


@pytest.mark.parametrize(
    "label",
    ["utf-7", "unicode-1-1-utf-7", "zlib_codec", "rot13", "idna", "unicode_escape", "x-unknown", "../utf-8", ""],
)
def test_what_is_no_character_set_or_has_two_spellings_is_on_no_list(label: str) -> None:
    assert codecs_of(label) == ()


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        ("你好 — 嗎".encode("gb18030"), "gb2312", "你好 — 嗎"),
        ("①㈱髙".encode("cp932"), "shift_jis", "①㈱髙"),
        (b"\x1b$B-!-j|b\x1b(B ok \x1b(I12\x1b(B", "iso-2022-jp", "①㈱髙 ok ｱｲ"),
        (b"\x1b$BF|K\\\nnext line", "iso-2022-jp", "日本\nnext line"),
        ("한국어 똠".encode("cp949"), "ks_c_5601-1987", "한국어 똠"),
        ("嘅".encode("big5hkscs"), "big5-hkscs", "嘅"),
        ("嘅中".encode("big5hkscs"), "big5", "嘅中"),
        ("€ “x”".encode("cp1252"), "iso-8859-1", "€ “x”"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
    ],
)
def test_the_wider_set_is_read_under_the_narrow_name(data: bytes, label: str, text: str) -> None:
    assert charset.decode(data, label) == (text, True)


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        ("süß".encode(), "iso-8859-1", "süß"),
        (b"caf\xe9", "utf-8", "café"),
        (b"caf\xe9", "us-ascii", "café"),
        (b"caf\xe9", "unknown-8bit", "café"),
        (b"caf\xe9", None, "café"),
        ("süß日本".encode() + b"\xff", "utf-8", "süß日本\ufffd"),
        ("日本語".encode()[:-1], "utf-8", "日本\ufffd"),
        ("你好吗".encode("gb18030")[:-1], "gb2312", "你好\ufffd"),
        (b"\x1b$BF|K\\\x1b(B", None, "日本"),
        ("Привет".encode(), "windows-1252", "Привет"),
        (b"x\x81y", "windows-1252", "x\ufffdy"),
    ],
)
def test_a_false_or_missing_label_costs_no_word_and_is_said(data: bytes, label: str | None, text: str) -> None:
    assert charset.decode(data, label) == (text, False)


def test_raw_bytes_in_the_header_are_read_as_the_message_says() -> None:
    subject = b"Subject: \xf0\xd2\xc9\xd7\xc5\xd4"
    raw = b"From: kim@example.net\r\n" + subject + b"\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\nx"
    assert read(raw).subject == "Привет"
    assert read(raw.replace(b"koi8-r", b"utf-8")).subject != "Привет"


def test_a_text_cut_inside_a_character_stays_readable() -> None:
    body = base64.encodebytes(("x" + "ü" * 700_000).encode())
    reading = read(mail("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", body=body))
    assert reading.text.count("ü") > 500_000
    assert "Ã" not in reading.text
