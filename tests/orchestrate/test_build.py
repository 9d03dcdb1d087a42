"""A flowchart becomes a flow: name, run form, version, description, home."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from konbit.definition.library import load
from konbit.orchestrate import build
from konbit.orchestrate.artifacts import fenced
from tasks import TASKS
from tests.orchestrate.toy import toy_flows

pytestmark = pytest.mark.prefect

ROOT = Path(__file__).resolve().parents[2]
toy = toy_flows.toy_call
schema = toy.parameters.model_dump_for_openapi()
fields = schema["properties"]


def test_the_flow_has_the_name_home_and_version_of_its_flowchart() -> None:
    assert toy.name == "response-toy-call"
    assert toy.version == toy_flows.definitions.bundle("response/toy-call").digest[:16]
    assert (toy.fn.__module__, toy.fn.__qualname__) == ("flows.response", "toy_call")
    assert toy.retries == 0
    assert toy.persist_result is False


def test_the_run_form_asks_for_the_parameters_in_their_order_then_the_mode_and_its_confirmation() -> None:
    order = sorted(fields, key=lambda name: fields[name]["position"])
    assert order == [
        "country",
        "hazard",
        "areas",
        "clusters",
        "level",
        "people",
        "public",
        "occurred_at",
        "note",
        "mode",
        "confirm",
    ]
    assert schema["required"] == ["country"]


def test_the_run_form_shows_titles_and_what_codes_mean() -> None:
    assert fields["country"]["title"] == "Affected country"
    assert fields["occurred_at"]["title"] == "Occurred at"
    assert fields["hazard"]["description"] == "EQ Earthquake, FL Flood."
    assert fields["areas"]["description"] == "P-codes."


def test_each_type_of_parameter_has_its_widget() -> None:
    assert fields["country"]["pattern"] == "^[A-Z]{3}$"
    assert fields["hazard"]["enum"] == ["EQ", "FL"]
    assert fields["level"]["enum"] == ["partial", "full"]
    assert fields["clusters"]["items"]["enum"] == ["WSH", "HEA"]
    assert fields["areas"]["items"] == {"type": "string"}
    assert fields["occurred_at"]["format"] == "date-time"
    assert (fields["people"]["type"], fields["public"]["type"]) == ("number", "boolean")
    assert fields["mode"]["enum"] == ["drill", "actual"]


def test_defaults_are_those_of_the_flowchart_and_the_mode_is_drill() -> None:
    defaults = {name: field.get("default") for name, field in fields.items() if name != "country"}
    assert defaults == {
        "hazard": "EQ",
        "areas": [],
        "clusters": ["WSH"],
        "level": "partial",
        "people": 5,
        "public": False,
        "occurred_at": None,
        "note": None,
        "mode": "drill",
        "confirm": "",
    }


def test_the_docstring_describes_the_parameters_for_deployments_that_prefect_makes_itself() -> None:
    assert "country: Affected country. ISO 3166" in str(inspect.getdoc(toy.fn))


def test_the_description_holds_the_summary_and_the_chart_if_it_can_be_drawn() -> None:
    drawn = build.flow(
        "response", "toy_call", TASKS, toy_flows.definitions, lambda _: "flowchart TD\n  a --> b"
    )
    assert drawn.description == (
        "**A toy call**\n\nCalls two people and waits for them.\n\n```mermaid\nflowchart TD\n  a --> b\n```\n"
    )
    assert "```mermaid\n" in str(toy.description)


def test_a_chart_cannot_close_its_own_fence() -> None:
    assert fenced("a\n```\nb").startswith("````mermaid")


def test_hyphens_of_a_flowchart_are_underscores_of_its_flow() -> None:
    assert build.names("response", toy_flows.definitions) == ["toy_call"]
    with pytest.raises(AttributeError):
        build.flow("response", "toy-call", TASKS, toy_flows.definitions)


def test_an_unknown_flow_is_an_attribute_error_that_says_what_there_is() -> None:
    with pytest.raises(AttributeError, match=r"'nothing' in flows.response; there are: toy_call"):
        build.flow("response", "nothing", TASKS, toy_flows.definitions)


def in_a_process(code: str, home: Path) -> None:
    """Runs code from the root of the project, as Prefect does."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"KONBIT_HOME": str(home)},
    )
    assert done.returncode == 0, done.stderr


def test_every_bundled_flowchart_loads_by_its_dotted_entrypoint(tmp_path: Path) -> None:
    pairs = [(build.entrypoint(one), build.flow_name(one)) for one in load().flowcharts.values()]
    assert pairs
    code = (
        "from prefect.flows import load_flow_from_entrypoint as load\n"
        f"for entrypoint, name in {pairs!r}:\n"
        "    assert load(entrypoint, use_placeholder_flow=False).name == name\n"
    )
    in_a_process(code, tmp_path)


def test_the_flow_packages_list_their_flows_and_refuse_unknown_names(tmp_path: Path) -> None:
    code = (
        "import flows.response as r, flows.preparedness as p, flows.recovery as c\n"
        "assert 'activation' in dir(r), dir(r)\n"
        "assert not hasattr(r, 'nothing')\n"
        "assert not hasattr(c, '__wrapped__')\n"
        "assert 'calldown_drill' in dir(p), dir(p)\n"
    )
    in_a_process(code, tmp_path)


def test_importing_the_flows_opens_no_connection(tmp_path: Path) -> None:
    code = (
        "import socket\n"
        "def refuse(*_a, **_k): raise SystemExit('a connection was opened')\n"
        "socket.socket.connect = refuse; socket.create_connection = refuse\n"
        "import flows.response; flows.response.activation\n"
    )
    in_a_process(code, tmp_path)
