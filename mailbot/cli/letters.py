"""`mailbot letters check` and `mailbot letters preview NAME`: every letter is sound; one letter as text and page.

Without a configuration our own letters are looked at, for a service that exists nowhere; with one, the operator's
folder and words.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailbot.cli.options import json_option, optional_config_option, print_json

if TYPE_CHECKING:
    from mailbot.config import Config
    from mailbot.writing import Letters
    from mailbot.writing.soundness import Finding


def letters_from(config: Config | None) -> Letters:
    """The letters of a configuration, or ours. Raises ConfigError naming file, line and field."""
    from datetime import time

    from mailbot.writing import Letters, ServiceWords

    if config is None:
        example = ServiceWords("A service", "help@service.example", "Support Service", None, time(8, 30), time(16, 30))
        return Letters.load(None, service=example)
    service, hours = config.service, config.hours
    words = ServiceWords(
        service.name, service.address, service.sender_name, service.telephone, hours.opens, hours.closes
    )
    return Letters.load(config.templates.dir, service=words)


@click.group()
def letters() -> None:
    """Check every letter, or preview one."""


@letters.command()
@optional_config_option
@json_option
def check(config_file: Path | None, as_json: bool) -> int:
    """Measure every letter against the rules of writing. Exit 1 when one breaks them."""
    from mailbot.writing.soundness import findings, telling_names

    loaded = _load(config_file)
    loaded.prove_all()
    found = list(findings(loaded))
    for finding in found:
        _print_finding(finding, as_json)
    if config_file:
        _print_notes(telling_names(loaded.service), as_json)
    _print_notes([f"{entry}: not verified" for entry in loaded.unverified()], as_json)
    _print_notes([f"{file}: not reviewed" for file in loaded.unreviewed()], as_json)
    return 1 if any(finding.faults for finding in found) else 0


@letters.command()
@click.argument("name")
@click.option("--language", default="en", show_default=True, help="The letter's language, reviewed or not.")
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write the page to this file.")
@optional_config_option
@json_option
def preview(name: str, language: str, page: Path | None, config_file: Path | None, as_json: bool) -> None:
    """Show one letter, filled with sample words: subject, plain part, page."""
    from mailbot.writing.catalogue import CATALOGUE, samples

    loaded = _load(config_file)
    if name not in CATALOGUE:
        raise click.BadParameter(f"no letter is called {name!r}; there are {', '.join(CATALOGUE)}", param_hint="NAME")
    if (name, language) not in loaded.library.sources:
        raise click.BadParameter(f"{name} has no file in {language!r}", param_hint="--language")
    fields = samples(CATALOGUE[name], loaded.service.opens, loaded.service.closes)[0]
    rendered = loaded.as_if_verified().written(name, language, fields)
    if page:
        page.write_text(rendered.html, encoding="utf-8")
    if as_json:
        print_json(
            {
                "letter": name,
                "language": language,
                "subject": rendered.subject,
                "text": rendered.text,
                "html": rendered.html,
            }
        )
    else:
        click.echo(f"Subject: {rendered.subject}\n\n{rendered.text}" + ("" if page else f"\n{rendered.html}"))


def _load(config_file: Path | None) -> Letters:
    if config_file is None:
        return letters_from(None)
    from mailbot.config import load

    return letters_from(load(config_file))


def _print_finding(finding: Finding, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "letter": finding.letter,
                "language": finding.language,
                "ok": not finding.faults,
                "words": finding.words,
                "longest_sentence": finding.longest_sentence,
                "faults": list(finding.faults),
                "never_sent": finding.unsent,
            }
        )
        return
    state = "fault" if finding.faults else "ok   "
    unsent = f"; never sent: {finding.unsent}" if finding.unsent else ""
    figures = f"{finding.words} words, longest sentence {finding.longest_sentence}"
    click.echo(f"{state} {finding.language}/{finding.letter}: {figures}{unsent}")
    for fault in finding.faults:
        click.echo(f"      {fault}")


def _print_notes(notes: list[str], as_json: bool) -> None:
    for note in notes:
        if as_json:
            print_json({"note": note})
        else:
            click.echo(f"note  {note}")
