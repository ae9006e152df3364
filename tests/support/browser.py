"""Pages as people see them: headless Chromium from Debian's packages, at a width, light or dark.

In: HTML. Out: what was seen there: headings, the least contrast, sideways scrolling, console errors, and every request
that the page tried to send. The page stands in a frame of the asked width, since Chromium's own window has a least one.
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support import processes

PROBE = """
const RGB = (text) => { const c = text.match(/[\\d.]+/g).map(Number); return c.length === 3 ? [...c, 1] : c; };
const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
const behind = (view, node) => {
  for (let at = node; at; at = at.parentElement) {
    const colour = RGB(view.getComputedStyle(at).backgroundColor);
    if (colour[3] === 1) return colour;
  }
  return [255, 255, 255, 1];
};
const seen = (frame) => {
  const view = frame.contentWindow, page = frame.contentDocument, contrasts = [];
  const walk = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !parent.getClientRects().length) continue;
    if (["SCRIPT", "STYLE"].includes(parent.tagName)) continue;
    const a = light(RGB(view.getComputedStyle(parent).color)), b = light(behind(view, parent));
    contrasts.push((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  const root = page.scrollingElement;
  return {
    headings: [...page.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((one) => Number(one.tagName[1])),
    contrast: Math.min(...contrasts), sideways: root.scrollWidth - root.clientWidth, height: root.scrollHeight,
    language: page.documentElement.lang, direction: page.documentElement.dir, text: page.body.innerText,
    links: [...page.querySelectorAll("a[href]")].map((one) => one.getAttribute("href")),
    size: parseFloat(view.getComputedStyle(page.querySelector("p") || page.body).fontSize),
  };
};
addEventListener("load", () => {
  document.getElementById("seen").textContent = JSON.stringify(seen(document.querySelector("iframe")));
});
"""
WRAPPER = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><style>html,body{{margin:0}}iframe{{border:0}}</style></head>'
    '<body><iframe width="{width}" height="{height}" srcdoc="{page}"></iframe><pre id="seen" hidden></pre>'
    "<script>{probe}</script></body></html>"
)


OWN = "not an origin"
"""What the log calls the initiator of the browser's own requests: updates, time, dictionaries."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page shows. `contrast` is the least of all its words (WCAG 2.2, 1.4.3), `sideways` the pixels that one
    must scroll to the right, `size` a paragraph's letters in pixels.
    """

    headings: list[int]
    contrast: float
    sideways: int
    height: int
    language: str
    direction: str
    text: str
    links: list[str]
    size: float
    errors: tuple[str, ...]
    requests: tuple[str, ...]


def require() -> None:
    """Skips the test where there is no Chromium; fails it where there must be (MAILBOT_REQUIRE_LIVE=1)."""
    if processes.program("chromium") is not None:
        return
    lacks = "Tests of pages need chromium from Debian: make live-deps."
    if os.environ.get("MAILBOT_REQUIRE_LIVE") == "1":
        pytest.fail(lacks, pytrace=False)
    pytest.skip(lacks)


def look(page: str, width: int, *, dark: bool = False, height: int = 900, picture: Path | None = None) -> Seen:
    """Opens a page `width` CSS pixels wide. `picture`: also keeps a screenshot of it there."""
    with tempfile.TemporaryDirectory(prefix="mailbot-page-") as folder:
        file, log = Path(folder) / "page.html", Path(folder) / "net.json"
        file.write_text(
            WRAPPER.format(width=width, height=height, page=html.escape(page, quote=True), probe=PROBE), "utf-8"
        )
        done = _chromium(folder, file, width, height, dark, "--dump-dom", f"--log-net-log={log}")
        if picture is not None:
            _chromium(folder, file, width, height, dark, f"--screenshot={picture}")
        found = re.search(r'<pre id="seen"[^>]*>(.*?)</pre>', done.stdout, re.DOTALL)
        assert found is not None, done.stderr[-2000:]
        assert found[1], f"the page was not seen: {done.stderr[-2000:]}"
        errors = tuple(line for line in done.stderr.splitlines() if "CONSOLE" in line)
        return Seen(**json.loads(html.unescape(found[1])), errors=errors, requests=_requests(log))


def _chromium(
    folder: str, file: Path, width: int, height: int, dark: bool, *more: str
) -> subprocess.CompletedProcess[str]:
    """No name can be resolved, so nothing that a page asks for leaves the machine; the log says that it asked."""
    command = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--enable-logging=stderr",
        f"--user-data-dir={folder}/profile",
        f"--window-size={max(width, 500)},{height}",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}",
        "--virtual-time-budget=5000",
        *more,
        file.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, cwd=folder)


def _requests(log: Path) -> tuple[str, ...]:
    """Addresses that the page, and not the browser itself, asked for: all but its own file."""
    events: list[dict[str, Any]] = json.loads(log.read_text("utf-8"))["events"]
    started = [event["params"] for event in events if event.get("params", {}).get("initiator", OWN) != OWN]
    return tuple(sorted({one["url"] for one in started if one.get("url", "").startswith("http")}))
