"""From a checked tree to closures: each node becomes one small function of the values.

Three-valued throughout: a missing value, a value of the wrong kind, a division by zero or an exceeded limit
gives UNKNOWN, and `and`, `or`, `any`, `all` and `in` still answer where the known parts decide.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias, assert_never

from konbit.definition.expressions import conform, operating, quantifying, tree
from konbit.definition.expressions.conform import BUDGET, Code, Env, Value, guard
from konbit.definition.expressions.kinds import NUMBER, Kind, ListOf, Record
from konbit.definition.expressions.limits import MAX_NUMBER, MAX_VISITED
from konbit.definition.expressions.unknown import UNKNOWN

Run: TypeAlias = Callable[[Mapping[str, object]], object]


def build(node: tree.Node) -> Run:
    """The function that evaluates a tree on the values of its names."""
    code = compile_node(node)
    if not any(isinstance(part, tree.Quantifier) for part in tree.walk(node)):
        return code
    names = tuple({part.name for part in tree.walk(node) if isinstance(part, tree.Name)})

    def run(values: Mapping[str, object]) -> object:
        frame: dict[str, object] = {name: values.get(name) for name in names}
        frame[BUDGET] = MAX_VISITED
        return code(frame)

    return run


def compile_node(node: tree.Node) -> Code:
    """The closure of one node."""
    match node:
        case tree.Literal(value=value):
            return lambda _: value
        case tree.Name() | tree.Variable():
            return _load(node.name, node.kind)
        case tree.Field(kind=kind, of=of, key=key):
            return _field(compile_node(of), key, kind)
        case tree.Item(kind=kind, of=of, index=index):
            return _item(compile_node(of), index, kind)
        case tree.Assume(kind=kind, of=of):
            return _assume(compile_node(of), kind)
        case tree.Not(of=of):
            return operating.invert(compile_node(of))
        case tree.Junction(operator=word, parts=parts):
            return _junction(tuple(map(compile_node, parts)), decisive=word == "or")
        case tree.Conditional(test=test, then=then, otherwise=otherwise):
            return _conditional(compile_node(test), compile_node(then), compile_node(otherwise))
        case tree.Broken():
            return lambda _: UNKNOWN
        case _:
            return _compile_operation(node)


def _compile_operation(
    node: tree.ListLiteral
    | tree.Comparison
    | tree.Membership
    | tree.Negative
    | tree.Arithmetic
    | tree.Call
    | tree.Quantifier,
) -> Code:
    match node:
        case tree.ListLiteral(items=items):
            return _list(tuple(map(compile_node, items)))
        case tree.Comparison():
            return operating.comparison(node, compile_node)
        case tree.Membership():
            found = quantifying.membership(node, compile_node)
            return operating.invert(found) if node.negated else found
        case tree.Negative(of=of):
            return operating.negative(compile_node(of))
        case tree.Arithmetic():
            return operating.arithmetic(node, compile_node)
        case tree.Call():
            return quantifying.call(node, compile_node)
        case tree.Quantifier():
            return quantifying.quantifier(node, compile_node)
        case _:
            assert_never(node)


def _load(name: str, kind: Kind) -> Code:
    if kind == NUMBER:
        return _load_number(name)
    if isinstance(kind, Record | ListOf):
        return _load_shaped(name, dict if isinstance(kind, Record) else list, guard(kind))
    check = guard(kind)
    return lambda env: check(env.get(name))


def _load_number(name: str) -> Code:
    # The guard is written out here: this is the commonest path and a call costs as much as the check.
    check = conform.number
    limit = MAX_NUMBER

    def load(env: Env) -> Value:
        value = env.get(name)
        if type(value) is int and -limit <= value <= limit:
            return value
        return check(value)

    return load


def _load_shaped(name: str, usual: type, check: conform.Guard) -> Code:
    def load(env: Env) -> Value:
        value = env.get(name)
        return value if type(value) is usual else check(value)

    return load


def _field(of: Code, key: str, kind: Kind) -> Code:
    check = guard(kind)

    def field(env: Env) -> Value:
        value = of(env)
        # A dynamic value need not be a record.
        if type(value) is dict or isinstance(value, Mapping):
            return check(value.get(key))
        return UNKNOWN

    return field


def _item(of: Code, index: int, kind: Kind) -> Code:
    check = guard(kind)

    def item(env: Env) -> Value:
        value = of(env)
        return check(value[index]) if isinstance(value, list | tuple) and index < len(value) else UNKNOWN

    return item


def _assume(of: Code, kind: Kind) -> Code:
    check = guard(kind)
    return lambda env: check(of(env))


def _junction(parts: tuple[Code, ...], *, decisive: bool) -> Code:
    """`or` is decided by a true part, `and` by a false one; else an unknown part makes the whole unknown."""
    rest = not decisive

    def junction(env: Env) -> Value:
        result: Value = rest
        for part in parts:
            value = part(env)
            if value is decisive:
                return decisive
            if value is UNKNOWN:
                result = UNKNOWN
        return result

    return junction


def _conditional(test: Code, then: Code, otherwise: Code) -> Code:
    def conditional(env: Env) -> Value:
        value = test(env)
        if value is UNKNOWN:
            return UNKNOWN
        return then(env) if value else otherwise(env)

    return conditional


def _list(items: tuple[Code, ...]) -> Code:
    return lambda env: [item(env) for item in items]
