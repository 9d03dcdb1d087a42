"""Group 26: policy edited in mid-run, empty slot, alternates in a circle, a member removed, a ladder that is exhausted."""

import pytest

from konbit.domain.directory import Binding
from tests.failures.calls import CALL, CallDown, chart, everybody, number

pytestmark = pytest.mark.slow


def test_a_policy_edited_in_mid_run_has_no_effect_on_it(calls: CallDown) -> None:
    run = calls.start()
    calls.bundles["response/example"] = chart(
        CALL.replace("after: 15m", "after: 1m").replace("within: 60m", "within: 5m")
    )

    calls.later(run, minutes=14)
    assert calls.told() == {"lead-1"}
    calls.later(run, minutes=1)
    assert calls.told() == {"lead-1", "lead-2", "lead-3"}


def test_a_directory_edited_in_mid_run_does_not_change_who_is_next(calls: CallDown) -> None:
    run = calls.start()
    changed = everybody()
    bindings = [one for one in changed.bindings if one.role != "lead"]
    bindings += [
        Binding(role="lead", country="HTI", person=person, rank=rank)
        for rank, person in ((1, "lead-3"), (2, "owner-1"))
    ]
    with calls.store.begin() as tx:
        tx.directory.replace_country(changed.model_copy(update={"bindings": bindings}), "HTI")

    calls.later(run, minutes=20)

    assert calls.told() == {"lead-1", "lead-2", "lead-3"}


def test_an_empty_role_asks_the_stand_in_at_once(calls: CallDown) -> None:
    known = everybody()
    bindings = [one for one in known.bindings if one.role != "lead"]

    calls.start(directory=known.model_copy(update={"bindings": bindings}))

    assert calls.told() == {"standin-1"}


def test_alternates_who_stand_in_for_each_other_are_each_asked_once(calls: CallDown) -> None:
    circle = CALL.replace("[lead]", "[lead, standin]").replace(
        "{to: standin,", "{to: lead, after: 20m}, {to: standin,"
    )
    run = calls.start(circle)

    calls.later(run, minutes=55)

    asked = [text for text in calls.got("lead-1") if text.startswith("Can you act?")]
    assert len(asked) == 2, "once, and once more a cycle later"
    with calls.store.read() as tx:
        assert len(tx.requests.asked(run.id, "call")) == len(
            {one.person for one in tx.requests.asked(run.id, "call")}
        )


def test_a_member_removed_in_mid_run_is_not_asked_and_the_next_is_at_once(calls: CallDown) -> None:
    run = calls.start()
    left = everybody()
    people = [one for one in left.people if one.id not in ("lead-2", "lead-3")]
    ends = [one for one in left.endpoints if one.person not in ("lead-2", "lead-3")]
    bindings = [one for one in left.bindings if one.person not in ("lead-2", "lead-3")]
    with calls.store.begin() as tx:
        tx.directory.replace_country(
            left.model_copy(update={"people": people, "endpoints": ends, "bindings": bindings}), "HTI"
        )

    calls.text("lead-1", "2")
    calls.go(run)

    assert calls.told() == {"lead-1", "standin-1"}


def test_a_silent_person_is_called_again_a_cycle_later_until_they_answer(calls: CallDown) -> None:
    run = calls.start(
        CALL.replace(
            "waves: [{to: primary}, {to: backup, after: 15m}, {to: standin, after: 30m}]",
            "waves: [{to: primary}]",
        )
    )

    calls.later(run, minutes=14)
    assert len(calls.got("lead-1")) == 1
    calls.later(run, minutes=2)
    assert len(calls.got("lead-1")) == 2


def test_an_exhausted_ladder_starts_over_for_the_silent_before_anybody_is_alarmed(calls: CallDown) -> None:
    again = CALL.replace("    within: 60m", "      again: {after: 30m}\n    within: 3h")
    run = calls.start(again)

    calls.later(run, minutes=16)
    calls.text("lead-2", "2")
    calls.later(run, minutes=43)
    first, declined = len(calls.got("lead-1")), len(calls.got("lead-2"))
    calls.later(run, minutes=2)
    assert len(calls.got("lead-1")) == first + 1
    calls.later(run, minutes=30)
    assert declined == len(calls.got("lead-2")), "whoever declined is left in peace"
    assert calls.got("owner-1") == []
    calls.text("lead-1", "1")
    calls.go(run)
    assert calls.outcome(run) == "completed"


def test_all_channels_at_once_where_the_step_says_so(calls: CallDown) -> None:
    calls.start(
        CALL.replace("    within: 60m", "    channels: at_once\n    within: 60m"),
        directory=everybody(("sms", "mail")),
    )

    assert len(calls.got("lead-1")) == 1
    assert len(calls.phones.at("lead-1@example.org")) == 1


def test_channels_in_turn_wait_for_each_other_otherwise(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("sms", "mail")))

    assert calls.phones.at("lead-1@example.org") == []
    calls.later(run, minutes=3)
    assert len(calls.phones.at("lead-1@example.org")) == 1


def test_an_exhausted_ladder_alarms_owner_and_deputy_on_every_channel(calls: CallDown) -> None:
    known = everybody(("sms", "mail"))
    bindings = [*known.bindings, Binding(role="owner", country="HTI", person="deputy-1", rank=2)]
    run = calls.start(directory=known.model_copy(update={"bindings": bindings}))

    calls.later(run, minutes=61)

    for person in ("owner-1", "deputy-1"):
        assert "unfilled, nobody answered for lead" in calls.got(person)[-1]
        assert len(calls.phones.at(f"{person}@example.org")) == 1
    assert number("owner-1") != number("deputy-1")


def test_a_yes_in_a_word_lapses_without_its_form_and_the_next_is_asked(calls: CallDown) -> None:
    run = calls.start(form_required=True)

    calls.text("lead-1", "1")
    calls.go(run)
    assert calls.outcome(run) is None, "acknowledged, and the form is still to come"
    calls.later(run, minutes=29)
    assert calls.told() == {"lead-1"}
    calls.later(run, minutes=2)
    assert {"lead-2", "standin-1"} <= calls.told()


def test_a_second_word_after_the_reminder_makes_a_yes_stand(calls: CallDown) -> None:
    run = calls.start(form_required=True)

    calls.text("lead-1", "1")
    calls.later(run, minutes=16)
    assert calls.got("lead-1")[-1].startswith("Still waiting")
    calls.text("lead-1", "1")
    calls.go(run)

    assert calls.outcome(run) == "completed"
    assert calls.told() == {"lead-1"}
