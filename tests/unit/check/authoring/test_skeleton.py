"""A first draft passes the check, in every language, for every pattern, and is laid out as `konbit format` would."""

import datetime as dt
from pathlib import Path

import pytest

from konbit.check.authoring.formatting import formatted
from konbit.check.authoring.phrases import PHRASES
from konbit.check.authoring.skeleton import PATTERNS, Answers, BadDraft, Pattern, draft
from konbit.check.checker import check
from konbit.definition.base import LANGUAGES
from konbit.definition.library import load
from konbit.definition.problems import Severity
from tests.unit.check.authoring.charts import ROOT
from tests.unit.check.authoring.goldens import matches

pytestmark = pytest.mark.slow

HOUR = dt.timedelta(hours=1)


def answers(pattern: Pattern = "decision", **other: object) -> Answers:
    languages = other.get("languages", ("en",))
    assert isinstance(languages, tuple)
    given: dict[str, object] = {
        "id": f"response/own-{pattern}",
        "titles": {code: f'Title: {code} # "quoted"' for code in languages},
        "owner": "humanitarian_hub",
        "within": HOUR,
        **other,
    }
    return Answers(pattern=pattern, **given)  # type: ignore[arg-type]  # a wrong one is what some tests are about


@pytest.mark.parametrize("languages", [("en",), LANGUAGES], ids=["one language", "all languages"])
@pytest.mark.parametrize("country", ["HTI", None], ids=["a country", "any country"])
@pytest.mark.parametrize(
    "within", [dt.timedelta(minutes=10), dt.timedelta(hours=48), dt.timedelta(days=30)], ids=str
)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_draft_passes_the_check(
    pattern: Pattern, within: dt.timedelta, country: str | None, languages: tuple[str, ...], tmp_path: Path
) -> None:
    text = draft(answers(pattern, within=within, country=country, languages=languages))
    file = tmp_path / f"own-{pattern}.yaml"
    file.write_text(text, "utf-8")
    library = load([ROOT / "definitions"], [file])
    found = [
        problem for problem in check(library, [f"response/own-{pattern}"]) if problem.where.file == str(file)
    ]
    assert [problem.text() for problem in found if problem.severity is not Severity.NOTE] == []


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_draft_is_laid_out_and_explained(pattern: Pattern) -> None:
    text = draft(answers(pattern, languages=("en", "fr")))
    assert formatted(text, "draft.yaml") == text
    assert text.count("  # ") + text.count("\n# ") >= 8
    assert matches(f"new-{pattern}.yaml", text)


def test_every_phrase_is_there_in_every_language() -> None:
    assert all(set(phrase) == set(LANGUAGES) for phrase in PHRASES.values())


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"id": "../../etc/passwd"}, "phase/name"),
        ({"id": "response/Flood"}, "phase/name"),
        ({"owner": "the chair"}, "role"),
        ({"owner": "chair\nsteps: []"}, "role"),
        ({"country": "Haiti"}, "HTI"),
        ({"within": dt.timedelta(minutes=5)}, "10m"),
        ({"languages": ("en", "fr"), "titles": {"en": "One"}}, "missing in fr"),
    ],
)
def test_answers_that_make_no_chart_are_refused(other: dict[str, object], said: str) -> None:
    with pytest.raises(BadDraft, match=said):
        draft(answers("decision", **other))
