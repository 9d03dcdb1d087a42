"""What a scenario names must exist: its flowchart, directory, parameters, people, roles, steps and messages."""

from collections.abc import Collection, Iterator, Mapping

from konbit.definition.library import Library
from konbit.definition.parameters import accepted
from konbit.definition.problems import Problem, did_you_mean, in_order
from konbit.definition.shape import parse
from konbit.definition.source import Path, Source, read_bytes
from konbit.domain.directory import Directory
from konbit.engine.compile import compile_bundle
from konbit.engine.plan import ChildNode
from konbit.errors import InvalidParameter
from konbit.simulate.expectations import ANY
from konbit.simulate.scenario import PERSON, ROLE, Scenario

MOST_ALLOWED = 40
"""Names listed with a problem."""


def check_scenario(
    content: bytes, file: str, library: Library, directories: Mapping[str, Directory]
) -> tuple[Scenario | None, tuple[Problem, ...]]:
    """The scenario in the bytes of a YAML file, and every problem with its place; None if there is any."""
    source, problems = read_bytes(content, file)
    if source is None or problems:
        return None, problems
    scenario, problems = parse(source, Scenario)
    if scenario is None:
        return None, problems
    found = in_order(_References(scenario, source, library, directories).problems())
    return (None if found else scenario), found


class _References:
    def __init__(
        self, scenario: Scenario, source: Source, library: Library, directories: Mapping[str, Directory]
    ) -> None:
        self.scenario = scenario
        self.source = source
        self.library = library
        self.directories = directories

    def problems(self) -> Iterator[Problem]:
        """Every name that there is not."""
        scenario = self.scenario
        yield from self._name("flowchart", scenario.flowchart, self.library.flowcharts, ("flowchart",))
        if scenario.directory is not None:
            yield from self._name("directory", scenario.directory, self.directories, ("directory",))
        flowchart = self.library.flowcharts.get(scenario.flowchart)
        if flowchart is not None:
            try:
                accepted(flowchart.parameters, scenario.parameters)
            except InvalidParameter as error:
                yield Problem("bad-parameter", str(error), self.source.key(("parameters",)))
            yield from self._steps()
        directory = self.directories.get(scenario.directory or "")
        if directory is not None or scenario.directory is None:
            yield from self._people(directory or Directory())
        yield from self._injections()
        for index, one in enumerate(scenario.expect):
            if one.message is not None:
                yield from self._name(
                    "message", one.message, self.library.messages, ("expect", index, "message")
                )

    def _steps(self) -> Iterator[Problem]:
        known = self._steps_known()
        for index, behaviour in enumerate(self.scenario.people):
            for place, name in enumerate(behaviour.on):
                yield from self._name("step", _node(name), known, ("people", index, "on", place))
        for index, one in enumerate(self.scenario.expect):
            for key, step in (("step", one.step), ("alarm", one.alarm)):
                if step is not None:
                    yield from self._name("step", _node(step), known, ("expect", index, key))

    def _steps_known(self) -> set[str]:
        """The steps of every flowchart that takes part."""
        known = {ANY}
        seen: set[str] = set()
        for id in (
            self.scenario.flowchart,
            *(one.start.flowchart for one in self.scenario.inject if one.start),
        ):
            self._family(id, seen)
        for name in seen:
            known |= set(compile_bundle(self.library.bundle(name), self.library.flowcharts.get).plan.nodes)
        return known

    def _family(self, id: str, seen: set[str]) -> set[str]:
        """The flowchart and those it runs."""
        if id in seen or id not in self.library.flowcharts:
            return seen
        seen.add(id)
        plan = compile_bundle(self.library.bundle(id), self.library.flowcharts.get).plan
        for node in plan.nodes.values():
            if isinstance(node, ChildNode):
                self._family(node.flowchart, seen)
        return seen

    def _people(self, directory: Directory) -> Iterator[Problem]:
        scenario = self.scenario
        named: list[tuple[str | None, Path]] = []
        named += [(one.who, ("people", index, "who")) for index, one in enumerate(scenario.people)]
        named += [(one.who, ("chances", index, "who")) for index, one in enumerate(scenario.chances)]
        named += [
            (one.address_of, ("channels", index, "address_of")) for index, one in enumerate(scenario.channels)
        ]
        for index, one in enumerate(scenario.expect):
            to = one.to if isinstance(one.to, list) else [one.to]
            named += [(one.by, ("expect", index, "by")), *((who, ("expect", index, "to")) for who in to)]
        named += list(_of_injections(scenario))
        people = {person.id for person in directory.people}
        people |= {member[0] for population in scenario.population for member in population.members()}
        for who, path in named:
            if who is not None and who.startswith(PERSON):
                yield from self._name("person", who.removeprefix(PERSON), people, path)
            elif who is not None and who.startswith(ROLE):
                role = who.removeprefix(ROLE).partition(".")[0]
                yield from self._name("role", role, self.library.roles, path)

    def _injections(self) -> Iterator[Problem]:
        known = self._steps_known()
        for index, one in enumerate(self.scenario.inject):
            path: Path = ("inject", index, one.kind)
            step = one.command.step if one.command else one.fails.step if one.fails else None
            if step is not None:
                yield from self._name("step", _node(step), known, (*path, "step"))
            if one.start is not None:
                chart = self.library.flowcharts.get(one.start.flowchart)
                yield from self._name(
                    "flowchart", one.start.flowchart, self.library.flowcharts, (*path, "flowchart")
                )
                shared = self.scenario.parameters.items()
                given = {name: value for name, value in shared if chart and name in chart.parameters}
                try:
                    accepted(
                        chart.parameters if chart else {}, {**given, **one.start.values} if chart else {}
                    )
                except InvalidParameter as error:
                    yield Problem("bad-parameter", str(error), self.source.where(path))

    def _name(self, kind: str, name: str, known: Collection[str], path: Path) -> Iterator[Problem]:
        if name in known:
            return
        near = did_you_mean(name, known)
        yield Problem(
            f"unknown-{kind}",
            f"there is no {kind} '{name}'",
            self.source.where(path),
            hint=f"did you mean '{near}'?" if near else "",
            allowed=tuple(sorted(known)) if len(known) <= MOST_ALLOWED else (),
            width=self.source.width(path),
        )


def _of_injections(scenario: Scenario) -> Iterator[tuple[str | None, Path]]:
    """Whom injections name, and where."""
    for index, one in enumerate(scenario.inject):
        path: Path = ("inject", index, one.kind)
        yield from ((one.leaves, path), (one.returns, path))
        if one.refuses is not None:
            yield one.refuses.who, (*path, "who")
        if one.channel is not None:
            yield one.channel.address_of, (*path, "address_of")


def _node(step: str) -> str:
    return step.partition("[")[0]
