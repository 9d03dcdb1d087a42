"""Every shipped flowchart, rehearsed as far as minutes allow: nothing that was not known comes to light."""

import pytest

from konbit.simulate.coverage import Exercised
from konbit.simulate.paths.rehearse import rehearse
from tests.unit.simulate.playing import library, plans

PATHS = 40_000

pytestmark = pytest.mark.soak


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("flowchart", sorted(library().flowcharts))
def test_a_long_rehearsal_finds_nothing_new(flowchart: str) -> None:
    result = rehearse(plans()(flowchart), library().codes, library().flowcharts.get, PATHS)

    assert result.coverage.missing == Exercised()
    assert not result.faults
    assert "never" not in result.outcomes
    assert result.exhausted or result.complete >= 2
