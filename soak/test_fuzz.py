"""A hundred thousand random and mutated YAML documents; `make soak` runs it. A sample is in tests/properties.

FUZZ_DOCUMENTS says how many. What fails names its seed: `campaign([SEED])` repeats it.
"""

import os

import pytest

from tests.properties.fuzzing import campaign

pytestmark = [pytest.mark.soak, pytest.mark.timeout(4 * 3600)]
DOCUMENTS = int(os.environ.get("FUZZ_DOCUMENTS", "100000"))
PARTS = 20


@pytest.mark.parametrize("part", range(PARTS))
def test_no_document_makes_the_check_raise_hang_or_swell(part: int) -> None:
    """No traceback, no hang over a second each, and memory within bounds."""
    told = campaign(range(part * DOCUMENTS // PARTS, (part + 1) * DOCUMENTS // PARTS))
    seconds, seed = told.slowest
    print(  # noqa: T201  # the figures of the campaign
        f"{told.documents:,} documents, {told.charts:,} of them flowcharts, {told.sound:,} without a problem, "
        f"{len(told.codes)} codes; slowest {seconds:.2f} s (seed {seed}); {told.grown:.0f} MiB more than at the beginning"
    )
