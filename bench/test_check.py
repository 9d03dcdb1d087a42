"""How long the check takes, and how it grows with the length of a chart.

`make bench` runs this. The collector of cycles is off, as `konbit check` has it.
"""

import functools
import gc
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from konbit.check.checker import check
from konbit.definition.library import Library, load
from konbit.definition.problems import Severity
from tests.patterns.play import FOLDER

HEAD = """flowchart: response/long
title: Long
version: 1
owner: chair
expires: {after: 900d}
steps:
"""
LENGTHS = (100, 1_000, 10_000)
GROWTH = 1.15
"""The exponent at most: 1 is linear."""
A_SECOND = 1.0
"""For a chart of a thousand steps."""


def plain(length: int) -> str:
    """Steps one after the other."""
    return "".join(f"  - {{id: s{at}, inform: {{who: members, message: notice}}}}\n" for at in range(length))


def lanes(length: int) -> str:
    """One step in each of many lanes."""
    rows = "".join(f"      l{at}: [{{inform: {{who: members, message: notice}}}}]\n" for at in range(length))
    return f"  - lanes:\n{rows}"


def decided(length: int) -> str:
    """A wait that may be passed over, and a table that looks at it: names, expressions and branches."""
    return "".join(
        f"  - {{id: w{at}, wait: {{signal: s{at}}}, within: 1m}}\n"
        f"  - {{table: {{inputs: {{how: w{at}.outcome}}, rows: [{{how: over, then: a}}], otherwise: b}}}}\n"
        for at in range(length // 2)
    )


SHAPES = {"plain": plain, "lanes": lanes, "decided": decided}


@functools.cache
def chart(shape: str, length: int, folder: Path) -> Library:
    """The definitions of the patterns with a long chart beside them."""
    file = folder / f"{shape}-{length}.yaml"
    file.write_text(HEAD + SHAPES[shape](length), encoding="utf-8")
    return load([FOLDER / "definitions"], [file])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("long")


@pytest.fixture(autouse=True)
def _uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("shape", SHAPES)
def test_check_a_long_chart(benchmark: BenchmarkFixture, folder: Path, shape: str, length: int) -> None:
    library = chart(shape, length, folder)
    found = benchmark.pedantic(check, args=(library, ["response/long"]), rounds=3)
    assert [one.text() for one in found if one.severity == Severity.ERROR] == []
    if benchmark.stats is not None:
        benchmark.extra_info["microseconds_a_step"] = benchmark.stats["min"] / length * 1e6


@pytest.mark.parametrize("shape", SHAPES)
def test_the_check_grows_as_the_chart_does(folder: Path, shape: str) -> None:
    costs = {}
    for length in LENGTHS:
        run = functools.partial(check, chart(shape, length, folder), ["response/long"])
        costs[length] = min(_seconds(run) for _ in range(3))
    least, most = min(LENGTHS), max(LENGTHS)
    exponent = math.log(costs[most] / costs[least]) / math.log(most / least)
    shown = ", ".join(f"{length:,} steps {seconds * 1000:.0f} ms" for length, seconds in costs.items())
    print(f"{shape}: {shown}; exponent {exponent:.2f}")
    assert costs[1_000] < A_SECOND, costs
    assert exponent <= GROWTH, costs


def _seconds(run: Callable[[], object]) -> float:
    # Time of this process alone: what else the machine does is left out.
    began = time.process_time()
    run()
    return time.process_time() - began
