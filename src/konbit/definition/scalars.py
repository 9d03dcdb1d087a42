"""YAML scalars: what a plain one means, and where each character of a decoded one was written.

Meaning follows the core schema of YAML 1.2 with two exceptions, both for codes and telephone numbers that must not
lose a character: a leading zero (`010`) and a leading plus (`+33199000000`) make text.
"""

import re
from collections.abc import Iterator

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"-?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_LONGEST_NUMBER = 64
_FOLD = re.compile(r"[ \t]*\n[ \t\n]*")
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:[ \t\n]|(?<=\s)#[^\n]*)+)+")
_ESCAPE_DIGITS = {"x": 2, "u": 4, "U": 8}


def resolve(text: str) -> Scalar:
    """The value of a plain scalar."""
    if not text or text[0] in "~nNtTfF.-0123456789":
        if text in _WORDS:
            return _WORDS[text]
        if len(text) <= _LONGEST_NUMBER and text[0] in ".-0123456789":
            return _number(text)
    return text


def _number(text: str) -> Scalar:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return int(text, 0) if _BASED.fullmatch(text) else text


def origins(text: str, start: int, end: int, style: str, decoded: str) -> list[int] | None:
    r"""The index in `text` of each character of `decoded`, or None when they cannot be told apart.

    `text` has only `\\n` as line break; `start` and `end` bound the scalar with its anchor; `style` is "", ', ", | or >.
    """
    properties = _PROPERTIES.match(text, start, end)
    start = properties.end() if properties else start
    if style in {"|", ">"}:
        places = list(_block(text, start, end, decoded, folded=style == ">"))
    elif style == '"':
        places = list(_double(text, start + 1, end - 1))
    else:
        quote = len(style)
        places = list(_flow(text, start + quote, end - quote, quoted=bool(style)))
    return places[: len(decoded)] if len(places) >= len(decoded) else None


def _breaks(text: str, match: re.Match[str]) -> Iterator[int]:
    """One break folds to a space that stands at it; of more, the first is dropped."""
    found = [index for index in range(match.start(), match.end()) if text[index] == "\n"]
    yield from found if len(found) == 1 else found[1:]


def _flow(text: str, index: int, end: int, *, quoted: bool) -> Iterator[int]:
    while index < end:
        fold = _FOLD.match(text, index, end) if text[index] in " \t\n" else None
        if fold:
            yield from _breaks(text, fold)
            index = fold.end()
            continue
        yield index
        index += 2 if quoted and text[index] == "'" else 1


def _double(text: str, index: int, end: int) -> Iterator[int]:
    while index < end:
        fold = _FOLD.match(text, index, end) if text[index] in " \t\n" else None
        if fold:
            yield from _breaks(text, fold)
            index = fold.end()
        elif text[index] != "\\":
            yield index
            index += 1
        elif joined := _FOLD.match(text, index + 1, end) if text[index + 1] == "\n" else None:
            yield from (at for at in range(index + 2, joined.end()) if text[at] == "\n")
            index = joined.end()
        else:
            yield index
            index += 2 + _ESCAPE_DIGITS.get(text[index + 1], 0)


def _block(text: str, start: int, end: int, decoded: str, *, folded: bool) -> Iterator[int]:
    """The characters of a block scalar; its indentation is what the decoded text no longer has."""
    index = text.find("\n", start, end) + 1
    if not index:
        return
    lines: list[tuple[int, str]] = []
    for line in text[index:end].removesuffix("\n").split("\n"):
        lines.append((index, line))
        index += len(line) + 1
    indent = _indentation([line for _, line in lines], decoded)
    before: str | None = None
    breaks: list[int] = []
    for at, line in lines:
        content = line[indent:]
        if content:
            plain = folded and before is not None and before[0] not in " \t" and content[0] not in " \t"
            yield from breaks if not plain or len(breaks) == 1 else breaks[1:]
            yield from range(at + indent, at + len(line))
            before, breaks = content, []
        breaks.append(at + len(line))
    yield from breaks


def _indentation(lines: list[str], decoded: str) -> int:
    written = next((line for line in lines if line.strip(" ")), "")
    meant = next((line for line in decoded.split("\n") if line.strip(" ")), "")
    return (len(written) - len(written.lstrip(" "))) - (len(meant) - len(meant.lstrip(" ")))
