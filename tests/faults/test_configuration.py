"""A configuration, a key or a letter that is half written or broken: nothing is touched, and the sentence helps (F35,
F36, F37).
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from faults.conftest import MakeFaulty
from faults.house import DEEP, TEN, FaultyHouse
from support.installation import CONFIGURATION, PROGRAM
from support.waiting import until

from mailbot.config import load
from mailbot.errors import ConfigError

pytestmark = pytest.mark.timeout(300)

FULL = CONFIGURATION.format(imap_port=1143, smtp_port=1025, inbox="", more="[limits]\nmessage_bytes = 1000000\n")
NAMED = re.compile(r"line \d+|[a-z_]+\.[a-z_]+|\[[a-z_]+\]")
"""What every refusal must hold: a line, or a key by its name."""


def test_f36_a_configuration_cut_off_at_any_byte_is_whole_or_refused_with_a_key_or_line(tmp_path: Path) -> None:
    """Cut between two settings a file can be whole; then its settings are true. No other end but those two."""
    file, whole = tmp_path / "config.toml", FULL.encode()
    said = {size: _refusal(file, whole[:size]) for size in range(len(whole))}
    refused = {size: text for size, text in said.items() if text is not None}
    assert {size: text for size, text in refused.items() if not NAMED.search(text)} == {}
    assert len(refused) > len(whole) * 0.6
    assert _refusal(file, whole) is None


def _refusal(file: Path, content: bytes) -> str | None:
    """What is said of a configuration; None where it is taken."""
    file.write_bytes(content)
    try:
        load(file)
    except ConfigError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "command", [("run", "--once"), pytest.param(("check",), marks=DEEP), pytest.param(("status",), marks=DEEP)]
)
def test_f36_a_half_written_file_ends_every_command_with_2_and_one_sentence(
    faulty: MakeFaulty, command: tuple[str, ...]
) -> None:
    here = faulty()
    here.write("kim@example.com")
    whole = here.house.config.read_bytes()
    for size in (0, 20, whole.index(b"[submission]"), whole.index(b"members") + 30):
        here.house.config.write_bytes(whole[:size])
        here.house.run(*command, expect=2)
    assert here.servers.sent == []
    here.house.config.write_bytes(whole)
    here.once(TEN)
    assert len(here.letters("kim@example.com")) == 1


def test_f36_the_daemon_goes_on_with_the_configuration_it_started_with(faulty: MakeFaulty) -> None:
    here = faulty()
    with here.daemon():
        here.write("kim@example.com")
        here.answered("kim@example.com")
        whole = here.house.config.read_bytes()
        here.house.config.write_bytes(whole[: len(whole) // 2])
        here.write("lee@example.net")
        here.answered("lee@example.net")
        here.house.config.write_bytes(whole)
        here.all_well()


OF_KEYS = [pytest.param("missing", marks=DEEP), "other", "open to all", pytest.param("cut off", marks=DEEP)]


@pytest.mark.parametrize("harm", OF_KEYS)
def test_f35_with_a_key_that_is_not_the_databases_nothing_starts_and_nothing_is_touched(
    faulty: MakeFaulty, harm: str
) -> None:
    here = faulty()
    here.write("kim@example.com")
    key = here.folder / "mailbot.key"
    right = key.read_text()
    before = here.database.read_bytes()
    if harm == "missing":
        key.unlink()
    elif harm == "other":
        key.write_text(right.splitlines()[0] + "\n" + "A" * 43 + "=\n")
    elif harm == "open to all":
        key.chmod(0o644)
    else:
        key.write_text(right[:-10])
    for command in (("run", "--once"), ("run",), ("upgrade",), ("status",)):
        here.house.run(*command, expect=2)
    assert here.database.read_bytes() == before
    assert (len(here.inbox()), here.servers.sent) == (1, [])
    key.write_text(right)
    key.chmod(0o600)
    here.once(TEN)
    assert len(here.letters("kim@example.com")) == 1


# Letters


def _letters(here: FaultyHouse, word: str) -> Path:
    """An operator's folder with an acknowledgement of its own."""
    folder = here.folder / "letters"
    (folder / "en").mkdir(parents=True)
    text = here.house.config.read_text()
    here.house.config.write_text(text + '[templates]\ndir = "letters"\n')
    from importlib.resources import files

    ours = files("templates").joinpath("en", "ack-day.j2").read_text()
    found = folder / "en" / "ack-day.j2"
    found.write_text(ours.rstrip() + f"\n\nOur house says {word}.\n")
    return found


BROKEN = {
    "syntax": "{{ unclosed",
    "field": "{{ no_such_field }}",
    "head": None,
    "bytes": b"\xff\xfe",
}


@pytest.mark.parametrize("harm", ["syntax", *(pytest.param(one, marks=DEEP) for one in ("field", "head", "bytes"))])
def test_f37_a_broken_letter_refuses_the_start_and_names_file_and_fault(faulty: MakeFaulty, harm: str) -> None:
    here = faulty()
    letter = _letters(here, "welcome")
    here.write("kim@example.com")
    good, addition = letter.read_bytes(), BROKEN[harm]
    broken = (
        b"No head at all.\n"
        if addition is None
        else good + (addition if isinstance(addition, bytes) else addition.encode())
    )
    letter.write_bytes(broken)
    here.once(TEN, expect=2)
    refused = subprocess.run([*PROGRAM, "run"], env=here.house.environment(), capture_output=True, text=True)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "en/ack-day.j2" in refused.stderr
    assert (len(here.inbox()), here.servers.sent) == (1, [])
    letter.write_bytes(good)
    here.once(TEN)
    (sent,) = here.letters("kim@example.com")
    assert "Our house says welcome." in str(sent.get_body(("plain",)).get_content())  # type: ignore[union-attr]


def test_f37_a_letter_broken_while_the_daemon_runs_leaves_the_last_good_version_in_use_and_is_named(
    faulty: MakeFaulty,
) -> None:
    here = faulty()
    letter = _letters(here, "welcome")
    with here.daemon():
        here.write("kim@example.com")
        here.answered("kim@example.com")
        good = letter.read_text()
        letter.write_text(good + "{{ unclosed")
        here.named("letters:", "en/ack-day.j2", seconds=90)
        here.write("lee@example.net")
        here.answered("lee@example.net")
        letter.write_text(good)
        until(here.problems, lambda found: not any(one.startswith("letters:") for one in found), seconds=90)
    for person in ("kim@example.com", "lee@example.net"):
        (sent,) = here.letters(person)
        assert "Our house says welcome." in str(sent.get_body(("plain",)).get_content())  # type: ignore[union-attr]
