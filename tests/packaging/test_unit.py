"""The systemd unit, judged by systemd's own tools, which need no systemd that runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.elsewhere import ROOT, Elsewhere, need

UNIT = ROOT / "deploy" / "mailbot.service"
EXPOSURE = 12
"""In tenths: at most 1.2, of 10; a unit that hardens nothing has 9.6."""


def _analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.live
def test_systemd_finds_nothing_wrong_in_the_unit(elsewhere: Elsewhere, tmp_path: Path) -> None:
    need("systemd-analyze")
    unit = tmp_path / "mailbot.service"
    unit.write_text(UNIT.read_text().replace("/opt/mailbot/bin/mailbot", str(elsewhere.program("mailbot"))))
    found = _analyze("verify", str(unit))
    assert [line for line in (found.stdout + found.stderr).splitlines() if "mailbot" in line] == []
    assert found.returncode == 0


@pytest.mark.live
def test_systemd_finds_a_mistake_in_a_unit(tmp_path: Path) -> None:
    """Else the test above would prove nothing."""
    need("systemd-analyze")
    unit = tmp_path / "mailbot.service"
    unit.write_text(UNIT.read_text().replace("LockPersonality=yes", "LockPersonalty=yes"))
    assert "LockPersonalty" in _analyze("verify", str(unit)).stderr


@pytest.mark.live
def test_the_unit_is_exposed_by_1_2_at_most() -> None:
    need("systemd-analyze")
    found = _analyze("security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", str(UNIT))
    assert found.returncode == 0, found.stdout


def test_a_wrong_configuration_does_not_start_the_daemon_over_and_over() -> None:
    lines = UNIT.read_text().splitlines()
    assert {"RestartPreventExitStatus=2", "Restart=on-failure", "UMask=0077", "LimitCORE=0"} <= set(lines)
