"""Reading an expression: text and scope in, an `Expression` or all its findings out."""

import ast
from collections.abc import Mapping

from konbit.definition.expressions import tree
from konbit.definition.expressions.checker import check
from konbit.definition.expressions.context import Context, Scope
from konbit.definition.expressions.evaluation import build
from konbit.definition.expressions.findings import Finding, did_you_mean
from konbit.definition.expressions.kinds import (
    TRUTH,
    Choice,
    Kind,
    ListOf,
    describe,
)
from konbit.definition.expressions.parser import parse


class Expression:
    """A checked and compiled expression; made by `compile_expression`.

    `names` are the names of the scope that it uses, `paths` the longest dotted paths under them, `root` its
    checked tree. Expressions are equal when text and tree are, and can be pickled.
    """

    __slots__ = ("_run", "kind", "names", "paths", "root", "text")

    def __init__(self, text: str, root: tree.Node) -> None:
        self.text = text
        self.root = root
        self.kind: Kind = root.kind
        self.paths: frozenset[str] = tree.paths_in(root)
        self.names: frozenset[str] = frozenset(
            part.name for part in tree.walk(root) if isinstance(part, tree.Name)
        )
        self._run = build(root)

    def evaluate(self, values: Mapping[str, object]) -> object:
        """The value, or `UNKNOWN` where the known values do not decide it.

        Never raises: a name that is missing, None or of the wrong kind is unknown.
        """
        return self._run(values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and (self.text, self.root) == (other.text, other.root)

    def __hash__(self) -> int:
        return hash(self.text)

    def __reduce__(self) -> tuple[type["Expression"], tuple[str, tree.Node]]:
        return Expression, (self.text, self.root)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def compile_expression(
    text: str, scope: Scope, expect: Kind | None = None
) -> Expression | tuple[Finding, ...]:
    """The expression when it is sound in `scope`, else its findings in the order of the text; never raises.

    `expect` is the kind that the place needs. Where it is `TRUTH`, a condition that is the same in every
    run is a finding.
    """
    source = parse(text)
    if isinstance(source, tuple):
        return source
    context = Context(source, scope, check)
    if expect == TRUTH:
        root = context.condition(source.body, "this place")
    else:
        root = context.visit(source.body)
        if expect is not None:
            root = _expected(context, source.body, root, expect)
    if context.findings:
        return tuple(sorted(context.findings, key=lambda finding: (finding.offset, finding.width)))
    return Expression(text, root)


def _expected(context: Context, syntax: ast.expr, root: tree.Node, expect: Kind) -> tree.Node:
    """The root as the place needs it; a text that is written out may stand for a value of a choice."""
    match syntax, root, expect:
        case ast.Constant(), tree.Literal(value=str(value)), Choice(options):
            if value in options:
                return tree.Literal(expect, value)
            message = f"this place takes {describe(expect)}, but {context.quote(syntax)} is none of them"
            hint = did_you_mean(value, options)
            return context.report("wrong-type", message, syntax, allowed=options, hint=hint)
        case ast.List(elts=elements), tree.ListLiteral(items=items), ListOf(item):
            pairs = zip(elements, items, strict=True)
            return tree.ListLiteral(expect, tuple(_expected(context, one, part, item) for one, part in pairs))
        case ast.IfExp(body=body, orelse=orelse), tree.Conditional(
            test=test, then=then, otherwise=otherwise
        ), _:
            one, other = _expected(context, body, then, expect), _expected(context, orelse, otherwise, expect)
            return tree.Conditional(expect, test, one, other)
        case _:
            return root if isinstance(root, tree.Broken) else context.fit(syntax, root, expect, "this place")
