"""Every mistake in an operator's file is found at start, with file, line and field."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from mailbot.errors import ConfigError
from mailbot.writing import Letters, ServiceWords

HEAD = '{#\nsubject = "x"\n#}\n'


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("en/ack-day.j2", HEAD + "\n{{ name }}", r"en/ack-day\.j2: line 5: unknown field 'name'; this letter has "),
        ("en/ack-day.j2", HEAD + "{% if false %}{{ name }}{% endif %}", r"line 4: unknown field 'name'"),
        ("en/ack-day.j2", HEAD + "\n\n{% if %}", r"en/ack-day\.j2: line 6: "),
        ("en/ack-day.j2", HEAD + "{{ opens | shout }}", r"en/ack-day\.j2: line 4: No filter named 'shout'"),
        ("en/ack-day.j2", HEAD + "a\n\n{{ opens.year }}", r"en/ack-day\.j2: line 6: .*year"),
        ("en/ack-day.j2", HEAD + "**open", r"en/ack-day\.j2: .*bold is opened and not closed"),
        ("en/ack-day.j2", HEAD + "[site](https://example.net)", r"en/ack-day\.j2: .*neither tel: nor mailto:"),
        ("en/ack-day.j2", "no head", r"en/ack-day\.j2: line 1: expected a head"),
        ("en/ack-day.j2", "{#\nsubject = x\n#}\n", r"en/ack-day\.j2: head: "),
        ("en/ack-day.j2", "{#\n#}\nwords", r"en/ack-day\.j2: head: subject: "),
        ("en/ack-day.j2", '{#\nsubject = "x"\nclass = "B"\n#}\n', r"en/ack-day\.j2: head: class: "),
        ("en/ack-day.j2", '{#\nsubject = "{{ text }}"\n#}\n', r"en/ack-day\.j2: subject: line 1: unknown field 'text'"),
        ("en/ack-nigth.j2", HEAD, r"en/ack-nigth\.j2: no letter has this name"),
        ("de/ack-day.j2", HEAD, r"de/ack-day\.j2: no letter has this name"),
        ("lines.toml", "phrases = 3", r"lines\.toml: phrases: "),
        ("lines.toml", "x = ", r"lines\.toml: "),
        ("page.html.j2", "{% if %}", r"page\.html\.j2: line 1: "),
        ("page.html.j2", "{{ nothing }}", r"nothing"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_field(
    tmp_path: Path, file: str, text: str, complaint: str, service: ServiceWords
) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    with pytest.raises(ConfigError, match=complaint):
        Letters.load(tmp_path, service=service)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path, service: ServiceWords) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "ack-day.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"en/ack-day\.j2: not UTF-8"):
        Letters.load(tmp_path, service=service)


def test_a_folder_that_is_missing_is_named(tmp_path: Path, service: ServiceWords) -> None:
    with pytest.raises(ConfigError, match=r"templates\.dir: .*/nowhere is not a folder"):
        Letters.load(tmp_path / "nowhere", service=service)


def test_every_letter_that_ships_is_sound(letters: Letters) -> None:
    """A start does not prove them again: here it is done, for every branch and every field."""
    letters.prove_all()
    assert letters.library.doubtful == ()


def test_what_an_operator_s_file_may_have_changed_is_proved_at_the_start(
    tmp_path: Path, letters: Letters, service: ServiceWords
) -> None:
    (tmp_path / "en").mkdir()
    ours = Path(str(files("templates") / "en" / "ack-day.j2")).read_text(encoding="utf-8")
    (tmp_path / "en" / "ack-day.j2").write_text(ours, encoding="utf-8")
    assert [one.file for one in Letters.load(tmp_path, service=service).library.doubtful] == ["en/ack-day.j2"]
    lines = Path(str(files("templates") / "lines.toml")).read_text(encoding="utf-8")
    (tmp_path / "lines.toml").write_text(lines, encoding="utf-8")
    found = Letters.load(tmp_path, service=service).library
    assert len(found.doubtful) == len(found.sources)


def test_a_note_beside_the_letters_does_no_harm(tmp_path: Path, service: ServiceWords) -> None:
    (tmp_path / "README.md").write_text("ours")
    Letters.load(tmp_path, service=service)


def test_the_shipped_french_was_written_for_the_shipped_english(letters: Letters) -> None:
    french = [source for source in letters.library.sources.values() if source.language == "fr"]
    assert {letters.library.why_unsent(source) for source in french} == {"not reviewed"}
    assert len(french) >= 5
