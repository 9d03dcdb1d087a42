"""The score of a drill: answers in time count, late ones are recorded, and the rating follows the table."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.domain.drillscore import Acknowledgement, DrillFacts, DrillScore, RosterEntry, score

S0 = dt.datetime(2021, 5, 1, 2, tzinfo=dt.UTC)


def minutes(count: float) -> dt.timedelta:
    """A span of minutes."""
    return dt.timedelta(minutes=count)


def facts(answers: dict[str, float], people: int = 20, **changes: object) -> DrillFacts:
    """A roster p1 to pn, each under a role r1 to rn, all called at the start; answers in minutes."""
    roster = [
        RosterEntry(person=f"p{n}", role=f"r{n}", working_channels=2, has_backup=True, delivered=True)
        for n in range(1, people + 1)
    ]
    values: dict[str, object] = {
        "started_at": S0,
        "roster": tuple(roster),
        "critical_roles": ("r1", "r2"),
        "notified_at": {entry.person: S0 for entry in roster},
        "acknowledgements": tuple(
            Acknowledgement(person=person, at=S0 + minutes(at), available_hours=2, channel="sms")
            for person, at in answers.items()
        ),
    }
    return DrillFacts.model_validate(values | changes)


def everyone(count: int = 20, at: float = 5) -> dict[str, float]:
    """p1 to pn answer after so many minutes."""
    return {f"p{n}": at for n in range(1, count + 1)}


def value(made: DrillScore, name: str) -> float | None:
    """The value of a measure."""
    return made.measure(name).value


def test_a_drill_that_meets_every_target_is_p() -> None:
    """Performed without challenges."""
    made = score(facts(everyone()))

    assert made.rating == "P"
    assert (value(made, "ack_rate_60"), value(made, "role_coverage")) == (1.0, 1.0)
    assert all(measure.met is not False for measure in made.measures)


@pytest.mark.parametrize(
    ("answered", "rating"),
    [(20, "P"), (18, "S"), (17, "S"), (15, "S"), (14, "M"), (10, "M"), (9, "U"), (0, "U")],
)
def test_the_rating_follows_the_share_that_answered(answered: int, rating: str) -> None:
    """Some challenges under target, major below 75 percent, unable below half."""
    made = score(facts(everyone(answered), critical_roles=()))

    assert made.rating == rating


@pytest.mark.parametrize(("silent", "rating"), [(["p1"], "M"), (["p1", "p2"], "U")])
def test_uncovered_critical_roles_decide_the_rating(silent: list[str], rating: str) -> None:
    """However many others answered."""
    answers = {person: at for person, at in everyone().items() if person not in silent}
    made = score(facts(answers))

    assert made.rating == rating
    assert made.uncovered_critical == tuple(person.replace("p", "r") for person in silent)


def test_a_late_reply_is_recorded_and_not_counted() -> None:
    """One second after the window is late; the last second is in time."""
    answers = everyone() | {"p3": 60.0, "p4": 60 + 1 / 60}
    made = score(facts(answers))

    assert made.late == ("p4",)
    assert made.silent == ()
    assert value(made, "ack_rate_60") == 0.95


def test_the_silent_and_the_unknown_are_named() -> None:
    """A person who is not on the roster answered: the list is wrong, the score is not."""
    made = score(facts(everyone(19) | {"stranger": 1}))

    assert made.silent == ("p20",)
    assert made.not_on_roster == ("stranger",)
    assert value(made, "ack_rate_60") == 0.95


def test_only_the_first_answer_of_a_person_counts() -> None:
    """Answering by two channels is one answer."""
    twice = Acknowledgement(person="p1", at=S0 + minutes(50), channel="email")
    made = score(facts(everyone(), acknowledgements=(*facts(everyone()).acknowledgements, twice)))

    assert value(made, "ack_rate_60") == 1.0
    assert value(made, "median_minutes") == 5


def test_non_responders_count_with_the_whole_window_in_the_times() -> None:
    """A median over answers alone would flatter a drill that nobody answered."""
    made = score(facts(everyone(8), critical_roles=()))

    assert value(made, "median_minutes") == 60
    assert value(made, "p90_minutes") == 60


def test_the_time_to_answer_counts_from_the_call_to_that_person() -> None:
    """Whoever is called in the second wave is not late from the first minute."""
    called = {f"p{n}": S0 + minutes(15) for n in range(1, 21)}
    made = score(facts(everyone(at=20), notified_at=called))

    assert value(made, "median_minutes") == 5
    assert value(made, "ack_rate_30") == 1.0


def test_a_backup_nobody_needed_is_not_a_non_responder() -> None:
    """The ladder stopped before the backup; once called, the backup counts."""
    backup = RosterEntry(person="b1", role="r1", backup=True, working_channels=2)
    roster = (*facts({}).roster, backup)
    called = facts({}).notified_at

    assert score(facts(everyone(), roster=roster)).rating == "P"
    assert score(facts(everyone(), roster=roster, notified_at=called | {"b1": S0 + minutes(15)})).silent == (
        "b1",
    )


def test_a_backup_rescues_the_role_of_a_silent_primary() -> None:
    """The role is covered, and the rescue rate counts roles, not messages."""
    backup = RosterEntry(person="b1", role="r1", backup=True, working_channels=2)
    answers = {person: at for person, at in everyone().items() if person not in {"p1", "p5"}} | {"b1": 25.0}
    base = facts(answers)
    made = score(
        base.model_copy(
            update={
                "roster": (*base.roster, backup),
                "notified_at": base.notified_at | {"b1": S0 + minutes(15)},
            }
        )
    )

    assert made.uncovered_critical == ()
    assert value(made, "backup_rescue_rate") == 0.5


def test_a_decline_is_an_answer_that_covers_nothing() -> None:
    """The person is reachable, the role is not filled."""
    declined = Acknowledgement(person="p1", at=S0 + minutes(3), declined=True)
    others = tuple(a for a in facts(everyone()).acknowledgements if a.person != "p1")
    made = score(facts({}, acknowledgements=(declined, *others)))

    assert value(made, "ack_rate_60") == 1.0
    assert made.uncovered_critical == ("r1",)
    assert value(made, "assembly_rate") == 0.95


def test_one_message_taken_for_real_is_a_major_challenge() -> None:
    """The target is zero."""
    assert score(facts(everyone(), wrong_mode_incidents=1)).rating == "M"


def test_delivery_is_reported_and_never_a_criterion() -> None:
    """Accepted by a channel is not received by a person."""
    made = score(facts(everyone(), attempts={"sms": 40, "email": 10}, accepted={"sms": 5}))

    assert made.rating == "P"
    assert (made.measure("delivery_rate").value, made.measure("delivery_rate").met) == (0.1, None)
    assert value(made, "channel_yield.sms") == 0.5
    assert value(made, "channel_yield.email") == 0.0


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ({"notified_at": {f"p{n}": S0 + minutes(n) for n in range(1, 21)}}, "send_span_minutes", 19),
        ({"decision_latency": dt.timedelta(hours=3)}, "decision_latency_minutes", 180),
        ({"steps_due": 10, "steps_on_time": 8}, "on_time_step_rate", 0.8),
        ({"wave": {"r1": 1, "r2": 3}}, "escalation_depth", 2),
    ],
)
def test_one_missed_target_is_some_challenges(changes: dict[str, object], name: str, expected: float) -> None:
    """Each measure against its own target."""
    made = score(facts(everyone(at=21)).model_copy(update=changes))

    assert value(made, name) == expected
    assert made.measure(name).met is False
    assert made.rating == "S"


def test_what_was_not_measured_is_unknown() -> None:
    """No steps, no decision, nobody called: None, which is neither met nor missed."""
    made = score(DrillFacts(started_at=S0, roster=()))

    assert made.rating == "U"
    assert {measure.met for measure in made.measures if measure.value is None} == {None}
    with pytest.raises(KeyError):
        made.measure("applause")


@given(
    st.dictionaries(st.sampled_from([f"p{n}" for n in range(1, 8)]), st.floats(0, 180), max_size=7),
    st.integers(10, 120),
)
def test_silent_late_and_in_time_make_up_the_roster(answers: dict[str, float], window: int) -> None:
    """Everybody is exactly one of the three, and every rate is a share."""
    made = score(facts(answers, people=7, window=minutes(window)))
    in_time = {person for person, at in answers.items() if S0 + minutes(at) <= S0 + minutes(window)}

    assert len(made.silent) + len(made.late) + len(in_time) == 7
    assert not set(made.silent) & set(made.late)
    for measure in made.measures:
        if measure.name.endswith(("_rate", "_rate_30", "_rate_60", "coverage", "completeness")):
            assert measure.value is None or 0 <= measure.value <= 1
