"""Parts of the stack go away and come back: nothing that people said is lost, and the run goes on."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from konbit.engine.events import Answered, TimerFired
from tests.acceptance import promises
from tests.acceptance.stacks import QUESTION, Once, Site, eventually, up

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]
BACK = 150.0
"""Seconds until all is well again: a Prefect server on SQLite that was killed can lock itself out for a minute."""
SLOW = 60.0
"""An hour of these runs takes a minute: nobody's deadline passes while a part is away."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with up(tmp_path_factory.mktemp("home"), factor=SLOW) as found:
        yield found


@contextlib.contextmanager
def away(site: Site, name: str, number: signal.Signals = signal.SIGKILL) -> Iterator[None]:
    """A part of the stack is gone for a while."""
    site.kill(name, number)
    try:
        yield
    finally:
        site.start(name, ready=True)


def asked(site: Site) -> tuple[str, int]:
    """A run that waits for one person, and the row of their page."""
    run = site.request(QUESTION)
    site.quiet.add(run.id)
    site.waits(run.id, BACK)
    return run.id, site.asked(run.id, "verify")[0]


def heard(site: Site, run_id: str) -> int:
    """How many answers the run has taken."""
    return sum(isinstance(entry.event, Answered) for entry in site.journal(run_id))


def goes_on(site: Site, run_id: str, answers: int = 1) -> None:
    """The run ends, and has taken each answer once."""
    site.ends(run_id)
    assert heard(site, run_id) == answers
    promises.complete(site, run_id)
    promises.nothing_twice(site, run_id)


@pytest.mark.parametrize("name", ["worker", "prefect", "clock"])
def test_an_answer_while_a_part_is_down_is_kept_and_the_run_goes_on(site: Site, name: str) -> None:
    run_id, row = asked(site)
    with away(site, name):
        site.answer(row)
    goes_on(site, run_id)


def test_a_page_opened_before_the_portal_was_restarted_can_still_be_sent(site: Site) -> None:
    run_id, row = asked(site)
    with Once(site.house.portal_url) as visitor:
        address, sent = visitor.form(site.link(row))
        with away(site, "portal"), pytest.raises(httpx.HTTPError):
            visitor.post(address, sent)
        assert visitor.post(address, sent).status_code == httpx.codes.SEE_OTHER
    goes_on(site, run_id)


def test_a_timer_that_was_due_while_clock_and_worker_were_down_fires_once(site: Site) -> None:
    run = site.request()
    site.quiet.add(run.id)
    site.waits(run.id)
    (first,) = site.asked(run.id, "verify")
    with away(site, "clock"), away(site, "worker"):
        with site.parts.store.read() as tx:
            due = tx.timers.next(run.id)
        assert due is not None
        eventually(site.parts.clock.now, lambda now: now > due, what="the next wave to be due")
    rows = eventually(
        lambda: site.asked(run.id, "verify"), lambda rows: len(rows) == 2, what="the second wave"
    )
    assert first in rows
    fired = [entry.event.timer for entry in site.journal(run.id) if isinstance(entry.event, TimerFired)]
    assert fired == ["verify#wave:1"]
    site.parts.steward.stand_down(run.id, "operator:test", "end of the test")
    assert site.ends(run.id).outcome == "stood_down"


def told(site: Site, run_id: str, message: str) -> set[str]:
    """The people whom a message has reached."""
    with site.parts.store.read() as tx:
        return {
            row.person
            for row in tx.deliveries.list(run_id)
            if row.step == message and row.state == "accepted"
        }


def test_a_run_cancelled_in_prefect_is_stood_down_and_those_who_were_told_are_told(site: Site) -> None:
    run_id, _ = asked(site)
    with site.parts.store.read() as tx:
        contacted = set(tx.requests.contacted(run_id))
    assert contacted == {"cf-a"}
    site.api.cancel(site.flow_run_id(run_id))
    assert site.ends(run_id).outcome == "stood_down"
    site.becomes(run_id, "CANCELLED")
    step = next(row.step for row in site.deliveries(run_id) if row.request is None)
    assert eventually(lambda: told(site, run_id, step), lambda people: people == contacted) == contacted
    assert [mail for mail in site.stage.mail.mails if "cf-a@example.org" in mail.recipients and mail.subject]
    with site.parts.store.read() as tx:
        assert tx.requests.list_open(run_id) == []


def test_a_run_cancelled_while_the_clock_is_down_is_stood_down_when_it_is_back(site: Site) -> None:
    run_id, _ = asked(site)
    with away(site, "clock"):
        site.api.cancel(site.flow_run_id(run_id))
        site.becomes(run_id, "CANCELLED")
        assert site.run(run_id).status == "active"
    assert site.ends(run_id).outcome == "stood_down"


def test_a_run_whose_flow_run_was_deleted_in_prefect_gets_another(site: Site) -> None:
    run_id, row = asked(site)
    first = site.flow_run_id(run_id)
    site.api.delete(first)
    eventually(lambda: site.flow_run_id(run_id), lambda now: now != first, what="another flow run")
    site.answer(row)
    goes_on(site, run_id)


def test_an_activation_while_prefect_is_down_starts_when_it_is_back(site: Site) -> None:
    with away(site, "prefect"):
        done = subprocess.run(
            [sys.executable, "-m", "konbit.cli", "activate", QUESTION, "--set", "country=HTI", "--json"],
            env=site.stack.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        begun = json.loads(done.stdout)
        assert begun["flow_run"] is None
        assert "does not answer" in begun["pending"]
        assert site.run(begun["run"]).status == "requested"
    site.waits(begun["run"], BACK)
    site.answer(site.asked(begun["run"], "verify")[0])
    goes_on(site, begun["run"])


def test_ctrl_c_and_sigterm_of_the_worker_lose_nothing_either(site: Site) -> None:
    run_id, row = asked(site)
    with away(site, "worker", signal.SIGTERM):
        site.answer(row)
    goes_on(site, run_id)
