"""The picture: every step is on it, every difference survives black and white, nothing breaks out of it."""

import re
import time
import xml.etree.ElementTree as ET

import pytest

from konbit.definition.base import LANGUAGES
from konbit.render.boxtext import Line
from konbit.render.diagram import diagram
from konbit.render.graph import STOOD_DOWN, graph
from konbit.render.live import Live, live_mermaid
from konbit.render.measure import width, wrap
from konbit.render.phrases import PHRASES
from konbit.render.svg import picture, svg
from tests.properties.charts import plan_of as random_plan
from tests.properties.charts import random_chart
from tests.properties.dice import Seeded
from tests.unit.engine.running import plan_of
from tests.unit.render.charts import HOSTILE
from tests.unit.render.shipped import NAMES, plans
from tests.unit.render.test_layout import overlapping, through

SVG = "{http://www.w3.org/2000/svg}"
ASK = """\
steps:
  - id: one
    title: First
    ask: {who: chair, question: what, options: [yes, no]}
    level: global
    within: 60m
    escalate: [{to: backup, after: 15m}]
    on: {no: [{inform: {who: hub, message: x}}], no_answer: [{end: silent}]}
  - id: two
    title: Second
    pathway: ad_hoc
    ask: {who: lead, question: what}
    level: residence
    within: 2h
    on: {no_answer: []}
"""


def parsed(text: str) -> ET.Element:
    """What we wrote, read back."""
    return ET.fromstring(text)  # our own output


def nodes(root: ET.Element) -> dict[str, ET.Element]:
    return {one.get("data-step", ""): one for one in root.iter(f"{SVG}g") if one.get("data-step")}


def edges(root: ET.Element) -> dict[tuple[str, str, str], ET.Element]:
    found = {}
    for one in root.iter(f"{SVG}path"):
        if one.get("data-from"):
            kind = (one.get("class") or "").removeprefix("edge ")
            found[one.get("data-from") or "", one.get("data-to") or "", kind] = one
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_box_of_the_graph_is_drawn_and_named(name: str) -> None:
    root = parsed(svg(plans()[name]))
    drawn = nodes(root)
    assert {box.id for box in graph(plans()[name]).boxes} <= set(drawn)
    assert all(node.find(f"{SVG}title") is not None for node in drawn.values())


def test_the_picture_has_a_title_a_description_and_its_language() -> None:
    root = parsed(svg(plans()["response/activation"], language="fr"))
    title, described = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text == "Activer l'unité d'urgence"
    assert described is not None
    assert "couloirs" in (described.text or "")
    assert root.get("lang") == "fr"
    assert root.get("aria-labelledby") == f"{title.get('id')} {described.get('id')}"


def test_silence_is_told_by_colour_dash_and_word() -> None:
    text = svg(plan_of(ASK))
    found = edges(parsed(text))
    silent = next(edge for (source, _, kind), edge in found.items() if source == "one" and kind == "silence")
    plain = found["one", "two", "flow"]
    assert silent.get("stroke") != plain.get("stroke")
    assert silent.get("stroke-dasharray")
    assert text.count(">no answer<") == 2


def test_ad_hoc_pathways_are_dotted_and_streamlined_ones_solid() -> None:
    root = parsed(svg(plan_of(ASK)))
    found = edges(root)
    assert found["one", "two", "flow"].get("stroke-dasharray") == "2 4"
    assert found["#start", "one", "flow"].get("stroke-dasharray") is None
    box = next(one for one in nodes(root)["two"].iter() if one.get("class") == "box")
    assert box.get("stroke-dasharray")


def test_lanes_deadlines_and_waves_are_written() -> None:
    text = svg(plan_of(ASK))
    for said in ("Global", "Country of residence", "within 1h", "15m: backup"):
        assert f">{said}</text>" in text
    assert text.index(">Global<") < text.index(">Country of residence<")


def test_lanes_by_actor_carry_the_titles_of_roles() -> None:
    text = svg(plans()["response/activation"], by="actor")
    lanes = re.findall(r'class="lane-title"[^>]*>([^<]+)<', text)
    assert "Country facilitator" in lanes
    assert "Humanitarian hub" in lanes


def test_without_lanes_there_is_no_lane_title() -> None:
    assert 'class="lane-title"' not in svg(plan_of(ASK), by="none")


def test_shapes_differ_by_verb() -> None:
    drawn = {shape.id: shape.kind for shape in diagram(plans()["everything"]).shapes}
    assert drawn["style"] == "human"
    assert drawn["which"] == "decision"
    assert drawn["child"] == "child"
    assert drawn["pause"] == "wait"
    assert drawn["again"] == "goto"
    assert drawn["loop/foot"] == "loop_end"


def test_no_text_breaks_out_of_its_element() -> None:
    root = parsed(svg(plans()["everything"]))
    said = "".join(root.itertext())
    assert "".join(HOSTILE.split()) in "".join(said.split())
    assert root.find(f".//{SVG}b") is None


def test_text_stays_inside_its_box() -> None:
    for name in NAMES:
        for language in LANGUAGES:
            for shape in diagram(plans()[name], language=language).shapes:
                assert max((line.width for line in shape.lines), default=0) <= shape.width, shape.id
                assert sum(line.height for line in shape.lines) <= shape.height, shape.id


def test_a_loop_has_a_head_and_a_foot_and_no_arrow_back() -> None:
    drawn = picture(plans()["everything"])
    for arrow in drawn.drawn.arrows:
        source, target = drawn.placed.boxes[arrow.source], drawn.placed.boxes[arrow.target]
        assert source.along < target.along
    assert any(arrow.target == "class/foot" for arrow in drawn.drawn.arrows)
    assert any(arrow.source == "class/foot" for arrow in drawn.drawn.arrows)


def test_nested_loops_lead_from_foot_to_foot() -> None:
    plan = plan_of("""\
steps:
  - id: outer
    for_each: {cluster: clusters}
    steps:
      - id: inner
        repeat: {at_most: 3}
        steps: [{id: pause, wait: 1h}]
  - id: after
    wait: 1h
""")
    pairs = {(arrow.source, arrow.target) for arrow in diagram(plan).arrows}
    assert {("pause", "inner/foot"), ("inner/foot", "outer/foot"), ("outer/foot", "after")} <= pairs
    assert len(pairs) == 7


def test_a_run_is_laid_over_the_picture() -> None:
    live = Live(
        {"verify": "confirmed", "link[WSH]": "linked", "link[HEA]": ""}, {"call_down": "12 of 40 answered"}
    )
    plan = plans()["response/activation"]
    root = parsed(svg(plan, live=live))
    found = nodes(root)
    assert "done" in (found["verify"].get("class") or "").split()
    assert "confirmed" in "".join(found["verify"].itertext())
    assert "current" in (found["call_down"].get("class") or "").split()
    assert "12 of 40 answered" in "".join(found["call_down"].itertext())
    assert "linked (1)" in "".join(found["link"].itertext())
    assert not {"done", "current"} & set((found["decide"].get("class") or "").split())
    assert live_mermaid(plan, live).count(":::current") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_fixed_words_exist_in_every_language(language: str) -> None:
    assert [name for name, texts in PHRASES.items() if language not in texts] == []


def test_a_hundred_steps_are_drawn_within_a_second() -> None:
    steps = "".join(
        f"""\
  - id: s{number}
    ask: {{who: lead, question: what, options: [good, bad]}}
    level: {("global", "country", "local")[number % 3]}
    within: 1h
    on: {{bad: [{{inform: {{who: hub, message: x}}}}], no_answer: [{{inform: {{who: chair, message: x}}}}]}}
"""
        for number in range(100)
    )
    plan = plan_of("steps:\n" + steps)
    began = time.perf_counter()
    text = svg(plan)
    assert time.perf_counter() - began < 1
    assert len(nodes(parsed(text))) >= 300


def test_wrapping_keeps_every_word_until_the_lines_run_out() -> None:
    text = "Ask organizations to wait for the list of needs"
    assert " ".join(wrap(text, 12, 90)) == text
    assert all(width(line, 12) <= 90 for line in wrap(text, 12, 90))
    cut = wrap(text, 12, 60, most=2)
    assert len(cut) == 2
    assert cut[-1].endswith("…")
    assert all(width(line, 12) <= 40 for line in wrap("Donaudampfschifffahrt" * 3, 12, 40, most=99))
    assert Line("x", 10).height > 10


@pytest.mark.parametrize("seed", range(60))
def test_every_box_of_a_random_chart_has_its_arrows(seed: int) -> None:
    """Taking the groups away and giving loops feet neither cuts a box off nor leaves a loose end."""
    plan = random_plan(random_chart(Seeded(seed), 24))
    drawn, shown = graph(plan), diagram(plan)
    reached = {edge.target for edge in drawn.edges}
    final = {box.id for box in drawn.boxes if box.outcome or box.group == STOOD_DOWN}
    targets, sources = {arrow.target for arrow in shown.arrows}, {arrow.source for arrow in shown.arrows}
    for shape in shown.shapes:
        assert (
            shape.id in targets
            or shape.kind == "start"
            or (shape.id not in reached and shape.kind != "loop_end")
        )
        assert shape.id in sources or shape.kind == "end" or shape.id in final


@pytest.mark.parametrize("seed", range(40))
def test_random_charts_have_no_overlaps_and_no_arrow_through_a_box(seed: int) -> None:
    drawn = picture(random_plan(random_chart(Seeded(seed), 24)))
    assert overlapping(drawn.placed) == []
    assert through(drawn.placed, [(arrow.source, arrow.target) for arrow in drawn.drawn.arrows]) == []


def test_a_lane_that_ends_in_a_loop_ends_at_its_foot() -> None:
    pairs = {(arrow.source, arrow.target) for arrow in diagram(plans()["response/activation"]).arrows}
    assert ("links/foot", "first_hours/join") in pairs
    assert ("link", "first_hours/join") not in pairs
