"""Whether what a scenario expects has come of it."""

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from konbit.definition.durations import show
from konbit.simulate.behaviour import fits
from konbit.simulate.scenario import Expectation, Scenario
from konbit.simulate.world import Played, Receipt

_NAMES_OF = re.compile(r"[/\[]")
ANY = "any"
"""An alarm about whichever step."""


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """An expectation, whether it is met, and what was found."""

    expected: str
    met: bool
    found: str


def check(
    scenario: Scenario,
    runs: Sequence[Played],
    receipts: Iterable[Receipt],
    alarms: Iterable[tuple[dt.datetime, str, str]],
    held: Mapping[str, tuple[str, ...]],
) -> tuple[Check, ...]:
    """Every expectation of the scenario, in its order. A step, a message or an alarm may be of a child run too."""
    kept = _Facts(scenario.starts, runs, tuple(receipts), tuple(alarms), held)
    return tuple(kept.check(one) for one in scenario.expect)


@dataclasses.dataclass(frozen=True)
class _Facts:
    starts: dt.datetime
    runs: Sequence[Played]
    receipts: tuple[Receipt, ...]
    alarms: tuple[tuple[dt.datetime, str, str], ...]
    held: Mapping[str, tuple[str, ...]]

    def check(self, expected: Expectation) -> Check:
        """Compares one expectation with what happened."""
        if isinstance(expected.to, list):
            each = [self._one(expected.model_copy(update={"to": who})) for who in expected.to]
            failing = next((one for one in each if not one.met), each[-1])
            return Check(say(expected), all(one.met for one in each), failing.found)
        return self._one(expected)

    def _one(self, expected: Expectation) -> Check:
        limit = self.starts + expected.before if expected.before is not None else None
        happened = list(self._happened(expected))
        fitting = [at for at, _, fits_it in happened if fits_it and (limit is None or at < limit)]
        met = not fitting if expected.never else bool(fitting)
        return Check(say(expected), met, self._found(happened, fitting))

    def _in(self, one: Expectation, run: str) -> bool:
        """Whether the expectation is about that run."""
        return one.within is None or one.within in _NAMES_OF.split(run)[1:]

    def _happened(self, one: Expectation) -> Iterator[tuple[dt.datetime, str, bool]]:
        """All that the expectation might be about: when, what, and whether it is it."""
        if one.step is not None:
            yield from self._steps(one)
        elif one.message is not None:
            for receipt in self.receipts:
                if receipt.message == one.message and self._in(one, receipt.run):
                    assert not isinstance(one.to, list)
                    yield receipt.at, f"to {receipt.person}", self._is(one.to, receipt.person)
        elif one.alarm is not None:
            for at, run, step in self.alarms:
                yield at, step, one.alarm in (ANY, step) and self._in(one, run)
        else:
            for played in self.runs if one.within is not None else self.runs[:1]:
                if self._in(one, played.id) and played.ended and played.ended_at is not None:
                    yield played.ended_at, str(played.state.outcome), played.state.outcome == one.run

    def _steps(self, one: Expectation) -> Iterator[tuple[dt.datetime, str, bool]]:
        for run in (run for run in self.runs if self._in(one, run.id)):
            for key, result in sorted(run.state.done.items()):
                if one.step not in (key, key.partition("[")[0]):
                    continue
                by = result.output.get("by")
                right = one.outcome in (None, result.outcome) and self._is(one.by, by)
                yield result.at, result.outcome + (f" by {by}" if by else ""), right

    def _is(self, who: str | None, person: object) -> bool:
        return who is None or bool(fits(who, str(person), self.held.get(str(person), ())))

    def _found(self, happened: list[tuple[dt.datetime, str, bool]], fitting: list[dt.datetime]) -> str:
        """What was found: the first that fits, or else what there is."""
        if fitting:
            return f"after {show(min(fitting) - self.starts)}"
        listed = [f"{what} after {show(at - self.starts)}" for at, what, _ in happened[:3]]
        more = f" and {len(happened) - 3} more" if len(happened) > 3 else ""
        return (", ".join(listed) + more) or "nothing of the kind"


def say(one: Expectation) -> str:
    """The expectation in a line: `call_down: covered before 1h15m`."""
    if one.step is not None:
        text = one.step + (f": {one.outcome}" if one.outcome else " ends")
        text += f" by {one.by}" if one.by else ""
    elif one.message is not None:
        to = ", ".join(one.to) if isinstance(one.to, list) else one.to
        text = f"message {one.message}" + (f" to {to}" if to else "")
    elif one.alarm is not None:
        text = "an alarm" if one.alarm == ANY else f"an alarm about {one.alarm}"
    else:
        text = f"the run ends {one.run}"
    text += f" in {one.within}" if one.within is not None else ""
    text += f" before {show(one.before)}" if one.before is not None else ""
    return f"never: {text}" if one.never else text
