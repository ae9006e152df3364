"""`mailbot inspect FILE…`: what mailbot understands of a message. No database, no network, no key.

The file may hold hostile mail, so it is read as the daemon reads: in the limited child process. One that kills or
hangs the child is reported with the verdict "quarantine", and the next file is read. Nothing is ever opened, drawn or
fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailbot.cli.options import json_option, optional_config_option, print_json
from mailbot.errors import MessageError
from mailbot.model import Automated, Reading, Verdict

if TYPE_CHECKING:
    from mailbot.reading import Reader

_DIRECTION = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069]")


@click.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@optional_config_option
@json_option
def inspect(files: tuple[Path, ...], config_file: Path | None, as_json: bool) -> None:
    """Say what mailbot understands of a message.

    A configuration, where there is one, gives the servers whose authentication results count, and the limits.
    """
    with _reader(config_file) as reader:
        for file in files:
            raw = _bytes_of(file)
            try:
                reading = reader.read(raw)
            except MessageError as error:
                reading = Reading(defects=(str(error),), verdict=Verdict.QUARANTINE, reason=str(error))
            if as_json:
                print_json(as_value(str(file), reading))
            else:
                click.echo("\n".join(_lines(str(file), reading)))


def _reader(config_file: Path | None) -> Reader:
    from mailbot.reading import Limits, Reader

    if config_file is None:
        return Reader()
    from mailbot.config import load

    config = load(config_file)
    header = config.authentication.internal_header
    return Reader(
        tuple(config.authentication.trusted_authserv_ids),
        Limits(parts=config.limits.parts, depth=config.limits.depth),
        (header.name, header.value) if header else None,
    )


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise click.BadParameter(f"{click.format_filename(file)}: {error.strerror}", param_hint="FILE") from error


def as_value(file: str, reading: Reading) -> dict[str, Any]:
    """The JSON of one file, its keys as the interface fixes them."""
    return {
        "file": file,
        "message_id": reading.message_id,
        "in_reply_to": next(iter(reading.in_reply_to), None),
        "references": list(reading.references),
        "from": list(reading.from_),
        "to": list(reading.to),
        "subject": reading.subject,
        "date": reading.date,
        "text": reading.text,
        "reply": reading.reply,
        "automated": reading.automated,
        "bounces": [
            {"recipient": one.recipient, "status": one.status, "temporary": one.temporary} for one in reading.bounces
        ],
        "attachments": [
            {"filename": one.filename, "content_type": one.content_type, "size": one.size, "sealed": one.sealed}
            for one in reading.attachments
        ],
        "defects": list(reading.defects),
        "verdict": reading.verdict,
    }


def _lines(file: str, reading: Reading) -> Iterator[str]:
    """The same for people: what a staff member would be told, and why nobody would get an automatic answer."""
    yield click.style(file, bold=True)
    yield f"  verdict      {reading.verdict}{f' ({reading.reason})' if reading.reason else ''}"
    yield f"  from         {', '.join(reading.from_) or 'nobody'}"
    yield f"  to           {', '.join(reading.to)}"
    yield f"  subject      {_visible(reading.subject)}"
    yield f"  date         {reading.date or ''}"
    yield f"  written by   {_machine(reading.automated, reading.no_answer)}"
    yield f"  DMARC        {reading.dmarc}"
    for bounced in reading.bounces:
        yield f"  came back    {bounced.recipient} {bounced.status}{' for the time being' if bounced.temporary else ''}"
    for one in reading.attachments:
        seal = "sealed" if one.sealed else "open"
        name = _visible(one.filename or "without a name")
        yield f"  file         {name} ({one.content_type}, {one.size} bytes, {seal})"
    if reading.defects:
        yield f"  defects      {', '.join(reading.defects)}"
    for line in _visible(reading.reply or reading.text).split("\n"):
        yield f"  | {line}"


def _machine(automated: Automated | None, no_answer: str | None) -> str:
    kind = automated or ("a person, as far as can be seen" if no_answer is None else "unclear")
    return f"{kind}; no automatic answer: {no_answer}" if no_answer else kind


def _visible(text: str) -> str:
    """Direction and zero-width characters as marks, so that a line reads as it is written (A46)."""
    return _DIRECTION.sub("\ufffd", text)
