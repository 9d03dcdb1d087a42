"""Group 13: link previews, Safe Links, headless browsers, scripted posts, the decoy, both answers: no trusted answer."""

import itertools
import sys

import pytest

from tests.failures.calls import CallDown, everybody

pytestmark = pytest.mark.slow
AGENTS = (
    "Slackbot-LinkExpanding 1.0",
    "WhatsApp/2.23.20.0 A",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; SafeLinks)",
    "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/139.0",
)
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"


def _visits(calls: CallDown, token: str, number: int) -> None:
    """One visit of a scanner, of six kinds in turn."""
    match number % 6:
        case 0:
            for method in ("HEAD", "GET", "OPTIONS"):
                calls.see(token, method, AGENTS[number // 6 % len(AGENTS)])
        case 1:  # scripts run, and the first button of the page is pressed
            page = calls.see(token, agent=BROWSER).text
            calls.clock.move(seconds=3)
            calls.press(token, page, BROWSER, spare="1")
        case 2:  # everything is filled in and sent at once
            calls.press(token, calls.see(token, agent=BROWSER).text, BROWSER, verdict="accept")
        case 3:  # every field, with patience
            page = calls.see(token, agent=BROWSER).text
            calls.clock.move(seconds=3)
            calls.press(token, page, BROWSER, verdict="accept", second_reference="x")
        case 4:  # every form in turn: first the decoy, then the real one
            page = calls.see(token, agent=BROWSER).text
            calls.clock.move(seconds=2)
            calls.press(token, page, BROWSER, spare="1")
            calls.press(token, page, BROWSER, verdict="accept")
        case 5:  # it says what it is, and is patient
            page = calls.see(token, agent=AGENTS[5]).text
            calls.clock.move(seconds=4)
            calls.press(token, page, AGENTS[5], verdict="accept")


def test_a_thousand_visits_of_scanners_with_scripted_posts_give_no_trusted_answer(
    calls: CallDown, capsys: pytest.CaptureFixture[str]
) -> None:
    run = calls.start()
    token = calls.link("lead-1")

    for number in range(1000):
        _visits(calls, token, number)

    calls.go(run)
    trusted = [one for one in calls.answers(run) if not one[2]]
    with capsys.disabled():
        sys.stdout.write(f"\n1,000 scanner visits, 833 with scripted posts: {len(trusted)} trusted answers\n")
    assert trusted == []
    assert calls.outcome(run) is None
    calls.answer(token, seconds=12)
    calls.go(run)
    assert calls.answers(run) == [("lead-1", "accept", False)], "the person's own press counts"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_opening_changes_nothing_for_anybody(calls: CallDown, method: str) -> None:
    run = calls.start()

    for agent in AGENTS:
        calls.see(calls.link("lead-1"), method, agent)
    calls.go(run)

    assert calls.answers(run) == []
    with calls.store.read() as tx:
        assert [one.event.kind for one in tx.journal.read(run.id)] == ["started", "work_done"]


def test_a_decoy_pauses_the_person_and_asks_once_on_another_channel_while_the_slot_goes_on(
    calls: CallDown,
) -> None:
    run = calls.start(directory=everybody(("mail", "sms")))
    (mail,) = calls.phones.at("lead-1@example.org")
    token = mail.rpartition("/a/")[2][:35]

    page = calls.see(token).text
    calls.clock.move(seconds=3)
    assert calls.press(token, page, spare="1").status_code == 422
    calls.go(run)

    (asked,) = calls.got("lead-1")
    assert asked.startswith("Was that you? Please confirm: https://answers.example.org/a/")
    assert asked.endswith(" Reply A1 can act, A2 cannot, A3 call me")
    calls.later(run, minutes=15)
    assert calls.phones.at("lead-2@example.org"), "the slot's timer kept running"
    calls.text("lead-1", "1")
    calls.go(run)
    assert calls.answers(run) == [("lead-1", "accept", False)]


def test_both_answers_within_seconds_take_the_first_one_back(calls: CallDown) -> None:
    two = "steps:\n  - id: call\n    contact: {who: [lead, standin], message: come}\n    within: 60m\n    on: {uncovered: []}\n"
    run = calls.start(two)
    token = calls.link("lead-1")

    pages = [calls.see(token).text for _ in range(2)]
    calls.clock.move(seconds=4)
    assert calls.press(token, pages[0], verdict="accept").status_code == 303
    calls.go(run)
    calls.clock.move(seconds=4)
    assert calls.press(token, pages[1], verdict="decline").status_code == 422
    calls.go(run)

    _, _, page = calls.steward.look(run.id)
    assert page.state.requests[0].slots["lead"].accepted == ()
    assert page.state.requests[0].slots["lead"].pending == ("lead-1",)
    calls.clock.move(seconds=11)
    assert calls.answer(token, "decline").status_code == 303, "later a person may change their mind"


def test_the_visits_of_scanners_are_of_every_kind() -> None:
    assert {number % 6 for number in itertools.islice(itertools.count(), 12)} == set(range(6))
