"""What the plain part and the page of a message newly say, each for itself: staff answers are judged by both (RULES 8).

In: the texts of all speaking parts. Out: the new words of each form, what was cut, and whether more than one part
could be the text. Whether the two tell one story is decided where staff words are (casework), not here.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailbot.reading import reply
from mailbot.reading.reply import Written
from mailbot.reading.text import Text

_FORMS = ("text/plain", "text/html")


@dataclass(frozen=True, slots=True)
class NewWords:
    """`words` is what was newly written in the whole text, with the quotes that it answers one by one; `own` without
    them. The others are fields of `mailbot.model.Reading`.
    """

    words: str
    own: str
    plain: str | None
    page: str | None
    cut: tuple[str, ...]
    several: bool


def new_words(speech: Text, two_readings: bool) -> NewWords:
    """Cuts each form. `two_readings`: the tree of parts could be read in another way as well."""
    plain = reply.split(speech.plain) if speech.of_type("text/plain") else None
    page = reply.split(speech.page) if speech.of_type("text/html") else None
    whole = _whole(speech, plain, page)
    return NewWords(
        whole.in_context,
        whole.words,
        plain.words if plain else None,
        page.words if page else None,
        (plain or page or Written()).cut,
        two_readings or _several(speech),
    )


def all_of(speech: Text, two_readings: bool) -> NewWords:
    """For a report of a machine: nobody replies in it, so nothing is cut, and no form of it may speak for a person."""
    return NewWords(speech.text, speech.text, None, None, (), two_readings)


def _whole(speech: Text, plain: Written | None, page: Written | None) -> Written:
    """The new words of the text as people see it; mostly one of the two forms, which need not be cut twice."""
    if plain and speech.text == speech.plain:
        return plain
    return page if page and speech.text == speech.page else reply.split(speech.text)


def _several(speech: Text) -> bool:
    """Whether two parts that are no alternatives of one another, or two of one form, or one of a rare form, say
    something new. A part that holds a quote or a device's line alone says nothing.
    """
    kinds = [kind for group in speech.spoken for kind, _ in group]
    if any(kind not in _FORMS for kind in kinds):
        return True
    if len(kinds) == len(set(kinds)) and len([group for group in speech.spoken if group]) < 2:
        return False
    speaking = [[kind for kind, text in group if reply.split(text).words] for group in speech.spoken]
    told = [kind for group in speaking for kind in group]
    return len(told) != len(set(told)) or len([group for group in speaking if group]) > 1
