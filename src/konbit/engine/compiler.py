"""The walk over one flowchart: blocks, names, scopes and expressions. Verbs are lowered in `konbit.engine.lowering`."""

import re
from collections.abc import Callable, Mapping

from konbit.definition.bundle import Bundle
from konbit.definition.expressions import Expression, Finding, compile_expression
from konbit.definition.expressions.kinds import Kind
from konbit.definition.mentions import walk
from konbit.definition.step import Step
from konbit.definition.verbs import Addressees, RoleOf, Wave
from konbit.engine import scopes
from konbit.engine.plan import ROOT, Block, Join, Node, WaveRule, Who

Path = tuple[str | int, ...]
WORD = re.compile(r"[A-Za-z_]\w*")
NEVER = "False"
"""Stands in the place of an expression that cannot be compiled."""


class Compiler:
    """Walks one flowchart once, in the order it is written."""

    def __init__(self, bundle: Bundle, charts: scopes.Charts | None, lower: "Lower") -> None:
        self.bundle = bundle
        self.lower = lower
        self.steps: dict[str, Step] = {}
        self.places: dict[str, Path] = {}
        self.loops: set[Path] = set()
        for path, step in walk(bundle.flowchart):
            if step.id:
                self.steps[step.id] = step
                self.places[step.id] = path
            if step.steps is not None:
                self.loops.add(path)
        self.charts = charts
        self.blocks: dict[str, Block] = {}
        self.nodes: dict[str, Node] = {}
        self.findings: list[tuple[Path, Finding]] = []
        self.scopes: dict[Path, Mapping[str, Kind]] = {}
        self.ids: dict[Path, str] = {}
        self.taken: set[str] = set()
        self.numbers: dict[str, int] = {}
        self.owners: dict[str, str] = {}
        self.positions: dict[str, tuple[str, int]] = {}

    def block(self, id: str, steps: list[Step], path: Path, scope: scopes.Scope) -> str:
        """Compiles a list of steps; what each step gives is in scope for those after it."""
        nodes: list[Node] = []
        for index, step in enumerate(steps):
            name = self._name(step, id)
            self.ids[(*path, index)] = name
            self.taken.add(name)
            nodes.append(self._step(step, name, (*path, index), scope))
            scope.bind(name, scopes.result_kind(step, self.bundle, self.charts))
        self.blocks[id] = Block(id=id, nodes=tuple(nodes))
        self.positions |= {node.id: (id, index) for index, node in enumerate(nodes)}
        owner = id.rpartition(":")[0]
        if owner in self.taken:
            self.owners[id] = owner
        return id

    def inner(self, id: str, steps: list[Step], path: Path, scope: scopes.Scope, *, leak: bool = True) -> str:
        """A block inside a step. What it gives is in scope afterwards too (unknown, if it did not run), unless it is a loop."""
        inside = scope.fork()
        self.block(id, steps, path, inside)
        if leak:
            scope.absorb(inside)
        return id

    def expression(
        self, text: str, path: Path, scope: scopes.Scope, expect: Kind | None = None
    ) -> Expression:
        """Compiles an expression; if it cannot be, the finding is kept and something harmless stands in its place."""
        self.scopes[path] = scope.fork()
        compiled = compile_expression(text, scope, expect)
        if isinstance(compiled, Expression):
            return compiled
        self.findings.extend((path, finding) for finding in compiled)
        harmless = compile_expression(NEVER, {})
        assert isinstance(harmless, Expression)
        return harmless

    def watching(self, text: str, path: Path, scope: scopes.Scope) -> scopes.Scope:
        """The scope of a condition that is looked at after every event: it sees steps of other lanes that have ended."""
        seen = scope.fork()
        for name in dict.fromkeys(WORD.findall(text)):
            if name in self.steps and name not in scope and self._sees(path, self.places[name]):
                seen.bind(name, scopes.result_kind(self.steps[name], self.bundle, self.charts))
        return seen

    def _sees(self, path: Path, place: Path) -> bool:
        """Whether a step has one result only, seen from a path: it is in no loop or fragment that the path is not in."""
        if place[0] == "fragments" and path[:2] != place[:2]:
            return False
        return all(
            place[:length] not in self.loops or place[length] != "steps" or path[:length] == place[:length]
            for length in range(1, len(place))
        )

    def values(self, given: Mapping[str, str], path: Path, scope: scopes.Scope) -> dict[str, Expression]:
        """The expressions under a `with:`."""
        return {name: self.expression(text, (*path, "with", name), scope) for name, text in given.items()}

    def who(self, addressees: Addressees, path: Path, scope: scopes.Scope) -> tuple[Who, ...]:
        """The roles addressed."""
        found = []
        for index, addressee in enumerate(addressees):
            if isinstance(addressee, RoleOf):
                of = self.expression(addressee.of, (*path, index, "of"), scope) if addressee.of else None
                found.append(Who(role=addressee.role, of=of, but=addressee.but, same_as=addressee.same_as))
            else:
                found.append(Who(role=addressee))
        return tuple(found)

    def waves(self, waves: list[Wave], message: str) -> tuple[WaveRule, ...]:
        """The waves, in the order of their time."""
        rules = [WaveRule(to=wave.to, after=wave.after, message=wave.message or message) for wave in waves]
        return tuple(sorted(rules, key=lambda rule: rule.after))

    def register(self, node: Node) -> Node:
        """Makes the node known by its id."""
        self.nodes[node.id] = node
        return node

    def join(self, wait: str | int, path: Path, *, stop_rest: bool) -> Join:
        """The join rule behind `wait:`."""
        text = str(wait)
        if text in ("all", "first", "none"):
            return Join(kind=text, stop_rest=stop_rest)  # type: ignore[arg-type]  # the three words are the literal's
        share = text.removesuffix("%")
        if (
            share.isdigit()
            and (share != text or int(share) >= 1)
            and int(share) <= (100 if share != text else 10_000)
        ):
            return Join(kind="share" if share != text else "count", number=int(share), stop_rest=stop_rest)
        allowed = ("all", "first", "none", "a number such as 3", "a share such as 80%")
        self.findings.append(
            (path, Finding("bad-join", f"'{text}' is not a way to wait", 0, len(text), allowed))
        )
        return Join(kind="all")

    def _name(self, step: Step, block: str) -> str:
        """The id of a step, or a telling one for a step without: the n-th of its verb in its list."""
        if step.id:
            return step.id
        base = step.verb if block == ROOT else f"{block.replace(':', '_').replace('/', '_')}_{step.verb}"
        while True:
            number = self.numbers.get(base, 0) + 1
            self.numbers[base] = number
            name = base if number == 1 and block != ROOT else f"{base}_{number}"
            if name not in self.taken and name not in self.steps:
                return name

    def _step(self, step: Step, name: str, path: Path, scope: scopes.Scope) -> Node:

        for followed in step.after:
            if followed in self.steps:
                scope.bind(followed, scopes.result_kind(self.steps[followed], self.bundle, self.charts))
        after = scope.fork()
        after.bind(name, scopes.result_kind(step, self.bundle, self.charts))
        handlers = {
            outcome: self.inner(f"{name}:{outcome}", steps, (*path, "on", outcome), after)
            for outcome, steps in step.on.items()
        }
        scope.absorb(after, but=name)
        return self.lower(self, step, name, path, scope, handlers)


Lower = Callable[[Compiler, Step, str, Path, scopes.Scope, dict[str, str]], Node]
"""Makes the node of a step."""
