"""What the checking rules share: the scope, the findings so far, and requiring a part to be of a kind."""

import ast
import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from konbit.definition.expressions import tree
from konbit.definition.expressions.evaluation import build
from konbit.definition.expressions.findings import Finding
from konbit.definition.expressions.kinds import (
    DYNAMIC,
    TRUTH,
    Kind,
    ListOf,
    accepts,
    describe,
)
from konbit.definition.expressions.parser import Parsed

Scope: TypeAlias = Mapping[str, Kind]
"""The names that an expression may use, each with its kind."""


class Context:
    """The state of one check; `visit` checks a syntax node and reports what is wrong with it."""

    def __init__(
        self,
        source: Parsed,
        scope: Scope,
        rule: Callable[["Context", ast.expr], tree.Node],
    ) -> None:
        self.source = source
        self.scope = scope
        self.variables: dict[str, Kind] = {}
        self.findings: list[Finding] = []
        self._rule = rule

    def visit(self, node: ast.expr) -> tree.Node:
        """The checked node for a syntax node."""
        return self._rule(self, node)

    def report(
        self,
        code: str,
        message: str,
        node: ast.expr,
        *,
        allowed: tuple[str, ...] = (),
        hint: str = "",
    ) -> tree.Broken:
        """Record a finding at a node; what is returned lets the check go on."""
        offset, width = self.source.span(node)
        self.findings.append(Finding(code, message, offset, width, allowed, hint))
        return tree.Broken(DYNAMIC)

    def not_allowed(self, what: str, node: ast.expr, hint: str = "") -> tree.Broken:
        """Record that a construct is outside the language."""
        return self.report(
            "expression-not-allowed",
            f"{what} cannot be used in an expression",
            node,
            hint=hint,
        )

    def quote(self, node: ast.expr) -> str:
        """The words of a node, for a message."""
        return f"`{self.source.quote(node)}`"

    def require(self, node: ast.expr, kind: Kind, where: str, hint: str = "") -> tree.Node:
        """The checked node, which must be of a kind; `where` names the place in a message."""
        return self.fit(node, self.visit(node), kind, where, hint)

    def fit(self, node: ast.expr, checked: tree.Node, kind: Kind, where: str, hint: str = "") -> tree.Node:
        """The same for a node that is already checked."""
        found = checked.kind
        if accepts(kind, found):
            return checked
        if found == DYNAMIC or (isinstance(kind, ListOf) and found == ListOf(DYNAMIC)):
            return tree.Broken(kind) if isinstance(checked, tree.Broken) else tree.Assume(kind, checked)
        message = f"{where} takes {describe(kind)}, but {self.quote(node)} is {describe(found)}"
        self.report("wrong-type", message, node, hint=hint)
        return tree.Broken(kind)

    def condition(self, node: ast.expr, where: str) -> tree.Node:
        """A truth value that decides something; one that is the same in every run is a finding."""
        checked = self.require(node, TRUTH, where, "compare it: write for example `x > 0` or `x == 'yes'`")
        return self.constant(node, checked)

    def constant(self, node: ast.expr, checked: tree.Node) -> tree.Node:
        """Report a condition whose value is known before any run."""
        if not tree.is_constant(checked):
            return checked
        value = build(checked)({})
        if value is True:
            return self.always(node, f"{self.quote(node)} is always true")
        return self.never(node, f"{self.quote(node)} is never true")

    def always(
        self,
        node: ast.expr,
        message: str,
        *,
        allowed: tuple[str, ...] = (),
        hint: str = "",
    ) -> tree.Node:
        """Record a condition that cannot be false."""
        self.report("always-true", message, node, allowed=allowed, hint=hint)
        return tree.Broken(TRUTH)

    def never(
        self,
        node: ast.expr,
        message: str,
        *,
        allowed: tuple[str, ...] = (),
        hint: str = "",
    ) -> tree.Node:
        """Record a condition that cannot be true."""
        self.report("never-true", message, node, allowed=allowed, hint=hint)
        return tree.Broken(TRUTH)

    @contextlib.contextmanager
    def variable(self, name: str, kind: Kind) -> Iterator[None]:
        """Put the variable of a quantifier in scope for the parts that may use it."""
        self.variables[name] = kind
        try:
            yield
        finally:
            del self.variables[name]
