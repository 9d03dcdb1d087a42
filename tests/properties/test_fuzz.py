"""Whatever is in a file, the check answers with problems: a sample of the campaign in soak/test_fuzz.py."""

import pytest

from tests.properties.fuzzing import campaign

SAMPLE = 300


@pytest.mark.slow
def test_no_document_makes_the_check_raise_hang_or_swell() -> None:
    told = campaign(range(SAMPLE))
    assert told.charts > SAMPLE / 20, "documents that parse are among them"
