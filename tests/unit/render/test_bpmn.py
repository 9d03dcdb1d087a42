"""The BPMN export: valid by its schema, complete in its diagram, read and run by another engine, honest about losses."""

import itertools
import xml.etree.ElementTree as ET
from collections import Counter

import pytest
from SpiffWorkflow.bpmn.parser.BpmnParser import (
    BpmnParser,
    BpmnValidator,
)
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from konbit.definition.base import LANGUAGES
from konbit.render.bpmn import BPMN, BPMNDI, DC, DI, bpmn
from konbit.render.bpmn_model import Ids, duration
from konbit.render.svg import picture
from tests.patterns.cases import PATTERNS, Pattern
from tests.patterns.play import FOLDER
from tests.patterns.play import plan_of as pattern_plan
from tests.properties.charts import plan_of as random_plan
from tests.properties.charts import random_chart
from tests.properties.dice import Seeded
from tests.unit.engine.running import plan_of
from tests.unit.render.shipped import NAMES, plans
from tests.unit.render.test_layout import overlapping, through

RUN = [pattern for pattern in PATTERNS if pattern.plays]
"""The patterns that the language supports; the others are refused, and have no plan."""
NODES = ("Event", "Task", "task", "Gateway", "subProcess", "callActivity")
VALIDATOR = BpmnValidator()


def parser_of(xml: str) -> BpmnParser:
    """The document, validated by the schema and read."""
    parser = BpmnParser(validator=VALIDATOR)
    parser.add_bpmn_str(xml.encode())
    return parser


def tree(xml: str) -> ET.Element:
    """What we wrote, read back."""
    return ET.fromstring(xml)


def nodes(root: ET.Element) -> dict[str, ET.Element]:
    return {
        one.get("id", ""): one
        for one in root.iter()
        if one.tag.startswith(f"{{{BPMN}}}") and one.tag.endswith(NODES) and one.get("id")
    }


def bounds(root: ET.Element) -> dict[str, tuple[float, float, float, float]]:
    found = {}
    for shape in root.iter(f"{{{BPMNDI}}}BPMNShape"):
        box = shape.find(f"{{{DC}}}Bounds")
        assert box is not None
        left, top, wide, tall = (float(box.get(name) or "nan") for name in ("x", "y", "width", "height"))
        found[shape.get("bpmnElement") or ""] = (left, top, wide, tall)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_the_document_is_valid_by_the_schema(name: str, language: str) -> None:
    assert len(parser_of(bpmn(plans()[name], language=language).xml).process_parsers) >= 1


@pytest.mark.parametrize("pattern", RUN, ids=lambda pattern: f"{pattern.number:02d}")
def test_every_pattern_is_exported_and_valid(pattern: Pattern) -> None:
    (file,) = FOLDER.glob(f"{pattern.number:02d}-*.yaml")
    parser_of(bpmn(pattern_plan(file.name)).xml)


@pytest.mark.parametrize("pattern", RUN, ids=lambda pattern: f"{pattern.number:02d}")
def test_every_pattern_is_drawn_without_overlap(pattern: Pattern) -> None:
    (file,) = FOLDER.glob(f"{pattern.number:02d}-*.yaml")
    drawn = picture(pattern_plan(file.name))
    assert overlapping(drawn.placed) == []
    assert through(drawn.placed, [(arrow.source, arrow.target) for arrow in drawn.drawn.arrows]) == []


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"everything"}))
def test_shipped_charts_are_read_by_another_engine(name: str) -> None:
    parser = parser_of(bpmn(plans()[name]).xml)
    (process,) = [id for id in parser.get_process_ids() if id == name.replace("/", "_").replace("-", "_")]
    assert parser.get_spec(process).task_specs


@pytest.mark.parametrize("name", NAMES)
def test_every_node_has_a_shape_and_every_flow_a_way(name: str) -> None:
    root = tree(bpmn(plans()[name]).xml)
    shapes = bounds(root)
    assert set(nodes(root)) <= set(shapes)
    flows = {one.get("id") for one in root.iter(f"{{{BPMN}}}sequenceFlow")}
    drawn = {
        edge.get("bpmnElement"): edge.findall(f"{{{DI}}}waypoint")
        for edge in root.iter(f"{{{BPMNDI}}}BPMNEdge")
    }
    assert flows == set(drawn)
    assert all(len(points) >= 2 for points in drawn.values())


@pytest.mark.parametrize("name", NAMES)
def test_flows_touch_the_shapes_they_join(name: str) -> None:
    root = tree(bpmn(plans()[name]).xml)
    shapes = bounds(root)
    ends = {
        one.get("id"): (one.get("sourceRef"), one.get("targetRef"))
        for one in root.iter(f"{{{BPMN}}}sequenceFlow")
    }
    for edge in root.iter(f"{{{BPMNDI}}}BPMNEdge"):
        points = edge.findall(f"{{{DI}}}waypoint")
        for point, id in zip((points[0], points[-1]), ends[edge.get("bpmnElement")], strict=True):
            left, top, wide, tall = shapes[id or ""]
            across, down = float(point.get("x") or "nan"), float(point.get("y") or "nan")
            assert left - 0.2 <= across <= left + wide + 0.2, (edge.get("id"), id)
            assert top - 0.2 <= down <= top + tall + 0.2, (edge.get("id"), id)


@pytest.mark.parametrize("name", NAMES)
def test_activities_of_one_scope_do_not_overlap(name: str) -> None:
    root = tree(bpmn(plans()[name]).xml)
    shapes = bounds(root)
    for scope in [*root.iter(f"{{{BPMN}}}process"), *root.iter(f"{{{BPMN}}}subProcess")]:
        inside = [
            one.get("id") or ""
            for one in scope
            if one.tag.endswith(NODES) and not one.tag.endswith("boundaryEvent")
        ]
        for one, other in itertools.combinations(inside, 2):
            (a, b, c, d), (e, f, g, h) = shapes[one], shapes[other]
            assert a >= e + g or e >= a + c or b >= f + h or f >= b + d, (one, other)


@pytest.mark.parametrize("name", NAMES)
def test_every_node_is_in_one_lane(name: str) -> None:
    root = tree(bpmn(plans()[name]).xml)
    process = root.find(f"{{{BPMN}}}process")
    assert process is not None
    if process.find(f"{{{BPMN}}}laneSet") is None:
        assert name == "everything"
        return
    held = [one.text for one in root.iter(f"{{{BPMN}}}flowNodeRef")]
    assert sorted(held, key=str) == sorted(one.get("id") or "" for one in process if one.tag.endswith(NODES))


def test_deadlines_interrupt_and_reminders_do_not() -> None:
    root = tree(bpmn(plans()["response/activation"]).xml)
    timers = {
        event.get("id"): (event.get("cancelActivity"), "".join(event.itertext()).split())
        for event in root.iter(f"{{{BPMN}}}boundaryEvent")
        if event.get("attachedToRef") == "verify"
    }
    assert [timers[id][0] for id in sorted(timers, key=str)] == ["false", "false", "false", "true"]
    assert "PT2H" in timers["verify_deadline"][1]
    assert "PT1H30M" in timers["verify_after_1h30m"][1]


def test_each_verb_has_its_element() -> None:
    root = tree(bpmn(plans()["everything"]).xml)
    found = {id: one.tag.removeprefix(f"{{{BPMN}}}") for id, one in nodes(root).items()}
    kinds = Counter(found.values())
    assert found["style"] == "userTask"
    assert found["child"] == "callActivity"
    assert found["which"] == "exclusiveGateway"
    assert found["graph_join"] == "complexGateway"
    assert found["soonest"] == "eventBasedGateway"
    assert kinds["subProcess"] == 5
    assert len(list(root.iter(f"{{{BPMN}}}multiInstanceLoopCharacteristics"))) == 1
    assert len(list(root.iter(f"{{{BPMN}}}standardLoopCharacteristics"))) == 1


def test_another_engine_completes_the_same_steps() -> None:
    """Lanes side by side, a decision, tasks for people; the answer takes the branch."""
    plan = plan_of("""\
steps:
  - {id: first, ask: {who: a, question: x}, within: 1h, on: {no_answer: []}}
  - id: both
    lanes:
      left: [{id: one, ask: {who: a, question: x}, within: 1h, on: {no_answer: []}}]
      right: [{id: two, ask: {who: a, question: x}, within: 1h, on: {no_answer: []}}]
  - id: which
    choose:
      - {when: number > 3, steps: [{id: many, ask: {who: a, question: x}, within: 1h, on: {no_answer: []}}]}
      - otherwise: [{id: few, ask: {who: a, question: x}, within: 1h, on: {no_answer: []}}]
""")
    for number, last in ((5, "many"), (1, "few")):
        parser = parser_of(bpmn(plan, quoted=True).xml)
        workflow = BpmnWorkflow(
            parser.get_spec("response_example"), parser.get_subprocess_specs("response_example")
        )
        done: list[str] = []
        workflow.data["number"] = number
        for _ in range(60):
            workflow.do_engine_steps()
            workflow.refresh_timers()
            ready = [one for one in workflow.get_tasks(state=TaskState.READY) if one.task_spec.manual]
            if not ready:
                break
            ready[0].data["number"] = number
            done.append(ready[0].task_spec.bpmn_id)
            ready[0].run()
        assert workflow.completed
        assert Counter(done) == Counter(["first", "one", "two", last])


def test_what_does_not_survive_is_said() -> None:
    lost = bpmn(plans()["everything"]).lost
    assert any(sentence.startswith("table: ") for sentence in lost)
    assert any(sentence.startswith("style: ") and "ad hoc" in sentence for sentence in lost)
    assert any(sentence.startswith("again: ") and "at most 2" in sentence for sentence in lost)
    assert len(lost) == len(set(lost))
    assert all(sentence.endswith(".") for sentence in lost)


def test_guards_and_locks_are_among_the_losses() -> None:
    plan = plan_of("""\
steps:
  - id: both
    lanes:
      left: [{id: one, wait: 1h}]
      right: [{id: two, wait: 1h, after: [one], holding: truck, only_while: number > 1}]
""")
    lost = " ".join(bpmn(plan).lost)
    for word in ("does not wait for one", "the lock truck", "only_while"):
        assert word in lost


def test_two_ways_to_lanes_meet_before_they_begin() -> None:
    """A parallel gateway with two ways in would wait for both."""
    plan = plan_of("""\
steps:
  - {id: first, ask: {who: a, question: x}, within: 1h, on: {no_answer: []}}
  - {id: both, lanes: {left: [{id: one, wait: 1h}], right: [{id: two, wait: 1h}]}}
""")
    root = tree(bpmn(plan).xml)
    assert [
        one.get("sourceRef") for one in root.iter(f"{{{BPMN}}}sequenceFlow") if one.get("targetRef") == "both"
    ] == ["both_merge"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "PT0S"), (5400, "PT1H30M"), (86400, "P1D"), (90061, "P1DT1H1M1S")]
)
def test_lengths_of_time_are_written_as_iso_8601(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_ids_are_names_of_xml_and_given_once() -> None:
    ids = Ids()
    assert [ids.new("a/b"), ids.new("a:b"), ids.new("1"), ids.new("#")] == ["a_b", "a_b_2", "x_1", "x"]


@pytest.mark.parametrize("seed", range(40))
def test_random_charts_are_exported_and_valid(seed: int) -> None:
    parser_of(bpmn(random_plan(random_chart(Seeded(seed), 24))).xml)
