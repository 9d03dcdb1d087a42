"""The rules for functions and quantifiers."""

import ast
import datetime as dt
from typing import Final

from konbit.definition.expressions import tree
from konbit.definition.expressions.context import Context
from konbit.definition.expressions.findings import did_you_mean
from konbit.definition.expressions.kinds import (
    DURATION,
    DYNAMIC,
    MOMENT,
    NUMBER,
    TEXT,
    TRUTH,
    Kind,
    ListOf,
    describe,
    family,
    join,
)
from konbit.definition.expressions.limits import MAX_DURATION_DAYS

FUNCTIONS: Final[dict[str, str]] = {
    "all": "all(list of truth values)",
    "any": "any(list of truth values)",
    "contains": "contains(text, part)",
    "count": "count(list)",
    "days": "days(3)",
    "has": "has(name)",
    "hours": "hours(2)",
    "is_known": "is_known(value)",
    "lower": "lower(text)",
    "max": "max(list) or max(a, b)",
    "min": "min(list) or min(a, b)",
    "minutes": "minutes(15)",
    "size": "size(list or text)",
    "starts_with": "starts_with(text, beginning)",
    "sum": "sum(list of numbers)",
}
"""Every function and how it is written."""

_QUANTIFIERS: Final = frozenset({"all", "any", "count", "max", "min", "sum"})
_ARITY: Final = {"contains": 2, "starts_with": 2}
_MINUTES: Final = {"minutes": 1, "hours": 60, "days": 24 * 60}
_ELSEWHERE: Final = {
    "len": "use size(...)",
    "now": "the language has no clock: write the name `now` where it is given",
    "today": "the language has no clock: write the name `now` where it is given",
    "exists": "use any(... for x in list)",
    "startswith": "use starts_with(text, beginning)",
}


def check(context: Context, node: ast.Call) -> tree.Node:
    """The checked node for a call, whose function is one of `FUNCTIONS`."""
    if isinstance(node.func, ast.Attribute):
        return context.not_allowed(
            f"a function after a point ({context.quote(node.func)})",
            node,
            _method_hint(context, node),
        )
    if not isinstance(node.func, ast.Name):
        return context.not_allowed(f"{context.quote(node.func)} as a function", node)
    name = node.func.id
    if name not in FUNCTIONS:
        allowed = tuple(FUNCTIONS)
        hint = _ELSEWHERE.get(name) or did_you_mean(name, allowed)
        message = f"there is no function {context.quote(node.func)}"
        return context.report("undefined-name", message, node.func, allowed=allowed, hint=hint)
    if node.keywords:
        return context.not_allowed("a named argument", node, f"write {FUNCTIONS[name]}")
    if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
        return _quantifier(context, node, name, node.args[0])
    few = len(node.args) < _ARITY.get(name, 1)
    if few or (len(node.args) > _ARITY.get(name, 1) and name not in {"min", "max"}):
        message = f"`{name}` takes {_ARITY.get(name, 1)} argument(s), but {len(node.args)} are given"
        return context.report("wrong-type", message, node, hint=f"write {FUNCTIONS[name]}")
    return _call(context, node, name)


def _method_hint(context: Context, node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS:
        return f"write {node.func.attr}({context.source.quote(node.func.value)})"
    if isinstance(node.func, ast.Attribute) and node.func.attr in _ELSEWHERE:
        return _ELSEWHERE[node.func.attr]
    return "write function(value)"


def _call(context: Context, node: ast.Call, name: str) -> tree.Node:
    first = node.args[0]
    match name:
        case "minutes" | "hours" | "days":
            return _duration(context, node, name)
        case "has" | "is_known":
            return _known(context, node, name)
        case "lower":
            return tree.Call(TEXT, name, (context.require(first, TEXT, "`lower`"),))
        case "contains" | "starts_with":
            return _text_test(context, node, name)
        case "size" | "count":
            return _size(context, node, name)
        case "any" | "all":
            items = context.require(
                first,
                ListOf(TRUTH),
                f"`{name}`",
                f"write {name}(x.field > 0 for x in list)",
            )
            return tree.Call(TRUTH, name, (items,))
        case "sum":
            items = context.require(first, ListOf(NUMBER), "`sum`", "write sum(x.field for x in list)")
            return tree.Call(NUMBER, name, (items,))
        case _:
            return _extreme(context, node, name)


def _duration(context: Context, node: ast.Call, name: str) -> tree.Node:
    match node.args[0]:
        case ast.Constant(value=int(amount) | float(amount)) if not isinstance(amount, bool):
            if amount * _MINUTES[name] <= MAX_DURATION_DAYS * 24 * 60:
                return tree.Literal(DURATION, dt.timedelta(minutes=amount * _MINUTES[name]))
            return context.not_allowed(f"a duration beyond {MAX_DURATION_DAYS:,} days", node)
        case _:
            return context.not_allowed(
                f"`{name}` of anything but a written number",
                node,
                f"write {FUNCTIONS[name]}",
            )


def _known(context: Context, node: ast.Call, name: str) -> tree.Node:
    first = node.args[0]
    if name == "has" and not isinstance(first, ast.Name | ast.Attribute | ast.Subscript):
        return context.not_allowed("`has` of anything but a name or a field", node, "use is_known(value)")
    checked = context.visit(first)
    if isinstance(checked, tree.Broken):
        return tree.Broken(TRUTH)
    return tree.Call(TRUTH, name, (checked,))


def _text_test(context: Context, node: ast.Call, name: str) -> tree.Node:
    checked = context.visit(node.args[0])
    hint = ""
    if isinstance(checked.kind, ListOf):
        words = context.source.quote(node.args[0])
        hint = f"write ... in {words}"
    text = context.fit(node.args[0], checked, TEXT, f"`{name}`", hint)
    return tree.Call(TRUTH, name, (text, context.require(node.args[1], TEXT, f"`{name}`")))


def _size(context: Context, node: ast.Call, name: str) -> tree.Node:
    checked = context.visit(node.args[0])
    if isinstance(checked, tree.Broken):
        return tree.Broken(NUMBER)
    text = name == "size" and family(checked.kind) == TEXT
    if text or isinstance(checked.kind, ListOf):
        return tree.Call(NUMBER, name, (checked,))
    if checked.kind == DYNAMIC:
        return tree.Call(
            NUMBER,
            name,
            (checked if name == "size" else tree.Assume(ListOf(DYNAMIC), checked),),
        )
    wanted = "a list or a text" if name == "size" else "a list"
    message = f"`{name}` takes {wanted}, but {context.quote(node.args[0])} is {describe(checked.kind)}"
    context.report("wrong-type", message, node.args[0])
    return tree.Broken(NUMBER)


def _extreme(context: Context, node: ast.Call, name: str) -> tree.Node:
    if len(node.args) == 1:
        items = context.require(node.args[0], ListOf(DYNAMIC), f"`{name}`", f"write {FUNCTIONS[name]}")
        item = items.kind.item if isinstance(items.kind, ListOf) else DYNAMIC
        return tree.Call(_orderable(context, node.args[0], name, item), name, (items,))
    parts = tuple(map(context.visit, node.args))
    kind: Kind = _orderable(context, node.args[0], name, parts[0].kind)
    for syntax, part in zip(node.args[1:], parts[1:], strict=True):
        joined = join(kind, _orderable(context, syntax, name, part.kind))
        if joined is None:
            message = (
                f"`{name}` compares values of one kind, but {context.quote(syntax)} is {describe(part.kind)}"
            )
            return context.report("wrong-type", message, syntax)
        kind = joined
    return tree.Call(kind, name, (tree.ListLiteral(ListOf(kind), parts),))


def _orderable(context: Context, node: ast.expr, name: str, kind: Kind) -> Kind:
    if kind in (NUMBER, DURATION, MOMENT, DYNAMIC):
        return kind
    message = f"`{name}` takes numbers, durations or moments, but {context.quote(node)} is {describe(kind)}"
    context.report("wrong-type", message, node)
    return DYNAMIC


def _quantifier(context: Context, node: ast.Call, name: str, body: ast.GeneratorExp) -> tree.Node:
    if name not in _QUANTIFIERS:
        return context.not_allowed(
            f"`for` in `{name}`", node, f"use one of {', '.join(sorted(_QUANTIFIERS))}"
        )
    part = body.generators[0]
    if len(body.generators) > 1 or part.is_async:
        return context.not_allowed("more than one `for`", body, "put a second any(...) or sum(...) inside")
    if len(part.ifs) > 1:
        return context.not_allowed("more than one `if`", body, "join the conditions with `and`")
    if not isinstance(part.target, ast.Name):
        return context.not_allowed(
            "more than one name after `for`",
            part.target,
            "write one name, then its fields",
        )
    variable = part.target.id
    if variable in {*context.scope, *context.variables, *FUNCTIONS, "true", "false"}:
        return context.not_allowed(
            f"`{variable}`, which already means something,",
            part.target,
            "take another name",
        )
    source = context.require(part.iter, ListOf(DYNAMIC), "`for`")
    item = source.kind.item if isinstance(source.kind, ListOf) else DYNAMIC
    with context.variable(variable, item):
        element = _element(context, name, body.elt, variable)
        condition = context.condition(part.ifs[0], "`if`") if part.ifs else None
    kind = {"any": TRUTH, "all": TRUTH, "sum": NUMBER, "count": NUMBER}.get(name, element.kind)
    return tree.Quantifier(kind, name, variable, source, element, condition)


def _element(context: Context, name: str, node: ast.expr, variable: str) -> tree.Node:
    match name:
        case "any" | "all":
            return context.condition(node, f"`{name}`")
        case "sum":
            return context.require(node, NUMBER, "`sum`")
        case "count":
            if isinstance(node, ast.Name) and node.id == variable:
                return context.visit(node)
            hint = f"write count({variable} for {variable} in list if condition)"
            return context.not_allowed("`count` of anything but the element itself", node, hint)
        case _:
            checked = context.visit(node)
            _orderable(context, node, name, checked.kind)
            return checked
