"""What control does to the time of a plan: waits, loops, choices, lanes, the first of several, fragments."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from konbit.check.flow import ZERO, Span
from konbit.definition.durations import LONGEST, show
from konbit.engine.plan import (
    ChooseNode,
    FirstOfNode,
    ForEachNode,
    GotoNode,
    Join,
    LanesNode,
    Node,
    RepeatNode,
    UseNode,
    WaitNode,
)
from konbit.simulate.times.timing import Link, Place, Way, value

if TYPE_CHECKING:
    from konbit.simulate.times.walking import Walk


def wait(walk: "Walk", node: WaitNode, way: Way, place: Place) -> Way:
    """A wait for a time, a moment or a signal; a moment counts if it is known and the start too."""
    if node.length is not None:
        return walk.line(node, way, place, Span(node.length, node.length))
    if node.signal is not None:
        most = node.within if node.within is not None else LONGEST
        return walk.line(node, way, place, Span(ZERO, most), f"until the signal {node.signal}")
    assert node.until is not None
    until = value(node.until, walk.parameters, walk.plan)
    if isinstance(until, dt.datetime) and walk.table.at is not None:
        moment = until - walk.table.at
        span = Span(max(ZERO, moment - way.at.least), max(ZERO, moment - way.at.most))
        end = Span(max(way.at.least, moment), max(way.at.most, moment))
        key = walk.table.key(place, node)
        walk.table.add(key, place, node, way.at, end, f"until {node.until.text}")
        return Way(end, Link(key, span.most, way.chain) if span.most else way.chain)
    walk.table.notes.append(f"{node.id}: until {node.until.text} is not known, and counted as no time")
    return walk.line(node, way, place, Span(), f"until {node.until.text}")


def repeat(walk: "Walk", node: RepeatNode, way: Way, place: Place) -> Way:
    """A loop: its lines show the first round, its end is that of the last."""
    at = len(walk.table.steps)
    key = walk.table.key(place, node)
    period = node.every or ZERO
    once = walk.block(node.body, way, place.inside(node.at_most, period))
    least, most = once.at.least - way.at.least, once.at.most - way.at.most
    rounds = node.at_most - 1
    whole = Span(
        least if node.until is not None else max(period, least) * rounds + least,
        min(max(period, most) * rounds + most, LONGEST),
    )
    done = dataclasses.replace(way.later(key, whole), goes_on=once.goes_on)
    every = f", every {show(node.every)}" if node.every else ""
    walk.table.add(key, place, node, way.at, done.at, f"up to {node.at_most} rounds{every}")
    walk.table.steps.insert(at, walk.table.steps.pop())
    return done


def for_each(walk: "Walk", node: ForEachNode, way: Way, place: Place) -> Way:
    """The same for each item, at the same time; of a list that is not known, one."""
    items = value(node.items, walk.parameters, walk.plan)
    known = isinstance(items, list | tuple)
    count = len(dict.fromkeys(items)) if isinstance(items, list | tuple) else 1
    if node.open_until is not None:
        walk.table.notes.append(f"{node.id}: items that are added on the way are not counted")
    at = len(walk.table.steps)
    key = walk.table.key(place, node)
    note = f"{count} of {node.items.text}" if known else f"each of {node.items.text}"
    if not known:
        walk.table.notes.append(
            f"{node.id}: how many {node.items.text} there are is not known; one is counted"
        )
    done = way
    if count:
        body = walk.block(node.body, way, place.inside(count, ZERO, node.variable))
        certain = known and node.enough_when is None and node.join.needed(count) > 0
        least = body.at.least if certain and body.goes_on else way.at.least
        most = body if body.goes_on and node.join.needed(count) else way
        done = Way(Span(least, most.at.most), most.chain)
    walk.table.add(key, place, node, way.at, done.at, note)
    walk.table.steps.insert(at, walk.table.steps.pop())
    return done


def fork(walk: "Walk", node: Node, way: Way, place: Place) -> Way:
    """Several ways on: choices, lanes, the first of several, a fragment."""
    match node:
        case ChooseNode():
            ways = walk.either(_branches(walk, node), way, place)
            return joined([one for one in ways if one.goes_on], dataclasses.replace(way, goes_on=False))
        case LanesNode():
            return _lanes(walk, node, way, place)
        case FirstOfNode():
            return _first_of(walk, node, way, place)
        case UseNode() if node.block not in walk.using:
            walk.using = (*walk.using, node.block)
            done = walk.block(node.block, way, place)
            walk.using = walk.using[:-1]
            return done
        case _:
            return walk.line(node, way, place, Span())


def _branches(walk: "Walk", node: ChooseNode) -> list[str | None]:
    """The ways that a choice can take, as far as the parameters decide it."""
    found: list[str | None] = []
    doubtful = False
    for condition, block in node.branches:
        holds = value(condition, walk.parameters, walk.plan)
        if holds is False:
            continue
        found.append(block)
        if holds is True:
            break
        doubtful = True
    else:
        found.append(node.otherwise)
    return found + ([node.unknown] if doubtful else [])


def _lanes(walk: "Walk", node: LanesNode, way: Way, place: Place) -> Way:
    ways, certain = [], 0
    for _, when, block in node.lanes:
        holds = True if when is None else value(when, walk.parameters, walk.plan)
        if holds is not False:
            ways.append(walk.block(block, way, place))
            certain += holds is True
    on = [one for one in ways if one.goes_on]
    if not on:
        return dataclasses.replace(way, goes_on=not ways)
    least = _nth(sorted(one.at.least for one in on), node.join, certain)
    latest = sorted(on, key=lambda one: one.at.most)
    last = (
        latest[max(0, min(len(on), node.join.needed(len(ways))) - 1)] if node.join.needed(len(ways)) else way
    )
    stops = any(not one.goes_on for one in ways) and node.join.kind == "all" and certain == len(ways)
    return Way(Span(least if certain else way.at.least, last.at.most), last.chain, not stops)


def _first_of(walk: "Walk", node: FirstOfNode, way: Way, place: Place) -> Way:
    times = [length for _, length, _ in node.ways if length is not None]
    limit = min(times, default=LONGEST)
    least = limit if len(times) == len(node.ways) else ZERO
    at = len(walk.table.steps)
    key = walk.table.key(place, node)
    waited = way.later(key, Span(least, limit))
    ways = walk.either([block for _, _, block in node.ways], waited, place)
    done = joined([one for one in ways if one.goes_on], dataclasses.replace(waited, goes_on=not ways))
    walk.table.add(key, place, node, way.at, done.at, "the first of several")
    walk.table.steps.insert(at, walk.table.steps.pop())
    return done


def joined(ways: Sequence[Way], default: Way) -> Way:
    """Any of several ways: the earliest of them and the latest; the default if there is none."""
    if not ways:
        return dataclasses.replace(default, goes_on=False) if default.goes_on else default
    last = max(ways, key=lambda way: way.at.most)
    return Way(Span(min(way.at.least for way in ways), last.at.most), last.chain)


def _nth(times: Sequence[dt.timedelta], join: Join, total: int) -> dt.timedelta:
    """When so many as are needed have ended, of those that run for certain."""
    needed = min(join.needed(total), len(times))
    return times[needed - 1] if needed else times[0]


def ways_back(nodes: Sequence[Node], index: int) -> list[tuple[int, dt.timedelta]]:
    """How often a step happens again because of the ways back after it."""
    names = [node.id for node in nodes]
    return [
        (node.at_most + 1, ZERO)
        for place, node in enumerate(nodes)
        if isinstance(node, GotoNode) and node.target in names and names.index(node.target) <= index <= place
    ]
