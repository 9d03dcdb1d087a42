"""Who does what when asked: the most specific entry of a scenario wins."""

import dataclasses
from collections.abc import Iterable, Mapping

from konbit.domain.directory import Directory
from konbit.engine.duties import RoleRef
from konbit.simulate.scenario import EVERYONE, PERSON, ROLE, Behaviour


def roles_held(directory: Directory) -> Mapping[str, tuple[str, ...]]:
    """Person → the roles they hold, as `cluster_lead.HEA`, in the order of the directory."""
    held: dict[str, dict[str, None]] = {}
    for binding in directory.bindings:
        held.setdefault(binding.person, {})[str(RoleRef(role=binding.role, of=binding.of))] = None
    return {person: tuple(roles) for person, roles in held.items()}


def fits(who: str, person: str, roles: Iterable[str]) -> int:
    """How well `who` names somebody: 4 the person, 3 a role of something, 2 a role, 1 everyone, 0 not at all."""
    if who == EVERYONE:
        return 1
    if who.startswith(PERSON):
        return 4 if who == f"{PERSON}{person}" else 0
    wanted = who.removeprefix(ROLE)
    if wanted in roles:
        return 3 if "." in wanted else 2
    return 2 if any(role.partition(".")[0] == wanted for role in roles) else 0


@dataclasses.dataclass
class Script:
    """The behaviours of a scenario, and what people hold."""

    behaviours: tuple[Behaviour, ...]
    held: Mapping[str, tuple[str, ...]]
    _known: dict[tuple[str, str, tuple[str, ...]], "Part"] = dataclasses.field(default_factory=dict)

    def of(self, person: str, request: str, step: str, slots: tuple[str, ...]) -> tuple[Behaviour, ...]:
        """What a person does who is asked in a request, in the order of time; nothing if they are silent.

        They count as holding the roles they have and those they are asked to stand in for. `on` may name the step, the
        part of it, or the one execution in a loop.
        """
        return self.part(person, request, step, slots).acts

    def part(self, person: str, request: str, step: str, slots: tuple[str, ...]) -> "Part":
        """The same, with how closely the scenario names them."""
        key = (person, request, slots)
        if key not in self._known:
            self._known[key] = self._find(person, {request, request.partition("[")[0], step}, slots)
        return self._known[key]

    def _find(self, person: str, names: set[str], slots: tuple[str, ...]) -> "Part":
        roles = (*self.held.get(person, ()), *slots)
        best: Behaviour | None = None
        rank = (0, False)
        for behaviour in self.behaviours:
            if behaviour.on and names.isdisjoint(behaviour.on):
                continue
            fit = fits(behaviour.who, person, roles)
            if fit and (fit, bool(behaviour.on)) > rank:
                best, rank = behaviour, (fit, bool(behaviour.on))
        if best is None:
            return Part(0, False, ())
        same = [one for one in self.behaviours if (one.who, one.on) == (best.who, best.on)]
        acts = sorted((one for one in same if not one.silent), key=lambda one: one.after)
        return Part(rank[0], best.silent, tuple(acts))


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """What the scenario has somebody do: how closely it names them (see `fits`), and their answers."""

    fit: int
    silent: bool
    acts: tuple[Behaviour, ...]
