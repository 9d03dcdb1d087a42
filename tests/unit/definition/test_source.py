"""Reading YAML: what each trap gives, where everything stands, and that no text makes it raise."""

import math
import time

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from konbit.definition.source import Mark, Plain, Source, read, read_bytes


def sound(text: str) -> Source:
    source, problems = read(text, "f.yaml")
    assert problems == ()
    assert source is not None
    return source


def found(text: str) -> list[tuple[str, int, int]]:
    return [(one.code, one.where.line, one.where.column) for one in read(text, "f.yaml")[1]]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12:30", "12:30"),
        ("on", "on"),
        ("yes", "yes"),
        ("NO", "NO"),
        ("010", "010"),
        ("-01", "-01"),
        ("+33199000000", "+33199000000"),
        ("2026-11-21", "2026-11-21"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("tRUE", "tRUE"),
        ("\u0663", "\u0663"),
        ("9" * 65, "9" * 65),
        ("=", "="),
        ("true", True),
        ("False", False),
        ("NULL", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("0o17", 15),
        ("0xFf", 255),
        ("1.10", 1.1),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-.inf", -math.inf),
        ("'5'", "5"),
        ('"true"', "true"),
        ("'<<'", "<<"),
    ],
)
def test_only_core_scalars_have_a_type(written: str, meant: Plain) -> None:
    """Plain scalars follow YAML 1.2; a leading zero or plus, which numbers would lose, makes text."""
    source = sound(f"a: {written}\n")
    assert isinstance(source.data, dict)
    assert source.data["a"] == meant
    assert type(source.data["a"]) is type(meant)


def test_not_a_number_is_a_float() -> None:
    """`.nan` is the one value that equality cannot show."""
    data = sound("[.NaN]").data
    assert isinstance(data, list)
    assert isinstance(data[0], float)
    assert math.isnan(data[0])


def test_the_spelling_of_a_number_is_kept() -> None:
    """`1.10` is the number 1.1, and what was written can still be shown."""
    source = sound("version: 1.10\nlist: [a]\n")
    assert source.data == {"version": 1.1, "list": ["a"]}
    assert source.spelling(("version",)) == "1.10"
    assert source.spelling(("list",)) == ""
    assert source.spelling(("nowhere",)) == ""


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n", [("duplicate-key", 4, 3), ("duplicate-key", 5, 1)]),
        ("{a: 1, 'a': 2}", [("duplicate-key", 1, 8)]),
        ("a:\n\tb: 1\n", [("tab-indent", 2, 1)]),
        ("a:\n  - b\n \t- c\n", [("tab-indent", 3, 2)]),
        ("a: [b,\n\tc]\n\n", [("tab-indent", 2, 1)]),
        ("- a\n-\tb: 1\n", [("tab-indent", 2, 2)]),
        ("1: x\ntrue: y\n~: z\n", [("non-text-key", 1, 1), ("non-text-key", 2, 1), ("non-text-key", 3, 1)]),
        ("a: 1\n? [b, c]\n: d\n", [("non-text-key", 2, 3)]),
        ("a: &x b\n*x : c\n", [("non-text-key", 2, 1)]),
        ("a:\n  <<: {b: 1}\n", [("merge-key", 2, 3)]),
        ("a: !py x\nb: !!str 1\nc: !d [1]\n", [("yaml-tag", 1, 4), ("yaml-tag", 2, 4), ("yaml-tag", 3, 4)]),
        ("if: !x\n", [("yaml-tag", 1, 5)]),
        ("a: 1\n--- \nb: 2\n", [("many-documents", 2, 1)]),
        ("a: &x 1\nb: *y\n", [("unknown-alias", 2, 4)]),
        ("a: &x 1\nb: &x 2\n", [("duplicate-anchor", 2, 4)]),
        ("a: &x [1, *x]\n", [("alias-loop", 1, 11)]),
        ("[" * 65 + "]" * 65, [("too-deep", 1, 65)]),
        ("a: b: c\n", [("bad-yaml", 1, 5)]),
        ("ok: 1\na: 'x\n", [("bad-yaml", 2, 4)]),
        ("a: [1, 2\nb: 3\n", [("bad-yaml", 1, 4)]),
        ("a: %x\n", [("bad-yaml", 1, 4)]),
        ("a: \x07\n", [("bad-character", 1, 4)]),
        ("a: 1\nb: \u2028\ud800\n", [("bad-character", 2, 4), ("bad-character", 2, 5)]),
        ("a: " + "x" * 65537, [("text-too-long", 1, 4)]),
        ("#" * (1024 * 1024 + 1), [("file-too-large", 1, 1)]),
        ("# " + "\u00e9" * (512 * 1024), [("file-too-large", 1, 1)]),
        ("- a\n" * 200_001, [("too-many-nodes", 200_001, 3)]),
    ],
)
def test_each_trap_has_its_own_code_and_place(text: str, problems: list[tuple[str, int, int]]) -> None:
    """A trap of YAML is a problem at the exact line and column."""
    assert found(text) == problems


def test_a_flood_of_problems_ends() -> None:
    """After a thousand the file is given up, and the last problem says so."""
    codes = [code for code, _, _ in found("a: 1\n" * 5000)]
    assert codes == ["duplicate-key"] * 1000 + ["too-many-problems"]


def test_a_bomb_of_aliases_is_refused() -> None:
    """Aliases count with everything they stand for, so nine short lines cannot become a billion values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert [code for code, _, _ in found("\n".join(lines))] == ["too-many-nodes"]


def test_depth_counts_through_aliases() -> None:
    """An alias may not carry the nesting past the limit either."""
    deep = "[" * 40 + "]" * 40
    assert found(f"a: &x {deep}\nb: {'[' * 20}*x{']' * 20}\n") == []
    assert found(f"a: &x {deep}\nb: {'[' * 30}*x{']' * 30}\n") == [("too-deep", 2, 34)]


def test_sixty_four_levels_are_allowed() -> None:
    """The limit itself is allowed, and so is the largest text."""
    sound("[" * 64 + "]" * 64)
    sound("a: " + "x" * 65536)


def test_a_structure_that_is_clear_is_read_in_spite_of_problems() -> None:
    """The first of two keys counts, what cannot be a key is dropped, and the rest is there to be checked."""
    source, problems = read("a: 1\na: 2\n3: x\n? [k]\n: {l: m}\nb: 4\n", "f.yaml")
    assert source is not None
    assert source.data == {"a": 1, "b": 4}
    assert len(problems) == 3


def test_tabs_inside_texts_are_texts() -> None:
    """Only indentation may not have tabs: block and quoted texts keep theirs."""
    assert sound('a: |\n  w\n  \tx\nb: "y\n\tz"\nc:\t1\n').data == {"a": "w\n\tx\n", "b": "y z", "c": 1}


def test_an_empty_text_is_nothing() -> None:
    """A file without content reads as null at its beginning."""
    source = sound("# nothing here\n")
    assert source.data is None
    assert source.where(()) == Mark("f.yaml", 1, 1)


def test_what_is_implied_at_the_end_stands_in_the_text() -> None:
    """A key without a value, on a last line without a line break."""
    assert sound("a: 1\n? b").where(("b",)) == Mark("f.yaml", 2, 4)
    assert sound("a: 1\nb:").where(("b",)) == Mark("f.yaml", 2, 3)


def test_an_alias_shares_what_its_anchor_holds() -> None:
    """The alias stands where it is written, its inner values where the anchor is."""
    source = sound("a: &x {k: v}\nb: *x\n")
    assert source.data == {"a": {"k": "v"}, "b": {"k": "v"}}
    assert source.where(("b",)) == Mark("f.yaml", 2, 4)
    assert source.where(("b", "k")) == Mark("f.yaml", 1, 11)
    assert source.inside(("b",), 1) == Mark("f.yaml", 2, 4)


TEXT = """\
steps:
  - id: verify
    who: [chair, 'deputy']
    note: >
      one
      two

      three
  - id: "say \\"yes\\""
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (1, 1), (1, 1)),
        (("steps",), (2, 3), (1, 1)),
        (("steps", 0), (2, 5), (2, 5)),
        (("steps", 0, "id"), (2, 9), (2, 5)),
        (("steps", 0, "who", 1), (3, 18), (3, 18)),
        (("steps", 0, "note"), (4, 11), (4, 5)),
        (("steps", 1, "id"), (9, 9), (9, 5)),
        (("steps", 0, "within"), (2, 5), (2, 5)),
        (("steps", 7, "id"), (2, 3), (2, 3)),
        (("steps", "id"), (2, 3), (2, 3)),
        (("steps", 0, "id", 0), (2, 9), (2, 9)),
    ],
)
def test_every_value_and_key_has_its_place(
    path: tuple[str | int, ...], value: tuple[int, int], key: tuple[int, int]
) -> None:
    """A path that is not there gives its nearest ancestor; an item of a list has no key."""
    source = sound(TEXT)
    assert source.where(path) == Mark("f.yaml", *value)
    assert source.key(path) == Mark("f.yaml", *key)


def test_line_width_and_keys_serve_the_underline() -> None:
    """A line beyond the file is empty; a block text underlines its indicator only."""
    source = sound(TEXT)
    assert source.line(2) == "  - id: verify"
    assert (source.line(0), source.line(99)) == ("", "")
    assert source.width(("steps", 0, "who", 1)) == 8
    assert source.width(("steps", 0, "note")) == 1
    assert source.width(("steps",)) == 1
    assert source.keys(("steps", 0)) == ("id", "who", "note")
    assert source.keys(("steps", 0, "id")) == ()
    assert source.keys(("steps", 9)) == ()


@pytest.mark.parametrize(
    ("text", "decoded", "offset", "place"),
    [
        ("a: b c", "b c", 2, (1, 6)),
        ("a: b\n  c\n\n  d", "b c\nd", 2, (2, 3)),
        ("a: b\n  c\n\n  d", "b c\nd", 4, (4, 3)),
        ("a: 'it''s x'", "it's x", 3, (1, 9)),
        ('a: "\\u00e9 \\" x"', '\u00e9 " x', 4, (1, 15)),
        ('a: "x\\\n   y"', "xy", 1, (2, 4)),
        ('a: "x \\\n\n   y"', "x \ny", 3, (3, 4)),
        ("a: |\n  x\n    y\n\n  z\n", "x\n  y\n\nz\n", 7, (5, 3)),
        ("a: |2-\n    x\n  y\n", "  x\ny", 2, (2, 5)),
        ("a: &n # note\n  >-\n  x\n  y\n\n  z", "x y\nz", 4, (6, 3)),
        ("a: >\n  x\n    y\n  z\n", "x\n  y\nz\n", 6, (4, 3)),
        ("a: >\n\n\n  x\n", "\n\nx\n", 2, (4, 3)),
        ("a: b", "b", 99, (1, 5)),
        ("a: b", "b", -1, (1, 4)),
        ("a: ''", "", 0, (1, 4)),
        ("a: |+\n\n\n", "\n\n", 1, (3, 1)),
    ],
)
def test_inside_gives_the_exact_place_of_a_character(
    text: str, decoded: str, offset: int, place: tuple[int, int]
) -> None:
    """In every style of scalar, through folding, escapes and indentation."""
    source = sound(text)
    assert source.data == {"a": decoded}
    assert source.inside(("a",), offset) == Mark("f.yaml", *place)


def test_inside_a_collection_is_its_own_place() -> None:
    """Only scalars have characters."""
    source = sound("a: [b]\n")
    assert source.inside(("a",), 1) == Mark("f.yaml", 1, 4)
    assert source.inside(("z",), 1) == Mark("f.yaml", 1, 1)


LETTERS = st.text(alphabet="ab c'\"\\#:-\n\t\u00e9\u6f22", max_size=60)


@given(LETTERS, st.sampled_from(["'", '"', "|", ">", ""]), st.integers(10, 40), st.integers(1, 4))
def test_inside_holds_for_whatever_the_emitter_writes(text: str, style: str, width: int, indent: int) -> None:
    """The character at the mark is the decoded character; escapes and line breaks are left out."""
    written = yaml.dump(
        {"k": {"v": text}},
        default_flow_style=False,
        default_style=style,
        width=width,
        indent=indent + 1,
        allow_unicode=True,
    )
    source, problems = read(written, "f.yaml")
    assume(source is not None and not problems)
    assert source is not None
    data = source.data
    assert isinstance(data, dict)
    inner = data["k"]
    assert isinstance(inner, dict)
    decoded = inner["v"]
    assume(isinstance(decoded, str))
    assert isinstance(decoded, str)
    places = [source.inside(("k", "v"), offset) for offset in range(len(decoded))]
    assert places == sorted(places)
    for place, character in zip(places, decoded, strict=True):
        line = source.line(place.line)
        there = line[place.column - 1 : place.column]
        if character == "\n":
            assert there in {"", "\\"}
        elif there not in {"\\", ""}:
            assert there == character
        else:
            assert there == "\\" or character == " "


YAMLISH = st.lists(
    st.sampled_from(
        ["a", "b: ", "- ", "\n", "  ", "\t", "[", "]", "{", "}", ",", "&x ", "*x", "!t ", "|", ">", "'"]
    )
    | st.sampled_from(
        ['"', "\\", "? ", ": ", "---\n", "...\n", "<<: ", "# c", "%YAML 1.1\n", "1", "~", "\r", "\ufeff"]
    )
    | st.text(max_size=3),
    max_size=40,
).map("".join)


@given(st.text() | YAMLISH)
def test_no_text_raises_and_every_mark_is_in_the_text(text: str) -> None:
    """Any text gives a source, problems, or both; every place is a place of the text."""
    source, problems = read(text, "f.yaml")
    assert source is not None or problems
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in problems:
        assert 1 <= problem.where.line <= len(lines)
        assert 1 <= problem.where.column <= len(lines[problem.where.line - 1]) + 1
    assert list(problems) == sorted(problems, key=lambda one: one.where)
    if source is not None:
        visit(source, (), source.data, lines)


def visit(source: Source, path: tuple[str | int, ...], data: Plain, lines: list[str]) -> None:
    place = source.where(path)
    assert 1 <= place.column <= len(lines[place.line - 1]) + 1
    if isinstance(data, dict):
        for key, value in data.items():
            assert source.key((*path, key)).line <= len(lines)
            visit(source, (*path, key), value, lines)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            visit(source, (*path, index), value, lines)
    elif isinstance(data, str):
        for offset in range(len(data) + 2):
            inner = source.inside(path, offset)
            assert 1 <= inner.column <= len(lines[inner.line - 1]) + 1


@given(st.binary())
def test_no_bytes_raise(content: bytes) -> None:
    """Bytes that are not UTF-8 are one problem, at the first of them."""
    source, problems = read_bytes(content, "f.yaml")
    assert source is not None or problems


def test_bytes_may_have_a_byte_order_mark() -> None:
    """The mark is no part of the text and moves no column."""
    source, problems = read_bytes(b"\xef\xbb\xbfa: \xc3\xa9\r\nb: 1\r\n", "f.yaml")
    assert problems == ()
    assert source is not None
    assert source.data == {"a": "\u00e9", "b": 1}
    assert source.key(("a",)) == Mark("f.yaml", 1, 1)
    assert source.where(("b",)) == Mark("f.yaml", 2, 4)


@pytest.mark.parametrize(
    ("content", "code", "line", "column"),
    [
        (b"a: 1\r\nb: \xc3\xa9\xff", "not-utf8", 2, 5),
        (b"\xef\xbb\xbf\xe9", "not-utf8", 1, 1),
        (b"\xff\xfea\x00", "not-utf8", 1, 1),
        (b"#" * (1024 * 1024 + 1), "file-too-large", 1, 1),
    ],
)
def test_bytes_that_cannot_be_read_are_placed(content: bytes, code: str, line: int, column: int) -> None:
    """A wrong byte is named at its line and column, a file over the limit at its beginning."""
    source, problems = read_bytes(content, "f.yaml")
    assert source is None
    assert [(one.code, one.where.line, one.where.column) for one in problems] == [(code, line, column)]


def test_an_escape_cannot_make_half_a_character() -> None:
    """A lone surrogate could not be stored or sent, so it never gets in."""
    assert read('a: "\\ud800"', "f.yaml")[0] is None


def chart(steps: int) -> str:
    step = (
        "  - id: step_{0}\n    ask:\n      who: chair\n      question: verify_event\n"
        "    within: 2h\n    remind: [30m, 90m]\n    on:\n      no_answer: []\n"
    )
    return "steps:\n" + "".join(step.format(number) for number in range(steps))


def seconds(text: str) -> float:
    best = math.inf
    for _ in range(3):
        begin = time.process_time()
        sound(text)
        best = min(best, time.process_time() - begin)
    return best


@pytest.mark.slow
def test_reading_is_linear() -> None:
    """Four times the steps take no more than eight times as long, and a thousand steps well under a second.

    The measured figure is about 60 ms for 8,000 lines; the bound leaves room for a busy machine.
    """
    small, large = seconds(chart(500)), seconds(chart(2000))
    assert large < 8 * small + 0.05
    assert seconds(chart(1000)) < 0.5
