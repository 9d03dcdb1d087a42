"""A fault strikes at its point, at its time, in its way; without one a point does nothing."""

import signal
import subprocess
import sys

import pytest

from konbit.orchestrate.faults import POINTS, BadFault, reached, read


def test_without_a_fault_a_point_does_nothing() -> None:
    assert read("") is None
    for point in POINTS:
        reached(point)


@pytest.mark.parametrize(
    "text", ["nowhere:1:kill", "after-append", "after-append:x:kill", "after-append:1:burn"]
)
def test_a_fault_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadFault, match="POINT:N:kill"):
        read(text)


def test_a_fault_kills_the_nth_time_at_its_point_and_not_before() -> None:
    code = (
        "from konbit.orchestrate.faults import reached\n"
        "reached('after-append'); reached('before-sleep'); print('alive', flush=True)\n"
        "reached('after-append'); print('dead')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"KONBIT_FAULT": "after-append:2:kill"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "alive\n")
