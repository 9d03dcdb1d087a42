"""Flowchart → Plan. Every expression is compiled with the kinds of what is in scope; what is wrong with one is a finding.

The checker calls this too: it maps the path and the offset of a finding to a line and a column.
"""

import dataclasses
from collections.abc import Mapping

from konbit.definition.bundle import Bundle
from konbit.definition.expressions import Expression, Finding
from konbit.definition.expressions.kinds import DYNAMIC, TEXT, TRUTH, Kind
from konbit.definition.flowchart import Flowchart
from konbit.engine import scopes
from konbit.engine.compiler import Compiler, Path
from konbit.engine.lowering import lower
from konbit.engine.lowering_control import FRAGMENT
from konbit.engine.plan import ROOT, STAND_DOWN, Plan, Who, WorkNode
from konbit.errors import InvalidDefinition

ALARM = "konbit_alarm"
"""The node that tells the owner when a step fails or a ladder ends in nobody."""


@dataclasses.dataclass(frozen=True)
class Compiled:
    """A plan, and what was found wrong with its expressions: the path in the flowchart, and the finding."""

    plan: Plan
    findings: tuple[tuple[Path, Finding], ...]
    scopes: Mapping[Path, Mapping[str, Kind]]
    """What was in scope where each expression stands."""
    ids: Mapping[Path, str]
    """The id of the step at each path, given or made."""


def compile_bundle(bundle: Bundle, charts: scopes.Charts | None = None) -> Compiled:
    """Compiles a bundle. `charts` looks up the flowcharts it runs, so that their results have kinds; else they are dynamic."""
    flowchart = bundle.flowchart
    compiler = Compiler(bundle, charts, lower)
    scope = scopes.base_scope(flowchart)
    for name, steps in flowchart.fragments.items():
        compiler.block(f"{FRAGMENT}:{name}", steps, ("fragments", name), scope.fork())
    compiler.block(ROOT, flowchart.steps, ("steps",), scope)
    compiler.block(STAND_DOWN, flowchart.stand_down, ("stand_down",), scope.fork())
    compiler.register(_alarm(flowchart))
    plan = Plan(
        flowchart=flowchart.flowchart,
        version=flowchart.version,
        digest=bundle.digest,
        owner=flowchart.owner,
        parameters=flowchart.parameters,
        results=_named(compiler, "results", flowchart.results, scope, DYNAMIC),
        blocks=compiler.blocks,
        nodes=compiler.nodes,
        owners=compiler.owners,
        positions=compiler.positions,
        expires=(flowchart.expires.after, flowchart.expires.outcome) if flowchart.expires else None,
        bundle=bundle,
        invariants=_named(compiler, "invariants", flowchart.invariants, _at_the_end(scope), TRUTH),
    )
    return Compiled(plan, tuple(compiler.findings), compiler.scopes, compiler.ids)


def _at_the_end(scope: scopes.Scope) -> scopes.Scope:
    """What an invariant may name: every result, and the outcome of the run."""
    return scope.fork({} if "outcome" in scope else {"outcome": TEXT})


def _named(
    compiler: Compiler, section: str, texts: Mapping[str, str], scope: scopes.Scope, kind: Kind
) -> dict[str, Expression]:
    """The expressions of a section of the flowchart, by name."""
    return {name: compiler.expression(text, (section, name), scope, kind) for name, text in texts.items()}


def _alarm(flowchart: Flowchart) -> WorkNode:
    """The node that tells the owner."""
    owner = (Who(flowchart.owner),)
    return WorkNode(
        id=ALARM, step=ALARM, title={"en": "Alarm"}, verb="inform", duty="alarm", who=owner, message="alarm"
    )


def compile_plan(bundle: Bundle, charts: scopes.Charts | None = None) -> Plan:
    """The plan of a bundle whose expressions are right; InvalidDefinition if they are not."""
    compiled = compile_bundle(bundle, charts)
    if compiled.findings:
        path, finding = compiled.findings[0]
        raise InvalidDefinition(
            f"{bundle.flowchart.flowchart}: {'.'.join(map(str, path))}: {finding.message}"
        )
    return compiled.plan
