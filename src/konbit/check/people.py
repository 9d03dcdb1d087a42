"""Every human step has a deadline, an outcome for silence, and somebody who stands in."""

from collections.abc import Iterator, Sequence

from konbit.check.chart import Chart, Site, Spot, Whole
from konbit.check.registry import library_rule, rule
from konbit.definition.mentions import EVERYBODY, WAVES, Path
from konbit.definition.problems import Severity, did_you_mean
from konbit.definition.step import HUMAN
from konbit.definition.verbs import Addressees, Wave

ERROR = Severity.ERROR


def asks(site: Site) -> bool:
    """True if the step waits for people's answers to the step itself; a report without inputs does not."""
    return site.verb in HUMAN and (site.step.report is None or bool(site.step.report.inputs_from))


def silences(site: Site) -> tuple[str, ...]:
    """The outcomes that silence can lead to, each of which must be handled."""
    if site.step.report:
        return ("no_answer",) * bool(site.step.report.inputs_from) + ("not_approved",) * (
            site.step.report.approve is not None
        )
    return {
        "contact": ("uncovered",),
        "ask": ("no_answer",),
        "assess": ("no_answer",),
        "mobilize": ("no_answer", "shortfall"),
    }.get(site.verb, ())


@rule(
    "no-deadline",
    ERROR,
    "People are asked without a deadline",
    why="Without a deadline silence has no end: nobody is asked next, nobody is told, and the run stays open.",
    fix="Write `within:`, such as `2h`, or `due:`, such as `T0+72h`.",
    bad="""
    - ask: {who: chair, question: question}
      on: {no_answer: []}
    """,
    good="""
    - ask: {who: chair, question: question}
      within: 2h
      on: {no_answer: []}
    """,
)
def no_deadline(chart: Chart) -> Iterator[Spot]:
    """A human step with neither `within` nor `due`."""
    for site in chart.sites:
        if asks(site) and site.step.within is None and site.step.due is None:
            yield chart.at_verb(site, "people are asked without a deadline", "write within: or due:")


@rule(
    "no-answer-missing",
    ERROR,
    "Nothing is said about silence",
    why="People are asleep, travelling or cut off. What happens then is part of the plan, even if it is nothing.",
    fix="Write the outcome under `on:`; an empty list says that the run simply goes on.",
    bad="""
    - ask: {who: chair, question: question}
      within: 2h
    """,
    good="""
    - ask: {who: chair, question: question}
      within: 2h
      on:
        no_answer: [{inform: {who: [members], message: notice}}]
    """,
)
def no_answer_missing(chart: Chart) -> Iterator[Spot]:
    """A human step that does not handle an outcome of silence."""
    for site in chart.sites:
        missing = [outcome for outcome in silences(site) if outcome not in site.step.on]
        if missing:
            names = " and ".join(f"'{outcome}'" for outcome in missing)
            yield chart.at_verb(site, f"nothing is said about {names}", f"write on: {{{missing[0]}: [...]}}")


@rule(
    "ladder-ends-in-nobody",
    ERROR,
    "One person decides, and nobody stands in",
    why="When the only person asked does not answer, the decision is lost. Somebody else must be asked, "
    "or the role needs a deputy. "
    "Where silence is declared harmless (`no_answer: []`), nothing is asked for.",
    fix="Add `escalate:` with who is asked next, or give the role a `deputy` in `roles.yaml`.",
    bad="""
    - ask: {who: deputy_chair, question: question}
      within: 2h
      on: {no_answer: [{end: undecided}]}
    """,
    good="""
    - ask: {who: deputy_chair, question: question}
      within: 2h
      escalate: [{to: backup, after: 30m}]
      on: {no_answer: [{end: undecided}]}
    """,
)
def ladder_ends_in_nobody(chart: Chart) -> Iterator[Spot]:
    """A question or an approval to roles without a deputy, without a next wave, where silence is not declared harmless."""
    for site in chart.doing("ask", "report"):
        if site.step.on.get(silences(site)[-1] if silences(site) else "") == []:
            continue
        if site.step.ask and not site.step.escalate and not _stands_in(chart, site.step.ask.who):
            yield chart.at(
                (*site.verb_path, "who"),
                f"nobody is asked when {_names(site.step.ask.who)} does not answer",
                _HELP,
            )
        approve = site.step.report.approve if site.step.report else None
        if approve and not approve.escalate and not _stands_in(chart, [approve.who]):
            path = (*site.verb_path, "approve", "who")
            yield chart.at(path, f"nobody is asked when '{approve.who}' does not answer", _HELP)


_HELP = "add escalate: [{to: backup, after: 30m}]"


def _names(who: Addressees) -> str:
    return " and ".join(f"'{one if isinstance(one, str) else one.role}'" for one in who)


def _stands_in(chart: Chart, who: Addressees) -> bool:
    """True if somebody else can be asked: a deputy, or another role; unknown roles have their own problem."""
    names = [(one if isinstance(one, str) else one.role).partition(".")[0] for one in who]
    roles = [chart.library.roles.get(name) for name in names if name != EVERYBODY]
    return (
        len(who) > 1 or EVERYBODY in names or any(role is None or role.deputy is not None for role in roles)
    )


@rule(
    "critical-without-backup",
    ERROR,
    "A critical role that only one person fills",
    why="The call-down cannot be covered without this role. If its holder is the one who is cut off, it "
    "fails with everybody else there.",
    fix="Add a wave to `backup`, or to a role that stands in.",
    bad="""
    - contact:
        who: [chair]
        message: call
        need: {critical: [chair]}
      within: 1h
      on: {uncovered: []}
    """,
    good="""
    - contact:
        who: [chair]
        message: call
        need: {critical: [chair]}
        waves: [{to: primary}, {to: backup, after: 15m}]
      within: 1h
      on: {uncovered: []}
    """,
)
def critical_without_backup(chart: Chart) -> Iterator[Spot]:
    """A call-down with critical roles and no wave but to their holders."""
    for site in chart.doing("contact"):
        contact = site.step.contact
        if contact is None or not contact.need.critical or _second(contact.waves) or site.step.escalate:
            continue
        for index, role in enumerate(contact.need.critical):
            path: Path = (*site.verb_path, "need", "critical", index)
            yield chart.at(path, f"nobody stands in for '{role}'", "add a wave: {to: backup, after: 15m}")


def _second(waves: Sequence[Wave]) -> bool:
    return any(wave.to != WAVES[0] for wave in waves)


@library_rule(
    "unknown-deputy",
    ERROR,
    "A deputy that is no role",
    why="When nobody who holds the role answers, nobody could be asked instead.",
    fix="Correct the spelling, or add the role.",
    bad="""
    # in: roles.yaml
    chair: {title: Chair, deputy: vice_chair}
    """,
    good="""
    # in: roles.yaml
    chair: {title: Chair, deputy: vice_chair}
    vice_chair: {title: Vice chair}
    """,
)
def unknown_deputy(whole: Whole) -> Iterator[Spot]:
    """A `deputy` that is not in roles.yaml."""
    roles = whole.library.roles
    for name, role in roles.items():
        if role.deputy is not None and role.deputy not in roles and whole.has("role", name):
            meant = did_you_mean(role.deputy, roles)
            hint = f"did you mean '{meant}'?" if meant else ""
            path = (name, "deputy")
            yield whole.at(
                whole.source("role", name), path, f"there is no role '{role.deputy}'", hint, sorted(roles)
            )


@library_rule(
    "deputy-cycle",
    ERROR,
    "Deputies in a circle",
    why="The call would go round among people who have not answered and end with nobody.",
    fix="Let the chain of deputies end with somebody who has none.",
    bad="""
    # in: roles.yaml
    chair: {title: Chair, deputy: vice_chair}
    vice_chair: {title: Vice chair, deputy: chair}
    """,
    good="""
    # in: roles.yaml
    chair: {title: Chair, deputy: vice_chair}
    vice_chair: {title: Vice chair}
    """,
)
def deputy_cycle(whole: Whole) -> Iterator[Spot]:
    """A role that one comes back to by following deputies; reported once for each circle."""
    roles, done = whole.library.roles, set[str]()
    for start in roles:
        way: list[str] = []
        at: str | None = start
        while at is not None and at in roles and at not in done and at not in way:
            way.append(at)
            at = roles[at].deputy
        if at in way:
            circle = way[way.index(at) :]
            last = circle[-1]
            names = ", ".join(f"'{name}'" for name in circle)
            message = (
                f"{names} and '{circle[0]}' again: these deputies are a circle"
                if len(circle) > 1
                else f"'{last}' is its own deputy"
            )
            yield whole.at(whole.source("role", last), (last, "deputy"), message, "let the chain end")
        done.update(way)
