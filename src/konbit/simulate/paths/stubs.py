"""A path as a scenario ready to paste: people made up for every role, who answer as the path has it, and what must come of it."""

import re
from collections.abc import Iterator, Mapping

from konbit.definition.parameters import Value
from konbit.engine.plan import FirstOfNode, Plan, RequestNode, Who, WorkNode
from konbit.simulate.paths.oracle import Taken
from konbit.simulate.paths.rehearse import PathTaken, Rehearsed

PLAIN = re.compile(r"[a-z][a-z0-9_/-]*")
OPERATOR = "an operator passes over "
TOLD = ("everyone_contacted",)


def stub(plan: Plan, step: str, outcome: str, path: PathTaken) -> str:
    """A scenario in which a step has that outcome."""
    name = re.sub(r"[^a-z0-9]+", "-", f"{plan.flowchart.partition('/')[2]}-{step}-{outcome}").strip("-")
    surprises = [one for one in path.surprises if one.where not in plan.parameters]
    people, injected, comments = _translated(plan, surprises)
    lines = [
        f"scenario: {name[:64].strip('-')}",
        f'title: "{step} ends {outcome}"',
        f"flowchart: {plan.flowchart}",
        "starts: 2030-01-01T12:00:00Z",
        *(f"# {comment}" for comment in comments),
        "parameters:",
        *(f"  {key}: {_value(value)}" for key, value in path.parameters.items() if value is not None),
        "population:",
        "  - fill:",
        *(f"      - {{role: {role}, holders: 3}}" for role in roles(plan, path.parameters)),
        "people:",
        "  - {who: everyone, after: 5m, answer: {}}",
        *people,
        *(["inject:", *injected] if injected else []),
        "expect:",
        f"  - {{step: {step}, outcome: {outcome}}}",
    ]
    return "\n".join(lines) + "\n"


def roles(plan: Plan, parameters: Mapping[str, Value]) -> list[str]:
    """Every role that the flowchart asks or tells, with what it is of where the flowchart says it."""
    listed = [item for value in parameters.values() if isinstance(value, list) for item in value]
    found: dict[str, None] = {plan.owner: None}
    of: dict[str, None] = {}
    for node in plan.nodes.values():
        asked: tuple[Who, ...] = node.who if isinstance(node, RequestNode | WorkNode) else ()
        found |= dict.fromkeys(who.role for who in asked if who.role not in TOLD)
        of |= {f"{who.role}.{item}": None for who in asked if who.of is not None for item in listed}
        if isinstance(node, RequestNode):
            of |= dict.fromkeys(name for name in node.critical if "." in name)
            found |= dict.fromkeys(rule.to for rule in node.waves if rule.to not in ("primary", "backup"))
    named = {name.partition(".")[0] for name in of}
    return sorted({*of, *(role for role in found if role.partition(".")[0] not in named or "." in role)})


def _translated(plan: Plan, surprises: list[Taken]) -> tuple[list[str], list[str], list[str]]:
    """People, injections, and what cannot be written as either."""
    people: list[str] = []
    injected: list[str] = []
    comments: list[str] = []
    for one in surprises:
        key = one.where.partition(" ")[0]
        node = plan.nodes.get(key.partition("[")[0])
        if one.where == "run" and one.words.startswith(OPERATOR):
            passed = one.words.removeprefix(OPERATOR)
            injected.append(f"  - {{at: 0m, command: {{do: force, step: {passed}, outcome: skipped}}}}")
        elif one.where == "run":
            injected.append("  - {at: 1m, command: {do: stand_down}}")
        elif one.words == "it fails":
            injected.append(f"  - {{at: 0m, fails: {{step: {_quoted(key)}}}}}")
        elif isinstance(node, RequestNode):
            people += _people(node, key, one.words)
        elif isinstance(node, FirstOfNode) and one.words.removesuffix(" comes first") != "the time":
            injected.append(f"  - {{at: 1h, signal: {one.words.removesuffix(' comes first')}}}")
        else:
            comments.append(f"not in this stub: {one.where}: {one.words}")
    return people, injected, comments


def _people(node: RequestNode, key: str, words: str) -> Iterator[str]:
    step = _quoted(key)
    words = words.removesuffix(", last")
    if words == "nobody answers":
        yield f"  - {{who: everyone, on: [{step}], silent: true}}"
    elif words == "everybody declines":
        yield f"  - {{who: everyone, on: [{step}], after: 5m, answer: {{verdict: decline}}}}"
    elif words.startswith(("only the critical", "one answers")):
        yield f"  - {{who: everyone, on: [{step}], silent: true}}"
        for role in node.critical or (str(node.who[0].role),):
            yield f"  - {{who: role:{role}, on: [{step}], after: 5m, answer: {{}}}}"
    else:
        option = words.partition(" ")[0]
        yield f"  - {{who: everyone, on: [{step}], after: 5m, answer: {{option: {option}}}}}"


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value).lower() if isinstance(value, bool) else _quoted(str(value))


def _quoted(text: str) -> str:
    return text if PLAIN.fullmatch(text) or text.isalnum() else f'"{text}"'


def stubs(plan: Plan, rehearsed: Rehearsed, missing: frozenset[tuple[str, str]]) -> list[str]:
    """A stub for each outcome that is missing and that some path reaches; one path may cover several."""
    left = set(missing)
    found = []
    for step, outcome in sorted(
        missing,
        key=lambda pair: (len(rehearsed.first[pair].surprises) if pair in rehearsed.first else 0, pair),
    ):
        path = rehearsed.first.get((step, outcome))
        if (step, outcome) in left and path is not None:
            left -= path.exercised.outcomes
            found.append(stub(plan, step, outcome, path))
    return found
