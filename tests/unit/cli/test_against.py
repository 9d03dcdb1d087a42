"""`konbit check --against`: what a change would do to runs that began with the version before."""

import shutil
from pathlib import Path

from konbit.definition.library import bundled
from tests.unit.cli.conftest import Call

CHART = "response/activation.yaml"


def _changed(folder: Path, old: str, new: str) -> Path:
    shutil.copytree(bundled(), folder)
    text = (folder / CHART).read_text("utf-8")
    assert old in text
    (folder / CHART).write_text(text.replace(old, new, 1), "utf-8")
    return folder


def test_the_same_definitions_have_nothing_to_say(call: Call) -> None:
    done = call("check", str(bundled()), "--against", str(bundled()))
    assert (done.exit_code, "version-not-raised" in done.stdout) == (0, False)


def test_another_deadline_under_the_same_number_is_an_error_at_the_number(call: Call, tmp_path: Path) -> None:
    changed = _changed(tmp_path / "new", "within: 2h", "within: 3h")
    done = call("check", str(changed), "--against", str(bundled()))
    assert done.exit_code == 2
    (line,) = [line for line in done.stdout.splitlines() if "version-not-raised" in line]
    number = next(
        number
        for number, text in enumerate((changed / CHART).read_text("utf-8").splitlines(), start=1)
        if text.startswith("version:")
    )
    assert f"activation.yaml:{number}:10: error[version-not-raised]" in line


def test_a_step_that_is_gone_is_named(call: Call, tmp_path: Path) -> None:
    changed = _changed(tmp_path / "new", "id: verify", "id: look")
    done = call("check", str(changed), "--against", str(bundled()))
    assert "warning[waiting-step-removed]: 'verify' is gone" in done.stdout


def test_a_folder_that_is_not_there_is_refused(call: Call, tmp_path: Path) -> None:
    assert call("check", "--against", str(tmp_path / "nothing")).exit_code == 2
