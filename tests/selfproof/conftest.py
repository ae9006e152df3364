"""`checked(host)` runs `mailbot check` against a mail host and gives what it says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ACCOUNTS
from loops.fixtures import template
from loops.house import Template
from selfproof.host import INTERNAL, VALUE, Host, host_of

from mailbot.cli.check import check
from mailbot.demo.servers import EmbeddedServers

__all__ = ["Checked", "template"]
HEADER = f'internal_header = {{ name = "{INTERNAL}", value = "{VALUE}" }}'


class Checked:
    """One run of `mailbot check`: its exit code and its findings, by name."""

    def __init__(self, config: Path, servers: EmbeddedServers, wait: int) -> None:
        arguments = ["--config", str(config), "--json", "--wait", str(wait)]
        result = CliRunner().invoke(check, arguments, standalone_mode=False)
        assert result.exception is None, result.exc_info
        self.exit_code = result.return_value
        self.servers = servers
        self.findings = [json.loads(line) for line in result.output.splitlines()]

    def __getitem__(self, name: str) -> tuple[str, str]:
        """(result, found) of the last finding of that name: the one from mails comes last."""
        return next((one["result"], one["found"]) for one in reversed(self.findings) if one["name"] == name)

    def __contains__(self, name: str) -> bool:
        return any(one["name"] == name for one in self.findings)

    @property
    def faults(self) -> set[str]:
        return {one["name"] for one in self.findings if one["result"] == "fault"}


MakeChecked = Callable[..., Checked]


@pytest.fixture
def checked(template: Template, tmp_path: Path) -> Iterator[MakeChecked]:
    """`checked(Host(…), staff="dmarc", separator="+", wait=10)`."""
    with ExitStack() as stack:

        def run(host: Host, staff: str = "dmarc", separator: str = "+", wait: int = 10, **ports: int) -> Checked:
            servers = stack.enter_context(host_of(ACCOUNTS, host))
            known = {"imap_port": servers.imap_port, "smtp_port": servers.smtp_port}
            config = template.copy_to(tmp_path, **(known | ports))
            text = config.read_text().replace('staff = "none"', f'staff = "{staff}"\n{HEADER}')
            text = text.replace("[inbox]", f'subaddress_separator = "{separator}"\n[inbox]')
            config.write_text(text)
            return Checked(config, servers, wait)

        yield run
