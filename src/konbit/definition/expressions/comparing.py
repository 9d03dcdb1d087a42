"""The rules for `== != < <= > >=`, `in` and `not in`: kinds must match, and the answer must be open."""

import ast
from collections.abc import Sequence
from typing import Final

from konbit.definition.expressions import tree
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
    family,
)
from konbit.definition.expressions.operating import ORDERING

_OPERATORS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}


def check(context: Context, node: ast.Compare) -> tree.Node:
    """A comparison, a chain of comparisons, or a membership test."""
    words = tuple(_OPERATORS[type(sign)] for sign in node.ops)
    for word in words:
        if word in {"is", "is not"}:
            hint = "compare with `==` or `!=`, or ask with has(x)"
            return context.not_allowed(f"`{word}`", node, hint)
    if "in" in words or "not in" in words:
        if len(words) > 1:
            return context.not_allowed("`in` within a chain of comparisons", node, "join the two with `and`")
        return _membership(context, node, negated=words[0] == "not in")
    syntax = (node.left, *node.comparators)
    checked = _unify(context, node, syntax, tuple(map(context.visit, syntax)), words)
    if checked is None:
        return tree.Broken(TRUTH)
    pairs = zip(words, syntax, syntax[1:], checked, checked[1:], strict=False)
    for word, left, right, one, other in pairs:
        if _settled(context, node, word, (left, right), (one, other)):
            return tree.Broken(TRUTH)
    return context.constant(node, tree.Comparison(TRUTH, words, checked))


def _unify(
    context: Context,
    node: ast.expr,
    syntax: Sequence[ast.expr],
    checked: tuple[tree.Node, ...],
    words: tuple[str, ...],
) -> tuple[tree.Node, ...] | None:
    """The operands as one scalar kind, dynamic ones assumed to be of it; None after a finding."""
    if any(isinstance(operand, tree.Broken) for operand in checked):
        return None
    for part, operand in zip(syntax, checked, strict=True):
        if family(operand.kind) is None:
            hint = _whole_hint(context, part, operand.kind)
            message = (
                f"{context.quote(part)} is {describe(operand.kind)}, which cannot be compared as a whole"
            )
            context.report("wrong-type", message, part, hint=hint)
            return None
    fixed = [(part, one) for part, one in zip(syntax, checked, strict=True) if one.kind != DYNAMIC]
    if not fixed:
        return checked
    first = fixed[0]
    kind = family(first[1].kind) or DYNAMIC
    for other in fixed[1:]:
        if family(other[1].kind) != kind:
            _mismatch(context, node, first, other)
            return None
    if not _ordered(context, node, fixed, words):
        return None
    return tuple(tree.Assume(kind, one) if one.kind == DYNAMIC else one for one in checked)


def _whole_hint(context: Context, part: ast.expr, kind: Kind) -> str:
    words = context.source.quote(part)
    if isinstance(kind, Record):
        return f"compare one of its fields: {', '.join(sorted(kind.fields)[:6])}"
    return f"use size({words}), `in`, or any(x == ... for x in {words})"


def _mismatch(
    context: Context,
    node: ast.expr,
    first: tuple[ast.expr, tree.Node],
    other: tuple[ast.expr, tree.Node],
) -> None:
    (one, left), (two, right) = first, other
    message = (
        f"{context.quote(one)} is {describe(left.kind)} and {context.quote(two)} is {describe(right.kind)}: "
        "these cannot be compared"
    )
    kinds = {family(left.kind), family(right.kind)}
    text = next(
        (part for part in (left, right) if isinstance(part, tree.Literal) and part.kind == TEXT),
        None,
    )
    number = next(
        (part for part in (left, right) if isinstance(part, tree.Literal) and part.kind == NUMBER),
        None,
    )
    hint = ""
    if kinds == {NUMBER, TEXT} and text is not None and str(text.value).replace(".", "", 1).isdecimal():
        hint = f"write {text.value} without quotes"
    elif kinds == {NUMBER, TEXT} and number is not None:
        hint = f"write '{number.value}' in quotes"
    elif TRUTH in kinds:
        hint = "a truth value compares with true or false"
    context.report("wrong-type", message, node, hint=hint)


def _ordered(
    context: Context,
    node: ast.expr,
    fixed: list[tuple[ast.expr, tree.Node]],
    words: tuple[str, ...],
) -> bool:
    word = next((word for word in words if word in ORDERING), None)
    unordered = [(part, one) for part, one in fixed if one.kind == TRUTH or isinstance(one.kind, Choice)]
    if word is None or not unordered:
        return True
    part, one = unordered[0]
    message = f"{context.quote(part)} is {describe(one.kind)}, which has no order for `{word}`"
    allowed = one.kind.options if isinstance(one.kind, Choice) else ()
    hint = "list the values that count: x in ['a', 'b']" if allowed else "use it alone, or with `not`"
    context.report("wrong-type", message, node, allowed=allowed, hint=hint)
    return False


def _settled(
    context: Context,
    node: ast.expr,
    word: str,
    syntax: tuple[ast.expr, ast.expr],
    pair: tuple[tree.Node, tree.Node],
) -> bool:
    """Report a pair whose outcome does not depend on the values."""
    if pair[0] == pair[1] and tree.path_of(pair[0]) is not None:
        both = f"{context.quote(node)} compares {context.quote(syntax[0])} with itself"
        if word in {"==", "<=", ">="}:
            context.always(
                node,
                f"{both}: it is always true",
                hint="use has(x) to ask whether it is known",
            )
        else:
            context.never(node, f"{both}: it is never true")
        return True
    if word not in {"==", "!="}:
        return False
    for part, one, other in ((syntax[1], *pair), (syntax[0], pair[1], pair[0])):
        if isinstance(one.kind, Choice) and not _reachable(one.kind, other):
            _outside(context, part, one.kind, other, negated=word == "!=")
            return True
    return False


def _reachable(kind: Choice, other: tree.Node) -> bool:
    if isinstance(other.kind, Choice):
        return not set(kind.options).isdisjoint(other.kind.options)
    return not isinstance(other, tree.Literal) or other.value in kind.options


def _outside(context: Context, part: ast.expr, kind: Choice, other: tree.Node, *, negated: bool) -> None:
    hint = did_you_mean(str(other.value), kind.options) if isinstance(other, tree.Literal) else ""
    if negated:
        message = f"{context.quote(part)} is not one of the values, so the comparison is always true"
        context.always(part, message, allowed=kind.options, hint=hint)
    else:
        message = f"{context.quote(part)} is not one of the values, so the comparison is never true"
        context.never(part, message, allowed=kind.options, hint=hint)


def _membership(context: Context, node: ast.Compare, *, negated: bool) -> tree.Node:
    value, container = context.visit(node.left), context.visit(node.comparators[0])
    where = node.comparators[0]
    if isinstance(value, tree.Broken) or isinstance(container, tree.Broken):
        return tree.Broken(TRUTH)
    if container.kind == DYNAMIC:
        container = tree.Assume(ListOf(DYNAMIC), container)
    if not isinstance(container.kind, ListOf):
        return _not_a_list(context, where, container)
    if isinstance(container, tree.ListLiteral) and not container.items:
        settle = context.always if negated else context.never
        return settle(node, f"nothing is in an empty list: {context.quote(node)} is settled")
    item = container.kind.item
    if family(value.kind) is None or family(item) is None:
        message = f"{context.quote(node)} looks for {describe(value.kind)} in {describe(container.kind)}"
        return context.report(
            "wrong-type",
            message,
            node,
            hint="look at each element: any(x.field == ... for x in list)",
        )
    kind, element = family(value.kind), family(item)
    if DYNAMIC not in {kind, element} and kind != element:
        kinds = f"{describe(value.kind)}, but {context.quote(where)} is {describe(container.kind)}"
        message = f"{context.quote(node.left)} is {kinds}"
        return context.report("wrong-type", message, node)
    if _never_found(context, node, value, container):
        return tree.Broken(TRUTH)
    if value.kind == DYNAMIC and element not in {None, DYNAMIC}:
        value = tree.Assume(element or DYNAMIC, value)
    elif item == DYNAMIC and kind not in {None, DYNAMIC}:
        container = tree.Assume(ListOf(kind or DYNAMIC), container)
    return context.constant(node, tree.Membership(TRUTH, value, container, negated))


def _not_a_list(context: Context, node: ast.expr, container: tree.Node) -> tree.Node:
    hint = ""
    if family(container.kind) == TEXT:
        hint = f"use contains({context.source.quote(node)}, ...) to look inside a text"
    elif isinstance(container.kind, Record):
        hint = f"use has({context.source.quote(node)}.field)"
    message = f"`in` needs a list on its right, but {context.quote(node)} is {describe(container.kind)}"
    return context.report("wrong-type", message, node, hint=hint)


def _never_found(context: Context, node: ast.Compare, value: tree.Node, container: tree.Node) -> bool:
    """Report texts outside a choice: among the elements that are written out, or as what is looked for."""
    where, before = node.comparators[0], len(context.findings)
    if (
        isinstance(value.kind, Choice)
        and isinstance(where, ast.List)
        and isinstance(container, tree.ListLiteral)
    ):
        for part, item in zip(where.elts, container.items, strict=True):
            if isinstance(item, tree.Literal) and item.value not in value.kind.options:
                _outside(context, part, value.kind, item, negated=False)
    elif isinstance(container.kind, ListOf) and isinstance(container.kind.item, Choice):
        options = container.kind.item
        if not _reachable(options, value):
            negated = isinstance(node.ops[0], ast.NotIn)
            _outside(context, node.left, options, value, negated=negated)
    return len(context.findings) > before
