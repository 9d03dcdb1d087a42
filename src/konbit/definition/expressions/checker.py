"""The rules for names, literals, fields and logic.

The other rules are in `comparing`, `computing` and `calling`.
"""

import ast
from typing import Final

from konbit.definition.expressions import calling, comparing, computing, tree
from konbit.definition.expressions.context import Context
from konbit.definition.expressions.findings import did_you_mean
from konbit.definition.expressions.kinds import (
    DYNAMIC,
    NUMBER,
    TEXT,
    TRUTH,
    Choice,
    Kind,
    ListOf,
    Record,
    describe,
    join,
)
from konbit.definition.expressions.limits import MAX_LIST_ITEMS, MAX_NUMBER

_TRUTHS: Final = {"true": True, "false": False}
_NOTHING: Final = frozenset({"none", "null", "nil", "undefined", "unknown"})
_CONSTRUCTS: Final[dict[type[ast.expr], tuple[str, str]]] = {
    ast.Tuple: (
        "a bare list",
        "write a list in square brackets, and a large number without commas",
    ),
    ast.ListComp: (
        "a list built with `for`",
        "use any(...), all(...), count(...) or sum(...) over the list",
    ),
    ast.GeneratorExp: (
        "`for` outside a function",
        "use any(...), all(...), count(...) or sum(...) over the list",
    ),
    ast.Await: ("`await`", "write the name alone"),
    ast.Yield: ("`yield`", "write the name alone"),
    ast.Starred: ("`*` before a name", "pass the list itself"),
}


def check(context: Context, node: ast.expr) -> tree.Node:
    """The checked node for any syntax node; a construct outside the language is a finding."""
    match node:
        case ast.Constant():
            return _constant(context, node)
        case ast.Name():
            return _name(context, node)
        case ast.Attribute():
            return _field(context, node, context.visit(node.value), node.attr)
        case ast.Subscript():
            return _subscript(context, node)
        case ast.List():
            return _list(context, node)
        case _:
            return _operation(context, node)


def _operation(context: Context, node: ast.expr) -> tree.Node:
    match node:
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return _logic(context, node)
        case ast.IfExp():
            return _conditional(context, node)
        case ast.UnaryOp() | ast.BinOp():
            return computing.check(context, node)
        case ast.Compare():
            return comparing.check(context, node)
        case ast.Call():
            return calling.check(context, node)
        case _:
            what, hint = _CONSTRUCTS.get(type(node), (context.quote(node), ""))
            return context.not_allowed(what, node, hint)


def _logic(context: Context, node: ast.BoolOp | ast.UnaryOp) -> tree.Node:
    if isinstance(node, ast.UnaryOp):
        return tree.Not(TRUTH, context.condition(node.operand, "`not`"))
    word = "and" if isinstance(node.op, ast.And) else "or"
    return tree.Junction(TRUTH, word, tuple(context.condition(part, f"`{word}`") for part in node.values))


def _constant(context: Context, node: ast.Constant) -> tree.Node:
    match node.value:
        case bool():
            return tree.Literal(TRUTH, node.value)
        case str():
            return tree.Literal(TEXT, node.value)
        case int() | float():
            if node.value <= MAX_NUMBER:
                return tree.Literal(NUMBER, node.value)
            return context.not_allowed(f"a number beyond {MAX_NUMBER:,}", node, "use a larger unit")
        case None:
            return context.not_allowed("`None`", node, "ask with has(x), or not has(x)")
        case _:
            return context.not_allowed(context.quote(node), node)


def _name(context: Context, node: ast.Name) -> tree.Node:
    name = node.id
    if name in _TRUTHS:
        return tree.Literal(TRUTH, _TRUTHS[name])
    if name in context.variables:
        return tree.Variable(context.variables[name], name)
    if name in context.scope:
        return tree.Name(context.scope[name], name)
    allowed = tuple(sorted({*context.scope, *context.variables}))
    message = f"there is no name {context.quote(node)} here"
    return context.report(
        "undefined-name",
        message,
        node,
        allowed=allowed,
        hint=_name_hint(context, name, allowed),
    )


def _name_hint(context: Context, name: str, allowed: tuple[str, ...]) -> str:
    if name.casefold() in _NOTHING:
        return "ask with has(x), or not has(x)"
    if name in calling.FUNCTIONS:
        return f"`{name}` is a function: write {name}(...)"
    if any(_is_option(kind, name) for kind in context.scope.values()):
        return f"a text stands in quotes: '{name}'"
    return did_you_mean(name, allowed)


def _is_option(kind: Kind, word: str) -> bool:
    match kind:
        case Choice(options):
            return word in options
        case ListOf(item):
            return _is_option(item, word)
        case Record(fields):
            return any(_is_option(field, word) for field in fields.values())
        case _:
            return False


def _field(context: Context, node: ast.Attribute | ast.Subscript, of: tree.Node, key: str) -> tree.Node:
    match of.kind:
        case Record(fields):
            if key in fields:
                return tree.Field(fields[key], of, key)
            allowed = tuple(sorted(fields))
            message = f"{context.quote(node.value)} has no field `{key}`"
            return context.report(
                "undefined-field",
                message,
                node,
                allowed=allowed,
                hint=did_you_mean(key, allowed),
            )
        case kind if kind == DYNAMIC:
            return of if isinstance(of, tree.Broken) else tree.Field(DYNAMIC, of, key)
        case ListOf():
            hint = f"look at each element: any(x.{key} == ... for x in {context.source.quote(node.value)})"
        case _:
            hint = ""
    message = f"only a record has fields, but {context.quote(node.value)} is {describe(of.kind)}"
    return context.report("wrong-type", message, node, hint=hint)


def _subscript(context: Context, node: ast.Subscript) -> tree.Node:
    of = context.visit(node.value)
    match node.slice:
        case ast.Constant(value=str(key)):
            return _field(context, node, of, key)
        case ast.Constant(value=int(index)) if not isinstance(index, bool):
            return _element(context, node, of, index)
        case _:
            return context.not_allowed(
                f"{context.quote(node.slice)} as a place",
                node.slice,
                "write a whole number from 0, or a field in quotes",
            )


def _element(context: Context, node: ast.Subscript, of: tree.Node, index: int) -> tree.Node:
    match of.kind:
        case ListOf(item):
            return tree.Item(item, of, index)
        case kind if kind == DYNAMIC:
            return of if isinstance(of, tree.Broken) else tree.Item(DYNAMIC, of, index)
        case _:
            message = f"only a list has elements, but {context.quote(node.value)} is {describe(of.kind)}"
            return context.report("wrong-type", message, node)


def _list(context: Context, node: ast.List) -> tree.Node:
    if len(node.elts) > MAX_LIST_ITEMS:
        message = f"the list has {len(node.elts)} elements; {MAX_LIST_ITEMS} are allowed"
        return context.report("expression-too-costly", message, node, hint="put the list in a parameter")
    items = tuple(map(context.visit, node.elts))
    kind: Kind | None = items[0].kind if items else DYNAMIC
    for syntax, item in zip(node.elts, items, strict=True):
        joined = join(kind, item.kind) if kind is not None else None
        if joined is None and kind is not None:
            found = f"{context.quote(syntax)} is {describe(item.kind)} after {describe(kind)}"
            message = f"a list holds one kind, but {found}"
            return context.report("wrong-type", message, syntax)
        kind = joined
    return tree.ListLiteral(ListOf(kind or DYNAMIC), items)


def _conditional(context: Context, node: ast.IfExp) -> tree.Node:
    test = context.condition(node.test, "`if`")
    then, otherwise = context.visit(node.body), context.visit(node.orelse)
    kind = join(then.kind, otherwise.kind)
    if kind is None:
        found = f"one is {describe(then.kind)}, the other {describe(otherwise.kind)}"
        message = f"both results must be of one kind, but {found}"
        return context.report("wrong-type", message, node)
    return tree.Conditional(kind, test, then, otherwise)
