"""The contract of an outbox, to be run by every implementation.

Subclass `OutboxContract` in a test module and give it a fixture `outbox` that yields an empty `OutboxBench`.
"""

import dataclasses
import datetime as dt
import threading
from typing import Protocol

from konbit.domain.delivery import (
    Accepted,
    Delivery,
    DeliveryState,
    Drop,
    Hold,
    Outcome,
    Permanent,
    Quota,
    Refused,
    Stopped,
    Temporary,
    Throttled,
    Unknown,
)
from konbit.domain.pace import Pace
from konbit.domain.quiet_hours import QuietHours, Rest
from konbit.notify import retry
from konbit.notify.outbox import OutboxStore

NOW = dt.datetime(2026, 3, 2, 14, 0, tzinfo=dt.UTC)
# Deliberately far from run time: leases must not be judged by it, nor deadlines by this.
WALL = dt.datetime(2026, 9, 9, 9, 0, tzinfo=dt.UTC)
LEASE = dt.timedelta(seconds=90)
MINUTE = dt.timedelta(minutes=1)
ACCOUNTS = ("mail", "hooks", "sms")


@dataclasses.dataclass(frozen=True)
class Seen:
    """What a test looks at in a row."""

    state: DeliveryState
    not_before: dt.datetime | None
    reason: str
    attempts: int
    unknowns: int


class OutboxBench(Protocol):
    """A store with what the contract needs around it."""

    @property
    def store(self) -> OutboxStore:
        """The store under test."""
        ...

    def add(self, delivery: Delivery) -> None:
        """Plans a delivery."""
        ...

    def withdraw(self, delivery_id: str, drop: Drop) -> None:
        """Takes a delivery out, as an answer, a cancellation or an opt-out does."""
        ...

    def rest(self, person: str, rest: Rest) -> None:
        """From now on the person wants to rest like this."""
        ...

    def look(self, delivery_id: str) -> Seen:
        """The row as it is."""
        ...


def a_delivery(delivery_id: str = "d1", **changes: object) -> Delivery:
    """A delivery of an actual run that is due at `NOW` and expires in an hour."""
    plain = Delivery(
        id=delivery_id,
        run_id="run-1",
        mode="actual",
        person_id="p1",
        endpoint_id="e1",
        channel="mail",
        account="mail",
        address="focal.point@example.org",
        subject="[ACTUAL] Call",
        body="Can you act?",
        language="en",
        lane="urgent",
        not_before=NOW,
        expires_at=NOW + 60 * MINUTE,
        reference="K7Q2",
        audience="private",
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]  # names are checked at run time


def claim(
    bench: OutboxBench,
    *,
    now: dt.datetime = NOW,
    wall: dt.datetime = WALL,
    limit: int = 10,
    accounts: list[str] | None = None,
) -> list[Delivery]:
    """Claims as `worker-1`."""
    names = ACCOUNTS if accounts is None else accounts
    return bench.store.claim("worker-1", now, wall, LEASE, [Quota(name, limit) for name in names])


class OutboxContract:
    """Rules that hold for every outbox."""

    def test_a_delivery_is_claimed_when_its_time_has_come_and_not_before(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery(not_before=NOW + MINUTE))
        assert claim(outbox, now=NOW + MINUTE - dt.timedelta(seconds=1)) == []
        assert [row.id for row in claim(outbox, now=NOW + MINUTE)] == ["d1"]

    def test_a_claimed_delivery_comes_whole_with_attempt_and_generation_raised(
        self, outbox: OutboxBench
    ) -> None:
        planned = a_delivery(request_id="q1")
        outbox.add(planned)
        assert claim(outbox) == [dataclasses.replace(planned, attempts=1, generation=planned.generation + 1)]
        assert outbox.look("d1").state is DeliveryState.SENDING

    def test_a_claimed_delivery_is_not_claimed_again(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery())
        assert len(claim(outbox)) == 1
        assert claim(outbox, now=NOW + 30 * MINUTE, wall=WALL + LEASE / 2) == []

    def test_two_workers_at_once_share_the_rows_without_overlap(self, outbox: OutboxBench) -> None:
        for number in range(40):
            outbox.add(a_delivery(f"d{number}"))
        got: list[list[str]] = [[], []]

        def work(mine: list[str]) -> None:
            while rows := outbox.store.claim(f"worker-{id(mine)}", NOW, WALL, LEASE, [Quota("mail", 3)]):
                mine.extend(row.id for row in rows)

        threads = [threading.Thread(target=work, args=(mine,)) for mine in got]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(got[0] + got[1]) == sorted(f"d{number}" for number in range(40))

    def test_urgent_comes_before_bulk_and_the_longest_due_first(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery("bulk-old", lane="bulk", not_before=NOW - 20 * MINUTE))
        outbox.add(a_delivery("urgent-new", not_before=NOW - MINUTE))
        outbox.add(a_delivery("urgent-old", not_before=NOW - 10 * MINUTE))
        assert [row.id for row in claim(outbox, limit=2)] == ["urgent-old", "urgent-new"]
        assert [row.id for row in claim(outbox)] == ["bulk-old"]

    def test_only_rows_of_the_named_accounts_are_claimed(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery("a", account="mail"))
        outbox.add(a_delivery("b", account="hooks"))
        assert [row.id for row in claim(outbox, accounts=["hooks"])] == ["b"]
        assert claim(outbox, accounts=[]) == []
        assert [row.id for row in claim(outbox)] == ["a"]

    def test_an_expired_delivery_is_never_claimed_and_is_swept(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery(expires_at=NOW + MINUTE))
        assert claim(outbox, now=NOW + MINUTE) == []
        assert outbox.store.sweep(NOW + MINUTE, WALL) == 1
        assert outbox.look("d1").state is DeliveryState.EXPIRED
        assert outbox.look("d1").not_before is None
        assert outbox.store.sweep(NOW + MINUTE, WALL) == 0

    def test_an_accepted_delivery_is_settled(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery())
        (row,) = claim(outbox)
        assert outbox.store.record([retry.next_step(row, Accepted(), NOW)], NOW, WALL) == 1
        assert outbox.look("d1") == Seen(DeliveryState.ACCEPTED, None, "", 1, 0)
        assert claim(outbox, now=NOW + 59 * MINUTE) == []
        assert dict(outbox.store.counts()) == {DeliveryState.ACCEPTED: 1}

    def test_a_permanent_refusal_is_settled_with_its_reason(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery())
        (row,) = claim(outbox)
        outbox.store.record([retry.next_step(row, Permanent("invalid_address"), NOW)], NOW, WALL)
        assert outbox.look("d1") == Seen(DeliveryState.FAILED, None, "invalid_address", 1, 0)

    def test_a_temporary_failure_comes_back_after_its_wait(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery(mode="drill"))
        (row,) = claim(outbox)
        outcome = retry.next_step(row, Temporary("unreachable"), NOW)
        outbox.store.record([outcome], NOW, WALL)
        assert outcome.not_before is not None
        assert outbox.look("d1").state is DeliveryState.DUE
        assert claim(outbox, now=outcome.not_before - dt.timedelta(seconds=1)) == []
        (again,) = claim(outbox, now=outcome.not_before)
        assert again.attempts == 2
        assert again.generation > row.generation

    def test_of_a_batch_only_the_current_generation_is_written(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery("a"))
        outbox.add(a_delivery("b"))
        rows = {row.id: row for row in claim(outbox)}
        stale = dataclasses.replace(rows["a"], generation=rows["a"].generation - 1)
        outcomes = [retry.next_step(row, Accepted(), NOW) for row in (stale, rows["b"])]
        assert outbox.store.record(outcomes, NOW, WALL) == 1
        assert outbox.look("a").state is DeliveryState.SENDING
        assert outbox.look("b").state is DeliveryState.ACCEPTED
        assert outbox.store.record(outcomes, NOW, WALL) == 0

    def test_an_unknown_of_an_actual_run_is_sent_twice_and_no_more(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery())
        (row,) = claim(outbox)
        outcome = retry.next_step(row, Unknown("not_confirmed"), NOW)
        outbox.store.record([outcome], NOW, WALL)
        assert outbox.look("d1").state is DeliveryState.UNKNOWN
        (second,) = claim(outbox, now=NOW + 2 * MINUTE)
        assert second.unknowns == 1
        outbox.store.record(
            [retry.next_step(second, Unknown("not_confirmed"), NOW + 2 * MINUTE)], NOW + 2 * MINUTE, WALL
        )
        assert outbox.look("d1") == Seen(DeliveryState.UNKNOWN, None, "not_confirmed", 2, 2)
        assert claim(outbox, now=NOW + 59 * MINUTE) == []

    def test_an_unknown_of_a_drill_is_never_sent_again(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery(mode="drill"))
        (row,) = claim(outbox)
        outbox.store.record([retry.next_step(row, Unknown("not_confirmed"), NOW)], NOW, WALL)
        assert outbox.look("d1").state is DeliveryState.UNKNOWN
        assert claim(outbox, now=NOW + 59 * MINUTE) == []

    def test_a_worker_that_died_leaves_unknown_and_writes_no_more(self, outbox: OutboxBench) -> None:
        """Between the provider's acceptance and our record: the row says unknown, and says it first."""
        outbox.add(a_delivery())
        (row,) = claim(outbox)
        assert outbox.store.sweep(NOW, WALL + LEASE - dt.timedelta(seconds=1)) == 0
        assert outbox.store.sweep(NOW, WALL + LEASE) == 1
        seen = outbox.look("d1")
        assert (seen.state, seen.reason, seen.unknowns) == (DeliveryState.UNKNOWN, "lease_expired", 1)
        assert outbox.store.record([retry.next_step(row, Accepted(), NOW)], NOW, WALL) == 0
        (second,) = claim(outbox, now=NOW + 2 * MINUTE, wall=WALL + LEASE)
        assert outbox.store.record([retry.next_step(row, Accepted(), NOW)], NOW, WALL) == 0
        assert outbox.store.record([retry.next_step(second, Accepted(), NOW)], NOW, WALL) == 1

    def test_a_drill_whose_worker_died_is_not_sent_again(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery(mode="drill"))
        claim(outbox)
        outbox.store.sweep(NOW, WALL + LEASE)
        assert outbox.look("d1").state is DeliveryState.UNKNOWN
        assert claim(outbox, now=NOW + 59 * MINUTE, wall=WALL + 2 * LEASE) == []

    def test_leases_live_in_wall_time_only(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery())
        claim(outbox)
        assert outbox.store.sweep(NOW + 30 * MINUTE, WALL) == 0
        assert outbox.look("d1").state is DeliveryState.SENDING

    def test_an_unknown_past_its_expiry_gets_no_second_copy(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery())
        (row,) = claim(outbox)
        outbox.store.record([retry.next_step(row, Unknown("not_confirmed"), NOW)], NOW, WALL)
        outbox.store.sweep(NOW + 60 * MINUTE, WALL)
        seen = outbox.look("d1")
        assert (seen.state, seen.not_before) == (DeliveryState.UNKNOWN, None)

    def test_what_waits_is_taken_out_at_once(self, outbox: OutboxBench) -> None:
        drops: dict[str, Drop] = {"a": "answered", "b": "cancelled", "c": "opted_out"}
        for delivery_id, drop in drops.items():
            outbox.add(a_delivery(delivery_id))
            outbox.withdraw(delivery_id, drop)
        assert claim(outbox) == []
        assert outbox.look("a").state is DeliveryState.CANCELLED
        assert outbox.look("b").state is DeliveryState.CANCELLED
        assert outbox.look("c").state is DeliveryState.SUPPRESSED

    def test_what_is_claimed_is_checked_again_before_it_is_sent(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery())
        (row,) = claim(outbox)
        assert outbox.store.unwanted(["d1"], NOW) == {}
        assert outbox.store.unwanted(["d1"], NOW + 60 * MINUTE) == {"d1": "expired"}
        outbox.withdraw("d1", "answered")
        assert outbox.store.unwanted(["d1"], NOW) == {"d1": "answered"}
        assert outbox.store.record([retry.dropped(row, "answered")], NOW, WALL) == 1
        assert outbox.look("d1") == Seen(DeliveryState.CANCELLED, None, "answered", 0, 0)

    def test_what_would_disturb_is_put_off_at_no_cost_and_asked_again_then(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery(mode="drill"))
        until = NOW + 20 * MINUTE
        outbox.rest("p1", Rest(do_not_disturb_until=until))
        (row,) = claim(outbox)
        hold = outbox.store.unwanted(["d1"], NOW)["d1"]
        assert hold == Hold(until, "do_not_disturb")
        assert outbox.store.record([retry.held(row, Hold(until, "do_not_disturb"))], NOW, WALL) == 1
        assert outbox.look("d1") == Seen(DeliveryState.DUE, until, "do_not_disturb", 0, 0)
        assert claim(outbox, now=until - MINUTE) == []
        assert [one.id for one in claim(outbox, now=until)] == ["d1"]
        assert outbox.store.unwanted(["d1"], until) == {}

    def test_whoever_sleeps_until_it_is_too_late_is_left_out(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery(mode="drill"))
        outbox.rest("p1", Rest(quiet=QuietHours.parse("13:00-22:00")))
        claim(outbox)
        assert outbox.store.unwanted(["d1"], NOW) == {"d1": "asleep"}

    def test_urgency_decides_who_is_disturbed(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery("advisory", urgency="advisory"))
        outbox.add(a_delivery("silent"))
        outbox.add(a_delivery("loud", channel="sms"))
        outbox.add(a_delivery("last", channel="sms", last=True))
        outbox.add(a_delivery("life", channel="sms", urgency="life_safety"))
        outbox.rest("p1", Rest(quiet=QuietHours.parse("13:00-14:30")))
        names = [row.id for row in claim(outbox)]
        morning = Hold(NOW + 30 * MINUTE, "quiet_hours")
        assert outbox.store.unwanted(names, NOW) == {"advisory": morning, "loud": morning}

    def test_an_answer_during_the_send_cancels_the_second_copy(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery())
        (row,) = claim(outbox)
        outbox.withdraw("d1", "answered")
        outbox.store.record([retry.next_step(row, Unknown("not_confirmed"), NOW)], NOW, WALL)
        assert claim(outbox, now=NOW + 59 * MINUTE) == []

    def test_an_answer_during_an_attempt_from_which_nothing_left_settles_it(
        self, outbox: OutboxBench
    ) -> None:
        outbox.add(a_delivery())
        (row,) = claim(outbox)
        outbox.withdraw("d1", "answered")
        outbox.store.record([retry.next_step(row, Temporary("unreachable"), NOW)], NOW, WALL)
        assert outbox.look("d1") == Seen(DeliveryState.CANCELLED, None, "answered", 1, 0)

    def test_a_settled_delivery_is_not_reopened(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery())
        (row,) = claim(outbox)
        outbox.store.record([retry.next_step(row, Accepted(), NOW)], NOW, WALL)
        outbox.withdraw("d1", "cancelled")
        late = Outcome("d1", row.generation, DeliveryState.DUE, NOW, "late", 0)
        assert outbox.store.record([late], NOW, WALL) == 0
        assert outbox.look("d1").state is DeliveryState.ACCEPTED

    def test_a_rung_that_fails_for_certain_makes_the_next_one_due_at_once(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery("a", ladder="L"))
        outbox.add(a_delivery("b", ladder="L", rung=1, account="hooks", not_before=NOW + 3 * MINUTE))
        outbox.add(a_delivery("c", ladder="L", rung=2, account="sms", not_before=NOW + 6 * MINUTE))
        (row,) = claim(outbox)
        outbox.store.record([retry.next_step(row, Permanent("gone"), NOW)], NOW, WALL)
        (second,) = claim(outbox)
        assert second.id == "b"
        outbox.store.record([retry.next_step(second, Stopped("opted_out"), NOW)], NOW, WALL)
        assert outbox.look("b").state is DeliveryState.SUPPRESSED
        assert [one.id for one in claim(outbox)] == ["c"]

    def test_a_standby_goes_out_only_if_the_first_fails(self, outbox: OutboxBench) -> None:
        for ladder in ("L", "M"):
            outbox.add(a_delivery(f"{ladder}0", ladder=ladder))
            outbox.add(a_delivery(f"{ladder}1", ladder=ladder, rung=1, account="hooks", standby=True))
        rows = {row.id: row for row in claim(outbox)}
        assert sorted(rows) == ["L0", "M0"]
        results = [
            retry.next_step(rows["L0"], Accepted(), NOW),
            retry.next_step(rows["M0"], Unknown("x"), NOW),
        ]
        outbox.store.record(results, NOW, WALL)
        assert outbox.look("L1") == Seen(DeliveryState.CANCELLED, None, "not_needed", 0, 0)
        assert [row.id for row in claim(outbox)] == ["M1"]

    def test_an_opt_out_while_queued_lets_the_standby_go(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery("a", ladder="L", not_before=NOW + MINUTE))
        outbox.add(a_delivery("b", ladder="L", rung=1, account="hooks", standby=True))
        outbox.withdraw("a", "opted_out")
        assert [row.id for row in claim(outbox)] == ["b"]

    def test_a_rate_lets_so_many_leave_and_keeps_a_part_for_the_urgent(self, outbox: OutboxBench) -> None:
        for number in range(20):
            outbox.add(a_delivery(f"b{number:02}", lane="bulk"))
        quota = Quota("mail", 50, Pace(per_second=1.0, burst=10.0))
        assert len(outbox.store.claim("w", NOW, WALL, LEASE, [quota])) == 7
        outbox.add(a_delivery("u"))
        assert [row.id for row in outbox.store.claim("w", NOW, WALL, LEASE, [quota])] == ["u"]
        second = dt.timedelta(seconds=1)
        assert outbox.store.claim("w", NOW, WALL + second, LEASE, [quota]) == []
        assert len(outbox.store.claim("w", NOW, WALL + 60 * second, LEASE, [quota])) == 7

    def test_an_sms_of_three_segments_takes_three_of_its_rate(self, outbox: OutboxBench) -> None:
        for number in range(4):
            outbox.add(a_delivery(f"d{number}", cost=3))
        quota = Quota("mail", 50, Pace(per_second=2.0, burst=6.0))
        assert len(outbox.store.claim("w", NOW, WALL, LEASE, [quota])) == 2
        assert len(outbox.store.claim("w", NOW, WALL + dt.timedelta(seconds=2), LEASE, [quota])) == 1

    def test_two_messages_to_one_person_keep_their_distance(self, outbox: OutboxBench) -> None:
        outbox.add(a_delivery("a"))
        outbox.add(a_delivery("b"))
        outbox.add(a_delivery("other", person_id="p2", address="p2@example.org"))
        quota = Quota("mail", 50, Pace(gap_seconds=60.0))
        rows = outbox.store.claim("w", NOW, WALL, LEASE, [quota])
        assert [row.id for row in rows] == ["a", "other"]
        assert outbox.store.claim("w", NOW, WALL + dt.timedelta(seconds=59), LEASE, [quota]) == []
        later = outbox.store.claim("w", NOW, WALL + dt.timedelta(seconds=61), LEASE, [quota])
        assert [row.id for row in later] == ["b"]

    def test_a_person_gets_so_many_drills_in_a_day_and_the_rest_is_suppressed(
        self, outbox: OutboxBench
    ) -> None:
        for number in range(3):
            outbox.add(
                a_delivery(f"d{number}", mode="drill", run_id="run-2", not_before=NOW - MINUTE * number)
            )
        quota = Quota("mail", 1, Pace(drills_per_day=2))
        sent = [row.id for _ in range(4) for row in outbox.store.claim("w", NOW, WALL, LEASE, [quota])]
        assert sent == ["d2", "d1"]
        assert outbox.look("d0") == Seen(DeliveryState.SUPPRESSED, None, "daily_cap", 0, 0)

    def test_runs_take_turns_so_that_a_small_one_need_not_wait_for_a_large_one(
        self, outbox: OutboxBench
    ) -> None:
        for number in range(8):
            outbox.add(a_delivery(f"l{number}", run_id="large", not_before=NOW - 10 * MINUTE))
        outbox.add(a_delivery("s0", run_id="small"))
        rows = claim(outbox, limit=4)
        assert "s0" in [row.id for row in rows]
        assert len(rows) == 4

    def test_failures_in_a_row_open_the_circuit_and_one_message_looks_later(
        self, outbox: OutboxBench
    ) -> None:
        for number in range(8):
            outbox.add(a_delivery(f"d{number}"))
        rows = claim(outbox, limit=5)
        outbox.store.record([retry.next_step(row, Unknown("dropped"), NOW) for row in rows], NOW, WALL)
        assert claim(outbox) == []
        assert claim(outbox, wall=WALL + dt.timedelta(seconds=59)) == []
        later = WALL + dt.timedelta(seconds=61)
        (probe,) = claim(outbox, wall=later)
        assert claim(outbox, wall=later) == []
        outbox.store.record([retry.next_step(probe, Accepted(), NOW)], NOW, later)
        assert len(claim(outbox, wall=later)) == 2

    def test_an_account_that_is_refused_is_left_alone_and_what_waits_goes_another_way(
        self, outbox: OutboxBench
    ) -> None:
        for person in ("p1", "p2"):
            mine = {"person_id": person, "address": f"{person}@example.org", "ladder": person}
            outbox.add(a_delivery(f"{person}a", **mine))
            hook = {**mine, "account": "hooks", "rung": 1, "not_before": NOW + 9 * MINUTE}
            outbox.add(a_delivery(f"{person}b", **hook))
        (row,) = claim(outbox, limit=1)
        outbox.store.record([retry.next_step(row, Refused("http_401"), NOW)], NOW, WALL)
        assert sorted(one.id for one in claim(outbox)) == ["p1b", "p2b"]
        seen = outbox.look(row.id)
        assert (seen.state, seen.attempts) == (DeliveryState.DUE, 0)

    def test_a_provider_that_asks_to_wait_is_left_alone_and_no_attempt_is_lost(
        self, outbox: OutboxBench
    ) -> None:
        for number in range(3):
            outbox.add(a_delivery(f"d{number}"))
        (row,) = claim(outbox, limit=1)
        outcome = retry.next_step(row, Throttled("rate", dt.timedelta(seconds=30)), NOW)
        outbox.store.record([outcome], NOW, WALL)
        assert claim(outbox, wall=WALL + dt.timedelta(seconds=29)) == []
        rows = claim(outbox, now=NOW + MINUTE, wall=WALL + dt.timedelta(seconds=31))
        assert {one.id: one.attempts for one in rows} == {"d0": 1, "d1": 1, "d2": 1}
