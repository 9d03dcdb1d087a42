"""The Gantt picture: well-formed, complete, the same everywhere, and nothing told by colour alone."""

import dataclasses
import itertools
import xml.etree.ElementTree as ET

import pytest

from konbit.definition.durations import parse
from konbit.simulate.times.arithmetic import schedule
from konbit.simulate.times.gantt import WIDTH, Scale, gantt
from tests.unit.simulate.playing import library

SVG = "{http://www.w3.org/2000/svg}"


def drawn(id: str, language: str = "en") -> ET.Element:
    return ET.fromstring(gantt(schedule(library(), id, {}, language=language)))


@pytest.mark.parametrize("id", sorted(library().flowcharts))
def test_every_step_that_takes_time_has_both_bars_and_every_deadline_its_mark(id: str) -> None:
    plan = schedule(library(), id, {})
    picture = drawn(id)
    rows = [one for one in picture.iter(f"{SVG}g") if one.find(f"{SVG}text") is not None]
    timed = [one for one in plan.steps if one.end.most > one.start.most]
    bars = [one.get("class") for row in rows for one in row.iter(f"{SVG}rect")]
    assert bars.count("early") == bars.count("late") == len(timed)
    assert sum(len(row.findall(f"{SVG}path")) for row in rows) == sum(1 for one in plan.steps if one.asks)


@pytest.mark.parametrize("id", sorted(library().flowcharts))
def test_nothing_is_drawn_outside_of_the_picture(id: str) -> None:
    picture = drawn(id, "fr")
    tall = float(picture.get("height", "0"))
    for one in picture.iter(f"{SVG}rect"):
        assert 0 <= float(one.get("x", "0")) <= WIDTH
        assert float(one.get("x", "0")) + float(one.get("width", "0")) <= WIDTH
        assert float(one.get("y", "0")) + float(one.get("height", "0")) <= tall


def test_the_critical_path_is_told_by_a_mark_as_well_as_by_colour() -> None:
    plan = schedule(library(), "response/activation", {})
    hot = [one for one in drawn("response/activation").iter(f"{SVG}g") if one.get("class") == "hot"]
    names = [text for one in hot if (found := one.find(f"{SVG}text")) is not None and (text := found.text)]
    assert len(names) == sum(1 for one in plan.steps if one.critical)
    assert all(name.startswith("\u25b6") for name in names)


def test_ticks_do_not_run_into_each_other_and_the_scale_never_turns_back() -> None:
    for longest in ("1h", "12h", "3d", "45d", "365d"):
        scale = Scale(parse(longest))
        places = [scale.x(tick) for tick in scale.ticks()]
        assert len(places) > 3
        assert all(two - one >= 44 for one, two in itertools.pairwise(places))


def test_a_chart_without_any_time_is_still_a_picture() -> None:
    plan = schedule(library(), "response/activation", {})
    empty = ET.fromstring(gantt(dataclasses.replace(plan, steps=())))
    assert empty.tag == f"{SVG}svg"
