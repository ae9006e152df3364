"""The container's file: what can be said about it without a machine that builds containers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.elsewhere import ROOT, closure

DEPLOY = ROOT / "deploy"
Instruction = tuple[str, str]


def _instructions() -> Iterator[Instruction]:
    text = "\n".join(line for line in (DEPLOY / "Containerfile").read_text().split("\n") if not line.startswith("#"))
    for line in text.replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word:
            yield word, " ".join(rest.split())


ALL = list(_instructions())
LAST_STAGE = ALL[max(index for index, (word, _) in enumerate(ALL) if word == "FROM") :]


def _last(word: str) -> str:
    return [rest for found, rest in LAST_STAGE if found == word][-1]


def test_it_runs_as_a_numbered_user_that_is_not_root() -> None:
    user, _, group = _last("USER").partition(":")
    assert int(user) >= 1000
    assert int(group) >= 1000


def test_nothing_is_fetched_but_what_a_lock_knows_by_its_hash() -> None:
    assert "ADD" not in {word for word, _ in ALL}
    commands = " && ".join(rest for word, rest in ALL if word == "RUN")
    assert not re.search(r"curl|wget|git |apt|https?:", commands)
    installs = re.findall(r"pip install ([^&]*)", commands)
    assert len(installs) == 3
    assert all("--require-hashes" in one or "--no-index" in one for one in installs)


@pytest.mark.parametrize("word", ["ENTRYPOINT", "CMD"])
def test_no_shell_stands_between_mailbot_and_its_signals(word: str) -> None:
    assert all(isinstance(part, str) for part in json.loads(_last(word)))


def test_the_daemon_is_what_it_runs_and_status_says_how_it_is() -> None:
    assert json.loads(_last("ENTRYPOINT")) + json.loads(_last("CMD")) == ["/opt/mailbot/bin/mailbot", "run"]
    assert json.loads(_last("HEALTHCHECK").partition(" CMD ")[2]) == ["/opt/mailbot/bin/mailbot", "status"]
    assert _last("STOPSIGNAL") == "SIGTERM"


def test_it_has_one_volume_and_no_secret() -> None:
    assert [rest for word, rest in ALL if word == "VOLUME"] == ["/var/lib/mailbot"]
    copied = [rest for word, rest in ALL if word == "COPY"]
    assert copied == ["build.lock requirements.lock mailbot-*.whl /build/", "--from=build /opt/mailbot /opt/mailbot"]


def test_zone_data_is_never_the_base_images() -> None:
    assert 'PYTHONTZPATH=""' in _last("ENV")


def _locked(path: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Name, version and hashes of each package of a lock."""
    entries = re.split(r"\n(?=\S)", (ROOT / path).read_text())
    found = (re.match(r"([\w.-]+)==([^\s;]+)", entry) for entry in entries)
    return {
        canonicalize_name(match[1]): (match[2], frozenset(re.findall(r"sha256:\w{64}", match.string)))
        for match in found
        if match
    }


def test_what_is_installed_is_what_was_tested() -> None:
    """The installation's lock: the same versions and hashes as this tree's, and none without a hash."""
    ours, theirs = _locked("requirements.lock"), _locked("deploy/requirements.lock")
    assert {name: ours.get(name) for name in theirs} == theirs
    assert all(hashes for _, hashes in (theirs | _locked("deploy/build.lock")).values())


def test_the_installations_lock_has_all_that_mailbot_needs_and_no_tool() -> None:
    needed = {canonicalize_name(one.name) for one in closure([Requirement("mailbot[pdf,postgres]")])} - {"mailbot"}
    assert set(_locked("deploy/requirements.lock")) == needed
