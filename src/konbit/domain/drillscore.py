"""The score of a call-down drill: its measures against their targets, and one rating.

Ratings as in HSEEP: P performed without challenges, S with some, M with major challenges, U unable to
perform. A reply after the window is kept as late and does not count, because in an emergency it would have
come too late.
"""

import datetime as dt
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import AwareDatetime, Field

from konbit.definition.base import Model

Rating = Literal["P", "S", "M", "U"]


class RosterEntry(Model):
    """One person under one role. Persons are opaque ids; `has_backup`: somebody stands in for this one."""

    person: str
    role: str
    backup: bool = False
    working_channels: int = Field(default=0, ge=0)
    has_backup: bool = False
    delivered: bool = False


class Acknowledgement(Model):
    """An answer to the call: when, by which channel, available within how many hours, or declined."""

    person: str
    at: AwareDatetime
    channel: str = ""
    available_hours: int | None = Field(default=None, ge=0)
    declined: bool = False


class DrillFacts(Model):
    """What happened in a drill.

    `notified_at` is the first message to each person; whoever lacks one was not called.

    `attempts` and `accepted` count messages by channel. `wave` is the wave in which a role was covered, from
    1.
    """

    started_at: AwareDatetime
    window: dt.timedelta = Field(default=dt.timedelta(minutes=60), gt=dt.timedelta(0))
    roster: tuple[RosterEntry, ...]
    critical_roles: tuple[str, ...] = ()
    notified_at: dict[str, AwareDatetime] = Field(default_factory=dict)
    acknowledgements: tuple[Acknowledgement, ...] = ()
    attempts: dict[str, int] = Field(default_factory=dict)
    accepted: dict[str, int] = Field(default_factory=dict)
    wave: dict[str, int] = Field(default_factory=dict)
    decision_latency: dt.timedelta | None = None
    steps_due: int = Field(default=0, ge=0)
    steps_on_time: int = Field(default=0, ge=0)
    wrong_mode_incidents: int = Field(default=0, ge=0)
    assembly_hours: int = Field(default=6, ge=0)


class Measure(Model):
    """A measure, its target and whether it was met; None where it could not be taken or has no target.

    Rates are shares from 0 to 1, times are minutes.
    """

    name: str
    value: float | None
    target: float | None = None
    met: bool | None = None


class DrillScore(Model):
    """The measures, the rating, and who was silent, late or not on the roster."""

    rating: Rating
    measures: tuple[Measure, ...]
    uncovered_critical: tuple[str, ...]
    silent: tuple[str, ...]
    late: tuple[str, ...]
    not_on_roster: tuple[str, ...]

    def measure(self, name: str) -> Measure:
        """The measure of this name; `KeyError` where there is none."""
        return {measure.name: measure for measure in self.measures}[name]


def score(facts: DrillFacts) -> DrillScore:
    """The score of a drill.

    The roster is everybody on it except backups who were never called because nobody needed them.
    """
    people = sorted({e.person for e in facts.roster if not e.backup or e.person in facts.notified_at})
    first = _first_acknowledgements(facts)
    closes = facts.started_at + facts.window
    in_time = {person: ack for person, ack in first.items() if person in people and ack.at <= closes}
    late = tuple(person for person, ack in sorted(first.items()) if person in people and ack.at > closes)
    uncovered = tuple(
        role for role in sorted(set(facts.critical_roles)) if not _covered(role, facts, in_time)
    )
    measures = (*_answers(facts, people, in_time), *_conduct(facts, people, in_time, uncovered))
    return DrillScore(
        rating=_rating(measures, len(uncovered)),
        measures=measures,
        uncovered_critical=uncovered,
        silent=tuple(person for person in people if person not in first),
        late=late,
        not_on_roster=tuple(sorted(set(first) - {entry.person for entry in facts.roster})),
    )


def _rating(measures: Sequence[Measure], uncovered: int) -> Rating:
    """The rating of a drill.

    U: fewer than 50 % answered, two critical roles uncovered, or nobody to call. M: fewer than 75 %, one
    critical role uncovered, or a message taken for the wrong mode. S: any target missed. P: none.
    """
    values = {measure.name: measure for measure in measures}
    answered = values["ack_rate_60"].value
    if answered is None or answered < 0.5 or uncovered >= 2:
        return "U"
    if answered < 0.75 or uncovered == 1 or values["wrong_mode_incidents"].value:
        return "M"
    return "S" if any(measure.met is False for measure in measures) else "P"


def _answers(
    facts: DrillFacts, people: Sequence[str], in_time: Mapping[str, Acknowledgement]
) -> tuple[Measure, ...]:
    """How many answered, and how fast."""
    delivered = {entry.person for entry in facts.roster if entry.delivered}
    ready = [
        ack
        for ack in in_time.values()
        if ack.available_hours is not None and ack.available_hours <= facts.assembly_hours
    ]
    half_hour = facts.started_at + dt.timedelta(minutes=30)
    hour = facts.started_at + dt.timedelta(minutes=60)
    times = _times(facts, people, in_time)
    return (
        _at_least("reach_rate", _share(len(delivered.union(in_time) & set(people)), len(people)), 0.95),
        _at_least("ack_rate_30", _share(sum(a.at <= half_hour for a in in_time.values()), len(people)), 0.5),
        _at_least("ack_rate_60", _share(sum(a.at <= hour for a in in_time.values()), len(people)), 0.9),
        _at_most("median_minutes", statistics.median(times) if times else None, 15),
        _at_most("p90_minutes", times[math.ceil(0.9 * len(times)) - 1] if times else None, 60),
        _at_least("assembly_rate", _share(len(ready), len(in_time)), 0.6),
    )


def _conduct(
    facts: DrillFacts,
    people: Sequence[str],
    in_time: Mapping[str, Acknowledgement],
    uncovered: Sequence[str],
) -> tuple[Measure, ...]:
    """How well the list, the sending and the ladder worked."""
    sent = [facts.notified_at[person] for person in people if person in facts.notified_at]
    primaries = [entry for entry in facts.roster if not entry.backup]
    complete = [entry for entry in primaries if entry.working_channels >= 2 and entry.has_backup]
    answering = {e.role for e in primaries if e.person in in_time and not in_time[e.person].declined}
    open_roles = {entry.role for entry in primaries} - answering
    rescued = [role for role in open_roles if _covered(role, facts, in_time)]
    critical = len(set(facts.critical_roles))
    latency = None if facts.decision_latency is None else facts.decision_latency.total_seconds() / 60
    return (
        _at_least("roster_completeness", _share(len(complete), len(primaries)), 0.95),
        Measure(name="delivery_rate", value=_share(_total(facts.accepted), _total(facts.attempts))),
        _at_most("send_span_minutes", _minutes(max(sent) - min(sent)) if sent else None, 10),
        _at_least("backup_rescue_rate", _share(len(rescued), len(open_roles)), 0.8),
        _at_least("role_coverage", _share(critical - len(uncovered), critical), 1.0),
        _at_most("decision_latency_minutes", latency, 120),
        _at_least("on_time_step_rate", _share(facts.steps_on_time, facts.steps_due), 0.85),
        _at_most("escalation_depth", statistics.mean(facts.wave.values()) if facts.wave else None, 1.5),
        _at_most("wrong_mode_incidents", facts.wrong_mode_incidents, 0),
        *_channel_yield(facts, in_time),
    )


def _channel_yield(facts: DrillFacts, in_time: Mapping[str, Acknowledgement]) -> list[Measure]:
    """Answers in time per message attempted, by channel: a trend, without a target."""
    answers = [ack.channel for ack in in_time.values()]
    return [
        Measure(name=f"channel_yield.{channel}", value=_share(answers.count(channel), attempts))
        for channel, attempts in sorted(facts.attempts.items())
    ]


def _first_acknowledgements(facts: DrillFacts) -> dict[str, Acknowledgement]:
    first: dict[str, Acknowledgement] = {}
    for ack in sorted(facts.acknowledgements, key=lambda ack: (ack.at, ack.model_dump_json())):
        first.setdefault(ack.person, ack)
    return first


def _covered(role: str, facts: DrillFacts, in_time: Mapping[str, Acknowledgement]) -> bool:
    """Whether somebody under the role answered in time and did not decline."""
    people = {entry.person for entry in facts.roster if entry.role == role}
    return any(person in people and not ack.declined for person, ack in in_time.items())


def _times(facts: DrillFacts, people: Sequence[str], in_time: Mapping[str, Acknowledgement]) -> list[float]:
    """Minutes from call to answer, shortest first; whoever was silent counts with the whole window."""
    window = _minutes(facts.window)
    times = []
    for person in people:
        if person in in_time:
            called = facts.notified_at.get(person, facts.started_at)
            times.append(min(max(_minutes(in_time[person].at - called), 0.0), window))
        else:
            times.append(window)
    return sorted(times)


def _at_least(name: str, value: float | None, target: float) -> Measure:
    return Measure(name=name, value=value, target=target, met=None if value is None else value >= target)


def _at_most(name: str, value: float | None, target: float) -> Measure:
    return Measure(name=name, value=value, target=target, met=None if value is None else value <= target)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _minutes(span: dt.timedelta) -> float:
    return span.total_seconds() / 60


def _total(counts: Mapping[str, int]) -> int:
    return sum(counts.values())
