"""A flowchart as Mermaid, as the Prefect UI draws it: generated ids, quoted labels, nothing that text could break out of."""

from collections.abc import Collection, Iterator, Mapping

from konbit.definition.base import pick
from konbit.definition.bundle import Bundle
from konbit.definition.durations import show
from konbit.engine.compile import compile_plan
from konbit.engine.plan import Plan
from konbit.render import words
from konbit.render.graph import Box, Edge, Graph, Group, graph

ENTITIES = {
    "#": "#35;",
    '"': "#quot;",
    "<": "#lt;",
    ">": "#gt;",
    "`": "#96;",
    "%": "#37;",
    "&": "#amp;",
    "\\": "#92;",
    "{": "#123;",
    "}": "#125;",
}
SHAPES: Mapping[str, tuple[str, str]] = {
    "start": ("([", "])"),
    "end": ("([", "])"),
    "decision": ("{", "}"),
    "split": ("[/", "\\]"),
    "join": ("[\\", "/]"),
    "loop": ("{{", "}}"),
    "wait": ("(", ")"),
    "child": ("[[", "]]"),
    "handler": ("(", ")"),
}
CLASSES: Mapping[str, str] = {
    "step": "fill:#ffffff,stroke:#1f4e79,color:#111111,stroke-width:1px",
    "adhoc": "fill:#ffffff,stroke:#1f4e79,color:#111111,stroke-width:1px,stroke-dasharray:2 3",
    "decision": "fill:#fff6dd,stroke:#8a6d00,color:#111111",
    "control": "fill:#eef1f4,stroke:#5b6770,color:#111111",
    "handler": "fill:#f7f7f7,stroke:#8c8c8c,color:#333333,font-size:12px",
    "done": "fill:#dcefdc,stroke:#2e7d32,color:#111111",
    "current": "fill:#ffd9a8,stroke:#c75000,color:#111111,stroke-width:3px",
}
"""Each sets its text as well as its ground, so that it reads on a light page and on a dark one."""
LONGEST_LABEL = 90
LONGEST_CONDITION = 44
LINE = "<br/>"


def mermaid(
    source: Plan | Bundle,
    *,
    done: Collection[str] = (),
    current: Collection[str] = (),
    language: str = "en",
) -> str:
    """The chart as Mermaid text. `done` and `current` are steps or executions of them, such as `link[WSH]`."""
    plan = source if isinstance(source, Plan) else compile_plan(source)
    drawing = _Mermaid(plan, graph(plan), language)
    return "\n".join(drawing.lines(_nodes(done), _nodes(current))) + "\n"


def _nodes(executions: Collection[str]) -> frozenset[str]:
    return frozenset(key.partition("[")[0] for key in executions)


def escape(text: str, longest: int = LONGEST_LABEL) -> str:
    """Text that can neither end its label nor begin markup; what is too long is cut."""
    flat = " ".join(text.split())
    cut = flat if len(flat) <= longest else flat[: longest - 1].rstrip() + "…"
    return "".join(ENTITIES.get(letter, letter) for letter in cut)


class _Mermaid:
    def __init__(self, plan: Plan, drawn: Graph, language: str) -> None:
        self.plan = plan
        self.graph = drawn
        self.language = language
        self.ids = {box.id: f"n{number}" for number, box in enumerate(drawn.boxes, start=1)}
        self.groups = {group.id: f"g{number}" for number, group in enumerate(drawn.groups, start=1)}

    def lines(self, done: frozenset[str], current: frozenset[str]) -> Iterator[str]:
        """The whole text."""
        yield "flowchart TD"
        yield from self._inside(None, done, current, "  ")
        dotted: list[int] = []
        dashed: list[int] = []
        for number, edge in enumerate(self.graph.edges):
            yield f"  {self._edge(edge)}"
            if edge.kind in ("silence", "unknown", "back"):
                dashed.append(number)
            elif edge.pathway == "ad_hoc":
                dotted.append(number)
        for name, style in CLASSES.items():
            yield f"  classDef {name} {style}"
        for numbers, dashes in ((dashed, "6 4"), (dotted, "2 3")):
            if numbers:
                yield f"  linkStyle {','.join(map(str, numbers))} stroke-dasharray:{dashes}"

    def _inside(
        self, parent: str | None, done: frozenset[str], current: frozenset[str], margin: str
    ) -> Iterator[str]:
        """The boxes of a group, then the groups inside it."""
        for box in self.graph.boxes:
            if box.group == parent:
                yield f"{margin}{self._box(box, done, current)}"
        for group in self.graph.groups:
            if group.parent == parent:
                yield f'{margin}subgraph {self.groups[group.id]}["{escape(self._group(group))}"]'
                yield from self._inside(group.id, done, current, margin + "  ")
                yield f"{margin}end"

    def _group(self, group: Group) -> str:
        if group.kind == "stand_down":
            return words.word("stood_down", self.language)
        return pick(dict(group.title), self.language)

    def _box(self, box: Box, done: frozenset[str], current: frozenset[str]) -> str:
        begin, end = SHAPES.get(box.kind, ("[", "]"))
        label = LINE.join(escape(line) for line in self._label(box) if line)
        covers = {box.id, *box.covers}
        kind = {"decision": "decision", "handler": "handler", "step": "step", "child": "step"}.get(
            box.kind, "control"
        )
        if box.pathway == "ad_hoc":
            kind = "adhoc"
        if covers & current:
            kind = "current"
        elif covers & done:
            kind = "done"
        return f'{self.ids[box.id]}{begin}"{label or " "}"{end}:::{kind}'

    def _label(self, box: Box) -> Iterator[str]:
        language = self.language
        match box.kind:
            case "start":
                yield words.word("start", language)
                yield pick(dict(self.graph.title), language)
            case "end":
                yield words.word("end", language, (box.outcome or "completed").replace("_", " "))
            case "handler":
                told = tuple(dict.fromkeys(one for who in box.told for one in who))
                if told:
                    yield words.word("tell", language, words.roles(self.plan, told, language))
                if box.outcome:
                    yield words.word("end", language, box.outcome.replace("_", " "))
            case "join":
                yield self._join(box)
            case _:
                yield pick(dict(box.title), language)
                yield from self._facts(box)

    def _facts(self, box: Box) -> Iterator[str]:
        """Who and until when, under the title."""
        language = self.language
        match box.kind:
            case "loop" if box.verb == "for_each":
                yield words.word("for_each", language, box.detail)
                yield self._join(box) if box.join and box.join.kind != "all" else ""
            case "loop":
                yield words.word("every", language, show(box.within)) if box.within else ""
                yield words.word("at_most", language, box.detail)
            case "wait":
                what = show(box.within) if box.within else box.detail
                yield words.word("wait_for", language, what) if what else ""
            case "step" | "child":
                asked = box.verb not in ("inform", "report")
                yield words.roles(self.plan, box.who, language) if asked and box.who else self._actor(box)
                yield words.within(box.within, box.due, language)

    def _actor(self, box: Box) -> str:
        return words.role(self.plan, box.actor, self.language) if box.actor else ""

    def _join(self, box: Box) -> str:
        if box.join is None:
            return ""
        if box.join.kind in ("count", "share"):
            return f"{box.join.number}{' %' if box.join.kind == 'share' else ''}"
        return words.word(box.join.kind, self.language)

    def _edge(self, edge: Edge) -> str:
        label = " / ".join(
            words.outcome(part, self.language) if part.isidentifier() else part
            for part in edge.label.split(" / ")
        )
        if edge.kind == "back":
            label = words.word("until", self.language, label) if label else words.word("again", self.language)
        dotted = edge.kind in ("silence", "unknown", "back") or edge.pathway == "ad_hoc"
        arrow = "-.->" if dotted else "-->"
        said = f'|"{escape(label, LONGEST_CONDITION)}"|' if label else ""
        source = self.ids.get(edge.source) or self.groups[edge.source]
        return f"{source} {arrow}{said} {self.ids[edge.target]}"
