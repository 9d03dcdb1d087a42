"""Requests and answers: every answer that reached us is kept, and the run hears of each once."""

import threading

import pytest
from pydantic import JsonValue

from konbit.domain.delivery import Accepted, DeliveryState, Quota
from konbit.domain.replies import Offer
from konbit.engine.events import Answered
from konbit.errors import InvalidToken
from konbit.notify import retry
from konbit.store.database import Store, StoreFailed
from konbit.store.outbox import SqlOutbox
from konbit.store.tables.requests import addressees
from tests.contracts.cases import LEASE, MINUTE, NOW, WALL, a_planned, a_request, a_run


def _asked(store: Store, person: str = "p1") -> int:
    a_run(store)
    with store.begin() as tx:
        tx.runs.started("run-1", NOW)
        tx.requests.open("run-1", a_request())
        return tx.requests.ask("run-1", "call", person, 0, NOW, {"places": "Les Cayes"})


def test_a_request_is_opened_once_and_closed_once(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        assert tx.requests.open("run-1", a_request())
        assert not tx.requests.open("run-1", a_request())
        request = tx.requests.get("run-1", "call")
        assert request is not None
        opened = a_request()
        assert (request.slots, request.options, request.title) == (opened.slots, opened.options, opened.title)
        assert (request.opened_at, request.closes_at, request.closed_at) == (NOW, NOW + 60 * MINUTE, None)
        assert tx.requests.list_open("run-1") == [request]
        tx.requests.close("run-1", "call", "enough", NOW + MINUTE)
        tx.requests.close("run-1", "call", "time", NOW + 2 * MINUTE)
        closed = tx.requests.get("run-1", "call")
        assert closed is not None
        assert (closed.closed_at, closed.close_reason) == (NOW + MINUTE, "enough")
        assert tx.requests.list_open("run-1") == []
        assert tx.requests.get("run-1", "other") is None


def test_who_is_asked_again_keeps_the_row_that_their_first_link_names(store: Store) -> None:
    row = _asked(store)
    with store.begin() as tx:
        assert tx.requests.ask("run-1", "call", "p1", 2, NOW + MINUTE, {"places": "Jacmel"}) == row
        other = tx.requests.ask("run-1", "call", "p2", 1, NOW)
        assert 0 <= other < 2**63
        assert [(asked.row_id, asked.person, asked.wave) for asked in tx.requests.asked("run-1", "call")] == [
            (row, "p1", 0),
            (other, "p2", 1),
        ]


def test_a_row_holds_all_that_the_answer_page_needs(store: Store) -> None:
    row = _asked(store)
    with store.read() as tx:
        page = tx.requests.addressee(row)
        assert page.digest == tx.runs.get("run-1").digest
    assert (page.run_id, page.flowchart, page.run_status, page.run_outcome) == (
        "run-1",
        "response/call",
        "active",
        None,
    )
    assert (page.mode, page.country, page.parameters["areas"]) == ("actual", "HTI", ["HT07"])
    assert (page.request, page.step, page.form, page.options) == (
        "call",
        "call",
        "availability",
        ("yes", "no"),
    )
    assert (page.question, page.values, page.title) == (
        "activation_call",
        {"places": "Les Cayes"},
        {"en": "Can you act?"},
    )
    assert (page.person, page.name, page.languages, page.zone) == (
        "p1",
        "Role Holder p1",
        ("ht", "fr"),
        "America/New_York",
    )
    assert (page.wave, page.asked_at, page.closes_at, page.closed_at, page.latest) == (
        0,
        NOW,
        NOW + 60 * MINUTE,
        None,
        None,
    )
    assert "Role Holder" not in repr(page)


def test_a_row_that_does_not_exist_is_no_valid_link(store: Store) -> None:
    with store.begin() as tx:
        with pytest.raises(InvalidToken):
            tx.requests.addressee(7)
        with pytest.raises(InvalidToken):
            tx.accept_answer(7, "accept", {}, "link", NOW, "n1")


def test_an_answer_is_kept_and_handed_to_the_run_at_once(store: Store) -> None:
    row = _asked(store)
    data: dict[str, JsonValue] = {"note": "Wi, m ap vini\0 \U0001f30d", "people": 3}
    with store.begin() as tx:
        assert tx.accept_answer(row, "accept", data, "link", NOW + MINUTE, "n1") == "stored"
    with store.read() as tx:
        (item,) = tx.inbox.pending("run-1")
        assert item.event == Answered(
            at=NOW + MINUTE,
            actor="p1",
            request="call",
            person="p1",
            verdict="accept",
            data=data,
            channel="link",
        )
        (answer,) = tx.answers.list("run-1")
        assert (answer.person, answer.request, answer.data, answer.late) == ("p1", "call", data, False)
        assert (answer.actor, answer.received_at, answer.row_id) == ("p1", NOW + MINUTE, row)
        assert tx.requests.addressee(row).latest == answer
        assert tx.answers.list("run-1", "other") == []


def test_an_operator_who_answers_for_somebody_is_named_as_the_actor(store: Store) -> None:
    row = _asked(store)
    with store.begin() as tx:
        tx.accept_answer(row, "decline", {}, "phone", NOW, "n1", actor="operator:night-shift")
        (item,) = tx.inbox.pending("run-1")
        assert isinstance(item.event, Answered)
        assert (item.event.actor, item.event.person) == ("operator:night-shift", "p1")


def test_a_page_sent_twice_counts_once_and_another_page_counts_again(store: Store) -> None:
    row = _asked(store)
    with store.begin() as tx:
        assert tx.accept_answer(row, "accept", {}, "link", NOW, "n1") == "stored"
    with store.begin() as tx:
        assert tx.accept_answer(row, "decline", {}, "link", NOW + MINUTE, "n1") == "repeated"
        assert tx.accept_answer(row, "decline", {}, "link", NOW + MINUTE, "n2") == "stored"
        assert [answer.verdict for answer in tx.answers.list("run-1")] == ["accept", "decline"]
        assert len(tx.inbox.pending("run-1")) == 2


def test_a_page_sent_twice_at_once_counts_once(store: Store) -> None:
    row = _asked(store)
    ready = threading.Barrier(2)
    got: list[str] = []

    def send() -> None:
        ready.wait(10)
        with store.begin() as tx:
            got.append(tx.accept_answer(row, "accept", {}, "link", NOW, "n1"))

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(got) == ["repeated", "stored"]


def test_an_answer_to_a_run_that_has_ended_is_kept_as_late_and_moves_nothing(store: Store) -> None:
    row = _asked(store)
    with store.begin() as tx:
        tx.runs.ended("run-1", "covered", {}, NOW)
    with store.begin() as tx:
        assert tx.accept_answer(row, "accept", {"note": "late"}, "link", NOW + MINUTE, "n1") == "late"
        assert tx.accept_answer(row, "accept", {"note": "late"}, "link", NOW + MINUTE, "n1") == "repeated"
        assert tx.inbox.pending("run-1") == []
        assert [(answer.late, answer.data) for answer in tx.answers.list("run-1")] == [
            (True, {"note": "late"})
        ]


def test_an_answer_to_a_closed_request_is_late_and_the_run_still_learns_of_it(store: Store) -> None:
    row = _asked(store)
    with store.begin() as tx:
        tx.requests.close("run-1", "call", "enough", NOW)
        assert tx.accept_answer(row, "accept", {}, "link", NOW + MINUTE, "n1") == "late"
        assert len(tx.inbox.pending("run-1")) == 1
        assert tx.answers.list("run-1")[0].late


def test_a_run_that_ends_while_an_answer_comes_either_takes_it_or_calls_it_late(store: Store) -> None:
    row = _asked(store)
    ready = threading.Barrier(2)
    got: list[str] = []

    def answer() -> None:
        ready.wait(10)
        with store.begin() as tx:
            got.append(tx.accept_answer(row, "accept", {}, "link", NOW, "n1"))

    def end() -> None:
        ready.wait(10)
        with store.begin() as tx:
            got.append(f"seen:{len(tx.inbox.pending('run-1'))}")
            tx.runs.ended("run-1", "done", {}, NOW)

    threads = [threading.Thread(target=answer), threading.Thread(target=end)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with store.read() as tx:
        (kept,) = tx.answers.list("run-1")
        assert kept.late == ("late" in got)
        assert len(tx.inbox.pending("run-1")) == (0 if kept.late else 1)


def test_an_answer_takes_back_what_was_still_to_be_sent_to_that_person(store: Store) -> None:
    row = _asked(store)
    with store.begin() as tx:
        planned = [a_planned(f"d-{person}", person=person, request="call") for person in ("p1", "p2")]
        tx.deliveries.plan(planned, NOW)
        tx.accept_answer(row, "accept", {}, "link", NOW, "n1")
        states = {delivery.person: delivery.state for delivery in tx.deliveries.list("run-1")}
    assert states == {"p1": DeliveryState.CANCELLED, "p2": DeliveryState.PLANNED}


def test_everyone_contacted_is_whom_the_run_asked_or_told(store: Store) -> None:
    _asked(store)
    with store.begin() as tx:
        assert tx.requests.contacted("run-1") == ["p1"]
        tx.deliveries.plan([a_planned("d2", person="p2"), a_planned("d3", person="p3", request=None)], NOW)
        assert tx.requests.contacted("run-1") == ["p1", "p2", "p3"], "what is planned will leave"
        tx.deliveries.cancel_for_run("run-1", NOW)
        assert tx.requests.contacted("run-1") == ["p1"], "what was taken back did not"


def test_everyone_contacted_includes_those_of_the_runs_that_a_run_started(store: Store) -> None:
    _asked(store)
    a_run(store, "child", parent_run="run-1", parent_key="c")
    a_run(store, "grandchild", parent_run="child", parent_key="c")
    with store.begin() as tx:
        tx.requests.open("grandchild", a_request())
        tx.requests.ask("grandchild", "call", "p3", 0, NOW)
        assert tx.requests.contacted("run-1") == ["p1", "p3"]
        assert tx.requests.contacted("child") == ["p3"]


def test_a_request_cannot_be_put_to_somebody_unknown(store: Store) -> None:
    _asked(store)
    with pytest.raises(StoreFailed), store.begin() as tx:
        tx.requests.ask("run-1", "call", "nobody", 0, NOW)
    with store.connect(write=False) as connection:
        assert len(connection.execute(addressees.select()).all()) == 1


def test_the_number_in_somebodys_links_is_changed_and_everything_goes_along(store: Store) -> None:
    old = _asked(store)
    offers = (Offer(1, "accept"), Offer(2, "decline"))
    with store.begin() as tx:
        code = tx.reply_codes.give(old, "p1", offers)
        assert tx.accept_answer(old, "decline", {"note": "x"}, "link", NOW, "n1") == "stored"
        tx.deliveries.plan([a_planned("d1", request="call", body="see /a/old")], NOW)
    with store.begin() as tx:
        renewed = tx.links.renew("run-1", "call", "p1")
        assert renewed is not None
        assert tx.links.rewrite("run-1", "call", "p1", lambda body: body.replace("old", "new")) == 1
        assert tx.links.renew("run-1", "call", "nobody") is None
    assert renewed[0] == old
    with store.read() as tx:
        with pytest.raises(InvalidToken):
            tx.requests.addressee(old)
        latest = tx.requests.addressee(renewed[1]).latest
        assert latest is not None
        assert (latest.verdict, latest.data) == ("decline", {"note": "x"})
        assert [one.code for one in tx.replies.questions(["p1"], NOW)] == [code]
    with store.begin() as tx:
        assert tx.requests.ask("run-1", "call", "p1", 0, NOW) == renewed[1]
        assert tx.accept_answer(renewed[1], "decline", {}, "link", NOW, "n1") == "repeated"


def test_a_complaint_stops_the_address_and_is_told_once(store: Store) -> None:
    row = _asked(store)
    with store.begin() as tx:
        tx.reply_codes.give(row, "p1", (Offer(1, "accept"),))
        tx.deliveries.plan([a_planned("d1", request="call"), a_planned("d2", reference="ZZZZ")], NOW)
    outbox = SqlOutbox(store, retry.next_step)
    held = outbox.claim("w", NOW, WALL, LEASE, [Quota("mail", 1)])
    outbox.record([retry.next_step(one, Accepted(), NOW) for one in held], NOW, WALL)
    for _ in range(2):
        with store.begin() as tx:
            tx.complaints.of_message("gateway", "7", held[0].id, NOW + MINUTE)
    with store.read() as tx:
        assert [one.state for one in tx.directory.endpoints_of(["p1"]) if one.kind == "mail"] == ["stopped"]
        assert [item.event.kind for item in tx.inbox.pending("run-1")] == ["unreachable"]
        assert [(fault.subject, fault.count) for fault in tx.watch.complaints(NOW)] == [("mail", 1)]
        waiting = [one for one in tx.deliveries.list("run-1") if one.not_before is not None]
        assert waiting == []
