"""What the domain tests share: the code lists that ship, and builders with plain defaults."""

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from konbit.definition.codelists import CodeLists, parse_codelist
from konbit.domain.observations import Observation

ROOT = Path(__file__).parents[3]
T0 = dt.datetime(2021, 8, 14, 12, 29, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def codelists() -> CodeLists:
    """The code lists of definitions/codes."""
    files = sorted((ROOT / "definitions" / "codes").glob("*.yaml"))
    return CodeLists(parse_codelist(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files)


@pytest.fixture(scope="session")
def observe() -> Callable[..., Observation]:
    """Builds an observation; every argument replaces a default."""
    return observation


def observation(**changes: object) -> Observation:
    """An observation: 100 people in Les Cayes without water, by hearsay, unless told otherwise."""
    values: dict[str, object] = {
        "id": "o1",
        "run_id": "run-1",
        "cluster": "WSH",
        "place": "HT0711",
        "what": "no safe water",
        "basis": "heard",
        "people": 100,
        "observed_at": T0,
        "reporter_role": "focal_point",
        "source_id": "p1",
    }
    return Observation.model_validate(values | changes)


@pytest.fixture(scope="session")
def golden() -> Callable[[str, str], None]:
    """Compares a text with the stored file of that name; with KONBIT_UPDATE_GOLDENS set, stores it first."""

    def check(name: str, content: str) -> None:
        path = ROOT / "tests" / "goldens" / "domain" / name
        if os.environ.get("KONBIT_UPDATE_GOLDENS"):
            path.write_text(content, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == content

    return check
