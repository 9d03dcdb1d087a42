"""Plain data against a model: one problem per mistake, at its exact place."""

from enum import StrEnum
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from konbit.definition.problems import Problem
from konbit.definition.shape import parse
from konbit.definition.source import Source, read


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


def _short(value: str) -> str:
    if "x" in value:
        raise PydanticCustomError(
            "bad-thing",
            "'{found}' has an x",
            {"found": value, "allowed": ("abc",), "offset": value.index("x"), "width": 1},
        )
    if "y" in value:
        raise ValueError("no y here")
    if "z" in value:
        raise PydanticCustomError("not_kebab", "no z")
    return value


class Ask(Model):
    ask: str | None = None
    who: list[str]
    colour: Colour = Colour.RED


class Lane(Model):
    when: str | None = None
    steps: "list[Step]"


class Step(Model):
    id: Annotated[str, AfterValidator(_short)] = "a"
    ask: Ask | None = None
    lanes: dict[Annotated[str, Field(pattern="^[a-z]+$")], Lane | list["Step"]] | None = None
    many: tuple[int, ...] = ()
    join: Literal["all", "first"] | int = "all"
    size: int = Field(default=1, ge=1, le=9)
    share: float = 1.0
    default: bool = False
    length: Annotated[
        Ask | None, BeforeValidator(lambda value: {"who": value} if value == "me" else value)
    ] = Field(default=None, alias="for")

    @model_validator(mode="after")
    def _one(self) -> "Step":
        if self.ask and self.lanes:
            raise PydanticCustomError(
                "one-verb", "two verbs", {"at": ("lanes",), "at_key": True, "hint": "take one"}
            )
        return self


class Circle(Model):
    kind: Literal["circle"]
    radius: int


class Square(Model):
    kind: Literal["square"]
    side: int


def _kind(value: object) -> str | None:
    return next((key for key in ("radius", "side") if isinstance(value, dict) and key in value), None)


class Chart(Model):
    title: str
    steps: list[Step] = []
    shape: Annotated[Circle | Square, Field(discriminator="kind")] | None = None
    told: (
        Annotated[
            Annotated[Circle, Tag("radius")] | Annotated[Square, Tag("side")],
            Discriminator(_kind),
        ]
        | None
    ) = None


def problems(text: str, model: type[BaseModel] = Chart) -> list[Problem]:
    source, wrong = read(text, "f")
    assert wrong == ()
    assert source is not None
    made, found = parse(source, model)
    assert (made is None) == bool(found)
    return list(found)


def only(text: str, model: type[BaseModel] = Chart) -> Problem:
    found = problems(text, model)
    assert len(found) == 1, [one.text() for one in found]
    return found[0]


def place(problem: Problem) -> tuple[str, int, int]:
    return problem.code, problem.where.line, problem.where.column


def step(text: str) -> str:
    return f"title: t\nsteps:\n  - {text}\n"


def test_sound_data_gives_the_model() -> None:
    """Lists become tuples, texts enums; nothing is said."""
    source, _ = read(step("{ask: {who: [a], colour: green}, many: [1, 2], share: 2}"), "f")
    assert isinstance(source, Source)
    chart, found = parse(source, Chart)
    assert found == ()
    assert isinstance(chart, Chart)
    assert chart.steps[0].many == (1, 2)
    assert chart.steps[0].ask == Ask(who=["a"], colour=Colour.GREEN)


def test_an_unknown_key_is_marked_with_what_was_meant() -> None:
    """The place of the key, all keys of that model, the nearest of them; a misspelt key is not missing as well."""
    found = only("titel: t\n")
    assert place(found) == ("unknown-key", 1, 1)
    assert (found.hint, found.width) == ("did you mean 'title'?", 5)
    assert found.allowed == ("title", "steps", "shape", "told")


def test_a_key_that_is_there_already_is_not_suggested() -> None:
    """Suggesting it would make a duplicate key."""
    assert only("title: t\ntitles: u\n").hint == ""


def test_an_alias_is_the_name_that_counts() -> None:
    """Authors write `for`, whatever the field is called in Python."""
    found = only(step("{fro: me}"))
    assert "for" in found.allowed
    assert "length" not in found.allowed


def test_a_missing_key_is_marked_at_its_mapping() -> None:
    """The problem names the key."""
    found = only(step("ask: {colour: red}"))
    assert place(found) == ("missing-key", 3, 10)
    assert found.message == "the key 'who' is missing"


@pytest.mark.parametrize(
    ("text", "message", "hint", "where"),
    [
        ("title: 1.10\n", "found the number 1.10, expected text", 'put it in quotes: "1.10"', (1, 8)),
        ("title: true\n", "found true, expected text", 'put it in quotes: "true"', (1, 8)),
        ("title:\n", "found nothing, expected text", "write a value, or remove the key", (1, 7)),
        ("title: [a]\n", "found a list, expected text", "", (1, 8)),
        (step("size: '5'"), "found the text '5', expected a whole number", "remove the quotes", (3, 11)),
        (step("size: true"), "found true, expected a whole number", "", (3, 11)),
        (step("size: 1.5"), "found the number 1.5, expected a whole number", "", (3, 11)),
        (step("share: big"), "found the text 'big', expected a number", "", (3, 12)),
        (step("default: on"), "found the text 'on', expected true or false", "write true", (3, 14)),
        (step("default: No"), "found the text 'No', expected true or false", "write false", (3, 14)),
        (step("default: 1"), "found the number 1, expected true or false", "", (3, 14)),
        (step("ask: {who: chair}"), "found the text 'chair', expected a list", "write [chair]", (3, 16)),
        (step("ask: 0x1F"), "found the number 0x1F, expected a mapping", "", (3, 10)),
        (step("many: {a: 1}"), "found a mapping, expected a list", "", (3, 11)),
        (step("3"), "found the number 3, expected a mapping", "", (3, 5)),
        ("", "found nothing, expected a mapping", "write a value, or remove the key", (1, 1)),
        ("- a\n", "found a list, expected a mapping", "", (1, 1)),
    ],
)
def test_a_wrong_type_says_what_was_found_and_what_is_allowed(
    text: str, message: str, hint: str, where: tuple[int, int]
) -> None:
    """With the spelling of the author; no number is made from a text, no truth from a word or a number."""
    found = only(text)
    assert place(found) == ("wrong-type", *where)
    assert (found.message, found.hint) == (message, hint)


def test_a_value_that_is_not_among_the_allowed() -> None:
    """Enums and literals: all values, and the nearest."""
    found = only(step("ask: {who: [], colour: gren}"))
    assert place(found) == ("bad-value", 3, 28)
    assert found.message == "the text 'gren' is not allowed here"
    assert (found.allowed, found.hint, found.width) == (("red", "green"), "did you mean 'green'?", 4)


def test_a_constraint_says_its_bound() -> None:
    """In numbers, not in the words of the library."""
    found = only(step("size: 10"))
    assert place(found) == ("bad-value", 3, 11)
    assert found.message == "found the number 10, expected 9 or less"


def test_a_key_that_is_wrong_is_marked_itself() -> None:
    """The key of a mapping with names of the author's own."""
    found = only(step("lanes: {B2: []}"))
    assert place(found) == ("bad-value", 3, 13)
    assert found.width == 2


@pytest.mark.parametrize(
    ("text", "code", "message", "where"),
    [
        ('id: "a\\"x"', "bad-thing", "'a\"x' has an x", (3, 13)),
        ("id: axa", "bad-thing", "'axa' has an x", (3, 10)),
        ("id: ay", "bad-value", "no y here", (3, 9)),
        ("id: z", "bad-value", "no z", (3, 9)),
        ("{ask: {who: []}, lanes: {}}", "", "", (0, 0)),
        ("{ask: {who: []}, lanes: {a: []}}", "one-verb", "two verbs", (3, 22)),
    ],
)
def test_our_own_validators_speak_for_themselves(
    text: str, code: str, message: str, where: tuple[int, int]
) -> None:
    """Code, message, path, offset and key come from the error; a code that is not kebab-case is `bad-value`."""
    found = problems(step(text))
    assert [(*place(one), one.message) for one in found] == ([(code, *where, message)] if code else [])


def test_a_custom_error_carries_allowed_and_suggestion() -> None:
    """What is allowed gives the suggestion when the validator has none."""
    found = only(step("id: abx"))
    assert (found.allowed, found.hint) == (("abc",), "did you mean 'abc'?")


def test_a_branch_is_chosen_by_what_was_found() -> None:
    """A list is checked as a list, a mapping as a mapping; nothing is said about the other branch."""
    found = problems(step("lanes: {a: [{ida: b}], c: {when: 1, steps: []}}"))
    assert [place(one) for one in found] == [("unknown-key", 3, 18), ("wrong-type", 3, 38)]


def test_a_value_that_fits_no_branch_is_one_problem() -> None:
    """It names all that would be right."""
    found = only(step("lanes: {a: 5}"))
    assert place(found) == ("wrong-type", 3, 16)
    assert found.message == "found the number 5, expected a mapping or a list"


def test_literals_in_a_union_are_suggested() -> None:
    """`join: all | first | n`."""
    found = only(step("join: frist"))
    assert place(found) == ("bad-value", 3, 11)
    assert (found.allowed, found.hint) == (("all", "first", "a whole number"), "did you mean 'first'?")
    assert only(step("join: [a]")).message == "found a list, expected all, first or a whole number"


def test_the_same_name_as_key_and_inside_is_not_confused() -> None:
    """`ask: {ask: ...}`: the inner one is meant."""
    assert place(only(step("ask: {ask: 3, who: []}"))) == ("wrong-type", 3, 16)


@pytest.mark.parametrize(
    ("text", "expected", "hint"),
    [
        ("{kind: circel, radius: 1}", ("bad-value", 2, 15), "did you mean 'circle'?"),
        ("{radius: 1}", ("missing-key", 2, 8), "write kind: and one of these"),
        ("{kind: circle, radius: a}", ("wrong-type", 2, 31), ""),
        ("{kind: circle, side: 1, radius: 1}", ("unknown-key", 2, 23), ""),
        ("[]", ("wrong-type", 2, 8), ""),
    ],
)
def test_a_union_told_by_a_key(text: str, expected: tuple[str, int, int], hint: str) -> None:
    """The label that pydantic adds for the branch is no part of the place."""
    found = only(f"title: t\nshape: {text}\n")
    assert (place(found), found.hint) == (expected, hint)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{kind: circle, radius: a}", ("wrong-type", 2, 30)),
        ("{kind: circle, radus: 1}", ("unknown-key", 2, 22)),
        ("{kind: circle}", ("missing-key", 2, 7)),
    ],
)
def test_a_union_told_by_a_function(text: str, expected: tuple[str, int, int]) -> None:
    """`radius` is label and key at once: a misspelt one is found among the keys."""
    assert place(only(f"title: t\ntold: {text}\n")) == expected


def test_what_a_shorthand_stands_for_is_marked_where_it_is_written() -> None:
    """A path that exists only after a validator rewrote the value falls back to the value."""
    assert place(only(step("for: me"))) == ("wrong-type", 3, 10)


def test_all_problems_come_at_once_by_place() -> None:
    """Nobody mends a file one error a time."""
    found = problems("steps:\n  - {size: 0, id: x}\n  - {sise: 1}\n  - 3\ntitle: []\n")
    assert [place(one) for one in found] == [
        ("bad-value", 2, 12),
        ("bad-thing", 2, 19),
        ("unknown-key", 3, 6),
        ("wrong-type", 4, 5),
        ("wrong-type", 5, 8),
    ]


KEYS = st.sampled_from(
    ["title", "steps", "shape", "told", "kind", "radius", "id", "ask", "who", "lanes", "a", "join"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text("axyz'\n1", max_size=4)
DATA = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)


@given(st.dictionaries(KEYS, DATA, max_size=5))
def test_no_data_raises_and_every_place_is_in_the_text(data: dict[str, object]) -> None:
    """Whatever the data, there is a model or there are problems with a place."""
    source, wrong = read(repr_yaml(data), "f")
    assert source is not None, wrong
    made, found = parse(source, Chart)
    assert (made is None) == bool(found)
    for one in found:
        assert 1 <= one.where.column <= len(source.line(one.where.line)) + 1


def repr_yaml(data: object) -> str:
    if isinstance(data, dict):
        return "{" + ", ".join(f"{key}: {repr_yaml(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(repr_yaml(one) for one in data) + "]"
    if isinstance(data, str):
        return '"' + data.replace("\n", "\\n") + '"'
    return "~" if data is None else str(data).lower()
