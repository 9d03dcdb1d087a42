"""Codes that must be on their lists: clusters, places, countries, hazards."""

from collections.abc import Iterator

from konbit.check.chart import Chart, Spot
from konbit.check.registry import rule
from konbit.definition.codelists import check_pcode
from konbit.definition.mentions import Path
from konbit.definition.problems import Severity

ERROR = Severity.ERROR


@rule(
    "unknown-cluster",
    ERROR,
    "A cluster that is not in the code list",
    why="Answers, needs and 3W rows are kept by cluster code; with another code they would reach no cluster.",
    fix="Take a code of OCHA's list in `codes/clusters.yaml`, such as WSH.",
    bad="""
    - inform: {who: [cluster_lead.WASH], message: notice}
    """,
    good="""
    - inform: {who: [cluster_lead.WSH], message: notice}
    """,
)
def unknown_cluster(chart: Chart) -> Iterator[Spot]:
    """A cluster code in a role or in the value of a parameter."""
    clusters = chart.library.codes.get("clusters")
    if clusters is None:
        return
    for path, code in [*_parts(chart, "cluster"), *values(chart, "cluster", "clusters")]:
        if code not in clusters:
            yield chart.unknown(path, "cluster", code, clusters.by_code)


@rule(
    "unknown-place",
    ERROR,
    "A P-code that cannot exist",
    why="Needs and offers are joined by place. A P-code that no list has matches nothing.",
    fix="Write the P-code as the COD-AB data set of the country has it, such as HT07.",
    bad="""
    parameters:
      areas: {type: places, default: [HT7]}
    """,
    good="""
    parameters:
      areas: {type: places, default: [HT07]}
    """,
)
def unknown_place(chart: Chart) -> Iterator[Spot]:
    """A P-code in a role or in the value of a parameter."""
    codes = chart.library.codes
    if "places" not in codes or "pcode_lengths" not in codes:
        return
    for path, code in [*_parts(chart, "place"), *values(chart, "place", "places")]:
        if reason := check_pcode(code, codes):
            yield chart.at(path, reason.rstrip("."))


@rule(
    "unknown-country",
    ERROR,
    "A country that is not in the code list",
    why="Roles are bound to people per country: for an unknown one there is nobody.",
    fix="Write the ISO 3166 alpha-3 code, such as HTI, and add the country to `codes/countries.yaml` if it is new.",
    bad="""
    parameters:
      country: {type: country, default: HAI}
    """,
    good="""
    parameters:
      country: {type: country, default: HTI}
    """,
)
def unknown_country(chart: Chart) -> Iterator[Spot]:
    """A country code in the value of a parameter."""
    countries = chart.library.codes.get("countries")
    for path, code in values(chart, "country") if countries is not None else []:
        if countries is not None and code not in countries:
            yield chart.unknown(path, "country", code, countries.by_code)


@rule(
    "unknown-hazard",
    ERROR,
    "A hazard that is not in the code list",
    why="The hazard is part of every message and of the GLIDE number; an unknown code has no name to show.",
    fix="Take a code of the GLIDE list in `codes/hazards.yaml`, such as EQ.",
    bad="""
    parameters:
      hazard: {type: hazard, default: QUAKE}
    """,
    good="""
    parameters:
      hazard: {type: hazard, default: EQ}
    """,
)
def unknown_hazard(chart: Chart) -> Iterator[Spot]:
    """A hazard code in the value of a parameter."""
    hazards = chart.library.codes.get("hazards")
    for path, code in values(chart, "hazard") if hazards is not None else []:
        if hazards is not None and code not in hazards:
            yield chart.unknown(path, "hazard", code, hazards.by_code)


def _parts(chart: Chart, per: str) -> Iterator[tuple[Path, str]]:
    """What roles are of: `HEA` in `cluster_lead.HEA`."""
    for mention in chart.mentions:
        name, dot, of = mention.name.partition(".")
        role = chart.library.roles.get(name) if mention.kind == "role" and dot else None
        if role is not None and role.per == per:
            yield mention.path, of


def values(chart: Chart, *types: str) -> Iterator[tuple[Path, str]]:
    """The texts given to parameters of these types: their defaults, and what schedules say."""
    for name, parameter in chart.flowchart.parameters.items():
        if parameter.type not in types:
            continue
        places: list[tuple[Path, object]] = [(("parameters", name, "default"), parameter.default)]
        for index, schedule in enumerate(chart.flowchart.triggers.schedule):
            places.append(
                (("triggers", "schedule", index, "parameters", name), schedule.parameters.get(name))
            )
        for path, value in places:
            if isinstance(value, str):
                yield path, value
            elif isinstance(value, list):
                yield from (((*path, index), code) for index, code in enumerate(value))
