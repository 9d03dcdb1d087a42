"""Random sound flowcharts: every construct of the language, block-structured, valid against the models."""

from typing import Any

from konbit.definition.bundle import Bundle
from konbit.definition.flowchart import Flowchart
from konbit.engine.compile import compile_bundle
from konbit.engine.plan import Plan
from tests.properties.dice import Dice, chance, pick

Json = dict[str, Any]
SIGNALS = ("landfall", "all_clear")
ITEMS = ("HEA", "WSH", "SHL", "LOG")
LEAVES = ("inform", "ask", "wait", "assess", "contact", "report", "mobilize", "run", "table", "stop", "use")
BLOCKS = ("lanes", "choose", "for_each", "repeat", "first_of")


class Writer:
    """Writes one chart; `left` bounds how many steps it may still hold."""

    def __init__(self, dice: Dice, steps: int) -> None:
        self.dice = dice
        self.left = steps
        self.count = 0
        self.everywhere: list[str] = []
        """Decisions in no loop and no fragment: conditions that are watched may look at them."""
        self.ids: list[str] = []
        self.fragments: dict[str, list[Json]] = {}

    def chart(self) -> Json:
        """A whole flowchart."""
        if chance(self.dice, 30):
            self.fragments["shared"] = self.block(1, [], [], loop=True)
            self.left += 3
        steps = self.block(0, [], [], loop=False)
        chart: Json = {
            "flowchart": "response/random",
            "title": "Random",
            "version": 1,
            "owner": "chair",
            "expires": {"after": "300d"},
            "parameters": {
                "flag": {"type": "truth"},
                "size": {"type": "number"},
                "clusters": {"type": "clusters"},
            },
            "ladders": {"up": [{"to": "backup", "after": "1h"}, {"to": "stand_in", "after": "2h"}]},
            "fragments": self.fragments,
            "steps": steps,
        }
        if chance(self.dice, 30):
            chart["stand_down"] = [{"inform": {"who": "everyone_contacted", "message": "m"}}]
        return chart

    def block(self, depth: int, scope: list[str], before: list[str], *, loop: bool) -> list[Json]:
        """A list of steps. `scope` are decisions it may use, `before` the steps of lanes it may wait for."""
        steps: list[Json] = []
        for number in range(self.dice.number(1, 3) if depth else self.dice.number(2, 6)):
            if self.left <= 0 and steps:
                break
            if number and chance(self.dice, 8):
                steps.append(self._goto(steps, scope))
            else:
                steps.append(self.step(depth, scope, before, loop=loop))
        if depth and chance(self.dice, 2):
            steps.append({"end": "early"})
        return steps

    def step(self, depth: int, scope: list[str], before: list[str], *, loop: bool) -> Json:
        """One step with whatever stands around a verb."""
        self.left -= 1
        self.count += 1
        name = f"s{self.count}"
        block = depth < 3 and self.left > 1 and chance(self.dice, 40)
        kind = pick(self.dice, BLOCKS if block else LEAVES)
        known = list(scope)
        step: Json = {"id": name} | getattr(self, f"_{kind}")(depth, scope, before, loop=loop)
        self._around(step, kind, scope, before)
        if kind == "ask":
            scope.append(name)
            if not loop:
                self.everywhere.append(name)
        self.ids.append(name)
        own = [*known, name] if kind == "ask" else known
        self._handlers(step, kind, depth, own, before, loop=loop)
        return step

    def condition(self, scope: list[str]) -> str:
        """A condition on what is in scope."""
        options = ["flag", "size > 3", "not flag", "size < 8 and flag"]
        options += [f"{name}.answer == 'yes'" for name in scope[-3:]]
        return pick(self.dice, options)

    def _around(self, step: Json, kind: str, scope: list[str], before: list[str]) -> None:
        if before and chance(self.dice, 40):
            step["after"] = [pick(self.dice, before)]
        for guard, percent in (("only_while", 10), ("abandon_if", 8)):
            if chance(self.dice, percent):
                step[guard] = self.condition([*scope, *self.everywhere])
        if kind in LEAVES and kind != "use" and chance(self.dice, 10):
            step["holding"] = pick(self.dice, ["truck", {"lock": "truck", "lease": "5h"}])
        if chance(self.dice, 8):
            step["mark"] = pick(self.dice, ["T0", "D0"])

    def _handlers(
        self, step: Json, kind: str, depth: int, scope: list[str], before: list[str], *, loop: bool
    ) -> None:
        outcomes = {
            "ask": ["no_answer", "no"],
            "contact": ["uncovered", "covered"],
            "assess": ["no_answer", "collected"],
            "mobilize": ["shortfall", "no_answer"],
            "run": ["no_answer", "failed"],
            "table": ["big", "undecided"],
        }.get(kind, ["completed", "stopped"])
        if depth < 3 and self.left > 0 and chance(self.dice, 25):
            inner = self.block(depth + 1, list(scope), before, loop=loop)
            step["on"] = {pick(self.dice, [*outcomes, "abandoned", "withdrawn"]): inner}

    def _timing(self) -> Json:
        timing: Json = {"within": pick(self.dice, ["4h", "12h"])}
        if chance(self.dice, 30):
            timing["remind"] = ["2h"]
        if chance(self.dice, 40):
            timing["escalate"] = pick(self.dice, ["up", [{"to": "backup", "after": "30m"}]])
        return timing

    def _inform(self, *_: object, **__: object) -> Json:
        return {"inform": {"who": "chair", "message": "m"}}

    def _ask(self, *_: object, **__: object) -> Json:
        return {"ask": {"who": "chair", "question": "q", "options": ["yes", "no"]}} | self._timing()

    def _assess(self, *_: object, **__: object) -> Json:
        assess: Json = {"who": "cluster_lead"}
        if chance(self.dice, 50):
            assess["enough_when"] = "answered >= 1"
        return {"assess": assess} | self._timing()

    def _contact(self, *_: object, **__: object) -> Json:
        return {"contact": {"who": ["cluster_lead", "chair"], "message": "m"}} | self._timing()

    def _mobilize(self, *_: object, **__: object) -> Json:
        return {"mobilize": {"for": pick(self.dice, self.ids or ["s1"]), "who": "chair"}} | self._timing()

    def _report(self, *_: object, **__: object) -> Json:
        report: Json = {"kind": "situation_report", "to": ["chair"]}
        if chance(self.dice, 60):
            report["inputs_from"] = ["cluster_lead"]
        if chance(self.dice, 50):
            report["approve"] = {"who": "chair", "within": "3h"}
        return {"report": report} | self._timing()

    def _run(self, *_: object, **__: object) -> Json:
        if chance(self.dice, 30):
            return {"run": {"flowchart": "response/child", "wait": False}}
        return {"run": {"flowchart": "response/child"}, "within": "9h"}

    def _wait(self, *_: object, **__: object) -> Json:
        signal: Json = {"wait": {"signal": pick(self.dice, SIGNALS)}}
        if chance(self.dice, 70):
            signal["within"] = "7h"
        if chance(self.dice, 30):
            signal["wait"]["keep"] = False
        return pick(self.dice, [{"wait": "2h"}, signal])

    def _table(self, *_: object, **__: object) -> Json:
        rows: list[Json] = [{"size": ">= 5", "then": "big"}, {"flag": True, "then": "small"}]
        hit = pick(self.dice, ["first", "unique", "collect"])
        return {"table": {"inputs": {"size": "size", "flag": "flag"}, "rows": rows, "hit": hit}}

    def _stop(self, *_: object, **__: object) -> Json:
        return {"stop": [pick(self.dice, self.ids or ["s1"])]}

    def _use(self, *_: object, **__: object) -> Json:
        return {"use": "shared"} if "shared" in self.fragments else self._inform()

    def _goto(self, steps: list[Json], scope: list[str]) -> Json:
        self.count += 1
        named = [step["id"] for step in steps if "id" in step]
        jump: Json = {
            "id": f"s{self.count}",
            "goto": {"step": pick(self.dice, named), "at_most": self.dice.number(1, 2)},
        }
        if chance(self.dice, 50):
            jump["only_while"] = self.condition(scope)
        return jump

    def _join(self, total: int) -> Json:
        join: Json = {"wait": pick(self.dice, ["all", "first", "none", 1, total, "60%"])}
        if chance(self.dice, 40):
            join["stop_rest"] = True
        return join

    def _lanes(self, depth: int, scope: list[str], before: list[str], *, loop: bool) -> Json:
        lanes: Json = {}
        seen = list(scope)
        followed = list(before)
        for number in range(self.dice.number(1, 3)):
            first = len(self.ids)
            own = list(scope)
            steps = self.block(depth + 1, own, list(followed), loop=loop)
            followed += self.ids[first:]
            seen += [name for name in own if name not in seen]
            lane: Any = {"when": self.condition(scope), "steps": steps} if chance(self.dice, 30) else steps
            lanes[f"lane{number}"] = lane
        scope[:] = seen
        return {"lanes": lanes | self._join(len(lanes))}

    def _choose(self, depth: int, scope: list[str], before: list[str], *, loop: bool) -> Json:
        branches: list[Json] = [
            {
                "when": self.condition(scope),
                "steps": self.block(depth + 1, list(scope), before, loop=loop),
            }
        ]
        if chance(self.dice, 60):
            branches.append({"otherwise": self.block(depth + 1, list(scope), before, loop=loop)})
        if chance(self.dice, 60):
            branches.append({"unknown": self.block(depth + 1, list(scope), before, loop=loop)})
        return {"choose": branches}

    def _for_each(self, depth: int, scope: list[str], before: list[str], **_: bool) -> Json:
        loop: Json = {"cluster": "clusters"} | self._join(2)
        if chance(self.dice, 25):
            loop["enough_when"] = "completed >= 1"
        if chance(self.dice, 25):
            loop["open_until"] = pick(
                self.dice,
                ["count >= 3", *(f"{name}.answer == 'yes'" for name in self.everywhere[-2:])],
            )
        return {"for_each": loop, "steps": self.block(depth + 1, list(scope), before, loop=True)}

    def _repeat(self, depth: int, scope: list[str], before: list[str], **_: bool) -> Json:
        own = list(scope)
        steps = self.block(depth + 1, own, before, loop=True)
        repeat: Json = {"at_most": self.dice.number(1, 3)}
        if chance(self.dice, 50):
            repeat["until"] = self.condition(own)
        if chance(self.dice, 50):
            repeat["every"] = "6h"
        return {"repeat": repeat, "steps": steps}

    def _first_of(self, depth: int, scope: list[str], before: list[str], *, loop: bool) -> Json:
        ways: list[Json] = [
            {
                "signal": pick(self.dice, SIGNALS),
                "steps": self.block(depth + 1, list(scope), before, loop=loop),
            },
            {"for": "5h", "steps": self.block(depth + 1, list(scope), before, loop=loop)},
        ]
        return {"wait": {"first_of": ways}}


def random_chart(dice: Dice, steps: int = 14) -> Json:
    """A flowchart as it would be written."""
    return Writer(dice, steps).chart()


def next_versions(chart: Json, dice: Dice) -> list[Plan]:
    """Versions of the chart that a run may be moved to: one with a step more at its end, then one that lacks a step as well."""
    longer = {
        **chart,
        "version": 2,
        "steps": [*chart["steps"], {"inform": {"who": ["chair"], "message": "m"}}],
    }
    steps = list(longer["steps"])
    del steps[dice.number(0, len(steps) - 2)]
    shorter = {**longer, "version": 3, "steps": steps}
    return [plan for one in (longer, shorter) if (plan := _sound(one)) is not None]


def _sound(chart: Json) -> Plan | None:
    """The plan of a chart, None if something in it spoke of the step that is gone."""
    flowchart = Flowchart.model_validate(chart)
    compiled = compile_bundle(Bundle(flowchart=flowchart, forms={}, messages={}, roles={}))
    return None if compiled.findings else compiled.plan


def plan_of(chart: Json) -> Plan:
    """The plan of a chart that must compile without findings."""
    flowchart = Flowchart.model_validate(chart)
    compiled = compile_bundle(Bundle(flowchart=flowchart, forms={}, messages={}, roles={}))
    assert not compiled.findings, (compiled.findings, chart)
    return compiled.plan
