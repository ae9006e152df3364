"""The journeys of LETTERS.md part 2 in which the words of a mail count: its language (J11), danger to a life (J12).

What leaves, to whom, when, and what never does: a list of words changes no letter, and nobody translates by machine.
"""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from stories.played import ALEX, BLAKE, Story, read
from stories.posted import keeps_its_promise, outside, words_to
from support import reviewed
from support.mails import parsed

from mailbot.demo.servers import EmbeddedServers

FRENCH = "Bonjour, il dit qu'il va envoyer mes photos à ma famille et je ne sais pas quoi faire."
PUNJABI = "ਕਿਰਪਾ ਕਰਕੇ ਮੇਰੀ ਮਦਦ ਕਰੋ। ਕੋਈ ਮੇਰੀਆਂ ਤਸਵੀਰਾਂ ਭੇਜ ਰਿਹਾ ਹੈ।"
DESPAIR = "I cannot go on."
ASKED = "I need some help."


def test_j11_a_person_who_writes_french_reads_french_from_the_first_letter_on(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    folder = reviewed.folder(tmp_path)
    story = Story(tmp_path / "house", embedded, grace_minutes=0, more=f'[templates]\ndir = "{folder}"')
    story.writes(ALEX, FRENCH, "2026-11-24 23:10:00")
    (night,) = story.letters(ALEX, 1)
    assert night["Subject"] == "Nous avons reçu votre message"
    text = read(night).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    for words in ("le mercredi 25 novembre 2026", "8 h 30, heure du Pacifique", "911", "Jeunesse, J'écoute", "ARRÊT"):
        assert words in text
    assert story.house.json("cases")[0]["language"] == "fr"
    notice = story.told("dana", "mes photos")
    story.answers("dana", notice, "#stream adult\n#contact safe\n#letter safety-check", "2026-11-25 08:40:00")
    story.answers("dana", notice, "#letter options-adult", "2026-11-25 08:45:00")
    assert outside(story) == [
        ("ack-night", ALEX, "Tue 23:10"),
        ("safety-check", ALEX, "Wed 08:40"),
        ("options-adult", ALEX, "Wed 08:45"),
    ]
    letters = story.letters(ALEX, 3)
    assert {str(one["Content-Language"]) for one in letters} == {"fr"}
    assert not any("You can" in read(one) or "Pacific" in read(one) for one in letters)


def test_j11_french_that_nobody_has_reviewed_is_not_sent(tmp_path: Path, embedded: EmbeddedServers) -> None:
    story = Story(tmp_path, embedded, grace_minutes=0)
    story.writes(ALEX, FRENCH, "2026-11-24 23:10:00")
    story.writes(BLAKE, ASKED, "2026-11-24 23:10:00")
    (hers,), (anybody,) = story.letters(ALEX, 1), story.letters(BLAKE, 1)
    assert (read(hers), hers["Content-Language"]) == (read(anybody), "en")
    story.answers("dana", story.told("dana", "mes photos"), "#letter safety-check", "2026-11-25 08:40:00")
    check = story.letters(ALEX, 2)[-1]
    assert check["Content-Language"] == "en"
    assert "Nous" not in words_to(story, ALEX)


def test_j11_punjabi_gets_english_with_its_one_reviewed_line_and_a_call_with_an_interpreter(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    folder = reviewed.folder(tmp_path, interpreters=True)
    story = Story(tmp_path / "house", embedded, grace_minutes=0, more=f'[templates]\ndir = "{folder}"')
    story.writes(ALEX, PUNJABI, "2026-11-24 10:00:00")
    notice = story.told("dana", "Language: Punjabi, a guess.")
    assert PUNJABI in read(notice)
    words = "#contact phone 250-555-0100 weekdays 10 to 12\n#call tomorrow 10:00\n#letter language-offer"
    story.answers("dana", notice, words, "2026-11-24 10:10:00")
    for letter in story.letters(ALEX, 2):
        assert read(letter).count(reviewed.PUNJABI) == 1
        assert not any("\u0a00" <= sign <= "\u0a7f" for sign in read(letter).replace(reviewed.PUNJABI, ""))
    offer = read(story.letters(ALEX, 2)[-1])
    assert "We can speak with you in another language." in offer
    assert "VictimLinkBC: 1-800-563-0808" in offer
    assert "Punjabi" not in words_to(story)
    story.passes("2026-11-25 10:00:00")
    assert "250-555-0100" in read(story.told("dana", "A call is due."))
    assert outside(story) == [("ack-day", ALEX, "Tue 10:00"), ("language-offer", ALEX, "Tue 10:10")]
    keeps_its_promise(story)


def test_j12_words_of_despair_by_day_are_read_first_and_everybody_hears_of_them_where_nobody_acts(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded, grace_minutes=0)
    story.writes(ALEX, DESPAIR, "2026-11-24 10:00:00")
    story.writes(BLAKE, ASKED, "2026-11-24 10:00:00")
    (hers,), (anybody,) = story.letters(ALEX, 1), story.letters(BLAKE, 1)
    assert (read(hers), hers["Subject"]) == (read(anybody), anybody["Subject"])
    raised, plain = (read(story.told("robin", words)).splitlines()[0] for words in (DESPAIR, ASKED))
    assert raised == f"Read first. {plain}"

    story.passes("2026-11-24 10:14:00")
    assert not _told_again(story, "dana")
    story.passes("2026-11-24 10:15:00")
    for member in ("dana", "robin"):
        assert read(story.told(member, "nobody has acted for 15 minutes")).startswith("Read this first")
    story.taps("dana", story.told("dana", "nobody has acted for 15 minutes"), "Take it", "2026-11-24 10:16:00")
    notice = story.told("dana", DESPAIR, "Read first.")
    story.answers("dana", notice, "#contact phone 250-555-0100 at any hour voicemail no", "2026-11-24 10:20:00")
    story.writes(ALEX, "I want to die.", "2026-11-24 10:30:00", answers=hers)
    again = story.told("dana", "want to die")
    assert "A number is recorded: 250-555-0100, at any hour; leave no message." in read(again)
    story.answers("dana", again, "#take", "2026-11-24 10:31:00")
    story.passes("2026-11-24 11:00:00")
    assert len(_told_again(story, "dana")) == 1
    assert outside(story) == [("ack-day", ALEX, "Tue 10:00"), ("ack-day", BLAKE, "Tue 10:00")]
    keeps_its_promise(story)


def test_j12_words_of_despair_by_night_stand_first_in_the_morning(tmp_path: Path, embedded: EmbeddedServers) -> None:
    story = Story(tmp_path, embedded, grace_minutes=0)
    story.writes(BLAKE, ASKED, "2026-11-24 22:00:00")
    story.writes(ALEX, DESPAIR, "2026-11-24 23:10:00")
    (hers,), (anybody,) = story.letters(ALEX, 1), story.letters(BLAKE, 1)
    assert read(hers) == read(anybody)
    for words in ("9-8-8", "911", "Our office was closed when it came."):
        assert words in read(hers)
    for words in ("somebody is watching", "right now", "police", "we know where"):
        assert words not in words_to(story)
    assert read(story.told("dana", DESPAIR)).startswith("Read first. New, from a requester.")
    story.passes("2026-11-25 08:29:00")
    assert not _told_again(story, "dana")
    story.passes("2026-11-25 08:31:00")
    for member in ("dana", "robin"):
        (first,) = _due(story, member)
        assert read(first).startswith("Read this first: words in a mail that came while the office was closed")
    story.taps("robin", _due(story, "robin")[0], "Take it", "2026-11-25 08:35:00")
    story.passes("2026-11-25 10:30:00")
    assert len(_told_again(story, "dana")) == 1
    assert outside(story) == [("ack-night", BLAKE, "Tue 22:00"), ("ack-night", ALEX, "Tue 23:10")]


def _due(story: Story, member: str) -> list[EmailMessage]:
    """What came due in a member's inbox."""
    mails = [parsed(raw) for raw in story.servers.mailbox(member)]
    return [mail for mail in mails if "Something is due" in str(mail["Subject"])]


def _told_again(story: Story, member: str) -> list[EmailMessage]:
    """What came due because of urgent words."""
    return [mail for mail in _due(story, member) if "danger to a life" in read(mail)]
