"""Plain data against a pydantic model: every error becomes one problem with its place, all of them at once."""

from collections.abc import Mapping
from functools import cache
from typing import TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import CoreSchema, ErrorDetails, SchemaValidator

from konbit.definition.findings import Finding, collapsed, finding, without_consequences
from konbit.definition.places import Schema, Walker, without_coercion
from konbit.definition.problems import Problem, in_order
from konbit.definition.source import Source

M = TypeVar("M", bound=BaseModel)


def parse(source: Source, model: type[M]) -> tuple[M | None, tuple[Problem, ...]]:
    """The model and no problems, or None and every problem by place.

    Numbers and true/false are not made out of texts: a quoted "5" is no number, and `yes` is not true. A validator of
    the model may raise `PydanticCustomError(code, message, ctx)`: a kebab-case code and the message are used as they
    are, and `ctx` may hold `allowed` (names), `hint`, `at` (a path from the value to the culprit), `at_key` (true: mark
    the key that ends the path), `offset` (of a character in that text) and `width`.
    """
    try:
        return cast(M, _validator(model).validate_python(source.data)), ()
    except ValidationError as error:
        walker = _walker(model)
        found = [_find(source, walker, one) for one in error.errors(include_url=False)]
        return None, in_order(without_consequences(collapsed(found, source)))


@cache
def _validator(model: type[BaseModel]) -> SchemaValidator:
    schema = cast(CoreSchema, without_coercion(model.__pydantic_core_schema__))
    # A validator that pydantic built earlier for a nested model would coerce again.
    return SchemaValidator(schema, _use_prebuilt=False)


@cache
def _walker(model: type[BaseModel]) -> Walker:
    return Walker(cast(Schema, model.__pydantic_core_schema__))


def _find(source: Source, walker: Walker, error: ErrorDetails) -> Finding:
    place = walker.place(error["loc"])
    context = error.get("ctx", {})
    return finding(
        source, place, error, context if isinstance(context, Mapping) else {}, walker.names(place.schema)
    )
