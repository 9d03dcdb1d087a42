"""The JSON Schema that editors use: it explains every key, takes what is shipped, refuses what a schema can refuse."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema  # type: ignore[import-untyped]  # its stubs are not among the tools
import pytest
from pydantic import BaseModel

from konbit.check import catalogue
from konbit.check.registry import ENTRIES
from konbit.cli.schema import KINDS, file_schema
from konbit.definition import explanations
from konbit.definition.jsonschema import EXTRAS, described, keys_of
from konbit.definition.schema_clauses import CLAUSES, ORDER
from konbit.definition.source import read_bytes
from konbit.definition.step import VERBS

ROOT = Path(__file__).parents[3]
DEFINITIONS = ROOT / "definitions"
BROKEN = ROOT / "tests" / "broken"
BEYOND = {"misplaced-flowchart", "defined-twice", "bad-code-list", "unknown-column"}
"""Codes of the shape stage that no schema can know: they are about other files, or about names the author gave."""
assert catalogue.CHART_RULES


def shipped() -> Iterator[tuple[str, Path]]:
    """Every shipped file that has a schema, with its kind."""
    for phase in ("preparedness", "response", "recovery"):
        yield from (("flowchart", path) for path in sorted((DEFINITIONS / phase).glob("*.yaml")))
    yield "roles", DEFINITIONS / "roles.yaml"
    for kind, folder in (("messages", "messages"), ("form", "forms"), ("scenario", "scenarios")):
        yield from ((kind, path) for path in sorted((DEFINITIONS / folder).glob("*.yaml")))


def errors(kind: str, content: bytes) -> list[Any]:
    source, _ = read_bytes(content, "example.yaml")
    assert source is not None
    schema = json.loads(file_schema(kind))
    return list(jsonschema.Draft7Validator(schema).iter_errors(source.data))


def expected(path: Path) -> str:
    """The code that a broken file is there for."""
    found = re.match(r"# expect: (\S+)", path.read_text("utf-8", "replace"))
    return found[1] if found else ""


def refusable() -> list[Path]:
    codes = {entry.code for entry in ENTRIES.values() if entry.stage == "shape"} - BEYOND
    return [path for path in sorted(BROKEN.glob("*.yaml")) if expected(path) in codes]


def models(kind: str) -> dict[str, type[BaseModel]]:
    """Every model that a file of this kind is made of, by name."""
    found: dict[str, type[BaseModel]] = {}
    open_: list[Any] = [KINDS[kind][0], *EXTRAS.values()]
    while open_:
        one = open_.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            if one.__name__ not in found:
                found[one.__name__] = one
                open_.extend(field.annotation for field in one.model_fields.values())
        else:
            open_.extend(get_args(one))
    return found


ALL = {name: model for kind in KINDS for name, model in models(kind).items()}
KEYS = [
    (model, key, field) for model in ALL.values() for key, field in keys_of(model).items() if key != "root"
]


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_schema_is_one(kind: str) -> None:
    jsonschema.Draft7Validator.check_schema(json.loads(file_schema(kind)))


@pytest.mark.parametrize(("kind", "path"), list(shipped()), ids=lambda value: getattr(value, "stem", value))
def test_every_shipped_file_fits(kind: str, path: Path) -> None:
    assert [error.message for error in errors(kind, path.read_bytes())] == []


def test_there_are_broken_files_for_a_schema_to_refuse() -> None:
    assert len(refusable()) >= 12


@pytest.mark.parametrize("path", refusable(), ids=lambda path: path.stem)
def test_every_broken_file_that_a_schema_can_refuse_is_refused(path: Path) -> None:
    kind = "form" if re.search(r"^# in: forms/", path.read_text(), re.MULTILINE) else "flowchart"
    assert errors(kind, path.read_bytes())


@pytest.mark.parametrize(
    ("model", "key", "field"), KEYS, ids=lambda value: getattr(value, "__name__", str(value))[:30]
)
def test_every_key_has_a_description_of_its_own(model: type[BaseModel], key: str, field: Any) -> None:
    text = described(model, key, field)
    assert len(text.split()) > 2, f"{model.__name__}.{key}: add a docstring, or a line in explanations.py"


def test_no_two_keys_of_a_model_are_described_alike() -> None:
    for model in ALL.values():
        texts = [described(model, key, field) for key, field in keys_of(model).items() if key != "root"]
        assert len(set(texts)) == len(texts), model.__name__


def test_what_is_said_of_keys_is_said_of_keys_that_exist() -> None:
    there = {f"{model.__name__}.{key}" for model, key, _ in KEYS}
    assert not [key for key in explanations.TEXTS if key not in there]
    assert not [key for key in explanations.EXAMPLES if key not in there]
    assert set(CLAUSES) <= set(ALL)
    assert set(ORDER) <= set(ALL)
    assert set(explanations.VERB_SNIPPETS) <= set(VERBS)


def test_every_model_that_takes_keys_of_the_author_says_what_they_hold() -> None:
    open_ = {model for model in ALL.values() if model.model_config.get("extra") == "allow"}
    assert open_ == set(EXTRAS)


def test_examples_are_allowed_by_the_schema_they_stand_in() -> None:
    for kind in KINDS:
        schema = json.loads(file_schema(kind))
        for name, part in {"": schema, **schema["definitions"]}.items():
            for key, described_ in part.get("properties", {}).items():
                whole = {**described_, "definitions": schema["definitions"]}
                for example in described_.get("examples", []):
                    found = list(jsonschema.Draft7Validator(whole).iter_errors(example))
                    assert not found, f"{kind} {name}.{key}: {example}: {found[0].message}"


def test_beside_a_reference_stand_annotations_only() -> None:
    """Draft 7 ignores what stands beside `$ref`: a limit there would not hold."""
    annotations = {"$ref", "description", "markdownDescription", "default", "examples"}

    def look(part: object) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                assert set(part) <= annotations
            for inner in part.values():
                look(inner)
        elif isinstance(part, list):
            for inner in part:
                look(inner)

    for kind in KINDS:
        look(json.loads(file_schema(kind)))


@pytest.mark.parametrize(
    "step",
    [
        "{wait: 2h, steps: [{end: done}]}",
        "{for_each: {cluster: clusters}}",
        "{for_each: {cluster: clusters, wait: most}, steps: []}",
        "{lanes: {wait: all}}",
        "{wait: {for: 2h, until: starts_at}}",
        "{wait: {first_of: [{signal: a, for: 2h}, {for: 4h}]}}",
        "{choose: [{when: true, otherwise: []}]}",
        "{inform: {who: {of: cluster}, message: notice}}",
        "{ask: {who: chair, question: q}, within: soon}",
        "{}",
    ],
)
def test_a_step_that_is_none_is_refused(step: str) -> None:
    chart = f"flowchart: response/x\ntitle: X\nversion: 1\nowner: chair\nsteps:\n  - {step}\n"
    assert errors("flowchart", chart.encode())


@pytest.mark.parametrize(
    "step",
    [
        "{wait: 2h}",
        "{wait: {first_of: [{signal: a}, {for: 4h}]}}",
        "{lanes: {health: [{end: done}], water: {when: has(x), steps: []}, wait: 80%, stop_rest: true}}",
        "{for_each: {cluster: clusters, wait: 3}, steps: []}",
        "{inform: {who: [{role: cluster_lead, of: cluster}, chair], message: notice}}",
        "{inform: {who: {role: cluster_lead, of: cluster}, message: notice}, holding: truck}",
        "{end: done, title: {en: The end, pt-BR: O fim}}",
    ],
)
def test_a_step_that_is_one_is_taken(step: str) -> None:
    chart = f"flowchart: response/x\ntitle: X\nversion: 1\nowner: chair\nsteps:\n  - {step}\n"
    assert [error.message for error in errors("flowchart", chart.encode())] == []


def test_the_schema_in_the_repository_is_the_one_of_the_models() -> None:
    """`konbit schema --output definitions/flowchart.schema.json` writes it."""
    assert (DEFINITIONS / "flowchart.schema.json").read_text("utf-8") == file_schema()
