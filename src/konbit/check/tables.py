"""Decision tables: cells that fit their column, rows that can be reached, values that no row takes or that two rows take."""

from collections.abc import Iterator

from konbit.check.cells import MOST_ROWS, Grid, Value, misfit
from konbit.check.chart import Chart, Site, Spot
from konbit.check.knowing import in_doubt
from konbit.check.registry import rule
from konbit.definition.mentions import Path
from konbit.definition.problems import Severity
from konbit.engine.plan import TableNode

ERROR = Severity.ERROR


def _tables(chart: Chart) -> Iterator[tuple[Site, TableNode]]:
    """The tables whose inputs could be compiled."""
    for site in chart.doing("table"):
        node = chart.compiled.plan.nodes.get(site.id)
        if not isinstance(node, TableNode):
            continue
        if not any((*site.verb_path, "inputs", name) in chart.faulty for name in node.inputs):
            yield site, node


def _grids(chart: Chart) -> Iterator[tuple[Site, TableNode, Grid]]:
    """The tables whose cells all fit their columns, and that are short enough to try."""
    for site, node in _tables(chart):
        if len(node.rows) <= MOST_ROWS and not any(_misfits(site, node)):
            yield site, node, Grid(node)


def _misfits(site: Site, node: TableNode) -> Iterator[tuple[Path, Value, str]]:
    for number, (cells, _) in enumerate(node.rows):
        for name, cell in cells.items():
            path, listed = (*site.verb_path, "rows", number, name), isinstance(cell, tuple)
            for at, one in enumerate(cell) if isinstance(cell, tuple) else [(0, cell)]:
                if reason := misfit(one, node.inputs[name].kind, listed=listed):
                    yield (*path, at) if listed else path, one, reason


def _words(values: dict[str, Value]) -> str:
    return " and ".join(f"{name} is {_shown(value)}" for name, value in values.items())


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else value


@rule(
    "bad-cell",
    ERROR,
    "A cell that can never fit its column",
    why="The row is passed over whatever happens, or the decision counts as unknown.",
    fix="Write a value of the column's kind; `'>= 3'` compares numbers, and a choice has only the values it was given.",
    bad="""
    parameters:
      level: {type: choice, of: [partial, full], default: partial}
    steps:
      - table:
          inputs: {level: level}
          rows: [{level: fulll, then: all}]
          otherwise: some
    """,
    good="""
    parameters:
      level: {type: choice, of: [partial, full], default: partial}
    steps:
      - table:
          inputs: {level: level}
          rows: [{level: full, then: all}]
          otherwise: some
    """,
)
def bad_cell(chart: Chart) -> Iterator[Spot]:
    """A cell, or a value in the list of one, that is not of the kind of its column."""
    for site, node in _tables(chart):
        for path, cell, reason in _misfits(site, node):
            yield chart.at(path, f"'{_shown(cell)}' can never fit: {reason}")


@rule(
    "table-overlap",
    ERROR,
    "Two rows of a `unique` table that fit the same values",
    why="`hit: unique` promises one row at most; for these values the table ends `ambiguous` and decides nothing.",
    fix="Narrow one of the rows, or write `hit: first` and put the row that goes before on top.",
    bad="""
    parameters:
      people: {type: number, default: 0}
    steps:
      - table:
          inputs: {people: people}
          hit: unique
          rows: [{people: ">= 100", then: many}, {people: ">= 1000", then: very_many}]
          otherwise: few
    """,
    good="""
    parameters:
      people: {type: number, default: 0}
    steps:
      - table:
          inputs: {people: people}
          hit: first
          rows: [{people: ">= 1000", then: very_many}, {people: ">= 100", then: many}]
          otherwise: few
    """,
)
def table_overlap(chart: Chart) -> Iterator[Spot]:
    """A row of a `unique` table that can fit together with one above it."""
    for site, node, grid in _grids(chart):
        for row in range(grid.rows) if node.hit == "unique" else ():
            pairs = ((above, grid.both(above, row)) for above in range(row))
            found = next(((above, values) for above, values in pairs if values is not None), None)
            if found is not None:
                message = f"rows {found[0] + 1} and {row + 1} both fit when {_words(found[1])}"
                yield chart.at((*site.verb_path, "rows", row), message, "narrow one, or write hit: first")


@rule(
    "row-never-reached",
    ERROR,
    "A row that can never decide",
    why="With `hit: first` the rows above take every value that this one would fit.",
    fix="Move the row up, or remove it.",
    bad="""
    parameters:
      people: {type: number, default: 0}
    steps:
      - table:
          inputs: {people: people}
          rows: [{people: ">= 100", then: many}, {people: ">= 1000", then: very_many}]
          otherwise: few
    """,
    good="""
    parameters:
      people: {type: number, default: 0}
    steps:
      - table:
          inputs: {people: people}
          rows: [{people: ">= 1000", then: very_many}, {people: ">= 100", then: many}]
          otherwise: few
    """,
)
def row_never_reached(chart: Chart) -> Iterator[Spot]:
    """A row of a `first` table whose every value a row above it fits."""
    for site, node, grid in _grids(chart):
        for row in range(1, grid.rows) if node.hit == "first" else ():
            if not grid.reached(row):
                message = f"row {row + 1} is never reached: the rows above fit all it fits"
                yield chart.at((*site.verb_path, "rows", row), message, "move it up, or remove it")


@rule(
    "table-not-exhaustive",
    ERROR,
    "A table that leaves values out",
    why="When no row fits, the run would go on as if nothing had been decided.",
    fix="Add `otherwise: NAME`, a row without cells, or what happens `on: {none: [...]}`.",
    bad="""
    parameters:
      level: {type: choice, of: [monitor, partial, full], default: partial}
    steps:
      - table:
          inputs: {level: level}
          rows: [{level: full, then: all}, {level: partial, then: some}]
    """,
    good="""
    parameters:
      level: {type: choice, of: [monitor, partial, full], default: partial}
    steps:
      - table:
          inputs: {level: level}
          rows: [{level: full, then: all}, {level: [partial, monitor], then: some}]
    """,
)
def table_not_exhaustive(chart: Chart) -> Iterator[Spot]:
    """A table with neither `otherwise` nor a handler of `none`, and values that no row fits."""
    for site, node, grid in _grids(chart):
        if node.otherwise is None and "none" not in site.step.on and (values := grid.missed()):
            yield chart.at_verb(site, f"no row fits when {_words(values)}", "add otherwise: NAME")


@rule(
    "table-without-unknown",
    ERROR,
    "A table without a way on for what is not known",
    why="A missing report is not a 'no'. When a row depends on what is unknown the table ends `undecided`; if nothing "
    "handles that, the run can only alarm the owner and go on.",
    fix="Add `unknown: NAME`, or what happens `on: {undecided: [...]}`.",
    bad="""
    - id: decide
      ask: {who: chair, question: question, options: [yes, no]}
      within: 2h
      on: {no_answer: []}
    - table:
        inputs: {said: decide.answer}
        rows: [{said: yes, then: go}]
        otherwise: stay
    """,
    good="""
    - id: decide
      ask: {who: chair, question: question, options: [yes, no]}
      within: 2h
      on: {no_answer: []}
    - table:
        inputs: {said: decide.answer}
        rows: [{said: yes, then: go}]
        otherwise: stay
        unknown: stay
    """,
)
def table_without_unknown(chart: Chart) -> Iterator[Spot]:
    """An input that may be unknown and that a row looks at, in a table with nothing for `undecided`."""
    for site, node in _tables(chart):
        if node.unknown is not None or "undecided" in site.step.on:
            continue
        looked_at = {name for cells, _ in node.rows for name in cells}
        for name, expression in node.inputs.items():
            if name in looked_at and (reason := in_doubt(chart, site, expression)):
                path = (*site.verb_path, "inputs", name)
                yield chart.at(path, f"this may be unknown: {reason}", "add unknown: NAME to the table")
                break
