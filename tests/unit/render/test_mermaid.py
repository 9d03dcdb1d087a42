"""Mermaid: safe ids, labels that nothing breaks out of, marks for what is done and what is under way."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.definition.library import Library, load
from konbit.engine.compile import compile_plan
from konbit.render.graph import STOOD_DOWN, graph
from konbit.render.mermaid import escape, mermaid
from konbit.render.words import WORDS
from tests.unit.render.charts import everything

GOLDENS = Path(__file__).parents[2] / "goldens" / "render"
LINE = re.compile(
    r"flowchart TD"
    r"|\s*n\d+[(\[{/\\]+\"[^\"]*\"[)\]}/\\]+:::[a-z]+"
    r"|\s*subgraph g\d+\[\"[^\"]*\"\]"
    r"|\s*end"
    r"|\s*[ng]\d+ (-->|-\.->)(\|\"[^\"]*\"\|)? n\d+"
    r"|\s*classDef [a-z]+ [a-z0-9#:, -]+"
    r"|\s*linkStyle [\d,]+ stroke-dasharray:\d \d"
)
"""Everything that may be written."""


@pytest.fixture(scope="module")
def library() -> Library:
    """What ships."""
    return load()


@given(st.text())
def test_no_text_can_end_its_label_or_begin_markup(text: str) -> None:
    escaped = escape(text)

    assert not set('"<>`{}\\%\n\r') & set(escaped)
    assert not re.search(r"#(?!(\d+|quot|lt|gt|amp);)", escaped)


def test_a_long_text_is_cut() -> None:
    assert escape("word " * 100).endswith("…")
    assert len(escape("word " * 100)) <= 90


def test_every_line_is_of_a_known_form() -> None:
    """Ids are generated, so that a step may be called `end`, `style` or `graph`."""
    for line in mermaid(everything()).splitlines():
        assert LINE.fullmatch(line), line


@pytest.mark.parametrize(
    "id",
    [
        "response/activation",
        "response/needs-assessment",
        "preparedness/calldown-drill",
        "recovery/deactivation",
    ],
)
def test_every_shipped_chart_is_drawn_in_full(library: Library, id: str) -> None:
    """Every step is covered by a box, and every box hangs on an arrow."""
    plan = compile_plan(library.bundle(id), library.flowcharts.get)
    drawn = graph(plan)
    covered = {node for box in drawn.boxes for node in box.covers}
    targets = {edge.target for edge in drawn.edges}

    assert {node.id for node in plan.nodes.values()} - covered == {"konbit_alarm"}
    for box in drawn.boxes:
        assert box.kind == "start" or box.group == STOOD_DOWN or box.id in targets, box.id
    for line in mermaid(plan).splitlines():
        assert LINE.fullmatch(line), line


def test_the_activation_is_drawn_as_it_was_looked_at(library: Library) -> None:
    """The golden was rendered in the Prefect UI's own Mermaid and read by a person; render it again when it changes."""
    plan = compile_plan(library.bundle("response/activation"), library.flowcharts.get)
    drawn = mermaid(plan, done=["verify"], current=["decide"])

    golden = GOLDENS / "activation.mmd"
    assert drawn == golden.read_text(encoding="utf-8")


def test_what_is_done_and_what_is_under_way_is_marked() -> None:
    """An execution in a loop and a part of a step mark the box of the step; under way goes before done."""
    drawn = mermaid(
        everything(), done=["end", "call[1]", "style"], current=["call[2]", "collect/offers"]
    ).splitlines()

    marked = {
        line.split('"')[1].split("<br/>")[0]: line.rpartition(":::")[2] for line in drawn if ":::" in line
    }
    assert marked["Call"] == "current"
    assert marked["Collect"] == "current"
    assert marked["Clothes shipped by a church"] == "done"
    assert marked["Call down"] == "step"


def test_ad_hoc_steps_are_dotted_and_silence_is_dashed() -> None:
    drawn = mermaid(everything()).splitlines()
    arrows = [line.strip() for line in drawn if re.match(r"\s*[ng]\d+ -", line)]
    found = [re.fullmatch(r"\s*linkStyle ([\d,]+) stroke-dasharray:(\d \d)", line) for line in drawn]
    styles = {match[2]: match[1] for match in found if match}
    dashed = {arrows[int(number)] for number in styles["6 4"].split(",")}
    dotted = {arrows[int(number)] for number in styles["2 3"].split(",")}

    assert {arrow for arrow in arrows if '"no answer"' in arrow} <= dashed
    assert len(dotted) == 2  # from the step before, and from what handles it
    assert not dashed & dotted
    assert all("-.->" in arrow for arrow in dashed | dotted)


def test_a_drawing_speaks_the_language_asked_for(library: Library) -> None:
    plan = compile_plan(library.bundle("response/activation"), library.flowcharts.get)

    assert "Vérifier l'événement" in mermaid(plan, language="fr")
    assert "sans réponse" in mermaid(plan, language="fr")
    assert "pa gen repons" in mermaid(plan, language="ht")


def test_every_word_of_a_drawing_is_there_in_every_language() -> None:
    for name, texts in WORDS.items():
        assert set(texts) == {"en", "fr", "ht", "es", "fil"}, name
        assert len({text.count("{") for text in texts.values()}) == 1, name


def test_a_bundle_is_drawn_without_its_plan(library: Library) -> None:
    """The deployment page has the bundle only."""
    assert mermaid(library.bundle("preparedness/calldown-drill")).startswith("flowchart TD\n")
