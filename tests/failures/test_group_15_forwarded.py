"""Group 15: a forwarded link in another person's hand is recorded as such; the wrong person's way out works."""

import pytest

from tests.failures.calls import CallDown

pytestmark = pytest.mark.slow


def test_the_page_says_whose_it_is_and_an_answer_is_theirs_whoever_presses(calls: CallDown) -> None:
    run = calls.start()
    token = calls.link("lead-1")

    assert "Role holder lead-1" in calls.see(token).text
    calls.answer(token)
    calls.go(run)

    assert calls.answers(run) == [("lead-1", "accept", False)]


def test_the_wrong_person_says_so_the_address_is_marked_and_the_next_is_asked_at_once(
    calls: CallDown,
) -> None:
    run = calls.start()

    assert calls.answer(calls.link("lead-1"), "wrong_person").status_code == 303
    calls.go(run)

    assert calls.answers(run) == [("lead-1", "wrong_person", False)]
    assert {"lead-2", "lead-3"} <= calls.told()
    with calls.store.read() as tx:
        assert [one.state for one in tx.directory.endpoints_of(["lead-1"])] == ["suspect"]
