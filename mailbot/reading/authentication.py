"""What our border proved of the From domain (RFC 8601, RFC 9989; A14–A16).

Only Authentication-Results above the first Received, and only those that name a trusted server, count; ARC,
Received-SPF and X- fields are worth nothing. The field is cut at its own semicolons by a linear scanner, so that
comments and quoted strings cannot pose as results, and each DMARC clause alone goes to authres: that library gives up
on a whole field over one IPv6 address in it. A doubt never becomes a pass; a result that says fail stays one, however
broken the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import authres
import authres.core

from mailbot.model import Dmarc
from mailbot.reading.fields import Field

_FEATURES = authres.all_features()
# The id, bare or quoted, and the version; results of a version that is not 1 cannot be read (RFC 8601 section 2.2).
_SERVER = re.compile(r'\s*("?)([A-Za-z0-9._-]+)\1(?:\s+1)?\s*\Z')
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[();"\\]|[^();"\\]+', re.DOTALL)
_DMARC = re.compile(r"\s*dmarc\b", re.IGNORECASE)
_FAILS = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)
_POLICY_NONE = re.compile(r"(?:^|[\s,;(])p\s*=\s*none\b", re.IGNORECASE)
_MOST_BYTES = 16 * 1024
_MOST_CLAUSES = 4


@dataclass(frozen=True, slots=True)
class _Clause:
    """What stands between two semicolons: the text without comments, and the comments."""

    text: str
    comments: str


def judge(fields: Sequence[Field], domain: str | None, trusted_ids: Sequence[str]) -> Dmarc:
    """The DMARC result for exactly `domain`, the domain of the From that we parsed (None where there is none).

    Two results that disagree are a fail. A fail counts as no result where it states that the domain's policy is none.
    """
    trusted = {name.lower() for name in trusted_ids}
    found = {result for value in _above_received(fields) for result in _results(value, domain, trusted)}
    if not found:
        return Dmarc.NONE
    return found.pop() if len(found) == 1 else Dmarc.FAIL


def is_internal(fields: Sequence[Field], internal_header: tuple[str, str] | None) -> bool:
    """Whether the host's own header (`authentication.internal_header`) is there, once, with exactly the configured
    value.
    """
    if internal_header is None:
        return False
    name, wanted = internal_header
    values = [field.value for field in fields if field.name == name.lower()]
    return len(values) == 1 and values[0].decode("utf-8", "replace").strip() == wanted


def _above_received(fields: Sequence[Field]) -> Iterator[str]:
    for field in fields:
        if field.name == "received":
            return
        if field.name == "authentication-results":
            yield field.value[:_MOST_BYTES].decode("utf-8", "replace")


def _results(value: str, domain: str | None, trusted: set[str]) -> Iterator[Dmarc]:
    clauses = _clauses(value)
    server = _SERVER.match(clauses[0].text) if clauses else None
    if server is None:
        # No name, no trust; but a field broken by the sender's own words must not turn a fail into nothing (A15).
        if _FAILS.search(value) and any(value.lstrip(' "\t').lower().startswith(name) for name in trusted):
            yield Dmarc.FAIL
        return
    if server[2].lower() not in trusted:
        return
    judged = [clause for clause in clauses[1:] if _DMARC.match(clause.text)]
    if len(judged) > _MOST_CLAUSES:
        yield Dmarc.FAIL
        return
    for clause in judged:
        yield _result(server[2], clause, domain)


def _result(server: str, clause: _Clause, domain: str | None) -> Dmarc:
    try:
        parsed = authres.core.AuthenticationResultsHeader.parse_value(
            _FEATURES, f"{server}; {clause.text.strip()}"
        ).results
    except (authres.AuthResError, ValueError, RecursionError):
        return Dmarc.FAIL if _FAILS.search(clause.text) else Dmarc.NONE
    if len(parsed) != 1:
        return Dmarc.FAIL if _FAILS.search(clause.text) else Dmarc.NONE
    properties = {(one.type, one.name): str(one.value or "").lower() for one in parsed[0].properties}
    if parsed[0].result == "fail":
        return Dmarc.NONE if _states_none(properties, clause.comments) else Dmarc.FAIL
    if parsed[0].result != "pass" or domain is None:
        return Dmarc.NONE
    named = {
        str(one.value or "").lower().rpartition("@")[2].removesuffix(".")
        for one in parsed[0].properties
        if (one.type, one.name) == ("header", "from")
    }
    if named == {domain}:
        return Dmarc.PASS
    if len(named) > 1:
        return Dmarc.FAIL
    judged = next(iter(named), "")
    # Some borders write the organisational domain. Any other name means that the border read another From than we did.
    return Dmarc.NONE if not judged or domain.endswith(f".{judged}") else Dmarc.FAIL


def _states_none(properties: dict[tuple[str, str], str], comments: str) -> bool:
    policies = {properties.get(("policy", name)) for name in ("dmarc", "published-domain-policy")} - {None}
    return policies == {"none"} or (not policies and _POLICY_NONE.search(comments) is not None)


def _clauses(value: str) -> list[_Clause]:
    """The field cut at its own semicolons; nothing where a comment or a quoted string does not close."""
    clauses: list[_Clause] = []
    text: list[str] = []
    comments: list[str] = []
    depth = 0
    for piece in _PIECE.findall(value):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth -= 1
        elif piece in ('"', "\\") and not depth:
            return []
        elif piece == ";" and not depth:
            clauses.append(_Clause("".join(text), " ".join(comments)))
            text, comments = [], []
            continue
        elif depth:
            comments.append(piece)
            continue
        else:
            text.append(piece)
            continue
        if depth < 0:
            return []
        text.append(" ")
    return [*clauses, _Clause("".join(text), " ".join(comments))] if not depth else []
