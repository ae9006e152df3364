"""What staff record and whom they may talk to, by mail: consent, permission, facts, language; nothing leaves by it."""

from __future__ import annotations

from pathlib import Path

from stories.played import ALEX, Story, read

from mailbot.demo.servers import EmbeddedServers

REGISTRY, MUM = "registry@tribunal.example", "mum@example.org"


def test_a_case_is_recorded_in_closed_words_and_nothing_leaves(tmp_path: Path, embedded: EmbeddedServers) -> None:
    story = Story(tmp_path, embedded)
    story.writes(ALEX, "I am 15.", "2026-11-24 10:00:00")
    notice = story.told("dana", "I am 15.")
    words = "#stream youth age 15\n#facts threatened self image minor yes bc yes\n#disclose police danger\n#language fr"
    story.answers("dana", notice, words, "2026-11-24 10:05:00")
    receipt = read(story.told("dana", "stream youth, age 15"))
    assert "what happened: threatened, about: self, image from before age 18: yes, in British Columbia: yes" in receipt
    assert "is in language fr now." in receipt
    (case,) = story.house.json("cases")
    assert (case["stream"], case["language"], case["owner"]) == ("youth", "fr", "Dana")
    story.answers("dana", notice, "#facts shard", "2026-11-24 10:06:00")
    assert "> #facts shared" in read(story.told("dana", "These facts have a closed list of words."))
    story.letters(ALEX, 1)


def test_an_office_is_written_to_by_consent_and_its_answer_comes_back_into_the_case(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded)
    story.writes(ALEX, "Please talk to them.", "2026-11-24 10:00:00")
    notice = story.told("dana", "Please talk to them.")
    story.answers("dana", notice, f"#talk tribunal {REGISTRY}", "2026-11-24 10:01:00")
    story.told("dana", "The person's consent to tribunal is not on record.")
    story.answers("dana", notice, f"#consent yes tribunal\n#talk tribunal {REGISTRY}", "2026-11-24 10:02:00")
    door = story.told("dana", "Reply to this mail to write to the tribunal")
    story.answers("dana", door, "What is the state of the claim?", "2026-11-24 10:05:00")
    story.passes("2026-11-24 10:15:00")
    (letter,) = story.letters(REGISTRY, 1)
    assert ALEX not in str(letter)
    story.writes("robot@tribunal.example", "It is decided.", "2026-11-24 11:00:00", answers=letter)
    assert "In a case, from a tribunal." in read(story.told("dana", "It is decided."))
    story.letters(ALEX, 1)
    story.letters("robot@tribunal.example", 0)


def test_a_guardian_is_written_to_while_the_young_person_permits_it_and_not_after(
    tmp_path: Path, embedded: EmbeddedServers
) -> None:
    story = Story(tmp_path, embedded)
    story.writes(ALEX, "You can tell my mum.", "2026-11-24 10:00:00")
    notice = story.told("dana", "You can tell my mum.")
    story.answers("dana", notice, f"#guardian permit {MUM} that help exists until friday", "2026-11-24 10:01:00")
    door = story.told("dana", "Reply to this mail to write to the guardian")
    story.answers("dana", door, "Hello, help exists.", "2026-11-24 10:05:00")
    story.passes("2026-11-24 10:15:00")
    story.letters(MUM, 1)
    story.answers("dana", door, "And one thing more.", "2026-11-24 17:00:00")
    story.answers("dana", notice, f"#guardian refuse {MUM}", "2026-11-24 17:05:00")
    story.passes("2026-11-25 09:00:00")
    story.letters(MUM, 1)
    assert story.held() == [None]
    story.letters(ALEX, 1)
