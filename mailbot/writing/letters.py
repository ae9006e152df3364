"""Letters: proves every one before it is needed, and renders one to a text and a page with the same words.

In: a letter's name, a language, and the fields its row of the catalogue lists. Out: a frozen `Rendered`. Received
text is only ever a value. A broken file raises ConfigError with file, line and field while loading; `reload` then
keeps the version that was sound (F37). A file in another language goes out only when it was reviewed; else English
does, with that language's reviewed sentence (rule 28).
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Self

from jinja2 import TemplateError

from mailbot.errors import MessageError, OurError
from mailbot.writing.catalogue import CATALOGUE, Letter
from mailbot.writing.fixed_letter import FixedLetter
from mailbot.writing.library import Library, check_fields, open_library
from mailbot.writing.notice import Crisis
from mailbot.writing.shelf import Rendered, ServiceWords, Shelf

__all__ = ["Letters", "Rendered", "ServiceWords"]


class Letters:
    """All letters, sound ones only."""

    def __init__(self, folder: Path | None, service: ServiceWords) -> None:
        self._folder, self._service = folder, service
        self._shelf = Shelf(open_library(folder), service)
        self._shelf.prove(self.library.doubtful)

    @classmethod
    def load(cls, folder: Path | None, *, service: ServiceWords) -> Self:
        """Reads our letters and those of an operator's folder, and proves what that folder may have changed. Raises
        ConfigError.
        """
        return cls(folder, service)

    def prove_all(self) -> None:
        """Checks and renders every letter, ours too: for `letters check`. Raises ConfigError."""
        for source in self.library.sources.values():
            check_fields(source)
        self._shelf.prove(self.library.sources.values())

    def reload(self) -> None:
        """Reads the files again. Raises ConfigError and keeps what was loaded before, if one of them is broken."""
        shelf = Shelf(open_library(self._folder), self._service)
        shelf.prove(shelf.library.doubtful)
        self._shelf = shelf

    def render(self, name: str, language: str, fields: Mapping[str, object]) -> Rendered:
        """One letter. Acknowledgements take `at`, `next_opening`, `next_closing`: aware instants in the office's zone.

        Raises OurError for a letter that does not exist or fields that are not exactly the ones it takes, MessageError
        where this one rendering fails.
        """
        letter = CATALOGUE.get(name)
        if letter is None:
            raise OurError(f"no letter is called {name!r}")
        _check(letter, fields)
        try:
            return self._shelf.render(letter, language.partition("-")[0].lower(), fields)
        except (TemplateError, ValueError) as fault:
            raise MessageError(f"letter {name}: {type(fault).__name__}") from fault

    def prepare(self, name: str, language: str, fields: Mapping[str, object]) -> FixedLetter:
        """The words of a letter that a member sends. Raises as `render` does."""
        letter = CATALOGUE[name]
        _check(letter, fields)
        try:
            return self._shelf.prepare(letter, language.partition("-")[0].lower(), fields)
        except (TemplateError, ValueError) as fault:
            raise MessageError(f"letter {name}: {type(fault).__name__}") from fault

    def compose(self, prepared: FixedLetter, words: str = "", crisis: Crisis = "none") -> Rendered:
        """A member's words if there are any, then the letter, then the crisis lines: one message (G14)."""
        try:
            return self._shelf.compose(prepared, words, crisis)
        except (TemplateError, ValueError) as fault:
            raise MessageError(f"letter {prepared.name}: {type(fault).__name__}") from fault

    def with_service(self, service: ServiceWords) -> Letters:
        """The same files with other words of the configuration."""
        other = copy(self)
        other._service, other._shelf = service, Shelf(self.library, service)
        return other

    def as_if_verified(self) -> Letters:
        """The same files with every place taken for verified: for reviewers and `letters check`, never for sending."""
        other = copy(self)
        resources = self.library.resources.as_if_verified()
        other._shelf = Shelf(replace(self.library, resources=resources), self._service)
        return other

    @property
    def library(self) -> Library:
        """The files in use, for `letters check`."""
        return self._shelf.library

    @property
    def service(self) -> ServiceWords:
        """What the letters know about the service."""
        return self._service

    def written(self, name: str, language: str, fields: Mapping[str, object]) -> Rendered:
        """A letter in a language whether it may be sent or not: for reviewers and `letters check`. Raises OurError."""
        source = self.library.sources.get((name, language))
        if source is None:
            raise OurError(f"letter {name} has no file in language {language!r}")
        _check(source.letter, fields)
        return self._shelf.write(source, fields)

    def unverified(self) -> list[str]:
        """What the data files hold that nobody has called or looked up yet, as FILE: ID."""
        return self.library.unverified()

    def unreviewed(self) -> list[str]:
        """Files without `reviewed_on`, as LANGUAGE/NAME.j2."""
        return sorted(source.file for source in self.library.sources.values() if source.head.reviewed_on is None)


def _check(letter: Letter, fields: Mapping[str, object]) -> None:
    if fields.keys() != letter.fields.keys():
        odd = ", ".join(sorted(fields.keys() ^ letter.fields.keys()))
        raise OurError(f"letter {letter.name} takes exactly {', '.join(letter.fields)}; wrong: {odd}")
    for name, expected in letter.fields.items():
        if not isinstance(fields[name], expected):
            raise OurError(f"letter {letter.name}: field {name} is no {expected.__name__}")
