"""Forms: fields that can be filled in."""

from collections.abc import Iterator

from konbit.check.chart import Spot, Whole
from konbit.check.registry import library_rule
from konbit.definition.problems import Severity

ERROR = Severity.ERROR


@library_rule(
    "field-without-options",
    ERROR,
    "A choice without anything to choose from",
    why="People would see an empty list. If the field is required they could not answer at all.",
    fix="Write the options in `of:`, each with a `value` and a `label`.",
    bad="""
    # in: forms/own.yaml
    form: own
    title: Own
    record: decision
    fields:
      - {name: road, label: Is it open?, type: choice}
    """,
    good="""
    # in: forms/own.yaml
    form: own
    title: Own
    record: decision
    fields:
      - {name: road, label: Is it open?, type: choice, of: [{value: open, label: Open}, {value: closed, label: Closed}]}
    """,
)
def field_without_options(whole: Whole) -> Iterator[Spot]:
    """A `choice` or `choices` field without `of`, or `of` on another field."""
    for name, form in whole.library.forms.items():
        for index, field in enumerate(form.fields if whole.has("form", name) else []):
            path = ("fields", index, "type")
            if field.type in ("choice", "choices") and not field.of:
                yield whole.at(
                    whole.source("form", name),
                    path,
                    f"the field '{field.name}' has no options",
                    "write them in of: [...]",
                )
            elif field.of and field.type not in ("choice", "choices"):
                key = ("fields", index, "of")
                yield whole.at_key(
                    whole.source("form", name),
                    key,
                    f"a field of type {field.type} has no options",
                    "write type: choice",
                )


@library_rule(
    "duplicate-field",
    ERROR,
    "Two fields with one name",
    why="The answer to the second would replace the answer to the first.",
    fix="Give each field a name of its own.",
    bad="""
    # in: forms/own.yaml
    form: own
    title: Own
    record: decision
    fields: [{name: reason, label: Reason}, {name: reason, label: Other reason}]
    """,
    good="""
    # in: forms/own.yaml
    form: own
    title: Own
    record: decision
    fields: [{name: reason, label: Reason}, {name: other, label: Other reason}]
    """,
)
def duplicate_field(whole: Whole) -> Iterator[Spot]:
    """A field with the name of an earlier one in the same form."""
    for name, form in whole.library.forms.items():
        seen: set[str] = set()
        for index, field in enumerate(form.fields if whole.has("form", name) else []):
            if field.name in seen:
                path = ("fields", index, "name")
                yield whole.at(
                    whole.source("form", name),
                    path,
                    f"there is already a field '{field.name}'",
                    "choose another name",
                )
            seen.add(field.name)


@library_rule(
    "duplicate-option",
    ERROR,
    "Two options with one value",
    why="The answers could not be told apart.",
    fix="Give each option a value of its own.",
    bad="""
    # in: forms/own.yaml
    form: own
    title: Own
    record: decision
    fields:
      - {name: road, label: Road, type: choice, of: [{value: open, label: Open}, {value: open, label: Open for trucks}]}
    """,
    good="""
    # in: forms/own.yaml
    form: own
    title: Own
    record: decision
    fields:
      - {name: road, label: Road, type: choice, of: [{value: open, label: Open}, {value: trucks, label: Open for trucks}]}
    """,
)
def duplicate_option(whole: Whole) -> Iterator[Spot]:
    """An option with the value of an earlier one of the same field."""
    for name, form in whole.library.forms.items():
        for index, field in enumerate(form.fields if whole.has("form", name) else []):
            values = [choice.value for choice in field.of]
            for number, value in enumerate(values):
                if value in values[:number]:
                    path = ("fields", index, "of", number, "value")
                    yield whole.at(
                        whole.source("form", name),
                        path,
                        f"there is already an option '{value}'",
                        "choose another value",
                    )


@library_rule(
    "bad-range",
    ERROR,
    "A number that nothing can be",
    why="With a minimum above the maximum every answer is refused.",
    fix="Swap the two.",
    bad="""
    # in: forms/own.yaml
    form: own
    title: Own
    record: observation
    fields: [{name: people, label: People, type: number, minimum: 100, maximum: 1}]
    """,
    good="""
    # in: forms/own.yaml
    form: own
    title: Own
    record: observation
    fields: [{name: people, label: People, type: number, minimum: 1, maximum: 100}]
    """,
)
def bad_range(whole: Whole) -> Iterator[Spot]:
    """A field whose minimum is above its maximum."""
    for name, form in whole.library.forms.items():
        for index, field in enumerate(form.fields if whole.has("form", name) else []):
            if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
                path = ("fields", index, "minimum")
                text = f"the minimum {field.minimum:g} is above the maximum {field.maximum:g}"
                yield whole.at(whole.source("form", name), path, text, "swap the two")
