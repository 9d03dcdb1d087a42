"""The parameters of a chart: their choices and their defaults."""

from collections.abc import Iterator

from konbit.check.chart import Chart, Spot
from konbit.check.registry import rule
from konbit.definition.parameters import accept
from konbit.definition.problems import Severity
from konbit.errors import InvalidParameter


@rule(
    "choice-without-options",
    Severity.ERROR,
    "A choice without anything to choose from",
    why="The run form would show an empty list, and no value could ever be accepted. `of` beside another type is not used.",
    fix="Write the options in `of: [...]`, and the type `choice`.",
    bad="""
    parameters:
      level: {type: choice, default: full}
    """,
    good="""
    parameters:
      level: {type: choice, of: [partial, full], default: full}
    """,
)
def choice_without_options(chart: Chart) -> Iterator[Spot]:
    """A choice without `of`, or `of` without a choice."""
    for name, parameter in chart.flowchart.parameters.items():
        path = ("parameters", name)
        if parameter.type == "choice" and not parameter.of:
            yield chart.at((*path, "type"), f"the choice '{name}' has no options", "write them in of: [...]")
        elif parameter.of and parameter.type != "choice":
            yield chart.at_key(
                (*path, "of"),
                f"'{name}' is of type {parameter.type}, which has no options",
                "write type: choice",
            )


@rule(
    "bad-default",
    Severity.ERROR,
    "A default that does not fit the type",
    why="The default is used when nothing is given, so a run could not even start.",
    fix="Write a default of the type of the parameter, and for a choice one of its options.",
    bad="""
    parameters:
      level: {type: choice, of: [partial, full], default: ful}
    """,
    good="""
    parameters:
      level: {type: choice, of: [partial, full], default: full}
    """,
)
def bad_default(chart: Chart) -> Iterator[Spot]:
    """A default that the type of its parameter would refuse."""
    for name, parameter in chart.flowchart.parameters.items():
        if parameter.default is None or (parameter.type == "choice" and not parameter.of):
            continue
        path = ("parameters", name, "default")
        try:
            taken = accept(name, parameter, parameter.default)
        except InvalidParameter as error:
            if parameter.type == "choice" and isinstance(parameter.default, str):
                yield chart.unknown(path, "option", parameter.default, parameter.of)
            else:
                yield chart.at(path, str(error))
            continue
        if type(taken) is not type(parameter.default):
            yield chart.at(
                path, f"'{name}' is a {parameter.type}, and its default is written as something else"
            )


@rule(
    "required-with-default",
    Severity.WARNING,
    "A required parameter with a default",
    why="A parameter is required because nobody may forget to think about it. Its default is never used.",
    fix="Remove `required: true`, or the default.",
    bad="""
    parameters:
      country: {type: country, required: true, default: HTI}
    """,
    good="""
    parameters:
      country: {type: country, required: true}
    """,
)
def required_with_default(chart: Chart) -> Iterator[Spot]:
    """A default that cannot be used, because a value is required."""
    for name, parameter in chart.flowchart.parameters.items():
        if parameter.required and parameter.default is not None:
            path = ("parameters", name, "default")
            yield chart.at_key(
                path, f"'{name}' is required, so its default is never used", "remove one of the two"
            )
