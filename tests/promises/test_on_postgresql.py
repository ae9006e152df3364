"""Promises that hang on the database, on PostgreSQL: the same tests, with another `scene`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from promises.conftest import MakeScene
from promises.evidence import DAY, Scene, mail
from support.facade import MailServers
from support.postgresql import Cluster
from support.waiting import until

from mailbot.demo.servers import EmbeddedServers

__all__ = [name for name in dir() if name.startswith("test_")]
pytestmark = pytest.mark.live


@pytest.fixture
def scene(tmp_path: Path, cluster: Cluster) -> Iterator[MakeScene]:
    """`scene(servers)` makes an installation with a database of its own."""
    made: list[str] = []

    def make(servers: MailServers, name: str = "house", more: str = "", **options: object) -> Scene:
        made.append(cluster.database())
        storage = f'\n[storage]\ndatabase = "{cluster.url(made[-1])}"\n'
        return Scene(tmp_path / name, servers, more=more + storage, **options)

    yield make
    for name in made:
        cluster.drop(name)


def test_a_pass_beside_the_daemon_in_charge_touches_nothing(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    with here.house.daemon(DAY):
        until(lambda: "Mailbot/Done" in embedded.folders("help"))
        before = here.house.run("audit", "verify")
        here.house.run("run", "--once", expect=1)
        assert here.house.run("audit", "verify") == before
        here.write(mail("kim@example.com"))
        embedded.wait_sent(3)
    assert len(here.to("kim@example.com")) == 1


def test_check_says_that_commits_are_durable_and_damage_is_absent(scene: MakeScene, embedded: EmbeddedServers) -> None:
    here = scene(embedded)
    found = {one["name"]: one for one in here.house.json("check", expect=None)}
    assert found["durability"]["result"] == found["integrity"]["result"] == found["schema"]["result"] == "ok"
    assert "synchronous_commit=on" in found["durability"]["found"]


def test_a_server_out_of_reach_is_one_sentence_without_its_password(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    text = here.house.config.read_text()
    here.house.config.write_text(text.replace(":secret@127.0.0.1:", ":wrong@127.0.0.1:"))
    assert here.house.run("status", expect=1) == ""
    assert "wrong" not in here.house.run("config")


def test_a_dry_run_says_what_would_be_done_and_leaves_nothing_behind(
    scene: MakeScene, embedded: EmbeddedServers
) -> None:
    here = scene(embedded)
    here.write(mail("kim@example.com"))
    files = set(here.files())
    assert '"cases opened": 1' in here.house.run("run", "--dry-run", "--json")
    assert (here.cases(), embedded.sent, set(here.files())) == ([], [], files)
