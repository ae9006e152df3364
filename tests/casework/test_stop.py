"""STOP: the one word that silences us, and what only looks like it."""

from __future__ import annotations

import unicodedata

import pytest
from loops.house import a_reading

from mailbot.casework.stop import says_stop
from mailbot.model import Automated, Dmarc


@pytest.mark.parametrize("reply", [
    "STOP", "stop", "Stop.", " stop \n", "STOP!!!", "\"STOP\"", "*STOP*", "> STOP", "ARRET", "Arrêt", "ARRÊT.",
    "arrêt !", unicodedata.normalize("NFD", "ARRÊT"), "\ufeffSTOP", "STOP\u00a0", "(stop)",
])  # fmt: skip
def test_the_one_word_is_understood_however_it_is_dressed(reply: str) -> None:
    assert says_stop(a_reading(reply=reply))


@pytest.mark.parametrize("reply", [
    "", "Stop it", "please stop", "stop stop", "stopped", "non-stop", "STOP NOW", "s t o p", "stop2", "arreter",
    "Arrêtez", "I cannot make him stop.", "don't stop", "?", "un arrêt",
])  # fmt: skip
def test_more_or_other_words_are_not_a_stop(reply: str) -> None:
    assert not says_stop(a_reading(reply=reply))


def test_only_what_was_newly_written_counts() -> None:
    assert not says_stop(a_reading(text="STOP", reply=""))
    assert says_stop(a_reading(text="STOP\n> reply with only the word STOP", reply="STOP"))


def test_the_quotes_that_an_answer_stands_between_are_not_words_of_the_person() -> None:
    assert says_stop(a_reading(reply="> Reply with STOP and we stop.\nSTOP", plain_reply="STOP"))
    assert not says_stop(a_reading(reply="STOP\n\nI need help", plain_reply="STOP", several_texts=True))


def test_never_on_a_failed_authentication_and_never_from_a_machine() -> None:
    assert not says_stop(a_reading(reply="STOP", dmarc=Dmarc.FAIL))
    assert not says_stop(a_reading(reply="STOP", automated=Automated.AUTO_REPLY))
