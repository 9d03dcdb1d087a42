"""The rules for `+ - * /`."""

import ast
from typing import Final

from konbit.definition.expressions import tree
from konbit.definition.expressions.context import Context
from konbit.definition.expressions.kinds import (
    ARITHMETIC,
    DYNAMIC,
    NUMBER,
    TEXT,
    Kind,
    ListOf,
    Scalar,
    describe,
    family,
)

_SIGNS: Final[dict[type[ast.operator], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}


def check(context: Context, node: ast.UnaryOp | ast.BinOp) -> tree.Node:
    """The checked node for an operation on numbers, durations and moments."""
    if isinstance(node, ast.BinOp):
        return _binary(context, node)
    if isinstance(node.op, ast.USub):
        of = context.require(
            node.operand,
            NUMBER,
            "`-`",
            "subtract a duration from a moment: start - hours(2)",
        )
        if isinstance(of, tree.Literal) and isinstance(of.value, int | float):
            return tree.Literal(NUMBER, -of.value)
        return of if isinstance(of, tree.Broken) else tree.Negative(NUMBER, of)
    return context.not_allowed(
        "`+` before a value" if isinstance(node.op, ast.UAdd) else "`~`",
        node,
        "leave it out",
    )


def _binary(context: Context, node: ast.BinOp) -> tree.Node:
    sign = _SIGNS.get(type(node.op))
    if sign is None:
        return context.not_allowed(context.quote(node), node)
    left, right = context.visit(node.left), context.visit(node.right)
    if isinstance(left, tree.Broken) or isinstance(right, tree.Broken):
        return tree.Broken(DYNAMIC)
    rows = [
        row for row in ARITHMETIC if row[0] == sign and _fits(left.kind, row[1]) and _fits(right.kind, row[2])
    ]
    if not rows:
        message = (
            f"`{sign}` cannot be used on {describe(left.kind)} and {describe(right.kind)}: "
            f"{context.quote(node.left)} and {context.quote(node.right)}"
        )
        return context.report("wrong-type", message, node, hint=_hint(sign, left.kind, right.kind))
    if len(rows) == 1:
        _, kind, other = rows[0]
        left, right = _assume(left, kind), _assume(right, other)
    results = {ARITHMETIC[row] for row in rows}
    return tree.Arithmetic(results.pop() if len(results) == 1 else DYNAMIC, sign, left, right)


def _fits(kind: Kind, wanted: Scalar) -> bool:
    return kind in {wanted, DYNAMIC}


def _assume(node: tree.Node, kind: Scalar) -> tree.Node:
    return tree.Assume(kind, node) if node.kind == DYNAMIC else node


def _hint(sign: str, left: Kind, right: Kind) -> str:
    if TEXT in {family(left), family(right)} and sign == "+":
        return "texts are put together in messages, with {name}"
    if isinstance(left, ListOf) or isinstance(right, ListOf):
        return "use sum(...) or size(...) to get a number from a list"
    words = {kind.word for kind in (left, right) if isinstance(kind, Scalar)}
    if words & {"duration", "moment"} and "number" in words:
        return "give the number a unit: minutes(15), hours(2) or days(3)"
    return ""
