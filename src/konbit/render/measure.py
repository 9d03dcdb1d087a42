"""How wide a text is, without a font at hand: a table of average widths, on the wide side, and wrapping by it."""

NARROW = frozenset("ijl.,:;'|!()[]{}tfI` ·-\u2019")
WIDE = frozenset("mwMW@%—…")
ELLIPSIS = "…"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a line in a sans-serif of `size`, in the unit of `size`; rather too wide than too narrow."""
    ems = sum(_em(letter) for letter in text)
    return ems * size * (1.07 if bold else 1.0)


def _em(letter: str) -> float:
    if letter in NARROW:
        return 0.34
    if letter in WIDE:
        return 0.92
    if ord(letter) >= 0x1100:
        return 1.05
    if letter.isupper():
        return 0.72
    return 0.57


def wrap(text: str, size: float, room: float, *, most: int = 4, bold: bool = False) -> list[str]:
    """The text in lines no wider than `room`, at most `most` of them; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    line = ""
    for word in _pieces(text, size, room, bold=bold):
        longer = f"{line} {word}" if line else word
        if width(longer, size, bold=bold) <= room:
            line = longer
            continue
        lines.append(line)
        line = word
    lines = [one for one in (*lines, line) if one]
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], _cut(f"{lines[most - 1]} {lines[most]}", size, room, bold=bold)]


def _pieces(text: str, size: float, room: float, *, bold: bool) -> list[str]:
    """The words; one that is wider than a line is broken."""
    found: list[str] = []
    for word in text.split():
        rest = word
        while width(rest, size, bold=bold) > room and len(rest) > 1:
            fit = next(
                (n for n in range(len(rest) - 1, 1, -1) if width(rest[:n], size, bold=bold) <= room), 1
            )
            found.append(rest[:fit])
            rest = rest[fit:]
        found.append(rest)
    return found


def _cut(text: str, size: float, room: float, *, bold: bool) -> str:
    while text and width(text + ELLIPSIS, size, bold=bold) > room:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS
