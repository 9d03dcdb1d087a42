"""A checked expression as a tree: every part carries its kind; Python's own syntax tree is left behind."""

import dataclasses
from collections.abc import Iterator
from typing import TypeAlias

from konbit.definition.expressions.kinds import Kind


@dataclasses.dataclass(frozen=True, slots=True)
class Literal:
    """A number, text, truth value or duration that is written out."""

    kind: Kind
    value: object


@dataclasses.dataclass(frozen=True, slots=True)
class ListLiteral:
    """A list that is written out; its elements may be any expressions."""

    kind: Kind
    items: tuple["Node", ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Name:
    """A name of the scope."""

    kind: Kind
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Variable:
    """The element that a quantifier is looking at."""

    kind: Kind
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: `of.key` or `of['key']`."""

    kind: Kind
    of: "Node"
    key: str


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """The element of a list at a fixed place, counted from 0."""

    kind: Kind
    of: "Node"
    index: int


@dataclasses.dataclass(frozen=True, slots=True)
class Assume:
    """A dynamic value used where a kind is needed: unknown unless it is of that kind."""

    kind: Kind
    of: "Node"


@dataclasses.dataclass(frozen=True, slots=True)
class Not:
    """`not of`."""

    kind: Kind
    of: "Node"


@dataclasses.dataclass(frozen=True, slots=True)
class Negative:
    """`-of`."""

    kind: Kind
    of: "Node"


@dataclasses.dataclass(frozen=True, slots=True)
class Junction:
    """`and` or `or` over two or more parts."""

    kind: Kind
    operator: str
    parts: tuple["Node", ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison or a chain: `operators[i]` stands between `operands[i]` and `operands[i + 1]`."""

    kind: Kind
    operators: tuple[str, ...]
    operands: tuple["Node", ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Membership:
    """`value in container`, or its negation."""

    kind: Kind
    value: "Node"
    container: "Node"
    negated: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left operator right` for `+ - * /`."""

    kind: Kind
    operator: str
    left: "Node"
    right: "Node"


@dataclasses.dataclass(frozen=True, slots=True)
class Conditional:
    """`then if test else otherwise`."""

    kind: Kind
    test: "Node"
    then: "Node"
    otherwise: "Node"


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; `min(a, b)` is held as `min([a, b])`."""

    kind: Kind
    function: str
    arguments: tuple["Node", ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Quantifier:
    """`function(element for variable in source if condition)`."""

    kind: Kind
    function: str
    variable: str
    source: "Node"
    element: "Node"
    condition: "Node | None"


@dataclasses.dataclass(frozen=True, slots=True)
class Broken:
    """Stands for a part with a finding, so that the rest can still be checked."""

    kind: Kind


Node: TypeAlias = (
    Literal | ListLiteral | Name | Variable | Field | Item | Assume | Not | Negative | Junction | Comparison
    | Membership | Arithmetic | Conditional | Call | Quantifier | Broken
)  # fmt: skip


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in reading order."""
    match node:
        case Literal() | Name() | Variable() | Broken():
            return ()
        case (
            ListLiteral(items=parts)
            | Junction(parts=parts)
            | Comparison(operands=parts)
            | Call(arguments=parts)
        ):
            return parts
        case Field(of=of) | Item(of=of) | Assume(of=of) | Not(of=of) | Negative(of=of):
            return (of,)
        case Membership(value=one, container=other) | Arithmetic(left=one, right=other):
            return (one, other)
        case Conditional(test=test, then=then, otherwise=otherwise):
            return (then, test, otherwise)
        case Quantifier(source=source, element=element, condition=condition):
            return (element, source) if condition is None else (element, source, condition)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def path_of(node: Node) -> str | None:
    """The dotted path from a name of the scope to this value, or None when the node is not such a path."""
    match node:
        case Name(name=name):
            return name
        case Field(of=of, key=key):
            parent = path_of(of)
            return None if parent is None else f"{parent}.{key}"
        case Assume(of=of):
            return path_of(of)
        case _:
            return None


def paths_in(node: Node) -> frozenset[str]:
    """Every longest dotted path that the expression reads; a place in a list counts as the list."""
    path = path_of(node)
    if path is not None:
        return frozenset((path,))
    return frozenset[str]().union(*(paths_in(child) for child in children(node)))


def is_constant(node: Node) -> bool:
    """Whether the value can be told before any run: the part names nothing and is without a finding."""
    return not any(isinstance(part, Name | Variable | Broken) for part in walk(node))
