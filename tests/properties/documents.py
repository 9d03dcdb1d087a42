"""Random and mutated YAML documents, and the one way they all go: read, parse, check."""

import dataclasses
import functools
import re
import time
from pathlib import Path

from konbit.check.catalogue import ENTRIES
from konbit.check.checker import check
from konbit.definition.flowchart import Flowchart
from konbit.definition.library import Library, bundled, load
from konbit.definition.problems import Problem
from konbit.definition.shape import parse
from konbit.definition.source import read_bytes
from konbit.definition.step import Step
from tests.properties.dice import Dice, chance, pick

BROKEN = Path(__file__).parents[1] / "broken"
HEAD = "flowchart: response/fuzz\ntitle: T\nversion: 1\nowner: chair\nexpires: {after: 9d}\nsteps:\n"
STEPS = "steps:\n"
WORD = re.compile(r"[A-Za-z0-9_%]+")
KEYS = tuple(
    sorted({*Flowchart.model_fields, *Step.model_fields, "when", "otherwise", "unknown", "who", "message"})
)
SCALARS = (
    "", "~", "null", "true", "no", "on", "0", "-1", "010", "0x1F", "1e999", ".nan", ".inf", "12:30", "2021-08-14",
    "2h", "-2h", "999999999999d", "80%", "0%", "'", '"', "'a'", '"\\u0000"', '"\\ud800"', "chair", "cluster_lead.HEA",
    "a > 1", "a.b.c.d == 'x' and not (b or c)", "((((1))))", "1 if a else 2", "9**9**9", "'x' * 99999999", "len(a)",
    "{a", "[", "]", "}", "*a", "&a x", "!!python/object:os.system x", "!!binary x", "<<", "? a", "- - - a", "|", ">-",
    "{unfinished", "{step} {link} {{}", "\u202e", "\ufeff", "\U0001f6df", "e\u0301", "\x85", "\u2028", "# no comment",
)  # fmt: skip
PIECES = (
    "\t", "\x00", "\r", "\n---\n", "\n...\n", "%YAML 1.1\n", ": ", "- ", "{", "}", "[", "]", ",", "&x ", "*x", "!", "|\n",
    "? ", "<<: *x", "\ud7ff", "\xa0", "'", '"', "\\", "#", "\n\n",
)  # fmt: skip


@functools.cache
def bases() -> tuple[str, ...]:
    """Documents to begin from: every broken file, the good examples, the flowcharts that come with Konbit."""
    broken = [file.read_bytes().decode("utf-8", "replace") for file in sorted(BROKEN.glob("*.yaml"))]
    good = [_whole(entry.good) for entry in ENTRIES.values() if "# in: " not in entry.good]
    shipped = [path.read_text("utf-8") for path in sorted(bundled().glob("re*/*.yaml"))]
    return (*(text for text in broken if len(text) < 20_000 and "# in: " not in text), *good, *shipped)


def _whole(text: str) -> str:
    if text.startswith("- "):
        return HEAD + "".join(f"  {line}\n" for line in text.split("\n"))
    rest = "" if "\nsteps:" in f"\n{text}" else "steps: [{end: done}]\n"
    return f"{HEAD.removesuffix(STEPS)}{text}\n{rest}"


def document(dice: Dice) -> bytes:
    """A document: one that was there and is mutated, one made of the words of the language, or a trap."""
    kind = dice.number(0, 99)
    if kind < 75:
        text = pick(dice, bases())
        for _ in range(pick(dice, (1, 1, 1, 2, 3, 6))):
            text = _mutated(dice, text)
    elif kind < 93:
        text = (HEAD if chance(dice, 70) else "") + _tree(dice, dice.number(1, 6), 2)
    else:
        text = pick(dice, TRAPS)(dice)
    content = text.encode("utf-8", "surrogatepass")
    if chance(dice, 8):
        at = dice.number(0, len(content))
        content = content[:at] + bytes([dice.number(0, 255)]) + content[at:]
    return content


def _mutated(dice: Dice, text: str) -> str:
    """A document with one thing changed: often a word for another of its words, which is still a flowchart."""
    words = list(WORD.finditer(text))
    if words and chance(dice, 45):
        one, other = pick(dice, words), pick(dice, words)
        return text[: one.start()] + other.group() + text[one.end() :]
    lines = text.split("\n")
    at = dice.number(0, len(lines) - 1)
    match dice.number(0, 9):
        case 0:
            del lines[at : at + dice.number(1, 4)]
        case 1:
            lines[at:at] = lines[at : at + dice.number(1, 6)] * dice.number(1, 3)
        case 2:
            lines[at] = lines[at][: dice.number(0, len(lines[at]))]
        case 3:
            lines.insert(dice.number(0, len(lines)), lines.pop(at))
        case 4:
            cut = dice.number(0, len(lines[at]))
            lines[at] = lines[at][:cut] + pick(dice, PIECES) + lines[at][cut:]
        case 5:
            lines[at] = " " * dice.number(0, 12) + lines[at].lstrip()
        case 6:
            key, colon, _ = lines[at].partition(":")
            lines[at] = f"{key}{colon} {pick(dice, SCALARS)}"
        case 7:
            _, colon, rest = lines[at].partition(":")
            lines[at] = f"{' ' * dice.number(0, 8)}{pick(dice, KEYS)}{colon or ':'}{rest}"
        case 8:
            strange = pick(dice, bases()).split("\n")
            begin = dice.number(0, len(strange) - 1)
            lines[at:at] = strange[begin : begin + dice.number(1, 12)]
        case _:
            lines[at:at] = _tree(dice, 3, dice.number(0, 8)).split("\n")
    return "\n".join(lines)


def _tree(dice: Dice, depth: int, margin: int) -> str:
    """A block of keys of the language with values that may or may not fit them."""
    pad = " " * margin
    if depth == 0 or chance(dice, 25):
        return f"{pad}{pick(dice, SCALARS)}\n"
    rows = range(dice.number(1, 4))
    if chance(dice, 40):
        return "".join(f"{pad}-\n{_tree(dice, depth - 1, margin + 2)}" for _ in rows)
    return "".join(f"{pad}{pick(dice, KEYS)}:\n{_tree(dice, depth - 1, margin + 2)}" for _ in rows)


def _bomb(dice: Dice) -> str:
    wide = dice.number(2, 12)
    rows = [f"a0: &a0 [{', '.join(['x'] * wide)}]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * wide)}]" for n in range(1, dice.number(3, 30))]
    return "\n".join(rows) + "\n"


def _deep(dice: Dice) -> str:
    return pick(dice, ("[", "{a: ", "- ", "? ", "&a [")) * dice.number(10, 20_000)


def _huge(dice: Dice) -> str:
    sign = pick(dice, ("x", "é", "{", "'", "\\"))
    return f"{HEAD}  - inform: {{who: chair, message: {sign * dice.number(1, 900_000)}}}"


def _lanes(dice: Dice) -> str:
    deep = range(1, dice.number(2, 300))
    return HEAD + "".join(f"{'  ' * n}- lanes:\n{'  ' * n}  a:\n" for n in deep)


def _costly(dice: Dice) -> str:
    expression = "(" * dice.number(1, 4000) + "a" + " and a" * dice.number(0, 4000)
    return f"{HEAD}  - choose: [{{when: '{expression}', steps: []}}]\n"


def _slips(dice: Dice) -> str:
    roles, steps = dice.number(1, 5000), range(dice.number(1, 2000))
    head = f"{HEAD}  - inform: {{who: [{'chiar, ' * roles}], message: notise}}\n"
    return head + "".join(f"  - {{id: s{n // 2}, goto: {{step: t{n}, at_most: 3}}}}\n" for n in steps)


def _wide(dice: Dice) -> str:
    rows = (
        f"        - {{a: '>= {n}', b: '< {n * 7 % 31}', c: {n % 5}, then: r{n}}}\n"
        for n in range(dice.number(1, 260))
    )
    inputs = '{a: "1", b: "2", c: "3"}'
    hit = pick(dice, ("unique", "first"))
    return f"{HEAD}  - table:\n      inputs: {inputs}\n      hit: {hit}\n      rows:\n" + "".join(rows)


def _noise(dice: Dice) -> str:
    return "".join(chr(dice.number(0, 0xD7FF)) for _ in range(dice.number(0, 300)))


TRAPS = (_bomb, _deep, _huge, _lanes, _costly, _slips, _wide, _noise)
"""What takes long, goes deep or grows: aliases of aliases, nesting, huge scalars, many slips of one kind, wide tables."""


@functools.cache
def surroundings() -> Library:
    """The definitions that the documents are checked beside, read once."""
    return load([bundled()])


def put_through(content: bytes) -> tuple[tuple[Problem, ...], float, bool]:
    """What is found in a document, the seconds of processor time that it took, and whether it is a flowchart at all."""
    began = time.process_time()
    chart: Flowchart | None = None
    source, problems = read_bytes(content, "fuzz.yaml")
    if source is not None:
        chart, more = parse(source, Flowchart)
        problems = (*problems, *more)
        if chart is not None:
            library = surroundings()
            name = chart.flowchart
            beside = dataclasses.replace(
                library,
                flowcharts={**library.flowcharts, name: chart},
                files={**library.files, ("flowchart", name): "fuzz.yaml"},
                sources={**library.sources, "fuzz.yaml": source},
            )
            problems = (*problems, *check(beside, [name]))
    return problems, time.process_time() - began, chart is not None
