"""Closures for functions, `in`, and quantifiers over lists, each within the budget of elements looked at."""

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, cast

from konbit.definition.expressions import tree
from konbit.definition.expressions.conform import (
    BUDGET,
    Code,
    Env,
    Guard,
    Value,
    classify,
    guard,
    number,
)
from konbit.definition.expressions.kinds import (
    DURATION,
    DYNAMIC,
    MOMENT,
    NUMBER,
    TEXT,
    Choice,
    Kind,
    ListOf,
)
from konbit.definition.expressions.limits import MAX_TEXT, MAX_VISITED
from konbit.definition.expressions.operating import Compile
from konbit.definition.expressions.unknown import UNKNOWN

Fold = Callable[[Iterable[Value]], Value]


def _spend(env: Env, count: int) -> bool:
    """Whether `count` more elements may be looked at; without a quantifier each list stands for itself."""
    left = env.get(BUDGET)
    if left is None:
        return count <= MAX_VISITED
    frame = cast("dict[str, Any]", env)  # the budget is only in frames that evaluation made
    frame[BUDGET] = max(0, left - count)
    return bool(count <= left)


def _any(values: Iterable[Value]) -> Value:
    result: Value = False
    for value in values:
        if value is True:
            return True
        if value is UNKNOWN:
            result = UNKNOWN
    return result


def _all(values: Iterable[Value]) -> Value:
    result: Value = True
    for value in values:
        if value is False:
            return False
        if value is UNKNOWN:
            result = UNKNOWN
    return result


def _sum(values: Iterable[Value]) -> Value:
    total: Value = 0
    for value in values:
        if value is UNKNOWN:
            return UNKNOWN
        total += value
    return number(total)


def _extreme(choose: Callable[[list[Value]], Value], values: Iterable[Value]) -> Value:
    known = list(values)
    kinds = {classify(value) for value in known}
    # One kind only, which also keeps unknown out: its class is None.
    return choose(known) if len(kinds) == 1 and kinds <= ORDERED else UNKNOWN


ORDERED: Final[frozenset[Kind | None]] = frozenset({NUMBER, DURATION, MOMENT})
FOLDS: Final[dict[str, Fold]] = {
    "any": _any,
    "all": _all,
    "sum": _sum,
    "count": _sum,
    "min": functools.partial(_extreme, min),
    "max": functools.partial(_extreme, max),
}


def _element_guard(kind: Kind) -> Guard:
    return guard(kind.item if isinstance(kind, ListOf) else DYNAMIC)


def membership(node: tree.Membership, compile_node: Compile) -> Code:
    """`in`: true when found; unknown when not found and an element, or the value, is unknown."""
    value, container = compile_node(node.value), compile_node(node.container)
    if isinstance(node.container, tree.ListLiteral):
        written = node.container.items
        if written and all(isinstance(item, tree.Literal) for item in written) and node.value.kind != DYNAMIC:
            constants = frozenset(item.value for item in written if isinstance(item, tree.Literal))
            return _among_constants(value, constants)
    check = _element_guard(node.container.kind)
    loose = node.value.kind == DYNAMIC
    clean = _clean_texts(node.container.kind)

    def among(env: Env) -> Value:
        items, wanted = container(env), value(env)
        if items is UNKNOWN or not _spend(env, len(items)):
            return UNKNOWN
        if not items:
            return False
        if wanted is UNKNOWN:
            return UNKNOWN
        if clean is not None:
            if wanted in items:
                return True
            if clean(items):
                return False
        return _any(_same(check(item), wanted, loose=loose) for item in items)

    return among


def _among_constants(value: Code, constants: frozenset[object]) -> Code:
    def among(env: Env) -> Value:
        wanted = value(env)
        return wanted if wanted is UNKNOWN else wanted in constants

    return among


def _clean_texts(kind: Kind) -> Callable[[Iterable[Value]], bool] | None:
    """For lists of texts: a quick proof that no element is unknown."""
    if kind == ListOf(TEXT) or (isinstance(kind, ListOf) and isinstance(kind.item, Choice)):
        check = _element_guard(kind)
        return lambda items: all(check(item) is not UNKNOWN for item in items)
    return None


def _same(one: Value, other: Value, *, loose: bool) -> Value:
    if one is UNKNOWN or other is UNKNOWN:
        return UNKNOWN
    if loose:
        kind = classify(one)
        if kind is None or kind != classify(other):
            return UNKNOWN
    return one == other


def quantifier(node: tree.Quantifier, compile_node: Compile) -> Code:
    """`f(element for variable in source if condition)`: a fold over what the condition lets through."""
    source, element = compile_node(node.source), compile_node(node.element)
    condition = None if node.condition is None else compile_node(node.condition)
    fold, counting = FOLDS[node.function], node.function == "count"
    # An element that may or may not count leaves `any` and `all` open only if it could decide them.
    neutral = {"any": False, "all": True}.get(node.function)
    variable = node.variable

    def values(env: Env, items: Iterable[Value]) -> Iterator[Value]:
        frame = cast("dict[str, Any]", env)  # evaluation makes a frame for every expression with a quantifier
        for item in items:
            frame[variable] = item
            taken = True if condition is None else condition(env)
            if taken is False:
                continue
            value = 1 if counting else element(env)
            yield (value if taken is True or (neutral is not None and value is neutral) else UNKNOWN)

    def quantified(env: Env) -> Value:
        items = source(env)
        if items is UNKNOWN or not _spend(env, len(items)):
            return UNKNOWN
        return fold(values(env, items))

    return quantified


def call(node: tree.Call, compile_node: Compile) -> Code:
    """A function of one or two values; all but `has` and `is_known` are unknown when an argument is."""
    arguments = tuple(map(compile_node, node.arguments))
    first = arguments[0]
    if node.function in {"has", "is_known"}:
        return lambda env: first(env) is not UNKNOWN
    if node.function in {"size", "count"}:
        return lambda env: _size(first(env))
    if node.function in FOLDS:
        return _fold_list(FOLDS[node.function], first, _element_guard(node.arguments[0].kind))
    if node.function == "lower":
        return lambda env: value.lower() if (value := _bounded(first(env))) is not UNKNOWN else UNKNOWN
    second = arguments[1]
    return _text_test(_contains if node.function == "contains" else str.startswith, first, second)


def _size(value: Value) -> Value:
    return len(value) if isinstance(value, str | list | tuple) else UNKNOWN


def _fold_list(fold: Fold, source: Code, check: Guard) -> Code:
    def folded(env: Env) -> Value:
        items = source(env)
        if items is UNKNOWN or not _spend(env, len(items)):
            return UNKNOWN
        return fold(map(check, items))

    return folded


def _bounded(value: Value) -> Value:
    return value if value is UNKNOWN or len(value) <= MAX_TEXT else UNKNOWN


def _contains(text: str, part: str) -> bool:
    return part in text


def _text_test(test: Callable[[str, str], bool], first: Code, second: Code) -> Code:
    def tested(env: Env) -> Value:
        text, part = _bounded(first(env)), _bounded(second(env))
        return UNKNOWN if text is UNKNOWN or part is UNKNOWN else test(text, part)

    return tested
