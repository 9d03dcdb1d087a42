"""The outline for the terminal."""

from pathlib import Path

from konbit.definition.library import load
from konbit.engine.compile import compile_plan
from konbit.render.text import outline
from tests.unit.render.charts import everything

GOLDENS = Path(__file__).parents[2] / "goldens" / "render"


def test_the_activation_reads_as_it_was_read() -> None:
    library = load()
    plan = compile_plan(library.bundle("response/activation"), library.flowcharts.get)

    golden = (GOLDENS / "activation.txt").read_text(encoding="utf-8")
    assert outline(plan, done=["verify"], current=["decide"]) == golden


def test_every_verb_has_a_line() -> None:
    text = outline(everything(), done=["call[1]"], current=["collect/match"])

    assert "Clothes shipped by a church (ad hoc): lead; within 1h" in text
    assert "then the backup after 20m" in text
    assert "Again: graph; at most 2 times" in text
    assert "Class: every 1d; until number > 3; at most 60 times" in text
    assert "Loop: 80%" in text
    assert "Clear: all_clear" in text
    assert "x Call: lead" in text
    assert "> Collect: hub" in text
    assert "Child: response/other; within 4h" in text


def test_it_speaks_the_language_asked_for() -> None:
    library = load()
    plan = compile_plan(library.bundle("recovery/deactivation"), library.flowcharts.get)

    assert outline(plan, language="fr").startswith(
        "Désactiver l'unité d'urgence (recovery/deactivation, version"
    )
    assert "sans réponse" in outline(plan, language="fr")
