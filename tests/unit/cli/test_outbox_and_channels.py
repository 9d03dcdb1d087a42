"""`konbit preflight`, `konbit outbox` and `konbit channels`."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from konbit.domain.delivery import Permanent, Quota, Refused, Unknown
from konbit.notify import retry
from konbit.orchestrate.sending import Outbox
from konbit.orchestrate.wiring import Wiring
from konbit.testing.providers import TelegramLike
from tests.unit.cli.conftest import PARAMETERS, Call, one_line_error

pytestmark = pytest.mark.slow
TOKEN = "123456789:abcdefghijklmnopqrstuvwxyz_ABCDEFGH"
LEASE = dt.timedelta(minutes=1)


def test_preflight_says_whom_how_and_how_long_and_starts_nothing(call: Call, parts: Wiring) -> None:
    done = call("preflight", "response/activation", *PARAMETERS, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    (mail,) = found["loads"]
    assert (mail["account"], mail["channel"]) == ("mail", "mail")
    assert found["people"] == mail["people"] + len(found["unreachable"])
    assert mail["units"] == mail["people"] <= mail["at_most"]
    with parts.store.read() as tx:
        assert tx.runs.list(None, 10) == []
    shown = call("preflight", "response/activation", *PARAMETERS).stdout
    assert shown.startswith(f"{found['people']} people; one message to each takes under a minute")


def test_preflight_adds_up_what_it_costs_where_an_account_has_a_price(call: Call, furnished: Path) -> None:
    def found() -> Any:
        return json.loads(call("preflight", "response/activation", *PARAMETERS, "--json").stdout)

    assert found()["cost"] is None
    channels = (furnished / "channels.yaml").read_text()
    (furnished / "channels.yaml").write_text(channels.replace("kind: mail,", "kind: mail, price: 0.25,"))
    priced = found()
    (mail,) = priced["loads"]
    assert priced["cost"] == mail["cost"] == mail["units"] * 0.25
    shown = call("preflight", "response/activation", *PARAMETERS).stdout
    assert f"and costs {priced['cost']:.2f}" in shown


def test_preflight_of_an_actual_run_finds_that_no_account_serves_it(call: Call, furnished: Path) -> None:
    done = call("preflight", "response/activation", *PARAMETERS, "--actual", "--json")
    found = json.loads(done.stdout)
    assert found["loads"] == []
    assert len(found["unreachable"]) == found["people"] > 0


def test_preflight_counts_who_took_back_their_consent_as_unreachable(call: Call, parts: Wiring) -> None:
    with parts.store.begin() as tx:
        country = tx.directory.file_of("HTI")
        (chair,) = (one.person for one in country.bindings if (one.role, one.rank) == ("chair", 1))
        endpoints = [
            one.model_copy(update={"purposes": ["report"]}) if one.person == chair else one
            for one in country.endpoints
        ]
        tx.directory.replace_country(country.model_copy(update={"endpoints": endpoints}), "HTI")
    done = call("preflight", "response/activation", *PARAMETERS, "--json")
    assert chair in json.loads(done.stdout)["unreachable"]


def test_preflight_refuses_what_activate_would_refuse(call: Call, furnished: Path) -> None:
    given = ("--set", "country=HT", "--set", "hazard=EQ", "--set", "areas=HT07")
    one_line_error(call("preflight", "response/activation", *given), "country", "HTI")


def _sent(parts: Wiring, result: Unknown | Permanent | Refused) -> str:
    """One message of the run ends so; its id."""
    outbox = Outbox(parts.store, retry.next_step)
    now = parts.clock.now()
    (row, *_) = outbox.claim("test", now, now, LEASE, [Quota("mail", 1)])
    outbox.record([retry.next_step(row, result, now)], now, now)
    return row.id


def test_an_unknown_message_of_a_drill_is_shown_and_never_sent_again(
    call: Call, parts: Wiring, run: str
) -> None:
    name = _sent(parts, Unknown("no_answer"))
    listed = call("outbox", "list", "--state", "unknown")
    assert name[:12] in listed.stdout
    assert "no_answer" in listed.stdout
    assert "@" not in listed.stdout
    shown = call("outbox", "show", name[:12])
    assert "claimed test" in shown.stdout
    one_line_error(call("outbox", "retry", name[:12], "--reason", "they did not get it"), "of a drill only")


def test_a_failed_message_goes_again_with_a_reason_in_the_audit(call: Call, parts: Wiring, run: str) -> None:
    name = _sent(parts, Permanent("recipient_refused"))
    assert call("outbox", "retry", name).exit_code == 2, "a reason is required"
    assert call("outbox", "retry", name, "--reason", "the mailbox is back").exit_code == 0
    (row,) = json.loads(call("outbox", "list", "--state", "due", "--json").stdout)
    assert (row["id"], row["reason"]) == (name, "operator")
    with parts.store.read() as tx:
        (act,) = [one for one in tx.audit.list(run) if one.action == "delivery-retry"]
    assert (act.reason, act.details["delivery"]) == ("the mailbox is back", name)


def test_what_waits_can_be_cancelled_once(call: Call, parts: Wiring, run: str) -> None:
    (row, *_) = json.loads(call("outbox", "list", "--state", "planned", "--json").stdout)
    assert call("outbox", "cancel", row["id"], "--reason", "wrong text").exit_code == 0
    one_line_error(call("outbox", "cancel", row["id"], "--reason", "again"), "is cancelled")
    one_line_error(call("outbox", "show", "zzz"), "no message whose id begins with 'zzz'")


def test_an_account_that_is_down_is_listed_and_can_be_closed_again(
    call: Call, parts: Wiring, run: str
) -> None:
    _sent(parts, Refused("login"))
    (listed,) = json.loads(call("channels", "list", "--json").stdout)
    assert (listed["state"], listed["secrets"]) == ("down (login)", "none")
    assert "DOWN: login" in call("preflight", "response/activation", *PARAMETERS).stdout
    assert "used again" in call("channels", "close", "mail", "--reason", "password mended").stdout
    assert "well" in call("channels", "list").stdout
    with parts.store.read() as tx:
        actions = [act.action for act in tx.audit.list() if act.action.startswith("channel")]
    assert actions == ["channel_down", "channel_closed"]


@pytest.fixture
def telegram(furnished: Path, monkeypatch: pytest.MonkeyPatch) -> TelegramLike:
    """A bot, its account in the channels file of the home."""
    service = TelegramLike(TOKEN)
    service.start()
    settings = {"endpoint": service.url, "allow_loopback": True, "token": "env:BOT", "mode": "drill"}
    account = {"name": "bot", "kind": "telegram", **settings}
    (furnished / "channels.yaml").write_text(json.dumps({"accounts": [account]}))
    monkeypatch.setenv("BOT", TOKEN)
    return service


def test_a_test_message_says_that_it_is_one_and_what_the_provider_answered(
    call: Call, telegram: TelegramLike
) -> None:
    try:
        done = call("channels", "test", "bot", "123456789")
        assert done.exit_code == 0, done.output
        assert done.stdout.endswith("accepted, known there as 1\n")
        text = json.loads(telegram.requests[0].body)["text"]
        assert "EXERCISE" in text
        assert "test message" in text
        telegram.refuse("123456789", "403")
        refused = call("channels", "test", "bot", "123456789")
        assert (refused.exit_code, "not accepted: stopped blocked" in refused.stdout) == (1, True)
        assert "123456789" not in refused.stdout
        one_line_error(call("channels", "test", "bot", "@@"), "Telegram address")
        one_line_error(call("channels", "test", "sms", "1"), "there are: bot")
        wrong = call("channels", "test", "bot", "123456789", "--actual")
        assert "permanent account_mode" in wrong.stdout
    finally:
        telegram.stop()


def test_a_secret_that_cannot_be_read_is_seen_in_the_list(
    call: Call, telegram: TelegramLike, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram.stop()
    monkeypatch.delenv("BOT")
    assert "cannot read env:BOT" in call("channels", "list").stdout
