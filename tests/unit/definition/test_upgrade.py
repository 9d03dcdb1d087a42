"""Older versions of the language: bundles are upgraded when they are read, files when somebody asks."""

import json
from collections.abc import Iterator

import pytest

from konbit.check.authoring.upgrading import upgraded, what_changes
from konbit.definition import bundle as bundles
from konbit.definition.library import load
from konbit.definition.source import read
from konbit.definition.upgrade import UnknownVersion, path, upgrade_bundle, upgrade_file
from konbit.definition.upgrades import STEPS, Data, Upgrade
from konbit.errors import InvalidDefinition

OLD = """# the head
konbit: 0
flowchart: response/x
title: X   # the title
version: 1
owner: chair
# the steps
steps:
  - tell: {who: [chair], message: undecided}  # behind
  # of the end
  - end: 'done'
"""


def steps_of(data: Data) -> Data:
    """Version 0 called `inform` `tell`."""
    for step in data["steps"]:
        if "tell" in step:
            step["inform"] = step.pop("tell")
    return data


def bodies_of(data: Data) -> Data:
    """Version 0 called the body of a message `text`."""
    if "text" in data:
        data["body"] = data.pop("text")
    return data


@pytest.fixture
def from_0() -> Iterator[None]:
    """A step that never was, from version 0 to 1."""
    STEPS[0] = Upgrade({"flowchart": steps_of, "message": bodies_of}, "`tell` is called `inform`.")
    yield
    del STEPS[0]


def old_bundle() -> str:
    """A bundle as version 0 would have stored it."""
    data = json.loads(load().bundle("response/needs-assessment").dump())
    data["schema_version"] = 0
    for step in data["flowchart"]["stand_down"]:
        assert "inform" in step
    data["flowchart"]["steps"].append({"tell": {"who": ["chair"], "message": "alarm"}})
    for message in data["messages"].values():
        message["text"] = message.pop("body")
    return json.dumps(data)


@pytest.mark.usefixtures("from_0")
def test_a_stored_bundle_of_an_older_version_is_upgraded_when_it_is_read() -> None:
    bundle = bundles.load(old_bundle())
    assert bundle.schema_version == bundles.SCHEMA
    assert bundle.flowchart.steps[-1].inform is not None
    assert all(message.body for message in bundle.messages.values())


def test_a_stored_bundle_of_this_version_is_read_as_it_is() -> None:
    bundle = load().bundle("response/activation")
    assert bundles.load(bundle.dump()) == bundle
    assert bundles.load(bundle.dump()).digest == bundle.digest
    data = json.loads(bundle.dump())
    assert upgrade_bundle(data, bundles.SCHEMA) is data


def test_a_stored_bundle_of_a_newer_version_is_refused_with_both_versions() -> None:
    data = json.loads(load().bundle("response/activation").dump())
    data["schema_version"] = bundles.SCHEMA + 1
    with pytest.raises(UnknownVersion, match=f"version {bundles.SCHEMA + 1} .* knows {bundles.SCHEMA}"):
        bundles.load(json.dumps(data))


def test_a_version_that_no_step_leads_from_is_refused() -> None:
    with pytest.raises(UnknownVersion, match="no way from version -3 of the language to -2"):
        path(-3, 1)


@pytest.mark.usefixtures("from_0")
def test_a_file_of_an_older_version_is_upgraded_with_its_comments() -> None:
    assert (
        upgraded(OLD, "x.yaml")
        == """# the head
flowchart: response/x
title: X   # the title
version: 1
owner: chair
# the steps
steps:
  - inform: {who: [chair], message: undecided}  # behind
  # of the end
  - end: 'done'
"""
    )
    assert what_changes(OLD, "x.yaml") == ["`tell` is called `inform`."]


@pytest.mark.usefixtures("from_0")
def test_an_upgraded_file_is_up_to_date() -> None:
    once = upgraded(OLD, "x.yaml")
    assert upgraded(once, "x.yaml") == once
    assert what_changes(once, "x.yaml") == []


def test_a_later_version_is_named_in_the_file() -> None:
    STEPS[1] = Upgrade({}, "Nothing.")
    try:
        result = upgraded(OLD.replace("konbit: 0\n", "").replace("tell", "inform"), "x.yaml", to=2)
        source, _ = read(result, "x.yaml")
        assert source is not None
        assert isinstance(source.data, dict)
        assert source.data["konbit"] == 2
        assert upgrade_file(dict(source.data), 2) == source.data
    finally:
        del STEPS[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", r"x\.yaml:\d"),
        ("a: 1\n", "no flowchart"),
        (OLD.replace("konbit: 0", "konbit: old"), "konbit: old"),
        (OLD.replace("konbit: 0", "konbit: 9"), "version 9"),
        (OLD, "no way from version 0"),
    ],
)
def test_a_file_that_cannot_be_upgraded_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidDefinition, match=said):
        upgraded(text, "x.yaml")
