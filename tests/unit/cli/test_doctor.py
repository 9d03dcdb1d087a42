"""doctor: says what is wrong, changes nothing, and never fails itself."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from konbit.cli.beat import FILE, Beat, last_beat
from konbit.clock import wall_now
from konbit.store.database import Store
from tests.unit.cli.conftest import Call


def findings(call: Call) -> tuple[int, dict[str, tuple[str, str]]]:
    done = call("doctor", "--json")
    return done.exit_code, {one["what"]: (one["state"], one["text"]) for one in json.loads(done.stdout)}


def test_an_empty_home_lacks_nearly_everything(call: Call, home: Path) -> None:
    code, found = findings(call)
    assert code == 1
    assert found["python"][0] == "ok"
    assert found["libraries"][0] == "ok", found["libraries"]
    assert found["definitions"][0] == "ok"
    assert found["database"] == ("wrong", f"there is no database in {home}; `konbit db upgrade` makes one")
    assert found["clock"][0] == "wrong"
    assert "PREFECT_API_URL" in found["prefect"][1]
    assert list(home.iterdir()) == [], "a doctor changes nothing"


def test_a_furnished_home_has_a_database_and_channels(call: Call, furnished: Path) -> None:
    _, found = findings(call)
    assert found["database"][0] == "ok"
    assert found["channels"] == ("ok", "mail (mail, drill)")


def test_a_secret_that_others_can_read_is_wrong(call: Call, home: Path) -> None:
    secret = home / "secret"
    secret.write_text("x" * 43)
    secret.chmod(0o644)
    assert findings(call)[1]["secret"][0] == "wrong"
    secret.chmod(0o600)
    assert findings(call)[1]["secret"][0] == "ok"


def test_channel_accounts_with_a_mistake_are_wrong_and_their_secrets_stay_hidden(
    call: Call, home: Path
) -> None:
    (home / "channels.yaml").write_text(
        "accounts:\n"
        "  - {name: mail, kind: mail, host: mail.example.org, sender_address: a@example.org, password: hush-hush}\n"
    )
    state, text = findings(call)[1]["channels"]
    assert state == "wrong"
    assert "referred to" in text
    assert "hush-hush" not in text


def test_a_mailbox_that_no_clock_looks_into_is_wrong(call: Call, furnished: Path) -> None:
    assert findings(call)[1]["mailboxes"] == ("note", "none: answers by mail are not read")
    with (furnished / "channels.yaml").open("a") as file:
        file.write(
            "mailboxes:\n"
            "  - {name: answers, host: imap.example.org, user: a@example.org, password: env:IMAP_PASSWORD}\n"
        )
    assert findings(call)[1]["mailboxes"] == ("wrong", "answers was never read")
    store = Store(f"sqlite:///{furnished / 'konbit.sqlite'}")
    for age, state in ((timedelta(seconds=9), "ok"), (timedelta(minutes=6), "wrong")):
        with store.begin() as tx:
            tx.watch.beat("mailbox:answers", wall_now() - age)
        assert findings(call)[1]["mailboxes"][0] == state
    store.close()


@pytest.mark.parametrize(("age", "state"), [(1, "ok"), (60, "wrong")])
def test_a_clock_that_was_not_seen_for_long_is_not_alive(
    call: Call, home: Path, age: int, state: str
) -> None:
    (home / FILE).write_text((wall_now() - timedelta(seconds=age)).isoformat())
    assert findings(call)[1]["clock"][0] == state


def test_the_clock_writes_its_beat_and_takes_it_away(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("konbit.cli.beat.SECONDS", 0.01)
    at = wall_now()
    beat = Beat(home, lambda: at)
    beat.start()
    while last_beat(home) is None:
        pass
    assert last_beat(home) == at
    beat.stop()
    assert last_beat(home) is None


def test_the_table_says_the_same(call: Call, home: Path) -> None:
    done = call("doctor")
    assert done.exit_code == 1
    assert "konbit db upgrade" in done.stdout
