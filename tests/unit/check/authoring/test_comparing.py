"""Differences in words: nothing is left out, nothing is made up, and each is told to those whom it concerns."""

import copy
import itertools
import json
import random
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from konbit.check.authoring.change import Change
from konbit.check.authoring.comparing import compare
from konbit.check.authoring.telling import as_json, told
from konbit.definition.bundle import Bundle, load
from tests.unit.check.authoring.charts import PATHS, bundle, library
from tests.unit.check.authoring.goldens import matches

CHART = """flowchart: response/x
title: X
version: 1
owner: humanitarian_hub
ladders:
  night: [{to: backup, after: 30m}]
parameters:
  country: {type: country, required: true}
steps:
  - id: verify
    ask: {who: country_facilitator, question: verify_event, options: [confirmed, contradicted]}
    within: 2h
    remind: [1h]
    escalate: night
    on:
      contradicted:
        - inform: {who: [chair, humanitarian_hub], message: not_confirmed}
      no_answer: []
  - id: call_down
    contact:
      who: [cluster_lead]
      message: activation_call
      waves: [{to: primary}, {to: backup, after: 15m}]
    within: 60m
    on: {uncovered: []}
  - id: clusters
    for_each: {cluster: "['WSH']"}
    steps:
      - id: link
        ask: {who: {role: cluster_lead, of: cluster}, question: link_cluster}
        within: 6h
        on: {no_answer: []}
  - end: done
"""


def changed(*pairs: tuple[str, str]) -> tuple[Change, ...]:
    """What is found after replacing texts in the chart."""
    text = CHART
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return compare(bundle(CHART), bundle(text))


def words(*pairs: tuple[str, str]) -> list[str]:
    return [f"{change.about}: {change.words}" for change in changed(*pairs)]


@pytest.mark.parametrize(
    ("old", "new", "said", "roles"),
    [
        (
            "within: 2h",
            "within: 90m",
            "verify: the deadline is 1h30m instead of 2h (30m shorter)",
            "country_facilitator chair",
        ),
        (
            "within: 60m",
            "within: 2h",
            "call_down: the deadline is 2h instead of 1h (1h longer)",
            "cluster_lead",
        ),
        (
            "[chair, humanitarian_hub]",
            "[chair, members]",
            "inform not_confirmed in 'verify: contradicted': also goes to members",
            "humanitarian_hub members",
        ),
        (
            "{to: backup, after: 15m}",
            "{to: chapter_lead, after: 20m}",
            "call_down: calls primary, then chapter_lead after 20m; it was primary, then backup after 15m",
            "cluster_lead chapter_lead",
        ),
        (
            "after: 30m",
            "after: 40m",
            "verify: without an answer goes to backup after 40m, it was backup after 30m",
            "country_facilitator",
        ),
        (
            ", contradicted]",
            ", contradicted, unsure]",
            "verify: can now be answered with unsure",
            "country_facilitator",
        ),
        (
            "message: not_confirmed",
            "message: undecided",
            "inform undecided in 'verify: contradicted': its message is undecided instead of not_confirmed",
            "chair humanitarian_hub",
        ),
        (
            "      no_answer: []\n",
            "",
            "verify: nothing follows any more the outcome no_answer",
            "country_facilitator",
        ),
        (
            "remind: [1h]",
            "remind: [30m, 1h]",
            "verify: the time of reminders is 30m, 1h instead of 1h",
            "country_facilitator",
        ),
        (
            "  - end: done",
            "  - end: finished",
            "end finished: the run ends as 'finished' instead of 'done'",
            "",
        ),
        ("required: true", "default: HTI", "country: `default` is new: HTI", ""),
        (
            "owner: humanitarian_hub",
            "owner: chair",
            "owner: now chair, it was humanitarian_hub",
            "humanitarian_hub chair",
        ),
        ("['WSH']", "['WSH', 'HEA']", "clusters: `cluster` is ['WSH', 'HEA'] instead of ['WSH']", ""),
    ],
)
def test_a_change_is_said_in_words_and_to_whom(old: str, new: str, said: str, roles: str) -> None:
    found = [change for change in changed((old, new)) if f"{change.about}: {change.words}" == said]
    assert found, words((old, new))
    assert set(found[0].roles) <= set(roles.split())
    assert bool(found[0].roles) == bool(roles)


def test_a_step_that_came_and_one_that_went() -> None:
    new = "  - id: second\n    ask: {who: chair, question: confirm_full}\n  - end: done\n"
    assert words(("  - end: done\n", new)) == [
        "second: new, after clusters: asks chair (confirm_full: done)",
        "confirm_full: a message that it now sends",
    ]
    came = [change.kind for change in compare(bundle(CHART.replace("  - end: done\n", new)), bundle(CHART))]
    assert came == ["step-removed", "message"]


def test_a_step_that_moved_is_neither_new_nor_gone() -> None:
    steps = CHART.split("  - id: ")
    moved = "  - id: ".join([steps[0], steps[2], steps[1], *steps[3:]])
    assert [(change.kind, change.weight) for change in compare(bundle(CHART), bundle(moved))] == [
        ("step-moved", "structure")
    ]


@given(order=st.permutations(range(7)))
def test_as_few_steps_are_said_to_have_moved_as_explain_the_new_order(order: list[int]) -> None:
    def chart(numbers: Iterable[int]) -> str:
        steps = "".join(f"  - id: step_{number}\n    wait: {number + 1}h\n" for number in numbers)
        return f"flowchart: response/x\ntitle: X\nversion: 1\nowner: chair\nsteps:\n{steps}"

    found = compare(bundle(chart(range(7))), bundle(chart(order)))
    stayed = max(
        len(row)
        for size in range(8)
        for row in itertools.combinations(order, size)
        if list(row) == sorted(row)
    )
    assert [change.kind for change in found] == ["step-moved"] * (7 - stayed)


def test_a_message_is_compared_by_language_and_told_to_those_who_get_it() -> None:
    old = bundle(CHART)
    message = old.messages["not_confirmed"]
    new = old.model_copy(
        update={
            "messages": {
                **old.messages,
                "not_confirmed": message.model_copy(
                    update={"body": {**message.body, "fr": "Autre.", "de": "Neu."}, "cap": "Cancel"}
                ),
            }
        }
    )
    found = compare(old, new)
    assert {change.words for change in found} >= {
        "its body in fr reads differently",
        "its body now exists in de",
    }
    assert all(change.roles == ("chair", "humanitarian_hub") for change in found)


def test_nothing_changed_is_nothing_found() -> None:
    assert compare(bundle(CHART), bundle(CHART)) == ()
    assert "Nothing has changed." in told(bundle(CHART), bundle(CHART), ())


def test_the_difference_as_a_text_is_grouped_by_role() -> None:
    text = (
        CHART.replace("within: 2h", "within: 90m")
        .replace("version: 1", "version: 2")
        .replace("[chair, humanitarian_hub]", "[chair]")
        .replace(", contradicted]", ", contradicted, unsure]")
        .replace("  - end: done", "  - inform: {who: members, message: standby_notice}\n  - end: finished")
    )
    old, new = bundle(CHART), bundle(text)
    assert matches("diff.txt", told(old, new, compare(old, new)))
    assert matches("diff-fr.txt", told(old, new, compare(old, new), "fr"))
    data = json.dumps(as_json(old, new, compare(old, new)), indent=2, ensure_ascii=False)
    assert matches("diff.json", data + "\n")


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, inner in items:
        yield (*path, key)
        yield from leaves(inner, (*path, key))


def mutated(original: Bundle, seed: int) -> Bundle | None:
    """The bundle with one value changed or taken away; None if it is no bundle any more."""
    chance = random.Random(seed)
    data = json.loads(original.dump())
    *path, last = chance.choice([path for path in leaves(data) if path != ("schema_version",)])
    inner: Any = data
    for key in path:
        inner = inner[key]
    value = inner[last]
    if isinstance(value, str):
        inner[last] = chance.choice([value + "x", "chair", "3h", "other"])
    elif isinstance(value, bool):
        inner[last] = not value
    elif isinstance(value, int):
        inner[last] = value + 1
    elif isinstance(value, list) and value and chance.random() < 0.5:
        inner[last] = [*value, copy.deepcopy(value[-1])]
    else:
        del inner[last]
    try:
        return load(json.dumps(data))
    except ValidationError:
        return None


@pytest.mark.slow
@given(path=st.sampled_from(PATHS), seed=st.integers(0, 10**9))
def test_a_difference_is_found_exactly_if_the_digests_differ(path: Any, seed: int) -> None:
    name = f"{path.parent.name}/{path.stem}"
    old = library().bundle(name)
    new = mutated(old, seed)
    assume(new is not None)
    assert new is not None
    found = compare(old, new)
    assert bool(found) == (old.digest != new.digest)
    assert all(change.words and change.about for change in found)
