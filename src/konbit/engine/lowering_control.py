"""The control verbs as nodes: choices, tables, lanes, loops, waits, fragments, withdrawals, the way back, the end."""

import datetime as dt
from collections.abc import Callable

from konbit.definition.controls import Way
from konbit.definition.expressions.kinds import DYNAMIC, MOMENT, NUMBER, TEXT, TRUTH, ListOf
from konbit.engine.lowering_site import Site
from konbit.engine.plan import (
    ChooseNode,
    EndNode,
    FirstOfNode,
    ForEachNode,
    GotoNode,
    LanesNode,
    Node,
    RepeatNode,
    StopNode,
    TableNode,
    UseNode,
    WaitNode,
)
from konbit.engine.scopes import Scope

FRAGMENT = "fragment"
"""The blocks of fragments are `fragment:NAME`."""


def _choose(site: Site) -> Node:
    branches = []
    ends: dict[str, str | None] = {"otherwise": None, "unknown": None}
    for index, branch in enumerate(site.step.choose or []):
        path = (*site.path, "choose", index)
        if branch.when is not None:
            condition = site.compiler.expression(branch.when, (*path, "when"), site.scope, TRUTH)
            block = site.compiler.inner(
                f"{site.name}:{index + 1}", branch.steps, (*path, "steps"), site.scope
            )
            branches.append((condition, block))
        for word, steps in (("otherwise", branch.otherwise), ("unknown", branch.unknown)):
            if steps is not None:
                ends[word] = site.compiler.inner(f"{site.name}:{word}", steps, (*path, word), site.scope)
    return ChooseNode(
        id=site.name,
        step=site.name,
        branches=tuple(branches),
        otherwise=ends["otherwise"],
        unknown=ends["unknown"],
        **site.common,
    )


def _lanes(site: Site) -> Node:
    lanes = []
    scopes: list[Scope] = []
    assert site.step.lanes is not None
    for name, lane in site.step.lanes.lanes.items():
        path = (*site.path, "lanes", name)
        steps, at = (lane, path) if isinstance(lane, list) else (lane.steps, (*path, "steps"))
        when = None if isinstance(lane, list) or lane.when is None else lane.when
        condition = (
            site.compiler.expression(when, (*path, "when"), site.scope, TRUTH) if when is not None else None
        )
        # The lanes run at the same time: none may use what another one gives.
        own = site.scope.fork()
        scopes.append(own)
        lanes.append((name, condition, site.compiler.inner(f"{site.name}:{name}", steps, at, own)))
    for own in scopes:
        site.scope.absorb(own)
    return LanesNode(
        id=site.name,
        step=site.name,
        lanes=tuple(lanes),
        join=site.compiler.join(
            site.step.lanes.wait, (*site.path, "lanes", "wait"), stop_rest=site.step.lanes.stop_rest
        ),
        **site.common,
    )


def _for_each(site: Site) -> Node:
    loop = site.step.for_each
    assert loop is not None
    path = (*site.path, "for_each")
    items = site.compiler.expression(loop.items, (*path, loop.variable), site.scope, ListOf(DYNAMIC))
    kind = items.kind.item if isinstance(items.kind, ListOf) else TEXT
    body = site.compiler.inner(
        f"{site.name}:body",
        site.step.steps or [],
        (*site.path, "steps"),
        site.scope.fork({loop.variable: kind}),
        leak=False,
    )
    join = site.compiler.join(loop.wait, (*path, "wait"), stop_rest=loop.stop_rest)
    counted = {"count": NUMBER, "completed": NUMBER}
    enough, still = (
        site.compiler.expression(
            text,
            (*path, word),
            site.compiler.watching(text, site.path, site.scope.fork(counted)),
            TRUTH,
        )
        if text is not None
        else None
        for word, text in (("enough_when", loop.enough_when), ("open_until", loop.open_until))
    )
    return ForEachNode(
        id=site.name,
        step=site.name,
        variable=loop.variable,
        items=items,
        body=body,
        join=join,
        enough_when=enough,
        open_until=still,
        **site.common,
    )


def _repeat(site: Site) -> Node:
    repeat = site.step.repeat
    assert repeat is not None
    inside = site.scope.fork()
    body = site.compiler.block(f"{site.name}:body", site.step.steps or [], (*site.path, "steps"), inside)
    until = (
        site.compiler.expression(repeat.until, (*site.path, "repeat", "until"), inside, TRUTH)
        if repeat.until
        else None
    )
    return RepeatNode(
        id=site.name,
        step=site.name,
        body=body,
        every=repeat.every,
        until=until,
        at_most=repeat.at_most,
        **site.common,
    )


def _wait(site: Site) -> Node:
    wait = site.step.wait
    assert wait is not None
    until = (
        site.compiler.expression(wait.until, (*site.path, "wait", "until"), site.scope, MOMENT)
        if wait.until
        else None
    )
    within: dt.timedelta | None = site.step.within
    if wait.first_of:
        return _first_of(site, wait.first_of)
    return WaitNode(
        id=site.name,
        step=site.name,
        length=wait.length,
        until=until,
        signal=wait.signal,
        within=within,
        keep=wait.keep,
        **site.common,
    )


def _end(site: Site) -> Node:
    return EndNode(id=site.name, step=site.name, outcome=site.step.end or "completed", **site.common)


def _first_of(site: Site, ways: list[Way]) -> Node:
    found = []
    for index, way in enumerate(ways):
        path = (*site.path, "wait", "first_of", index, "steps")
        found.append(
            (
                way.signal,
                way.length,
                site.compiler.inner(f"{site.name}:{index + 1}", way.steps, path, site.scope),
            )
        )
    return FirstOfNode(id=site.name, step=site.name, ways=tuple(found), **site.common)


def _table(site: Site) -> Node:
    table = site.step.table
    assert table is not None
    path = (*site.path, "table", "inputs")
    inputs = {
        name: site.compiler.expression(text, (*path, name), site.scope) for name, text in table.inputs.items()
    }
    rows = tuple(
        (
            {
                name: tuple(cell) if isinstance(cell, list) else cell
                for name, cell in row.items()
                if name != "then"
            },
            str(row["then"]),
        )
        for row in table.rows
    )
    return TableNode(
        id=site.name,
        step=site.name,
        inputs=inputs,
        rows=rows,
        hit=table.hit,
        otherwise=table.otherwise,
        unknown=table.unknown,
        **site.common,
    )


def _use(site: Site) -> Node:
    return UseNode(id=site.name, step=site.name, block=f"{FRAGMENT}:{site.step.use}", **site.common)


def _stop(site: Site) -> Node:
    return StopNode(id=site.name, step=site.name, steps=tuple(site.step.stop or []), **site.common)


def _goto(site: Site) -> Node:
    goto = site.step.goto
    assert goto is not None
    return GotoNode(id=site.name, step=site.name, target=goto.step, at_most=goto.at_most, **site.common)


CONTROL_VERBS: dict[str, Callable[[Site], Node]] = {
    "choose": _choose,
    "table": _table,
    "lanes": _lanes,
    "for_each": _for_each,
    "repeat": _repeat,
    "wait": _wait,
    "use": _use,
    "stop": _stop,
    "goto": _goto,
    "end": _end,
}
"""How each control verb is lowered."""
