"""The pages of what the models find in control steps: loops, lanes, waits, tables."""

from konbit.check.registry import described

described(
    "bad-for-each",
    "shape",
    "A loop without a variable, or with two",
    why="`for_each` goes through one list and gives each item one name.",
    fix="Write `for_each: {cluster: clusters}`.",
    bad="""
    - for_each: {wait: first}
      steps: [{inform: {who: [chair], message: notice}}]
    """,
    good="""
    - for_each: {cluster: "['WSH', 'HEA']", wait: first}
      steps: [{inform: {who: [chair], message: notice}}]
    """,
)
described(
    "bad-join",
    "shape",
    "A way to wait that does not exist",
    why="A loop goes on when all items have ended, or the first, or a number, or a share of them.",
    fix="Write `all`, `first`, `none`, a number such as 3, or a share such as 80%.",
    bad="""
    - for_each: {cluster: "['WSH', 'HEA']", wait: most}
      steps: [{inform: {who: [chair], message: notice}}]
    """,
    good="""
    - for_each: {cluster: "['WSH', 'HEA']", wait: 50%}
      steps: [{inform: {who: [chair], message: notice}}]
    """,
)
described(
    "bad-wait",
    "shape",
    "A wait for two things, or for nothing",
    why="A wait ends at a time or with a signal.",
    fix="Write `wait: 2h`, `wait: {until: starts_at}` or `wait: {signal: all_clear}`.",
    bad="""
    - wait: {for: 2h, signal: all_clear}
    """,
    good="""
    - wait: {signal: all_clear}
      within: 2h
    """,
)
described(
    "no-lanes",
    "shape",
    "`lanes` without a lane",
    why="Beside `wait` and `stop_rest` there must be something to run.",
    fix="Write at least one lane.",
    bad="""
    - lanes: {wait: first}
    """,
    good="""
    - lanes:
        wait: first
        health: [{inform: {who: [chair], message: notice}}]
    """,
)
described(
    "bad-way",
    "shape",
    "A way of `first_of` that is two things, or nothing",
    why="Each way is a signal that may come, or a time that passes.",
    fix="Write `- {signal: landfall, steps: [...]}` or `- {for: 4h, steps: [...]}`.",
    bad="""
    - wait:
        first_of: [{signal: landfall}, {steps: []}]
    """,
    good="""
    - wait:
        first_of: [{signal: landfall}, {for: 4h}]
    """,
)
described(
    "row-without-then",
    "shape",
    "A row of a table without an outcome",
    why="A row that fits must say what is decided.",
    fix="Add `then: NAME` to the row.",
    bad="""
    - table:
        inputs: {people: "1200"}
        rows: [{people: ">= 3"}]
    """,
    good="""
    - table:
        inputs: {people: "1200"}
        rows: [{people: ">= 3", then: many}]
        otherwise: few
    """,
)
described(
    "unknown-column",
    "shape",
    "A cell in a column that the table does not have",
    why="The cell would never be looked at, and the row would fit more often than it seems to.",
    fix="Take a column that stands under `inputs`.",
    bad="""
    - table:
        inputs: {people: "1200"}
        rows: [{peple: ">= 3", then: many}]
    """,
    good="""
    - table:
        inputs: {people: "1200"}
        rows: [{people: ">= 3", then: many}]
        otherwise: few
    """,
)
