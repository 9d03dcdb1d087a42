"""What a rule looks at: a chart with its source, its plan and its steps in order; and the whole of what is checked."""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from konbit.definition.bundle import Bundle
from konbit.definition.flowchart import Flowchart
from konbit.definition.library import Library
from konbit.definition.mentions import Mention, Path, inner_blocks, mentions
from konbit.definition.problems import Mark, did_you_mean
from konbit.definition.source import Source
from konbit.definition.step import Step
from konbit.definition.verbs import Wave
from konbit.engine.compile import Compiled, compile_bundle

MOST_NEAR = 50
"""So many names are offered, and looked at for the nearest: a chart with a thousand slips is still checked at once."""


@dataclasses.dataclass(frozen=True)
class Spot:
    """What a rule found: the words, the place, and how to mend it; the code is the rule's."""

    message: str
    where: Mark
    width: int = 1
    hint: str = ""
    allowed: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, eq=False)
class Site:
    """A step at its place in a chart."""

    path: Path
    step: Step
    id: str
    """Given, or made by the compiler."""
    loops: tuple[Path, ...]
    """The bodies of the loops around it, outer first."""
    variables: tuple[str, ...]
    """The variables of the `for_each` around it."""

    @cached_property
    def verb(self) -> str:
        """What the step does."""
        return self.step.verb

    @property
    def verb_path(self) -> Path:
        """Where its verb stands."""
        return (*self.path, self.verb)

    @property
    def waves(self) -> list[Wave]:
        """Its own `escalate`; a ladder that it names has its place elsewhere."""
        return [] if isinstance(self.step.escalate, str) else self.step.escalate

    def before(self, other: "Site") -> bool:
        """True if this step, when it runs, has ended before the other starts; steps side by side are not.

        Where fragments are used is not followed: what is in one may come before or after anything outside it.
        """
        mine, its = self.path, other.path
        shared = next((i for i, pair in enumerate(zip(mine, its, strict=False)) if pair[0] != pair[1]), None)
        if shared is None:
            return len(mine) < len(its) and its[len(mine)] == "on"
        one, two = mine[shared], its[shared]
        if isinstance(one, int) and isinstance(two, int):
            return mine[shared - 1] not in ("choose", "first_of") and one < two
        if shared == 0:
            return one != "stand_down"
        if mine[0] == "fragments" and shared == 1:
            return True
        return isinstance(mine[shared - 1], int) and two == "on"

    def seen_from(self, other: "Site") -> bool:
        """True if the other step can read what this one gives: a loop keeps its results inside."""
        return not self.loops or other.path[: len(self.loops[-1])] == self.loops[-1]


@dataclasses.dataclass(frozen=True, eq=False)
class Chart:
    """One flowchart with everything a rule needs."""

    library: Library
    flowchart: Flowchart
    source: Source
    bundle: Bundle
    compiled: Compiled

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every step, outer steps before what is in them."""
        return tuple(self._sites())

    @cached_property
    def by_id(self) -> Mapping[str, Site]:
        """The steps by their id; of two with the same id, the first."""
        found: dict[str, Site] = {}
        for site in self.sites:
            found.setdefault(site.id, site)
        return found

    @cached_property
    def by_path(self) -> Mapping[Path, Site]:
        """The steps by their path."""
        return {site.path: site for site in self.sites}

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """Every form, message, role and flowchart it names."""
        return tuple(mentions(self.flowchart))

    @cached_property
    def faulty(self) -> frozenset[Path]:
        """The places of expressions that could not be compiled."""
        return frozenset(path for path, _ in self.compiled.findings)

    def doing(self, *verbs: str) -> Iterator[Site]:
        """The steps with one of these verbs."""
        return (site for site in self.sites if site.verb in verbs)

    def at(self, path: Path, message: str, hint: str = "", allowed: Iterable[str] = ()) -> Spot:
        """A spot at the value at a path; a single value stands for the list of one it was made into."""
        if (
            path
            and isinstance(path[-1], int)
            and not self.source.spelling(path)
            and self.source.spelling(path[:-1])
        ):
            path = path[:-1]
        return Spot(message, self.source.where(path), self.source.width(path), hint, tuple(allowed))

    def at_key(self, path: Path, message: str, hint: str = "", allowed: Iterable[str] = ()) -> Spot:
        """A spot at the key that ends a path; at the step or block itself if it ends in no key."""
        width = len(str(path[-1])) if path and isinstance(path[-1], str) else 1
        return Spot(message, self.source.key(path), width, hint, tuple(allowed))

    def at_verb(self, site: Site, message: str, hint: str = "", allowed: Iterable[str] = ()) -> Spot:
        """A spot at the verb of a step."""
        return self.at_key(site.verb_path, message, hint, allowed)

    def unknown(self, path: Path, kind: str, name: str, allowed: Iterable[str], *, key: bool = False) -> Spot:
        """A spot for a name that does not exist, with the nearest one that does."""
        names = tuple(sorted(allowed))
        near = [one for one in names if len(names) <= MOST_NEAR or one[:2] == name[:2]][:MOST_NEAR]
        meant = did_you_mean(name, near)
        hint = f"did you mean '{meant}'?" if meant else ""
        make = self.at_key if key else self.at
        return make(path, f"there is no {kind} '{name}'", hint, names[:MOST_NEAR])

    def near(self, name: str, verbs: tuple[str, ...] = ()) -> list[Site]:
        """The steps of these verbs, or of any, that have an id; of many, those whose ids begin as the name does."""
        kinds = verbs or ("",)
        found = [one for verb in kinds for one in self._named.get((verb, ""), ())[: MOST_NEAR + 1]]
        if len(found) > MOST_NEAR:
            found = [one for verb in kinds for one in self._named.get((verb, name[:2]), ())[:MOST_NEAR]]
        return found[:MOST_NEAR]

    @cached_property
    def _named(self) -> Mapping[tuple[str, str], list[Site]]:
        """The steps with an id by verb and by how the id begins, so that a thousand slips cost no thousand searches."""
        found: dict[tuple[str, str], list[Site]] = {}
        for site in self.by_id.values():
            for key in itertools.product(("", site.verb), ("", site.id[:2])) if site.step.id else ():
                found.setdefault(key, []).append(site)
        return found

    def above(self, site: Site) -> Iterator[Site]:
        """The steps that a step is inside of, inner first."""
        for length in range(len(site.path) - 1, 1, -1):
            above = self.by_path.get(site.path[:length])
            if above is not None:
                yield above

    def around(self, path: Path) -> Site | None:
        """The innermost step that a place is in, if it is in one."""
        return next(
            (self.by_path[path[:end]] for end in range(len(path), 1, -1) if path[:end] in self.by_path), None
        )

    def comes_before(self, source: Site, site: Site) -> bool:
        """As `Site.before`, or because the step, or one that it is inside of, says `after:`."""
        return source.before(site) or any(source.id in one.step.after for one in (site, *self.above(site)))

    def _sites(self) -> Iterator[Site]:
        for path, steps in sections(self.flowchart):
            yield from self._block(steps, path, (), ())

    def _block(
        self, steps: list[Step], path: Path, loops: tuple[Path, ...], variables: tuple[str, ...]
    ) -> Iterator[Site]:
        for index, step in enumerate(steps):
            here = (*path, index)
            yield Site(here, step, self.compiled.ids.get(here) or step.id or step.verb, loops, variables)
            for below, inner in inner_blocks(step):
                at = (*here, *below)
                if below == ("steps",):
                    more = (step.for_each.variable,) if step.for_each else ()
                    yield from self._block(inner, at, (*loops, at), variables + more)
                else:
                    yield from self._block(inner, at, loops, variables)


@dataclasses.dataclass(frozen=True, eq=False)
class Versions:
    """A chart, and the version of it that runs may have begun with."""

    old: Bundle
    new: Chart


@dataclasses.dataclass(frozen=True, eq=False)
class Whole:
    """All that is checked together."""

    library: Library
    charts: tuple[Chart, ...]
    complete: bool
    """True if every chart of the library is here: only then can something be called unused."""

    @cached_property
    def named(self) -> frozenset[tuple[str, str]]:
        """The kind and the name of all content that the charts name; roles without what they are of."""
        return frozenset(
            (kind, name)
            for chart in self.charts
            for kind in ("form", "message", "role")
            for name in _of(chart.bundle, kind)
        )

    @cached_property
    def mentioned(self) -> frozenset[tuple[str, str]]:
        """The kind and the name of everything that any chart of the library names, roles with what they are of."""
        charts = {chart.flowchart.flowchart: chart.mentions for chart in self.charts}
        everything = (
            charts.get(name) or mentions(flowchart) for name, flowchart in self.library.flowcharts.items()
        )
        return frozenset((mention.kind, mention.name) for found in everything for mention in found)

    def has(self, kind: str, name: str) -> bool:
        """True if this content is to be checked: all of it, or what the charts at hand name."""
        return self.complete or (kind, name) in self.named

    def source(self, kind: str, name: str) -> Source:
        """The file that content is in."""
        return self.library.sources[self.library.files[(kind, name)]]

    def at(
        self, source: Source, path: Path, message: str, hint: str = "", allowed: Iterable[str] = ()
    ) -> Spot:
        """A spot at a value of a file."""
        return Spot(message, source.where(path), source.width(path), hint, tuple(allowed))

    def at_key(
        self, source: Source, path: Path, message: str, hint: str = "", allowed: Iterable[str] = ()
    ) -> Spot:
        """A spot at the key that ends a path of a file."""
        width = len(str(path[-1])) if path and isinstance(path[-1], str) else 1
        return Spot(message, source.key(path), width, hint, tuple(allowed))


def _of(bundle: Bundle, kind: str) -> Iterable[str]:
    found: dict[str, Iterable[str]] = {"form": bundle.forms, "message": bundle.messages, "role": bundle.roles}
    return found[kind]


def sections(flowchart: Flowchart) -> Iterator[tuple[Path, list[Step]]]:
    """The lists of steps a chart consists of, each with its path."""
    yield ("steps",), flowchart.steps
    yield ("stand_down",), flowchart.stand_down
    for name, steps in flowchart.fragments.items():
        yield ("fragments", name), steps


def build(library: Library, id: str) -> Chart:
    """The chart of a flowchart of the library."""
    bundle = library.bundle(id)
    return Chart(
        library,
        bundle.flowchart,
        library.source_of(id),
        bundle,
        compile_bundle(bundle, library.flowcharts.get),
    )
