"""`mailbot export REF`: what is held about a person, for a request to see it, as one ZIP (docs/decisions/export.md).

An index to read, the original messages of both directions, and a list of SHA-256. The file is the operator's alone,
never overwrites one, and who made it is in the audit.
"""

from __future__ import annotations

import hashlib
import zipfile
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from mailbot.cli.options import config_option, json_option, print_json

if TYPE_CHECKING:
    from mailbot.casework.access import Reads
    from mailbot.config import Config
    from mailbot.writing.access import Piece
    from storage.cases import Case
    from storage.database import Database

INDEX, SUMS = "index.txt", "SHA256SUMS"


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="The new file; else REF.zip, here.")
@click.option(
    "--sealed", is_flag=True, help="With the originals that carry sealed attachments; may be intimate images."
)
@config_option
@json_option
def export(config_file: Path, reference: str, output: Path | None, sealed: bool, as_json: bool) -> None:
    """Writes a person's own exchange with the service, and what is recorded about them, into a new ZIP.

    Other people's words, notes of staff and sealed attachments are not in it; the index says how many there are. The
    ZIP is not encrypted: hand it over by a way that is safe for the person.
    """
    from mailbot.casework.access import Reads
    from mailbot.cli.opened import opened_for_reading
    from mailbot.cli.private_file import private_file
    from mailbot.cli.record import record
    from mailbot.compose import build_reader
    from storage import cases, erasure

    with opened_for_reading(config_file) as (config, database):
        with database.view() as view:
            case = cases.find_by_reference(view, reference)
            if case is None:
                raise click.ClickException(f"no case has the reference {reference!r}; `mailbot cases` lists them")
            if erasure.is_erased(view, case.id):
                raise click.ClickException(f"case {case.reference} was erased; nothing of it is left to export")
        path = output or Path(f"{case.reference}.zip")
        with private_file(path, "--output") as file:
            record(database, "case.exported", case.id, sealed=int(sealed))
            with build_reader(config) as reader:
                pieces = _write(file, config, database, case, Reads(reader.read, reader.attachment), sealed)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    left_out = sum(one.file is None for one in pieces)
    if as_json:
        counts = {"messages": len(pieces), "left_out": left_out}
        print_json({"reference": case.reference, "file": path, **counts, "sha256": digest})
    else:
        click.echo(f"Written to {path}: {len(pieces)} messages, readable by you alone, not encrypted.")
        if left_out:
            click.echo(f"Of {left_out} the original is left out; {INDEX} in it says why.")
        click.echo(f"SHA-256 {digest}")


def _write(
    file: IO[bytes], config: Config, database: Database, case: Case, reads: Reads, sealed: bool
) -> tuple[Piece, ...]:
    """Message by message, so that one is in memory at a time; the index last, since it tells of all."""
    from mailbot.casework import access
    from mailbot.writing.access import index
    from scheduler import Clock
    from scheduler.zone import zone

    office, now = zone(config.service.time_zone), Clock().now()
    pieces: list[Piece] = []
    sums: list[str] = []
    with database.view() as view, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, source in enumerate(access.sources(view, case), 1):
            piece, raw = access.piece(view, source, number, reads, office, sealed=sealed)
            pieces.append(piece)
            if piece.file is not None and raw is not None:
                sums.append(_put(archive, piece.file, raw, piece.at))
        held = access.holding(view, case, config.service.sender_name, tuple(pieces), now, office)
        sums.append(_put(archive, INDEX, index(held).encode("utf-8", "replace"), held.made_at))
        _put(archive, SUMS, "".join(sums).encode(), held.made_at)
    return tuple(pieces)


def _put(archive: zipfile.ZipFile, name: str, content: bytes, at: datetime) -> str:
    """Adds a file; returns its line for `sha256sum --check`."""
    entry = zipfile.ZipInfo(name, (max(at.year, 1980), *at.timetuple()[1:6]))
    entry.external_attr, entry.compress_type = 0o600 << 16, zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
    return f"{hashlib.sha256(content).hexdigest()}  {name}\n"
