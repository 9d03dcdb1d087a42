"""What the check says of a table is what the engine does with it."""

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.check.cells import MOST_ROWS, Grid, Value, misfit
from konbit.definition.bundle import Bundle
from konbit.definition.expressions.kinds import DYNAMIC, MOMENT, NUMBER, TEXT, TRUTH, Choice, Kind
from konbit.definition.flowchart import Flowchart
from konbit.engine.compile import compile_plan
from konbit.engine.plan import TableNode
from konbit.engine.ways import cell_fits

LEVELS = ("monitor", "partial", "full")
PEOPLE = (-1, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5)
CELLS = {
    "people": st.one_of(
        st.integers(0, 4),
        st.builds("{} {}".format, st.sampled_from([">=", "<=", ">", "<", "==", "!="]), st.integers(0, 4)),
        st.lists(st.integers(0, 4), min_size=1, max_size=3),
    ),
    "level": st.one_of(st.sampled_from(LEVELS), st.lists(st.sampled_from(LEVELS), min_size=1, max_size=2)),
    "urgent": st.booleans(),
}
ROWS = st.lists(st.fixed_dictionaries({}, optional=CELLS), min_size=1, max_size=6)


def table(rows: list[dict[str, object]]) -> TableNode:
    """The table with these rows."""
    flowchart = Flowchart.model_validate(
        {
            "flowchart": "response/table",
            "title": "Table",
            "version": 1,
            "owner": "chair",
            "parameters": {
                "people": {"type": "number", "default": 0},
                "level": {"type": "choice", "of": list(LEVELS), "default": "full"},
                "urgent": {"type": "truth", "default": False},
            },
            "steps": [
                {
                    "id": "t",
                    "table": {
                        "inputs": {name: name for name in CELLS},
                        "rows": [{**row, "then": f"r{number}"} for number, row in enumerate(rows)],
                    },
                }
            ],
        }
    )
    node = compile_plan(Bundle(flowchart=flowchart, forms={}, messages={}, roles={})).nodes["t"]
    assert isinstance(node, TableNode)
    return node


def fitting(node: TableNode, values: Mapping[str, Value]) -> list[int]:
    """The rows that the engine takes for these values."""
    return [
        number
        for number, (cells, _) in enumerate(node.rows)
        if all(cell_fits(cell, values[name]) is True for name, cell in cells.items())
    ]


@given(ROWS)
def test_the_grid_agrees_with_the_engine_on_every_value(rows: list[dict[str, object]]) -> None:
    node = table(rows)
    grid = Grid(node)
    every = [
        fitting(node, dict(zip(CELLS, values, strict=True)))
        for values in itertools.product(PEOPLE, LEVELS, (True, False))
    ]
    missed = grid.missed()
    assert (missed is None) == all(every)
    assert missed is None or fitting(node, missed) == []
    for row in range(len(rows)):
        assert grid.reached(row) == any(fits[:1] == [row] for fits in every)
        for other in range(row):
            both = grid.both(other, row)
            assert (both is not None) == any({row, other} <= set(fits) for fits in every)
            assert both is None or {row, other} <= set(fitting(node, both))


def test_a_long_table_is_given_up_and_nothing_is_said() -> None:
    """Many columns times many rows: what cannot be told in time is not called wrong."""
    rows: list[dict[str, object]] = [
        {"people": f">= {n}", "level": LEVELS[n % 3], "urgent": bool(n % 2)} for n in range(MOST_ROWS)
    ]
    grid = Grid(table(rows))
    grid._looks = 3
    assert grid.reached(MOST_ROWS - 1)
    assert grid.missed() is None


@pytest.mark.parametrize(
    ("cell", "kind", "fits"),
    [
        (3, NUMBER, True),
        (">= 3", NUMBER, True),
        ("3", NUMBER, False),
        (">= three", NUMBER, False),
        (True, NUMBER, False),
        (True, TRUTH, True),
        ("true", TRUTH, False),
        ("full", Choice(LEVELS), True),
        ("!= full", Choice(LEVELS), True),
        ("fulll", Choice(LEVELS), False),
        ("> full", Choice(LEVELS), False),
        ("HTI", TEXT, True),
        ("!= HTI", TEXT, True),
        ("> HTI", TEXT, False),
        (3, TEXT, False),
        ("anything", DYNAMIC, True),
        ("2021-08-14", MOMENT, False),
    ],
)
def test_a_cell_is_of_the_kind_of_its_column(cell: Value, kind: Kind, fits: bool) -> None:  # noqa: FBT001
    assert (misfit(cell, kind, listed=False) == "") is fits


def test_a_comparison_in_a_list_is_a_text_like_any_other_and_never_fits() -> None:
    assert misfit(">= 3", NUMBER, listed=True)
