"""What the label of a character set means: the codecs that may read it, the best first.

By rules before lists, because mail programs write one set in dozens of ways: "Windows-1251", "cp1251", "x-cp1251",
"WIN1251". Every codec named here is one of characters. UTF-7 and the codecs that are no character sets (zlib, rot13,
idna, unicode_escape, …) are absent on purpose (A40): UTF-7 has a second spelling for every letter, so one program
would see a command or a link where another sees none.
"""

from __future__ import annotations

import re
from functools import lru_cache

_MULTIBYTE = (
    "utf-8 utf-16 utf-16-le utf-16-be utf-32 gb18030 hz cp932 shift_jis_2004 euc_jp euc_jis_2004 cp949 johab iso2022_kr"
    " iso2022_jp cp950 big5hkscs"
)
MULTIBYTE = frozenset(_MULTIBYTE.split())
_LABEL = re.compile(r"[\w .:+$\"'=-]{1,60}\Z", re.ASCII)
_NOT_IN_A_KEY = re.compile(r"[^a-z0-9]+")
_NUMBERED = re.compile(
    r"(?:cs|x)?(?:windows|win|cp|ms|ibm|dos|microsoftcp|codepage)?0*(\d{3,5})(?:http.*|charset.*)?\Z"
)
_ISO = re.compile(r"(?:cs|x)?(?:iso)?0*8859(1[0-6]|[1-9])(?:[ei]|windows.*|\d{4})?\Z")
# Codecs, then the letters and digits of the labels they read; numbers are code pages, "isoN" the parts of ISO 8859.
# What a label says is often a subset of what is sent under it (WHATWG Encoding, section 4.2): the wider one reads both.
_TABLE = """
utf-8: utf8 utf8mb4 utf8mb3 utf8sig utf8bom utf8n xutf8 utf unicode11utf8 unicode20utf8 xunicode20utf8 65001
utf-8: ascii usascii xascii us csascii 7bit ansix341968 ansix341986 iso646us iso646irv1991 iso646 isoir6 20127
utf-16: utf16 unicode ucs2 iso10646ucs2 csunicode
utf-16-le: utf16le unicodefeff 1200
utf-16-be: utf16be unicodefffe 1201
utf-32: utf32 ucs4 iso10646ucs4
cp1252: iso1 latin1 l1 isoir100 csisolatin1 ansi western windowslatin1 xansi 1252 28591
iso8859-2: iso2 latin2 l2 isoir101 csisolatin2 28592
iso8859-3: iso3 latin3 l3 isoir109 csisolatin3 28593
iso8859-4: iso4 latin4 l4 isoir110 csisolatin4 28594
iso8859-5: iso5 cyrillic isoir144 csisolatincyrillic 28595
iso8859-6: iso6 arabic isoir127 csisolatinarabic asmo708 ecma114 28596
iso8859-7: iso7 greek greek8 isoir126 csisolatingreek ecma118 elot928 suneugreek 28597
iso8859-8: iso8 hebrew isoir138 csisolatinhebrew logical visual 28598
cp1254: iso9 latin5 l5 isoir148 csisolatin5 1254 28599
iso8859-10: iso10 latin6 l6 isoir157 csisolatin6
cp874: iso11 tis620 tis62025331 tis62025290 thai xtis620 874
iso8859-13: iso13 latin7 28603
iso8859-14: iso14 latin8
iso8859-15: iso15 latin9 latin0 l9 csisolatin9 28605
iso8859-16: iso16 latin10
koi8-r: koi8r koi8 koi cskoi8r xkoi8r gost1976874 koi8rru 20866
koi8-u: koi8u koi8ru xkoi8u 21866
mac-roman: macroman macintosh mac csmacintosh xmacroman xmac applemacroman macosroman xmacwestern 10000
mac-cyrillic: maccyrillic xmaccyrillic xmacukrainian macukrainian 10007
mac-latin2: maclatin2 maccentraleurope xmacce xmaccentraleurroman maccentraleurroman xmaccentraleurope 10029
mac-greek: macgreek xmacgreek 10006
mac-turkish: macturkish xmacturkish 10081
kz1048: kz1048 strk10482002 rk1048
gb18030: gb2312 gbk gb18030 xgbk xgb18030 csgb2312 gb231280 gb23121980 csgb231280 gb2312charset gb180302000 cngb gb
gb18030: chinese csiso58gb231280 isoir58 euccn eucgb2312cn xeuccn simplifiedchinese 936 20936 51936 54936
hz: hz hzgb2312 hzgb 52936
cp950 big5hkscs: big5 cnbig5 csbig5 xbig5 xxbig5 big5tw big5eten traditionalchinese bigfive 950
big5hkscs cp950: big5hkscs hkscs big5hk xbig5hkscs big5hkscs2004 951
cp949: euckr xeuckr cseuckr uhc korean isoir149 ksc5601 ksc56011987 ksc56011989 ksc5601987 csksc56011987 949 51949
cp949: kscs56011987 ks5601 ksx1001 xwindows949
iso2022_kr: iso2022kr csiso2022kr 50225
johab: johab ksc56011992 1361
cp932 shift_jis_2004: shiftjis sjis xsjis mskanji csshiftjis sjiswin xmscp932 shiftjisx0213 ibm943c 932 943
cp932 shift_jis_2004: windows31j cswindows31j
euc_jp euc_jis_2004: eucjp xeucjp cseucpkdfmtjapanese ujis xujis eucjpms eucjpwin xeuc euc 20932 51932
iso2022_jp: iso2022jp xiso2022jp csiso2022jp iso2022jp1 iso2022jp2 csiso2022jp2 iso2022jp3 iso2022jp2004 iso2022jpms
iso2022_jp: iso2022jpext iso2022jpesc jis junet 50220 50221 50222
"""
_PAGES = "437 775 850 852 855 857 858 862 863 865 866 1250 1251 1253 1255 1256 1257 1258"


def _read_table() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {page: (f"cp{page}",) for page in _PAGES.split()}
    for line in _TABLE.strip().splitlines():
        names, _, keys = line.partition(":")
        found |= dict.fromkeys(keys.split(), tuple(names.split()))
    return found


_KNOWN = _read_table()


@lru_cache(maxsize=256)
def codecs_of(label: str) -> tuple[str, ...]:
    """The codecs for a charset label, or none where the label is not on the list. Quotes, blanks, case and the marks
    between letters do not matter.
    """
    if not _LABEL.match(label):
        return ()
    key = _NOT_IN_A_KEY.sub("", label.lower().removeprefix("charset="))
    if iso := _ISO.match(key):
        return _KNOWN.get(f"iso{iso[1]}", ())
    numbered = _NUMBERED.match(key)
    return _KNOWN.get(numbered[1] if numbered else key, ())
