"""The expression language: Python spelling, typed, three-valued on what is not known, bounded in every way.

Its meaning stays that of CEL, so that a flowchart can be exported.
The reference for authors is `docs/reference/expressions.md`.
"""

from konbit.definition.expressions import kinds
from konbit.definition.expressions.context import Scope
from konbit.definition.expressions.coverage import exhaustive
from konbit.definition.expressions.expression import Expression, compile_expression
from konbit.definition.expressions.findings import Finding
from konbit.definition.expressions.kinds import Kind
from konbit.definition.expressions.unknown import UNKNOWN, Unknown

__all__ = [
    "UNKNOWN",
    "Expression",
    "Finding",
    "Kind",
    "Scope",
    "Unknown",
    "compile_expression",
    "exhaustive",
    "kinds",
]
