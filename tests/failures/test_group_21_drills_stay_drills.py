"""Failure group 21: a drill with a public endpoint, by whatever way it got there; without a mark; with real credentials.

Each of the refusals is tried with the others out of its way.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from konbit.clock import SystemClock
from konbit.definition.base import Mode
from konbit.domain.delivery import Accepted, Delivery, Permanent, Quota, SendResult
from konbit.errors import UnsafeMessage
from konbit.notify import marking, retry
from konbit.notify.accounts import WebhookAccount, read_accounts
from konbit.notify.channels import ChannelAccount
from konbit.notify.dispatch import Dispatcher
from konbit.notify.message import Rendered, assert_marked
from konbit.notify.sender import AppriseAdapter
from konbit.notify.separation import MixedCredentials, require_separate
from konbit.notify.vault import Vault
from konbit.orchestrate.wiring import wire
from konbit.settings import Settings
from konbit.store.database import Store, StoreFailed
from konbit.store.outbox import SqlOutbox
from konbit.testing import databases
from konbit.testing.outbox import InMemoryOutbox
from tests import tables
from tests.contracts.cases import LEASE, NOW, WALL, a_planned, a_run
from tests.contracts.outbox import a_delivery

BANNER = marking.banner("en")


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.slow),
        pytest.param("postgresql", marks=[pytest.mark.slow, pytest.mark.postgres]),
    ]
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        found = Store(tables.sqlite_with_tables(tmp_path), durability="normal")
        yield found
        found.close()
        return
    if not databases.postgres_available():
        pytest.skip(f"{databases.POSTGRES} is not set")
    with tables.postgres_with_tables() as url:
        found = Store(url)
        yield found
        found.close()


def _drill(**changes: object) -> Delivery:
    marked = {
        "mode": "drill",
        "subject": marking.mark_subject("Call", "en", "drill"),
        "body": marking.mark_body("Can you act?", "en", "drill"),
    }
    return dataclasses.replace(a_delivery(), **{**marked, **changes})  # type: ignore[arg-type]  # checked at run time


def _sql(store: Store, statement: str, **values: object) -> None:
    with store.connect(write=True) as connection:
        connection.execute(sa.text(statement), values)


@pytest.mark.parametrize("audience", ["room", "public"])
def test_the_database_refuses_a_drill_to_a_room_or_to_the_public(store: Store, audience: str) -> None:
    a_run(store, mode="drill")
    with pytest.raises(StoreFailed), store.begin() as tx:
        tx.deliveries.plan([a_planned(mode="drill", audience=audience)], NOW)


def test_the_database_refuses_to_make_a_planned_drill_public_by_direct_sql(store: Store) -> None:
    a_run(store, mode="drill")
    with store.begin() as tx:
        tx.deliveries.plan([a_planned(mode="drill")], NOW)
    for statement in (
        "UPDATE deliveries SET audience = 'public'",
        "UPDATE deliveries SET mode = 'actual'",
        "UPDATE runs SET mode = 'actual'",
    ):
        with pytest.raises(StoreFailed):
            _sql(store, statement)


def test_no_statement_changes_the_mode_of_a_run_that_has_sent_nothing(store: Store) -> None:
    a_run(store, mode="drill")
    with pytest.raises(StoreFailed):
        _sql(store, "UPDATE runs SET mode = 'actual'")
    _sql(store, "UPDATE runs SET mode = 'drill', outcome = 'x'")
    with store.read() as tx:
        assert tx.runs.get("run-1").mode == "drill"


@pytest.mark.parametrize(
    "change",
    [
        "audience = 'public'",
        "audience = 'room'",
        "allow_drill = false",
        "address_hmac = 'of another address'",
    ],
)
def test_an_address_that_changed_after_planning_is_not_used_for_a_drill(store: Store, change: str) -> None:
    """By direct SQL on the directory, past everything that plans."""
    a_run(store, mode="drill")
    with store.begin() as tx:
        tx.deliveries.plan([a_planned(mode="drill")], NOW)
    outbox = SqlOutbox(store, retry.next_step)
    (held,) = outbox.claim("w", NOW, WALL, LEASE, [Quota("mail", 1)])
    assert outbox.unwanted([held.id], NOW) == {}
    _sql(store, f"UPDATE endpoints SET {change} WHERE person_id = 'p1'")
    why = "opted_out" if "address" in change else "not_private"
    assert outbox.unwanted([held.id], NOW) == {held.id: why}


def test_an_actual_message_to_a_room_is_still_sent(store: Store) -> None:
    a_run(store, mode="actual")
    with store.begin() as tx:
        tx.deliveries.plan([a_planned(audience="room")], NOW)
    _sql(store, "UPDATE endpoints SET audience = 'room'")
    outbox = SqlOutbox(store, retry.next_step)
    (held,) = outbox.claim("w", NOW, WALL, LEASE, [Quota("mail", 1)])
    assert (held.audience, outbox.unwanted([held.id], NOW)) == ("room", {})


class _Recording:
    """An adapter that sends nothing and remembers what it was given."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, account: ChannelAccount, delivery: Delivery) -> SendResult:
        self.sent.append(delivery.id)
        return Accepted()

    def abort(self, delivery_id: str, generation: int) -> None:
        """Nothing hangs here."""


def _mail(mode: Mode = "drill") -> dict[str, ChannelAccount]:
    return read_accounts(
        [
            {
                "name": "mail",
                "kind": "mail",
                "mode": mode,
                "host": "127.0.0.1",
                "secure": "none",
                "sender_address": "unit@example.org",
            }
        ]
    )


def _sent(delivery: Delivery, mode: Mode = "drill") -> tuple[list[str], str]:
    now = SystemClock().now()
    store, adapter = InMemoryOutbox(retry.next_step), _Recording()
    times = {"not_before": now, "expires_at": now + dt.timedelta(hours=1)}
    store.add(dataclasses.replace(delivery, **times))  # type: ignore[arg-type]  # two moments
    Dispatcher(store, _mail(mode), adapter, SystemClock(), owner="test").drain_once()
    return adapter.sent, store.row(delivery.id).reason


@pytest.mark.parametrize("audience", ["room", "public"])
def test_the_dispatcher_and_the_sender_each_refuse_a_drill_that_is_not_private(audience: str) -> None:
    delivery = _drill(audience=audience)
    assert _sent(delivery) == ([], "not_private")
    assert AppriseAdapter().send(_mail()["mail"], delivery) == Permanent("not_private")


def test_a_delivery_whose_audience_nobody_stated_counts_as_public() -> None:
    plain = {name: getattr(_drill(), name) for name in Delivery.__dataclass_fields__ if name != "audience"}
    assert _sent(Delivery(**plain)) == ([], "not_private")


def test_a_private_drill_with_its_marks_is_sent() -> None:
    assert _sent(_drill()) == (["d1"], "")


@pytest.mark.parametrize(
    "body", ["Can you act?", f"{BANNER}\n\nCan you act?", f"Can you act?\n\n{BANNER}", BANNER[1:]]
)
def test_a_drill_without_its_marks_does_not_leave(body: str) -> None:
    subject = marking.mark_subject("Call", "en", "drill")
    with pytest.raises(UnsafeMessage):
        assert_marked(Rendered(subject, body, "en", 0), "drill")
    assert _sent(_drill(body=body)) == ([], "wrong_marks")


def test_a_message_of_one_mode_does_not_leave_through_an_account_of_the_other() -> None:
    assert _sent(_drill(), "actual") == ([], "account_mode")


def _account(name: str, mode: str, secret: str) -> WebhookAccount:
    return WebhookAccount.model_validate({"name": name, "mode": mode, "headers": {"Authorization": secret}})


@pytest.mark.parametrize("mode", ["actual", "both"])
def test_a_drill_sender_that_was_given_an_actual_credential_cannot_start(tmp_path: Path, mode: str) -> None:
    channels = tmp_path / "channels.yaml"
    channels.write_text(
        "accounts:\n"
        f"  - {{name: hook-real, kind: webhook, mode: {mode}, headers: {{Authorization: env:REAL_KEY}}}}\n"
        "  - {name: hook-drill, kind: webhook, mode: drill}\n"
    )
    url = databases.sqlite_url(tmp_path)
    parts = wire(Settings(home=tmp_path, database_url=url, channels=channels, sends="drill"))
    with pytest.raises(MixedCredentials, match="hook-real") as refused:
        parts.dispatcher()
    assert "REAL_KEY" not in str(refused.value)
    parts.store.close()


def test_one_secret_under_two_names_is_refused_and_two_secrets_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("ONE", "canary-1"), ("TWO", "canary-2"), ("COPY", "canary-1")):
        monkeypatch.setenv(name, value)
    real, drill, copy = (
        _account("real", "actual", "env:ONE"),
        _account("drill", "drill", "env:TWO"),
        _account("drill", "drill", "env:COPY"),
    )
    require_separate({"real": real, "drill": drill}, "both", Vault().read)
    require_separate({"drill": drill}, "drill")
    for shared, read in ((_account("drill", "drill", "env:ONE"), None), (copy, Vault().read)):
        with pytest.raises(MixedCredentials, match="the same secret") as refused:
            require_separate({"real": real, "drill": shared}, "both", read)
        assert "canary" not in str(refused.value)
    require_separate({"real": real, "drill": _account("drill", "drill", "env:GONE")}, "both", Vault().read)
