"""Control: what runs after what, side by side, for each item, again and again, and when it all ends."""

import pytest

from konbit.engine.effects import StartChild, StopChild
from konbit.engine.events import ChildEnded, Signalled
from tests.unit.engine.running import START, Run, messages

TELL = "{inform: {who: members, message: hello}}"


def asks(id: str, within: str = "1h", extra: str = "") -> str:
    """A step that asks a role of the same name."""
    return f"{{id: {id}, ask: {{who: {id}, question: what}}, within: {within}, on: {{no_answer: []}}{extra}}}"


def test_steps_run_one_after_the_other_and_the_run_completes() -> None:
    run = Run.of(f"steps: [{asks('one')}, {asks('two')}]")

    assert [frame.key for frame in run.state.requests] == ["one"]
    run.answer("one", "one/1")
    assert [frame.key for frame in run.state.requests] == ["two"]
    run.answer("two", "two/1")
    assert run.outcome == "completed"
    assert run.outcomes == {"one": "done", "two": "done"}


@pytest.mark.parametrize(
    ("number", "outcome"), [(5, "many"), (1, "few"), (None, "not_known")], ids=["true", "false", "unknown"]
)
def test_a_choice_takes_the_branch_that_holds_and_unknown_has_its_own(
    number: int | None, outcome: str
) -> None:
    """A missing value is never taken for 'no'."""
    chart = """\
    steps:
      - id: which
        choose:
          - {when: number > 3, steps: [{end: many}]}
          - otherwise: [{end: few}]
          - unknown: [{end: not_known}]
    """
    assert Run.of(chart, number=number).outcome == outcome


def test_a_choice_without_a_fitting_branch_goes_on_and_an_undecided_one_tells_the_owner() -> None:
    chart = "steps: [{id: which, choose: [{when: number > 3, steps: [{end: many}]}]}]"

    assert Run.of(chart, number=1).alarms == []
    undecided = Run.of(chart, number=None)
    assert undecided.outcomes["which"] == "undecided"
    assert undecided.alarms == ["which: what it depends on is not known"]
    assert undecided.outcome == "completed"


def test_lanes_run_side_by_side_and_the_run_goes_on_when_all_have_ended() -> None:
    run = Run.of(f"steps: [{{lanes: {{a: [{asks('one')}], b: [{asks('two')}]}}}}, {asks('three')}]")

    assert [frame.key for frame in run.state.requests] == ["one", "two"]
    run.answer("two", "two/1")
    assert [frame.key for frame in run.state.requests] == ["one"]
    run.answer("one", "one/1")
    assert [frame.key for frame in run.state.requests] == ["three"]


def loop(join: str, body: str = "") -> str:
    """A loop over the clusters, and a step after it."""
    inner = body or asks("lead")
    return f"steps: [{{id: each, for_each: {{cluster: clusters{join}}}, steps: [{inner}]}}, {asks('after')}]"


def test_a_loop_over_nothing_completes_at_once() -> None:
    run = Run.of(loop(""), clusters=[])

    assert run.outcomes == {"each": "completed"}
    assert [frame.key for frame in run.state.requests] == ["after"]


def test_a_loop_goes_on_at_its_share_and_lets_the_rest_run_out() -> None:
    """80 % of three is three rounded up: nobody is left out by rounding; of five it is four."""
    run = Run.of(loop(", wait: 80%"), clusters=["A", "B", "C", "D", "E"])

    for cluster in "ABC":
        run.answer(f"lead[{cluster}]", "lead/1")
        assert "after" not in run.state.live
    run.answer("lead[D]", "lead/1")
    assert [frame.key for frame in run.state.requests] == ["after", "lead[E]"]
    run.answer("after", "after/1")
    assert run.outcome is None
    run.answer("lead[E]", "lead/1")
    assert run.outcome == "completed"
    assert run.state.done["each"].output["completed"] == 4


def test_a_loop_that_stops_the_rest_withdraws_it() -> None:
    run = Run.of(loop(", wait: first, stop_rest: true"), clusters=["A", "B", "C"])

    run.answer("lead[B]", "lead/1")
    assert [frame.key for frame in run.state.requests] == ["after"]
    assert all(not timer.startswith("lead") for timer in run.state.timers)


@pytest.mark.parametrize("join", [", wait: first", ", wait: 2", ", wait: 50%", ", wait: none", ""])
@pytest.mark.parametrize("stop", ["", ", stop_rest: true"])
def test_items_that_end_in_the_same_moment_are_all_counted_home(join: str, stop: str) -> None:
    """A body that waits for nobody ends in the event that started it; the run must still end."""
    body = "{choose: [{when: cluster == 'A', steps: []}, {otherwise: []}, {unknown: []}]}"
    run = Run.of(loop(join + stop, body), clusters=["A", "B", "C"])

    assert [frame.key for frame in run.state.requests] == ["after"]
    run.answer("after", "after/1")
    assert run.outcome == "completed"


def test_items_that_end_in_the_same_moment_do_not_end_what_handles_the_loop() -> None:
    """What comes home late is not taken for the end of what is handled now."""
    body = "{choose: [{when: cluster == 'A', steps: []}, {otherwise: []}, {unknown: []}]}"
    handled = f", on: {{completed: [{asks('handle')}]}}"
    chart = f"steps: [{{id: each, for_each: {{cluster: clusters, wait: first}}, steps: [{body}]{handled}}}, {asks('after')}]"
    run = Run.of(chart, clusters=["A", "B", "C"])

    assert [frame.key for frame in run.state.requests] == ["handle"]


def test_a_repeat_waits_for_its_time_and_ends_when_its_condition_holds() -> None:
    chart = f"steps: [{{id: daily, repeat: {{every: 24h, until: number > 3, at_most: 3}}, steps: [{asks('report')}]}}]"
    run = Run.of(chart, number=1)

    run.later("2h")
    assert run.outcomes["report[1]"] == "no_answer"
    assert "report[2]" not in run.outcomes
    run.later("22h")
    assert [frame.key for frame in run.state.requests] == ["report[2]"]
    run.later("48h")
    assert run.outcome == "completed"
    assert run.state.done["daily"].output["count"] == 3
    assert "report[2]" not in Run.of(chart, number=9).outcomes


def test_a_wait_ends_after_its_time() -> None:
    run = Run.of("steps: [{id: pause, wait: 2h}]")

    run.later("1h59m")
    assert run.outcome is None
    run.later("1m")
    assert run.outcomes == {"pause": "over"}


def test_a_signal_ends_a_wait_and_one_that_came_before_is_kept() -> None:
    chart = f"steps: [{asks('first')}, {{id: clear, wait: {{signal: all_clear}}, within: 5h}}]"
    early, late, never = Run.of(chart), Run.of(chart), Run.of(chart)
    signal = Signalled(at=START, name="all_clear")

    early.happens(signal)
    for run in (early, late, never):
        run.answer("first", "first/1")
    late.happens(signal)
    never.later("6h")
    assert early.outcomes["clear"] == late.outcomes["clear"] == "signalled"
    assert never.outcomes["clear"] == "over"


def test_a_child_is_started_with_what_it_needs_and_its_outcome_is_handled() -> None:
    chart = f"""\
    steps:
      - id: assessment
        run: {{flowchart: response/other}}
        within: 10h
        on: {{expired: [{TELL}]}}
    """
    run = Run.of(chart)
    started = next(effect for effect in run.effects if isinstance(effect, StartChild))

    assert (started.child, started.parameters["country"]) == ("assessment", "HTI")
    said = run.happens(ChildEnded(at=START, child="assessment", outcome="expired", results={"asked": 3}))
    assert messages(said) == [("inform", "hello", ("members/1",))]
    assert run.state.done["assessment"].output["asked"] == 3


def test_a_child_that_is_late_is_stood_down() -> None:
    run = Run.of("steps: [{id: other, run: {flowchart: response/other}, within: 10h}]")

    effects = run.later("10h")
    assert [effect.child for effect in effects if isinstance(effect, StopChild)] == ["other"]
    assert run.outcomes == {"other": "no_answer"}
    assert run.outcome == "completed"


def test_an_end_withdraws_what_is_open() -> None:
    run = Run.of(
        f"steps: [{{lanes: {{a: [{asks('one')}], b: [{asks('two')}, {{end: monitor}}]}}}}, {asks('never')}]"
    )

    run.answer("two", "two/1")
    assert run.outcome == "monitor"
    assert "never" not in run.outcomes


def test_a_mark_is_set_when_its_step_ends_and_deadlines_count_from_it() -> None:
    chart = f"""\
    steps:
      - {asks("decide", extra=", mark: T0")}
      - {{id: late, ask: {{who: late, question: what}}, within: 9h, due: T0+3h, on: {{no_answer: []}}}}
    """
    run = Run.of(chart)
    run.later("30m")
    run.answer("decide", "decide/1")

    assert run.state.marks["T0"] == run.now
    assert run.state.requests[0].closes_at == run.now.replace(hour=16)
