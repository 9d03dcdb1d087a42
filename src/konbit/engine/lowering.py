"""One step → one node: each verb has a function here that says which request, work or control it comes down to."""

import dataclasses
from collections.abc import Callable
from typing import Any

from konbit.definition.expressions.kinds import NUMBER, TRUTH, Kind
from konbit.definition.step import Step
from konbit.definition.verbs import Report, Wave
from konbit.engine.compiler import Compiler, Path
from konbit.engine.lowering_control import CONTROL_VERBS
from konbit.engine.lowering_site import Site
from konbit.engine.plan import ChainNode, ChildNode, Node, WorkNode
from konbit.engine.scopes import Scope

REQUEST_COUNTS: dict[str, Kind] = dict.fromkeys(("asked", "answered", "declined", "silent"), NUMBER)
"""What `enough_when` may use beside what is in scope."""
APPROVED = "approved"
REJECTED = "rejected"


def lower(
    compiler: Compiler, step: Step, name: str, path: Path, scope: Scope, handlers: dict[str, str]
) -> Node:
    """The node of a step."""
    site = Site(compiler, step, name, path, scope, handlers)
    node = VERBS[step.verb](site)
    guards: dict[str, Any] = {"follows": tuple(step.after)}
    for word, text in (("only_while", step.only_while), ("abandon_if", step.abandon_if)):
        if text is not None:
            seen = compiler.watching(text, path, scope)
            guards[word] = compiler.expression(text, (*path, word), seen, TRUTH)
    if step.holding:
        guards |= {"lock": step.holding.lock, "lease": step.holding.lease}
    return compiler.register(dataclasses.replace(node, handlers=handlers, mark=step.mark, **guards))


def _contact(site: Site) -> Node:
    contact, compiler = site.step.contact, site.compiler
    assert contact is not None
    return site.request(
        site.name,
        "contact",
        "cover",
        who=compiler.who(contact.who, (*site.path, "contact", "who"), site.scope),
        waves=compiler.waves([*contact.waves, *site.escalation], contact.message),
        form=contact.form,
        question=contact.message,
        per_role=0 if contact.need.per_role == "all" else contact.need.per_role,
        critical=tuple(contact.need.critical),
        again=(contact.again.after, contact.again.at_most) if contact.again else None,
    )


def _ask(site: Site) -> Node:
    ask, compiler = site.step.ask, site.compiler
    assert ask is not None
    return site.request(
        site.name,
        "ask",
        "first",
        who=compiler.who(ask.who, (*site.path, "ask", "who"), site.scope),
        waves=compiler.waves(site.ladder(ask.question), ask.question),
        form=ask.form,
        options=tuple(ask.outcomes()),
        question=ask.question,
    )


def _assess(site: Site) -> Node:
    assess, compiler = site.step.assess, site.compiler
    assert assess is not None
    path = (*site.path, "assess")
    enough = assess.enough_when
    return site.request(
        site.name,
        "assess",
        "collect",
        who=compiler.who(assess.who, (*path, "who"), site.scope),
        waves=compiler.waves(site.ladder(assess.message), assess.message),
        form=assess.form,
        question=assess.message,
        enough_when=compiler.expression(
            enough, (*path, "enough_when"), site.scope.fork(REQUEST_COUNTS), TRUTH
        )
        if enough
        else None,
    )


def _mobilize(site: Site) -> Node:
    mobilize, compiler = site.step.mobilize, site.compiler
    assert mobilize is not None
    path = (*site.path, "mobilize")
    enough = mobilize.enough_when
    request = site.request(
        f"{site.name}/offers",
        "mobilize",
        "collect",
        who=compiler.who(mobilize.who, (*path, "who"), site.scope),
        waves=compiler.waves(site.ladder(mobilize.message), mobilize.message),
        form=mobilize.form,
        question=mobilize.message,
        enough_when=compiler.expression(
            enough, (*path, "enough_when"), site.scope.fork(REQUEST_COUNTS), TRUTH
        )
        if enough
        else None,
    )
    options = {"needs": mobilize.need_from, "offers": f"{site.name}/offers"}
    match = WorkNode(id=f"{site.name}/match", step=site.name, duty="match", options=options, **site.common)
    return _chain(site, [request, match])


def _report(site: Site) -> Node:
    report = site.step.report
    assert report is not None
    work: dict[str, Any] = {"step": site.name, "options": {"report": report.kind}, **site.common}
    parts: list[Node] = [_inputs(site, report)] if report.inputs_from else []
    parts.append(WorkNode(id=f"{site.name}/draft", duty="draft", inputs=tuple(report.inputs), **work))
    if report.approve:
        parts.append(_approval(site))
    if report.to:
        to = site.compiler.who(report.to, (*site.path, "report", "to"), site.scope)
        parts.append(WorkNode(id=f"{site.name}/send", duty="send", who=to, message=report.cover, **work))
    return _chain(site, parts)


def _inputs(site: Site, report: Report) -> Node:
    return site.request(
        f"{site.name}/inputs",
        "collect_inputs",
        "collect",
        who=site.compiler.who(report.inputs_from, (*site.path, "report", "inputs_from"), site.scope),
        waves=site.compiler.waves(site.ladder(report.message), report.message),
        form=report.form,
        question=report.message,
    )


def _approval(site: Site) -> Node:
    report, compiler = site.step.report, site.compiler
    assert report is not None
    assert report.approve is not None
    approve = report.approve
    waves = compiler.waves([Wave(to="primary"), *approve.escalate], approve.message)
    return site.request(
        f"{site.name}/approve",
        "approve",
        "first",
        who=compiler.who([approve.who], (*site.path, "report", "approve", "who"), site.scope),
        waves=waves,
        form=None,
        options=(APPROVED, REJECTED),
        question=approve.message,
        within=approve.within,
        due=None,
        remind=(),
    )


def _chain(site: Site, parts: list[Node]) -> Node:
    for part in parts:
        site.compiler.register(part)
    return ChainNode(id=site.name, step=site.name, parts=tuple(parts), **site.common)


def _inform(site: Site) -> Node:
    inform, compiler = site.step.inform, site.compiler
    assert inform is not None
    path = (*site.path, "inform")
    who = compiler.who(inform.who, (*path, "who"), site.scope)
    values = compiler.values(inform.values, path, site.scope)
    return WorkNode(
        id=site.name,
        step=site.name,
        duty="inform",
        who=who,
        message=inform.message,
        values=values,
        **site.common,
    )


def _run(site: Site) -> Node:
    run, compiler = site.step.run, site.compiler
    assert run is not None
    child = compiler.charts(run.flowchart) if compiler.charts else None
    mine = compiler.bundle.flowchart.parameters
    given = {
        name
        for name, parameter in mine.items()
        if child is None or (name in child.parameters and child.parameters[name].type == parameter.type)
    }
    return ChildNode(
        id=site.name,
        step=site.name,
        flowchart=run.flowchart,
        values=compiler.values(run.values, (*site.path, "run"), site.scope),
        hand_on=tuple(sorted(given - set(run.values))),
        wait=run.wait,
        within=site.step.within,
        **site.common,
    )


VERBS: dict[str, Callable[[Site], Node]] = CONTROL_VERBS | {
    "contact": _contact,
    "ask": _ask,
    "assess": _assess,
    "mobilize": _mobilize,
    "report": _report,
    "inform": _inform,
    "run": _run,
}
"""How each verb is lowered."""
