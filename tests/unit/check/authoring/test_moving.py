"""Which runs a new version leaves alone, which may move, which must stay, and which somebody must decide."""

import pytest

from konbit.check.authoring.moving import classify
from tests.unit.check.authoring.charts import bundle
from tests.unit.check.authoring.test_comparing import CHART

VERIFY = ("main", "verify")
FIRST = ("main", "clusters", "clusters:body[WSH]", "link[WSH]", "link[HEA]")


def fate(live: tuple[str, ...], *pairs: tuple[str, str], chart: str = CHART) -> str:
    text = chart
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return classify(bundle(chart), bundle(text), live).fate


NEW_STEP = ("  - end: done\n", "  - id: more\n    inform: {who: chair, message: undecided}\n  - end: done\n")


@pytest.mark.parametrize(
    ("live", "pair", "expected"),
    [
        (VERIFY, ("version: 1", "version: 2"), "unaffected"),
        (VERIFY, ("title: X", "title: Y"), "unaffected"),
        (VERIFY, NEW_STEP, "can_move"),
        (VERIFY, ("within: 60m", "within: 90m"), "can_move"),
        (VERIFY, ("within: 2h", "within: 3h"), "needs_decision"),
        (VERIFY, ("after: 30m", "after: 40m"), "needs_decision"),
        (VERIFY, ("  - id: verify\n", "  - id: before\n    wait: 2h\n  - id: verify\n"), "unaffected"),
        (VERIFY, ("id: verify", "id: check_event"), "must_stay"),
        (VERIFY, ("      no_answer: []\n", "      no_answer: [{end: x}]\n"), "can_move"),
        (VERIFY, ("  - id: verify\n", "  - id: verify\n    title: Look\n"), "can_move"),
        (VERIFY, ("required: true", "default: HTI"), "needs_decision"),
        (VERIFY, ("owner: humanitarian_hub", "owner: chair"), "can_move"),
        (FIRST, ("within: 2h", "within: 3h"), "unaffected"),
        (FIRST, ("message: not_confirmed", "message: undecided"), "unaffected"),
        (FIRST, NEW_STEP, "can_move"),
        (FIRST, ("within: 6h", "within: 8h"), "needs_decision"),
        (
            FIRST,
            (
                "        on: {no_answer: []}\n  - end",
                "        on: {no_answer: []}\n      - wait: 1h\n  - end",
            ),
            "can_move",
        ),
        (FIRST, ("['WSH']", "['HEA']"), "needs_decision"),
        (("main",), NEW_STEP, "can_move"),
    ],
)
def test_what_may_be_done_with_a_run(live: tuple[str, ...], pair: tuple[str, str], expected: str) -> None:
    assert fate(live, pair) == expected


def test_a_run_stays_if_something_behind_it_and_something_ahead_has_changed() -> None:
    assert fate(FIRST, ("within: 2h", "within: 3h"), NEW_STEP) == "must_stay"
    before = ("  - id: verify\n", "  - id: before\n    wait: 2h\n  - id: verify\n")
    assert fate(FIRST, before, NEW_STEP) == "must_stay"


def test_a_step_without_a_name_that_another_name_would_be_given_keeps_its_run() -> None:
    chart = CHART.replace("  - id: call_down", "  - wait: 24h\n  - id: call_down")
    text = chart.replace("  - wait: 24h", "  - wait: 24h\n  - wait: 12h")
    assert classify(bundle(chart), bundle(text), ("main", "wait_1")).fate == "can_move"
    before = chart.replace("  - wait: 24h", "  - wait: 12h\n  - wait: 24h")
    assert classify(bundle(chart), bundle(before), ("main", "wait_1")).fate == "needs_decision"


def test_a_step_whose_outcome_is_being_followed_lies_behind() -> None:
    live = ("main", "verify", "verify:contradicted", "verify_contradicted_inform")
    assert fate(live, ("within: 2h", "within: 3h")) == "unaffected"


def test_in_a_repeat_what_was_done_comes_again() -> None:
    chart = CHART.replace(
        "  - end: done\n",
        "  - id: daily\n    repeat: {every: 24h, at_most: 9}\n    steps:\n"
        "      - id: first\n        inform: {who: chair, message: undecided}\n"
        "      - id: second\n        wait: 1h\n  - end: done\n",
    )
    live = ("main", "daily", "daily:body", "second")
    assert (
        fate(live, ("{who: chair, message: undecided}", "{who: members, message: undecided}"), chart=chart)
        == "must_stay"
    )


def test_before_a_jump_back_what_was_done_comes_again() -> None:
    chart = CHART.replace("  - end: done\n", "  - goto: {step: verify, at_most: 2}\n  - end: done\n")
    assert fate(FIRST, ("within: 2h", "within: 3h"), chart=chart) == "must_stay"
    assert fate(FIRST, ("within: 2h", "within: 3h")) == "unaffected"


def test_a_branch_that_was_not_taken_lies_behind() -> None:
    chart = CHART.replace(
        "  - end: done\n",
        "  - id: which\n    choose:\n      - when: verify.answer == 'confirmed'\n        steps: [{id: one, wait: 1h}]\n"
        "      - otherwise: [{id: two, wait: 1h}]\n      - unknown: []\n  - end: done\n",
    )
    assert (
        fate(("main", "which", "one"), ("id: two, wait: 1h", "id: two, wait: 2h"), chart=chart)
        == "unaffected"
    )
    assert fate(VERIFY, ("id: two, wait: 1h", "id: two, wait: 2h"), chart=chart) == "can_move"


def test_a_fragment_is_where_it_is_used() -> None:
    chart = CHART.replace("  - end: done\n", "  - use: closing\n  - end: done\n").replace(
        "steps:\n  - id: verify",
        "fragments:\n  closing:\n    - id: close\n      wait: 1h\nsteps:\n  - id: verify",
    )
    assert fate(VERIFY, ("wait: 1h", "wait: 2h"), chart=chart) == "can_move"
    assert fate(("main", "use_1", "close"), ("wait: 1h", "wait: 2h"), chart=chart) == "needs_decision"


def test_a_stand_down_always_lies_ahead() -> None:
    chart = CHART + "stand_down:\n  - inform: {who: everyone_contacted, message: stand_down}\n"
    assert fate(FIRST, ("message: stand_down", "message: undecided"), chart=chart) == "can_move"


def test_the_same_version_changes_nothing_for_a_run() -> None:
    assert classify(bundle(CHART), bundle(CHART), VERIFY).fate == "unaffected"


def test_a_verdict_says_why() -> None:
    text = CHART.replace("within: 2h", "within: 3h")
    assert classify(bundle(CHART), bundle(text), VERIFY).because == (
        "verify: the deadline is 3h instead of 2h (1h longer)",
    )
