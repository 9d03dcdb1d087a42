"""Which errors refuse a flowchart: its own, and those of what it uses; a slip in another message stops no activation."""

from pathlib import Path

import pytest

from konbit.check.refusal import sound
from konbit.definition.library import Library, bundled, load
from konbit.errors import InvalidDefinition, UnknownFlowchart
from tests.unit.check import samples

USES = "- inform: {who: [chair], message: own}\n"
ASKS = "- assess: {who: [members], message: observation_call, form: own}\n  within: 1h\n"
RUNS = "- run: {flowchart: response/other, wait: true}\n"
OTHER = "# in: response/other.yaml\nflowchart: response/other\ntitle: O\nversion: 1\nowner: chair\nexpires: {after: 3d}\n"
OTHER += "triggers: {child: true}\nparameters: {country: {type: country, required: true}}\nsteps:\n"
IN_OWN, IN_FORM = "# in: messages/own.yaml\n", "# in: forms/own.yaml\n"
SHAPE, PLACEHOLDER, YAML = "own: {subjekt: News}\n", 'own: {subject: News, body: "{"}\n', "own: {subject: [\n"
FORM = "form: own\ntitle: O\nrecord: observation\nfeilds: []\n"


def library(text: str, folder: Path) -> Library:
    """The fragment as the flowchart response/example, beside a few others."""
    return samples.library(text, folder)


@pytest.mark.parametrize(
    "text",
    [
        IN_OWN + SHAPE,
        IN_OWN + PLACEHOLDER,
        IN_OWN + YAML,
        IN_FORM + FORM,
        IN_FORM + "form: [\n",
        "# in: response/other.yaml\nflowchart: [\n",
    ],
)
def test_an_error_in_what_a_flowchart_does_not_use_does_not_refuse_it(text: str, tmp_path: Path) -> None:
    found = library(text, tmp_path)
    sound(found, "response/child")
    sound(found, "response/standalone")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (USES + IN_OWN + SHAPE, r"messages/own\.yaml:\d+:\d+: error\[(missing|unknown)-key\]"),
        (USES + IN_OWN + PLACEHOLDER, r"messages/own\.yaml:\d+:\d+: error\[bad-placeholder\]"),
        (USES + IN_OWN + YAML, r"messages/own\.yaml:\d+:\d+: error"),
        (ASKS + IN_FORM + FORM, r"forms/own\.yaml:\d+:\d+: error\[(missing|unknown)-key\]"),
        (ASKS + IN_FORM + "form: [\n", r"forms/own\.yaml:\d+:\d+: error"),
        (RUNS + OTHER + USES + IN_OWN + SHAPE, r"messages/own\.yaml:\d+:\d+: error\[(missing|unknown)-key\]"),
    ],
)
def test_an_error_in_what_it_or_a_flowchart_it_runs_names_refuses_it(
    text: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidDefinition, match=words):
        sound(library(text, tmp_path), "response/example")


@pytest.mark.parametrize("name", ["alarm", "reminder", "correction", "drill_suspended"])
def test_an_error_in_what_every_run_can_send_refuses_every_flowchart(name: str, tmp_path: Path) -> None:
    found = library(f"# in: messages/extra.yaml\n{name}: {{subjekt: News}}\n", tmp_path)
    with pytest.raises(InvalidDefinition, match=r"messages/extra\.yaml"):
        sound(found, "response/standalone")


@pytest.mark.parametrize(
    "text", ["# in: roles.yaml\nchair: {titel: C}\n", "# in: codes/own.yaml\ncodes: [\n"]
)
def test_an_error_in_roles_or_code_lists_refuses_every_flowchart(text: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match=r"roles\.yaml|codes/own\.yaml"):
        sound(library(text, tmp_path), "response/standalone")


def test_the_second_definition_of_what_it_names_refuses_it(tmp_path: Path) -> None:
    text = USES + IN_OWN + "own: {subject: A, body: A.}\n# in: messages/z.yaml\nown: {subject: B, body: B.}\n"
    found = library(text, tmp_path)
    with pytest.raises(InvalidDefinition, match=r"messages/z\.yaml.*already defined"):
        sound(found, "response/example")
    sound(found, "response/standalone")


def test_flowcharts_that_run_each_other_come_to_an_end(tmp_path: Path) -> None:
    sound(
        library(RUNS + OTHER + "- run: {flowchart: response/other}\n" + IN_OWN + SHAPE, tmp_path),
        "response/standalone",
    )


def test_the_shipped_flowcharts_are_sound_and_an_unknown_one_is_said_to_be_so() -> None:
    found = load([bundled()])
    for id in found.flowcharts:
        sound(found, id)
    with pytest.raises(UnknownFlowchart):
        sound(found, "response/nothing")
