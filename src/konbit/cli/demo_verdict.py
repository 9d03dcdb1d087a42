"""What is missing in a demo: each shortcoming in a sentence, none if all is well."""

from collections.abc import Mapping, Sequence

from konbit.cli.demo_story import Story, alarms, later_waves, played, receipts
from konbit.domain.delivery import DeliveryState
from konbit.domain.directory import Directory
from konbit.notify.marking import LOCAL_WORDS, WORD
from konbit.simulate.behaviour import roles_held
from konbit.simulate.expectations import Check, check
from konbit.simulate.scenario import Expectation, Scenario
from konbit.testing.players import CLOSED, Message, Players

REPORTS = ("situation_report", "cluster_3w")
OPEN = (DeliveryState.PLANNED, DeliveryState.DUE, DeliveryState.SENDING)


def expectations(scenario: Scenario, story: Story, directory: Directory) -> tuple[Check, ...]:
    """What the scenario expects, compared with the real run.

    Without its limits of time: a second of this machine is minutes of the compressed clock.
    """
    timeless = [one for one in scenario.expect if not (one.never and one.before)]
    free = scenario.model_copy(update={"expect": [_timeless(one) for one in timeless]})
    return check(free, played(story), receipts(story), alarms(story), roles_held(directory))


def _timeless(one: Expectation) -> Expectation:
    return one.model_copy(update={"before": None})


def shortcomings(
    story: Story, players: Players, checks: Sequence[Check], prefect: Mapping[str, str | None]
) -> list[str]:
    """What is missing; `prefect` is the state of the flow run of each run."""
    found = [*_runs(story, prefect), *_messages(story, players)]
    if not later_waves(story, "contact"):
        found.append("no second wave left in a call-down")
    if not later_waves(story, "ask"):
        found.append("no escalation happened")
    kinds = {report.kind for report in story.reports}
    found += [f"there is no {kind.replace('_', ' ')}" for kind in REPORTS if kind not in kinds]
    if story.balance is None:
        found.append("needs were not compared with offers")
    found += [f"not as expected: {one.expected} (found: {one.found})" for one in checks if not one.met]
    return found


def _runs(story: Story, prefect: Mapping[str, str | None]) -> list[str]:
    found = []
    for chapter in story.chapters:
        run, name = chapter.run, chapter.run.flowchart
        if run.status != "ended":
            found.append(f"{name} has not ended: it is {run.status}")
        state = prefect.get(run.id)
        if state != "COMPLETED":
            found.append(f"the Prefect run of {name} is {state or 'missing'}, not COMPLETED")
    return found


def _messages(story: Story, players: Players) -> list[str]:
    unmarked = [message for message in players.messages if not marked(message)]
    found = [f"{len(unmarked)} messages bear no EXERCISE mark"] if unmarked else []
    if not players.messages:
        found.append("no message arrived")
    if players.strangers:
        found.append(f"{players.strangers} messages went to addresses of nobody")
    waiting = [row for row in story.deliveries if row.state in OPEN]
    if waiting:
        found.append(f"{len(waiting)} messages have not left the outbox")
    # Somebody else may have answered first: that the page then says so is no shortcoming.
    found += [
        f"{deed.person} could not answer: {deed.trouble}"
        for deed in players.troubles
        if deed.trouble != CLOSED
    ]
    return found


def marked(message: Message) -> bool:
    """Whether a message says at both ends that it is an exercise."""
    words = {WORD, *LOCAL_WORDS.values()}
    lines = [line for line in message.text.splitlines() if line.strip()]
    ends = bool(lines) and all(any(word in line for word in words) for line in (lines[0], lines[-1]))
    return ends and WORD in message.subject
