"""Scenario files and the directories they name, found by path or by name."""

from collections.abc import Sequence
from pathlib import Path

from konbit.cli.directory_file import read_directory
from konbit.definition.library import Library, bundled
from konbit.domain.directory import Directory
from konbit.domain.directory_reach import Canonical
from konbit.errors import InvalidScenario
from konbit.notify.address import canonical
from konbit.simulate.scenario import Scenario, require_scenario


def read(named: str, folders: Sequence[Path]) -> Scenario:
    """The scenario in a file, or of that name in `scenarios/` of the definitions; InvalidScenario if there is none."""
    path = _find(named, "scenarios", (".yaml", ".yml"), folders)
    if path is None:
        raise InvalidScenario(
            f"there is no scenario '{named}'; there are: {', '.join(_names(folders)) or 'none'}"
        )
    return require_scenario(path.read_bytes(), str(path))


def directory_path(scenario: Scenario, folders: Sequence[Path]) -> Path:
    """The directory that a scenario names: `directories/NAME.csv`."""
    path = _find(scenario.directory, "directories", (".csv",), folders) if scenario.directory else None
    if path is None and scenario.directory is None:
        raise InvalidScenario(f"the scenario {scenario.scenario} names no directory: its people are made up")
    if path is None:
        raise InvalidScenario(
            f"the scenario {scenario.scenario} names the directory '{scenario.directory}': no such file"
        )
    return path


def directory_of(
    scenario: Scenario, folders: Sequence[Path], library: Library, as_canonical: Canonical = canonical
) -> Directory:
    """The people of a scenario; nobody if it makes its own up."""
    if scenario.directory is None:
        return Directory()
    country = str(scenario.parameters.get("country") or "")
    return read_directory(directory_path(scenario, folders), country, library.roles, as_canonical)[0]


def _find(named: str, kind: str, endings: Sequence[str], folders: Sequence[Path]) -> Path | None:
    if Path(named).is_file():
        return Path(named)
    places = [folder / kind / f"{named}{ending}" for folder in (folders or [bundled()]) for ending in endings]
    return next((place for place in places if place.is_file()), None)


def _names(folders: Sequence[Path]) -> list[str]:
    return sorted(
        path.stem for folder in (folders or [bundled()]) for path in (folder / "scenarios").glob("*.y*ml")
    )
