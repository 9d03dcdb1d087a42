"""Closures for `not`, comparisons and arithmetic."""

import operator
from collections.abc import Callable
from typing import Final, TypeAlias

from konbit.definition.expressions import tree
from konbit.definition.expressions.conform import Code, Env, Value, classify, number
from konbit.definition.expressions.kinds import ARITHMETIC, DYNAMIC, NUMBER, TRUTH
from konbit.definition.expressions.unknown import UNKNOWN

Compile: TypeAlias = Callable[[tree.Node], Code]
Test: TypeAlias = Callable[[Value, Value], Value]

ORDERING: Final = frozenset({"<", "<=", ">", ">="})
_COMPARE: Final[dict[str, Test]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COMPUTE: Final[dict[str, Test]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def invert(of: Code) -> Code:
    """`not`: unknown stays unknown."""

    def inverted(env: Env) -> Value:
        value = of(env)
        return value if value is UNKNOWN else not value

    return inverted


def comparison(node: tree.Comparison, compile_node: Compile) -> Code:
    """One comparison, or a chain that is true when each of its pairs is."""
    operands = tuple(map(compile_node, node.operands))
    loose = any(operand.kind == DYNAMIC for operand in node.operands)
    tests = tuple(_loose(word) if loose else _COMPARE[word] for word in node.operators)
    if len(tests) > 1:
        return _chain(operands, tests)
    last = node.operands[1]
    if isinstance(last, tree.Literal) and not loose:
        return _compare_constant(operands[0], tests[0], last.value)
    return _compare(operands[0], tests[0], operands[1])


def _loose(word: str) -> Test:
    """The comparison of values whose kinds are seen only now: unknown unless both are of one scalar kind."""
    test = _COMPARE[word]

    def compare(one: Value, other: Value) -> Value:
        kind = classify(one)
        if kind is None or kind != classify(other) or (kind == TRUTH and word in ORDERING):
            return UNKNOWN
        return test(one, other)

    return compare


def _compare_constant(left: Code, test: Test, constant: object) -> Code:
    def compare(env: Env) -> Value:
        value = left(env)
        return value if value is UNKNOWN else test(value, constant)

    return compare


def _compare(left: Code, test: Test, right: Code) -> Code:
    def compare(env: Env) -> Value:
        one, other = left(env), right(env)
        return UNKNOWN if one is UNKNOWN or other is UNKNOWN else test(one, other)

    return compare


def _chain(operands: tuple[Code, ...], tests: tuple[Test, ...]) -> Code:
    first, pairs = operands[0], tuple(zip(tests, operands[1:], strict=True))

    def chain(env: Env) -> Value:
        result: Value = True
        left = first(env)
        for test, operand in pairs:
            right = operand(env)
            value = UNKNOWN if left is UNKNOWN or right is UNKNOWN else test(left, right)
            if value is False:
                return False
            if value is UNKNOWN:
                result = UNKNOWN
            left = right
        return result

    return chain


def negative(of: Code) -> Code:
    """The number with its sign turned."""

    def negated(env: Env) -> Value:
        value = of(env)
        return value if value is UNKNOWN else -value

    return negated


def arithmetic(node: tree.Arithmetic, compile_node: Compile) -> Code:
    """`+ - * /`; a result beyond the limits and a division by zero are unknown."""
    left, right = compile_node(node.left), compile_node(node.right)
    plain = node.left.kind == NUMBER == node.right.kind
    combine = _numbers(node.operator) if plain else _mixed(node.operator)

    def computed(env: Env) -> Value:
        one, other = left(env), right(env)
        return UNKNOWN if one is UNKNOWN or other is UNKNOWN else combine(one, other)

    return computed


def _numbers(sign: str) -> Test:
    compute, divides = _COMPUTE[sign], sign == "/"

    def combine(one: Value, other: Value) -> Value:
        if divides and other == 0:
            return UNKNOWN
        return number(compute(one, other))

    return combine


def _mixed(sign: str) -> Test:
    compute, numbers = _COMPUTE[sign], _numbers(sign)

    def combine(one: Value, other: Value) -> Value:
        kind, another = classify(one), classify(other)
        if kind is None or another is None or (sign, kind, another) not in ARITHMETIC:
            return UNKNOWN
        if kind == NUMBER:
            return numbers(one, other)
        try:
            return compute(one, other)
        except OverflowError:
            return UNKNOWN

    return combine
