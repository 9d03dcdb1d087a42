"""`konbit demo`: one activation from trigger to report, played by scripted people on the real stack."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]


def test_the_demo_is_complete(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-m", "konbit.cli", "demo", "--home", str(home)],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    for words in (
        r"decide +escalation 2: chair-b",
        r"call_down +wave 2: ",
        r"fp-nyc-a +call_down +decline +mail",
        r"tarpaulin \(piece\) +\d+ +\d+ +\d+",
        r"Prefect: http://127\.0\.0\.1:\d+/v2/runs/flow-run/[0-9a-f-]{36}",
        r"Expectations of the scenario: (\d+) of \1 met",
        r"The demo is complete\.",
    ):
        assert re.search(words, done.stdout), f"{words}\n{done.stdout}"
    report = (home / "reports" / "situation_report-1.md").read_text("utf-8")
    assert "EQ-2021-000116-HTI" in report
    rows = (home / "reports" / "cluster_3w-1.csv").read_text("utf-8")
    assert "#" in rows.splitlines()[1], "the second row holds HXL tags"
    assert not list(tmp_path.glob(".konbit")), "nothing of the user's is touched"
