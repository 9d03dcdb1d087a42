"""What a scheduler starts: when, where in the world, with which parameters."""

import functools
import re
import zoneinfo
from collections.abc import Iterator

from konbit.check.chart import Chart, Spot
from konbit.check.registry import rule
from konbit.definition.parameters import accept
from konbit.definition.problems import Severity, did_you_mean
from konbit.errors import InvalidParameter

ERROR = Severity.ERROR
_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 7),
)
_WORDS = {
    4: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    5: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
}
_PART = re.compile(r"(?:\*|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:/(\d{1,3}))?")


@rule(
    "bad-cron",
    ERROR,
    "A schedule that is no cron line",
    why="The drill would never start, and nobody would notice that it did not.",
    fix="Write minute, hour, day of the month, month and day of the week, such as `30 18 9 2,8 *`.",
    bad="""
    triggers:
      schedule: [{name: quarterly, cron: "30 25 9 2,8 *"}]
    """,
    good="""
    triggers:
      schedule: [{name: quarterly, cron: "30 18 9 2,8 *"}]
    """,
)
def bad_cron(chart: Chart) -> Iterator[Spot]:
    """A cron line with a field that cannot be read or is out of range."""
    for index, schedule in enumerate(chart.flowchart.triggers.schedule):
        if reason := _refused(schedule.cron):
            path = ("triggers", "schedule", index, "cron")
            yield chart.at(path, reason, "write five fields, such as 30 18 9 2,8 *")


def _refused(cron: str) -> str:
    fields = cron.lower().split()
    if len(fields) != len(_FIELDS):
        return f"a cron line has 5 fields, found {len(fields)}"
    for number, (field, (name, least, most)) in enumerate(zip(fields, _FIELDS, strict=True), start=1):
        for part in field.split(","):
            found = _PART.fullmatch(part)
            ends = [_number(word, number) for word in (found[1], found[2]) if word] if found else [None]
            if found and found[3] == "0":
                ends = [None]
            if any(end is None or not least <= end <= most for end in ends) or ends != sorted(
                ends, key=lambda end: end or 0
            ):
                return f"'{part}' cannot be the {name}, which goes from {least} to {most}"
    return ""


def _number(word: str, field: int) -> int | None:
    if word.isdigit():
        return int(word)
    words = _WORDS.get(field, [])
    return words.index(word) + (1 if field == 4 else 0) if word in words else None


@rule(
    "unknown-zone",
    ERROR,
    "A time zone that does not exist",
    why="The schedule would be refused when it is deployed, or run at a wrong hour.",
    fix="Write a name of the IANA time zone database, such as America/Port-au-Prince.",
    bad="""
    triggers:
      schedule: [{name: quarterly, cron: "0 9 * * *", zone: America/Port_au_Prince}]
    """,
    good="""
    triggers:
      schedule: [{name: quarterly, cron: "0 9 * * *", zone: America/Port-au-Prince}]
    """,
)
def unknown_zone(chart: Chart) -> Iterator[Spot]:
    """A zone that the time zone database does not have."""
    for index, schedule in enumerate(chart.flowchart.triggers.schedule):
        if not _is_zone(schedule.zone):
            meant = did_you_mean(schedule.zone, sorted(zoneinfo.available_timezones()))
            hint = f"did you mean '{meant}'?" if meant else "write a name such as America/Port-au-Prince"
            yield chart.at(
                ("triggers", "schedule", index, "zone"), f"there is no time zone '{schedule.zone}'", hint
            )


@functools.cache
def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@rule(
    "unknown-schedule-parameter",
    ERROR,
    "A schedule that gives a parameter the chart does not have",
    why="The value would be refused when the run is to start.",
    fix="Correct the spelling, or declare the parameter.",
    bad="""
    parameters:
      notice: {type: text}
    triggers:
      schedule: [{name: quarterly, cron: "0 9 * * *", parameters: {notise: none}}]
    """,
    good="""
    parameters:
      notice: {type: text}
    triggers:
      schedule: [{name: quarterly, cron: "0 9 * * *", parameters: {notice: none}}]
    """,
)
def unknown_schedule_parameter(chart: Chart) -> Iterator[Spot]:
    """A parameter of a schedule that is not declared."""
    known = chart.flowchart.parameters
    for index, schedule in enumerate(chart.flowchart.triggers.schedule):
        for name in schedule.parameters:
            if name not in known:
                yield chart.unknown(
                    ("triggers", "schedule", index, "parameters", name), "parameter", name, known, key=True
                )


@rule(
    "missing-schedule-parameter",
    ERROR,
    "A schedule without a required parameter",
    why="Nobody is there to fill in the form when a scheduler starts a run: it would fail at once.",
    fix="Give the parameter under `parameters:` of the schedule.",
    bad="""
    parameters:
      country: {type: country, required: true}
    triggers:
      schedule: [{name: quarterly, cron: "0 9 * * *"}]
    """,
    good="""
    parameters:
      country: {type: country, required: true}
    triggers:
      schedule: [{name: quarterly, cron: "0 9 * * *", parameters: {country: HTI}}]
    """,
)
def missing_schedule_parameter(chart: Chart) -> Iterator[Spot]:
    """A required parameter that a schedule leaves out."""
    required = [name for name, parameter in chart.flowchart.parameters.items() if parameter.required]
    for index, schedule in enumerate(chart.flowchart.triggers.schedule):
        missing = [name for name in required if name not in schedule.parameters]
        if missing:
            path = ("triggers", "schedule", index, "name")
            names = ", ".join(f"'{name}'" for name in missing)
            yield chart.at(path, f"the schedule '{schedule.name}' does not give {names}, which is required")


@rule(
    "bad-schedule-value",
    ERROR,
    "A schedule that gives a value of the wrong type",
    why="The run would be refused when it is to start, at an hour when nobody looks.",
    fix="Write a value of the type of the parameter.",
    bad="""
    parameters:
      notice: {type: choice, of: [none, full]}
    triggers:
      schedule: [{name: quarterly, cron: "0 9 * * *", parameters: {notice: some}}]
    """,
    good="""
    parameters:
      notice: {type: choice, of: [none, full]}
    triggers:
      schedule: [{name: quarterly, cron: "0 9 * * *", parameters: {notice: full}}]
    """,
)
def bad_schedule_value(chart: Chart) -> Iterator[Spot]:
    """A value of a schedule that its parameter would refuse."""
    for index, schedule in enumerate(chart.flowchart.triggers.schedule):
        for name, value in schedule.parameters.items():
            parameter = chart.flowchart.parameters.get(name)
            try:
                if parameter is not None:
                    accept(name, parameter, value)
            except InvalidParameter as error:
                yield chart.at(("triggers", "schedule", index, "parameters", name), str(error))
