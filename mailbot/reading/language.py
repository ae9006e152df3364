"""A plain guess at the language of a text, to choose a letter's language: by script, then by the commonest small words.

A guess may be None. Nothing but the choice between letters that exist depends on it.
"""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "zh": re.compile("[\u4e00-\u9fff]"),
    "pa": re.compile("[\u0a00-\u0a7f]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "ur": re.compile("[\u0679\u0688\u0691\u06ba\u06be\u06c1\u06d2]"),
    "fa": re.compile("[\u067e\u0686\u0698\u06af\u06cc]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "uk": re.compile("[\u0456\u0457\u0454\u0491]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "vi": re.compile("[\u01a1\u01b0\u1ea0-\u1ef9]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
}
_SMALL_WORDS = {
    "en": "the and to of i is it that you my in for was have with this on not are be me they he she can please"
    " what how do"
    " help hello hi",
    "fr": "le la les de des du et je un une est que qui pas mon ma mes vous il elle pour dans sur avec ai en ce"
    " cette au aux"
    " bonjour merci ne se suis",
    "es": "el la los las de y que en un una es por con para mi no se lo está como pero me hola gracias su al del",
    "de": "der die das und ich ist nicht ein eine mit zu den von auf für mein meine es sie wir hallo danke bitte"
    " haben hat",
    "pt": "o a os as de e que em um uma é por com para meu minha não se do da no na mas olá obrigado obrigada está",
    "it": "il lo la gli di e che in un una è per con non mi mio mia sono ho del della ciao grazie questo come",
    "nl": "de het een en ik is niet van met op te dat mijn voor zijn hebben hallo bedankt",
    "pl": "i w na nie się z do jest to że jak mnie moje mój mi co po ale czy proszę dzień dobry pomoc dla są od",
    "ro": "și în de la nu este cu pe un o mă mi am să ce că pentru mea meu vă rog bună ajutor din sunt cum",
    "tr": "ve bir bu ne için ben benim çok var yok değil ama ile da de mi merhaba lütfen yardım nasıl bana",
    "sv": "och att det som en ett är jag inte på för av med har mig min vad hej tack kan de hur mina",
    "da": "og at det som en et er jeg ikke på for af med har mig min hvad hej tak kan de hvordan mine",
    "fi": "ja on ei se että minun en olen mutta hei kiitos voi mitä kuin niin ovat ole minua miten",
    "hu": "és a az nem hogy egy van meg de én nekem kérem köszönöm segítség mit vagyok ez ki",
    "cs": "a je se na že v z to jsem ne mi jak ale prosím dobrý den pomoc pro co můj moje má jsou",
    "id": "dan yang di ke dari ini itu saya tidak ada untuk dengan apa bisa tolong terima kasih foto mereka",
    "tl": "ang ng sa mga ako ko na po si ay hindi ito kung salamat",
}
_CODES: dict[str, list[str]] = {}
for _code, _words in _SMALL_WORDS.items():
    for _word in frozenset(_words.split()):
        _CODES.setdefault(_word, []).append(_code)
_MOST_CHARACTERS = 2000


def guess(text: str) -> str | None:
    """An ISO 639-1 code ("tl" for Filipino), or None where the text is too short or undecided."""
    sample = text[:_MOST_CHARACTERS]
    words = _WORD.findall(sample.lower())
    if not sample.isascii() and (code := _by_script(sample, sum(map(len, words)))):
        return code
    scores = Counter(code for word in words if word in _CODES for code in _CODES[word])
    first, second = (*scores.most_common(2), ("", 0), ("", 0))[:2]
    return first[0] if first[1] >= 2 and first[1] > second[1] else None


def _by_script(sample: str, letters: int) -> str | None:
    for code, script in _SCRIPTS.items():
        share = len(script.findall(sample))
        if share >= 2 and share * _weight(code) >= letters:
            return code
    return None


def _weight(code: str) -> int:
    """How thinly the telling letters of a language may be spread: a few kana make Japanese, a few Vietnamese vowels
    Vietnamese.
    """
    return {"ja": 10, "ur": 12, "fa": 15, "uk": 20, "vi": 15}.get(code, 2)
