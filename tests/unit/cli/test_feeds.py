"""feeds: whoever reads a feed says so; a feed that says nothing for too long is silent."""

import json

import pytest

from konbit.orchestrate.wiring import Wiring
from tests.unit.cli.conftest import Call, one_line_error

pytestmark = pytest.mark.usefixtures("furnished")


def test_a_feed_is_silent_until_it_signs(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONBIT_FEEDS", "gdacs=30m, nhc=6h")
    assert call("feeds", "sign", "nhc").exit_code == 0
    found = {row["feed"]: row for row in json.loads(call("feeds", "list", "--json").stdout)}
    assert (found["gdacs"]["state"], found["gdacs"]["last"]) == ("silent", None)
    assert (found["nhc"]["state"], found["nhc"]["may"]) == ("ok", "6:00:00")
    shown = call("feeds", "list").stdout
    assert "never" in shown


def test_a_slip_in_the_name_is_refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    one_line_error(call("feeds", "sign", "GDACS!"), "small letters")
    monkeypatch.setenv("KONBIT_FEEDS", "gdacs=30m")
    one_line_error(call("feeds", "sign", "gdax"), "does not name 'gdax'", "gdacs")
    monkeypatch.setenv("KONBIT_FEEDS", "gdacs=soon")
    one_line_error(call("feeds", "list"), "KONBIT_FEEDS", "gdacs")


def test_where_the_reader_knows_of_no_watchdog_any_feed_signs(call: Call, parts: Wiring) -> None:
    assert "names none" in call("feeds", "list").stderr
    assert call("feeds", "sign", "gdacs").stdout == "gdacs: noted\n"
    with parts.store.read() as tx:
        assert "feed:gdacs" in tx.watch.beats()
    assert "not watched" in call("feeds", "list").stdout


def test_the_doctor_says_whom_the_watchdog_calls(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def said() -> tuple[str, str]:
        found = json.loads(call("doctor", "--json").stdout)
        return next((one["state"], one["text"]) for one in found if one["what"] == "watchdog")

    assert said()[0] == "note"
    monkeypatch.setenv("KONBIT_ALARMS", "mail=duty@example.org")
    assert said() == ("note", "calls by mail; name a second account, for when that one fails")
    monkeypatch.setenv("KONBIT_ALARMS", "post=duty@example.org")
    assert said()[0] == "wrong"
