"""Whatever comes in whatever order: nothing raises, no timer is left behind, and every run reaches its end."""

import datetime as dt
import functools
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from konbit.engine.advance import fold
from konbit.engine.effects import CloseRequest, DoWork, Finish, OpenRequest
from konbit.engine.events import AnyEvent, ChildEnded, Signalled, TimerFired
from konbit.engine.plan import Plan
from konbit.engine.state import ChildFrame
from tests.unit.engine.running import Run, plan_of

Json = dict[str, JsonValue]
Draw = Callable[[st.SearchStrategy[Any]], Any]
ROLES = st.sampled_from(["chair", "lead", "hub"])
DURATIONS = st.sampled_from(["10m", "1h", "1h", "5h"])
CONDITIONS = st.sampled_from(["number > 3", "number == 0 or number > 9", "'A' in clusters"])


@st.composite
def asks(draw: st.DrawFn) -> Json:
    step: Json = {
        "ask": {"who": draw(ROLES), "question": "what", "options": ["yes", "no"]},
        "within": draw(DURATIONS),
        "remind": ["5m"],
        "escalate": [{"to": "backup", "after": "7m"}],
    }
    return step


@st.composite
def calls(draw: st.DrawFn) -> Json:
    waves: list[JsonValue] = [
        {"to": "primary"},
        {"to": "backup", "after": "5m"},
        {"to": "hub", "after": "20m"},
    ]
    who: list[JsonValue] = list(draw(st.lists(ROLES, min_size=1, max_size=3, unique=True)))
    return {"contact": {"who": who, "message": "come", "waves": waves}, "within": draw(DURATIONS)}


@st.composite
def reports(draw: st.DrawFn) -> Json:
    report: Json = {"kind": "needs_note", "inputs_from": [draw(ROLES)], "to": ["members"]}
    if draw(st.booleans()):
        report["approve"] = {"who": "chair", "within": draw(DURATIONS)}
    return {"report": report, "within": draw(DURATIONS)}


def simple() -> st.SearchStrategy[Json]:
    """Steps without steps in them."""
    return st.one_of(
        asks(),
        calls(),
        reports(),
        st.just({"inform": {"who": ["members"], "message": "hello"}}),
        DURATIONS.map(lambda text: {"wait": text}),
        st.just({"wait": {"signal": "clear"}, "within": "3h"}),
        st.just({"run": {"flowchart": "response/other"}, "within": "8h"}),
    )


def nested(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Steps with steps in them."""
    block = st.lists(inner, max_size=3)
    some = st.lists(inner, min_size=1, max_size=3)
    joins = st.fixed_dictionaries(
        {"cluster": st.just("clusters"), "wait": st.sampled_from(["all", "first", "none", 2, "80%"])},
        optional={"stop_rest": st.booleans()},
    )
    return st.one_of(
        st.builds(
            lambda when, a, b, c: {"choose": [{"when": when, "steps": a}, {"otherwise": b}, {"unknown": c}]},
            CONDITIONS,
            block,
            block,
            block,
        ),
        st.builds(
            lambda wait, stop, a, b: {"lanes": {"wait": wait, "stop_rest": stop, "a": a, "b": b}},
            st.sampled_from(["all", "first", "none"]),
            st.booleans(),
            some,
            some,
        ),
        st.builds(lambda loop, steps: {"for_each": loop, "steps": steps}, joins, some),
        st.builds(
            lambda every, most, steps: {"repeat": {"at_most": most} | every, "steps": steps},
            st.sampled_from([{}, {"every": "2h"}]),
            st.integers(1, 3),
            some,
        ),
        st.builds(lambda step, steps: {**step, "on": {"no_answer": steps}}, asks(), block),
        st.builds(lambda step, steps: {**step, "on": {"uncovered": steps, "failed": []}}, calls(), block),
        st.builds(
            lambda one, other: {
                "wait": {"first_of": [{"signal": "clear", "steps": one}, {"for": "2h", "steps": other}]}
            },
            block,
            block,
        ),
        st.builds(lambda step: {**step, "holding": "truck"}, st.one_of(asks(), calls())),
        st.builds(lambda step: {**step, "abandon_if": "number > 3"}, asks()),
        st.just({"use": "common"}),
        st.just({"end": "early"}),
    )


REST = """\
stand_down: [{inform: {who: members, message: stop}}]
fragments:
  common: [{id: shared, ask: {who: hub, question: what}, within: 1h}]
"""
STEPS = st.recursive(simple(), nested, max_leaves=12)


@functools.cache
def compiled(text: str) -> Plan:
    return plan_of(text)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A chart of a few steps, some inside others."""
    steps = draw(st.lists(STEPS, min_size=1, max_size=4))
    numbers = itertools.count(1)

    def named(value: JsonValue, *, listed: bool = False) -> JsonValue:
        """Gives every step an id: the members of lists that are neither branches nor waves."""
        if isinstance(value, list):
            items = [named(item, listed=True) for item in value]
            first = items[0] if len(items) > 1 else None
            if isinstance(first, dict) and "id" in first and draw(st.integers(0, 5)) == 0:
                back: Json = {"step": first["id"], "at_most": 2}
                items.append({"id": f"s{next(numbers)}", "goto": back})
            return items
        if isinstance(value, dict):
            found = {key: named(item) for key, item in value.items()}
            step = listed and not {"when", "otherwise", "unknown", "to", "signal", "for"} & set(found)
            return {"id": f"s{next(numbers)}", **found} if step else found
        return value

    text = json.dumps(named(list(steps)))
    return compiled(f"steps: {text}\n{REST}")


def possible(run: Run, draw: Draw) -> AnyEvent | None:
    """Something that may happen now; answers and timers may also be of what is over."""
    timers = sorted(run.state.timers)
    children = [key for key, frame in sorted(run.state.live.items()) if isinstance(frame, ChildFrame)]
    what = draw(st.sampled_from(["answer", "answer", "timer", "timer", "work", "signal", "child", "odd"]))
    if what == "timer" and timers:
        timer = draw(st.sampled_from(timers))
        run.now = max(run.now, run.state.timers[timer][0])
        return TimerFired(at=run.now, timer=timer)
    if what == "signal":
        return Signalled(at=run.now, name="clear")
    if what == "child" and children:
        return ChildEnded(at=run.now, child=draw(st.sampled_from(children)), outcome="completed")
    if what == "odd":
        return TimerFired(
            at=run.now, timer=draw(st.sampled_from(["s1#deadline", "s2#wave:1", "x#y", "nothing"]))
        )
    return None


def live_a_little(run: Run, draw: Draw) -> None:
    """One thing happens."""
    event = possible(run, draw)
    if event is not None:
        run.happens(event)
        return
    if run.state.work and draw(st.booleans()):
        work = draw(st.sampled_from(run.state.work)).key
        run.fail(work) if draw(st.integers(0, 4)) == 0 else run.finish_work(work)
        return
    for request in run.state.requests[:1]:
        person = draw(st.sampled_from([*sorted(request.places), "nobody"]))
        verdict = draw(st.sampled_from(["accept", "accept", "decline", "dead"]))
        if verdict == "dead":
            run.unreachable(request.key, person)
        else:
            run.answer(request.key, person, verdict)


def drive_to_the_end(run: Run) -> None:
    """Work comes back, time passes, nobody answers any more."""
    run.held = False
    # Repeats in repeats with jumps back: the longest that was found ended after 551 events.
    for _ in range(10_000):
        if run.state.status == "ended":
            return
        if run.state.work:
            run.finish_work(run.state.work[0].key)
        else:
            assert run.state.next_timer is not None, f"nothing can happen any more: {sorted(run.state.live)}"
            at, timer = min((when, name) for name, (when, _) in run.state.timers.items())
            run.now = max(run.now, at)
            run.happens(TimerFired(at=run.now, timer=timer))
    raise AssertionError("the run does not end")


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(plan=plans(), data=st.data())
def test_any_run_reaches_an_end_whatever_happens(plan: Plan, data: st.DataObject) -> None:
    """`Run` checks after every event that no timer outlives what it is for and that the state survives being written."""
    number = data.draw(st.sampled_from([None, 1, 5]))
    clusters = data.draw(st.sampled_from([[], ["A"], ["A", "B", "C"]]))
    run = Run(plan, held=True).start(number=number, clusters=clusters)  # type: ignore[arg-type]  # JSON
    for _ in range(data.draw(st.integers(0, 25))):
        if run.state.status == "ended":
            break
        live_a_little(run, data.draw)
    if data.draw(st.integers(0, 9)) == 0:
        run.stand_down()
    drive_to_the_end(run)

    assert len([effect for effect in run.effects if isinstance(effect, Finish)]) == 1
    opened = [effect.request for effect in run.effects if isinstance(effect, OpenRequest)]
    closed = [effect.request for effect in run.effects if isinstance(effect, CloseRequest)]
    assert sorted(opened) == sorted(closed)
    asked = [effect.work for effect in run.effects if isinstance(effect, DoWork)]
    assert len(asked) == len(set(asked)), "one key, one execution"


def test_the_state_is_a_fold_over_the_events() -> None:
    plan = plan_of("steps: [{id: one, ask: {who: chair, question: what}, within: 1h}, {wait: 1h}]")
    run = Run(plan)
    events: list[AnyEvent] = []
    keep = run.happens

    def happens(event: AnyEvent) -> list[object]:
        events.append(event)
        return keep(event)  # type: ignore[return-value]  # a list of effects

    run.happens = happens  # type: ignore[method-assign,assignment]  # listens in
    run.start()
    run.answer("one", "chair/1")
    run.later("2h")

    assert run.outcome == "completed"
    assert fold(plan, events) == run.state
    assert run.now - events[0].at == dt.timedelta(hours=2)
