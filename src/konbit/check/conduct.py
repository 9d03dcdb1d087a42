"""What the framework holds: ad hoc steps hold nobody up, and drills reach nobody outside."""

from collections.abc import Iterator

from konbit.check.chart import Chart, Site, Spot
from konbit.check.registry import rule
from konbit.definition.mentions import Path, mentions, walk
from konbit.definition.problems import Severity

ERROR = Severity.ERROR


@rule(
    "gate-in-ad-hoc",
    ERROR,
    "An ad hoc step that holds others up",
    why="Ad hoc action is respected: it is recorded, told of and offered to, but nothing streamlined "
    "waits for it or ends by it.",
    fix="Use `inform`, or set `pathway: streamlined`.",
    bad="""
    - ask: {who: chair, question: question}
      pathway: ad_hoc
      within: 2h
      on: {no_answer: []}
    """,
    good="""
    - inform: {who: [chair], message: notice}
      pathway: ad_hoc
    """,
)
def gate_in_ad_hoc(chart: Chart) -> Iterator[Spot]:
    """An ad hoc step that asks for a decision, or whose outcome ends the run."""
    for site in chart.sites:
        if site.step.pathway != "ad_hoc":
            continue
        report = site.step.report
        if site.verb in ("ask", "contact") or (report and report.approve):
            what = "a report that must be approved" if report else f"'{site.verb}'"
            yield chart.at(
                (*site.path, "pathway"),
                f"{what} makes others wait; an ad hoc step may not",
                "use inform, or streamlined",
            )
        elif site.verb == "end" or (place := _ends(site)) is not None:
            path = (*site.path, "pathway") if site.verb == "end" else (*site.path, *(place or ()))
            yield chart.at_key(path, "an ad hoc step may not end the run", "use inform, or streamlined")


def _ends(site: Site) -> Path | None:
    """The outcome of a step under which the run ends."""
    return next(
        (("on", outcome) for outcome, steps in site.step.on.items() if any(step.end for step in steps)), None
    )


@rule(
    "drill-reaches-external",
    ERROR,
    "A scheduled drill that reaches people outside",
    why="What a scheduler starts is always a drill. Authorities, humanitarian bodies and partners take "
    "part in a drill only if they "
    "have agreed to it, and nobody is there to ask them.",
    fix="Address roles of the diaspora, or start the chart by hand.",
    bad="""
    triggers:
      schedule: [{name: quarterly, cron: "0 9 9 2,8 *"}]
    steps:
      - inform: {who: [ocha_desk], message: notice}
    """,
    good="""
    triggers:
      schedule: [{name: quarterly, cron: "0 9 9 2,8 *"}]
    steps:
      - inform: {who: [members], message: notice}
    """,
)
def drill_reaches_external(chart: Chart) -> Iterator[Spot]:
    """A role of another party that a scheduled chart, or a chart it runs, addresses."""
    if not chart.flowchart.triggers.schedule:
        return
    for mention in chart.mentions:
        party = _party(chart, mention.name) if mention.kind == "role" and _addressed(mention.path) else ""
        if party:
            yield chart.at(
                mention.path,
                f"a drill would reach '{mention.name}', which belongs to another party: {party}",
                "use another role",
            )
    for site in chart.doing("run"):
        outside = _outside(chart, site.step.run.flowchart if site.step.run else "", set())
        if outside:
            path = (*site.verb_path, "flowchart")
            yield chart.at(
                path, f"a drill would reach '{outside}' through this chart, which belongs to another party"
            )


def _addressed(path: Path) -> bool:
    """True for a role that is told something; who acts and who may start a run is only named."""
    if path[0] in ("owner", "ladders"):
        return True
    return path[0] in ("steps", "stand_down", "fragments") and path[-1] != "actor" and "critical" not in path


def _party(chart: Chart, name: str) -> str:
    role = chart.library.roles.get(name.partition(".")[0])
    return role.party if role is not None and role.party != "diaspora" else ""


def _outside(chart: Chart, id: str, seen: set[str]) -> str:
    """A role of another party that a chart addresses, or a chart that it runs."""
    flowchart = chart.library.flowcharts.get(id)
    if flowchart is None or id in seen:
        return ""
    seen.add(id)
    for mention in mentions(flowchart):
        if mention.kind == "role" and _addressed(mention.path) and _party(chart, mention.name):
            return mention.name
    children = (step.run.flowchart for _, step in walk(flowchart) if step.run)
    return next((found for child in children if (found := _outside(chart, child, seen))), "")
