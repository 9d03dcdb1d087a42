"""`konbit plan`."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.unit.cli.conftest import Call, one_line_error


def test_the_text_has_every_step_the_critical_path_and_who_is_asked(call: Call) -> None:
    done = call("plan", "response/activation")
    assert done.exit_code == 0, done.output
    assert "Ends after 0m at the earliest, 4d8h at the latest; a run expires after 45d." in done.output
    assert "Critical path: verify > decide > confirm_full > call_down" in done.output
    assert "7 of clusters" in done.output
    assert "first 72 h" in done.output
    row = next(line.split() for line in done.output.splitlines() if line.startswith("chair  "))
    assert row[1:5] == ["4", "0", "3", "8"]


def test_parameters_change_the_plan(call: Call) -> None:
    done = call("plan", "response/activation", "--set", "clusters=HEA,WSH", "--format", "json")
    found = json.loads(done.stdout)
    assert next(one for one in found["steps"] if one["key"] == "link")["times"] == 2
    assert found["at"] is None
    assert found["ends"] == {"earliest": 0.0, "latest": 374400.0}
    keys = [one["key"] for one in found["steps"]]
    assert len(set(keys)) == len(keys)
    assert "assessment:observe" in keys


def test_with_a_start_times_are_moments(call: Call) -> None:
    done = call("plan", "response/needs-assessment", "--at", "2026-08-14T08:30-04:00")
    assert "Starts 2026-08-14 12:30 UTC." in done.output
    assert "08-16 12:30" in done.output
    found = json.loads(
        call("plan", "response/needs-assessment", "--at", "2026-08-14T08:30-04:00", "--format", "json").stdout
    )
    assert found["ends"]["latest_at"] == "2026-08-16T16:30:00+00:00"


def test_the_picture_and_the_calendar_go_to_standard_output(call: Call) -> None:
    picture = call("plan", "recovery/deactivation", "--format", "svg", "--language", "fr")
    assert ET.fromstring(picture.stdout).tag == "{http://www.w3.org/2000/svg}svg"
    assert "Désactiver" in picture.stdout
    ics = call("plan", "recovery/deactivation", "--format", "ics", "--at", "2026-08-14T08:30:00Z")
    assert ics.stdout_bytes.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert ics.stdout_bytes.endswith(b"END:VCALENDAR\r\n")


def test_what_cannot_be_used_is_one_clear_line(call: Call, tmp_path: Path) -> None:
    one_line_error(call("plan", "response/activation", "--format", "ics"), "--at")
    one_line_error(call("plan", "response/activation", "--at", "yesterday"), "yesterday", "offset")
    one_line_error(call("plan", "response/activation", "--at", "2026-08-14T08:30"), "offset")
    one_line_error(call("plan", "response/activation", "--set", "cluster=HEA"), "clusters")
    one_line_error(call("plan", "response/activation", "--set", "clusters"), "NAME=VALUE")
    one_line_error(call("plan", "response/nothing"), "response/nothing")
