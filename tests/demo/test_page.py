"""The page that `mailbot demo` writes, opened in a browser at the width of a telephone and of a desk."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import browser

from mailbot.demo.story import SCENES

PROGRAM = [str(Path(sys.executable).parent / "mailbot"), "demo"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    done = subprocess.run(PROGRAM, cwd=folder, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    file = folder / "mailbot-demo.html"
    assert str(file) in done.stdout
    return file.read_text("utf-8")


def test_every_scene_and_every_mail_is_on_it(page: str) -> None:
    assert page.count("<section") == len(SCENES)
    assert len(re.findall(r'class="card arrived"', page)) == len([plan for plan in SCENES if plan.arrives])
    assert page.count('class="card left"') == 57
    assert "Our office was closed when it came" in page


def test_every_arrow_has_both_its_ends(page: str) -> None:
    ends = set(re.findall(r'data-(?:cause|waited)="([^"]+)"', page))
    assert ends
    assert ends <= set(re.findall(r' id="([^"]+)"', page))


def test_a_held_letter_is_shown_waiting_until_the_mail_that_it_became(page: str) -> None:
    waits = re.findall(r'class="card waits" id="([^"]+)"', page)
    became = re.findall(r'data-waited="([^"]+)"', page)
    assert len(waits) == 4
    assert set(waits) == set(became)


@pytest.mark.live
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1400])
def test_it_reads_well_and_asks_nobody_for_anything(page: str, width: int, dark: bool) -> None:
    browser.require()
    seen = browser.look(page, width, dark=dark)
    assert seen.errors == ()
    assert seen.requests == ()
    assert seen.contrast >= 4.5
    assert seen.sideways == 0
    assert seen.headings[0] == 1
    assert all(after <= before + 1 for before, after in zip(seen.headings, seen.headings[1:], strict=False))
    assert seen.language == "en"


@pytest.mark.live
def test_the_browser_would_tell_of_a_fault() -> None:
    """The control: what these tests look for is seen where it is."""
    browser.require()
    faulty = (
        '<html><body><h1>x</h1><h3 style="color:#888">y</h3><div style="width:900px">z</div>'
        '<img src="http://tracker.example/x.png"><script>console.error("x")</script></body></html>'
    )
    seen = browser.look(faulty, 360)
    assert seen.requests == ("http://tracker.example/x.png",)
    assert len(seen.errors) == 1
    assert seen.contrast < 4.5
    assert seen.sideways > 0
    assert seen.headings == [1, 3]


def test_another_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mailbot-demo.html").write_text("my own notes")
    done = subprocess.run(PROGRAM, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 2
    assert "another file stands there" in done.stderr
    assert (tmp_path / "mailbot-demo.html").read_text() == "my own notes"


def test_a_page_of_an_earlier_telling_is(tmp_path: Path, page: str) -> None:
    file = tmp_path / "story.html"
    file.write_text(page.replace("Everything went as told", "an earlier one"), "utf-8")
    subprocess.run([*PROGRAM, "--page", str(file)], capture_output=True, check=True, timeout=100)
    assert "Everything went as told" in file.read_text("utf-8")
