"""The story as one HTML page that needs nothing else: no network, no file beside it, and no script to be read.

In: the rows, what each mailbox and the database hold at the end. Out: the page's text. The mails on it are drawn in
frames that may run nothing, so that each looks as it does in its reader's program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from mailbot.demo.chronicle import COLUMNS, Row, chronicle, person_of
from mailbot.demo.telling import Told
from mailbot.errors import ConfigError

GENERATOR = "mailbot demo"
"""By this a page of ours is known, so that nothing else is overwritten."""
LOOK = 2000


def refuse_other(file: Path) -> None:
    """Raises ConfigError where a file stands that no demo wrote."""
    if file.exists() and f'content="{GENERATOR}"' not in file.read_text("utf-8", "replace")[:LOOK]:
        raise ConfigError(f"--page {file}: another file stands there; name a new one")


def render(told: Told) -> str:
    """The page."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(day=_day, clock=_clock, instant=_instant)
    template = environment.from_string((files("mailbot.demo") / "page.html.j2").read_text("utf-8"))
    return template.render(
        generator=GENERATOR,
        columns=[(name, person_of(name)) for name in COLUMNS],
        parts=list(_parts(chronicle(told.scenes))),
        counts={box.person.name: len(box.mails) for box in told.boxes},
        cases=told.cases.found,
        status=told.status.found,
        ending=told.ending,
    )


def _parts(rows: Sequence[Row]) -> Iterator[tuple[str, Row | datetime]]:
    """The rows, with a line for each day, and for each time that the office opened or closed between them."""
    last: datetime | None = None
    for row in rows:
        for at in (*row.scene.turns, row.scene.at):
            if last is None or last.date() != at.date():
                yield "day", at
            yield ("scene", row) if at == row.scene.at else ("turn", at)
            last = at


def _day(instant: datetime) -> str:
    return f"{instant:%A}, {instant:%B} {instant.day}, {instant.year}"


def _clock(instant: datetime) -> str:
    seconds = f":{instant:%S}" if instant.second else ""
    return f"{instant:%H:%M}{seconds}"


def _instant(instant: datetime) -> str:
    return f"{instant:%A} {_clock(instant)}"
